"""The error for non-finite numbers, which end training."""

from sim.errors import UserError


class NonFiniteError(UserError):
    """A loss, a weight, a reward or an observation is not finite."""

    def __init__(self, sentence: str, car: int | None = None) -> None:
        """Takes the message, and the car at fault, if there is one."""
        super().__init__(sentence)
        self.car = car
