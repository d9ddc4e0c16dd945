"""What ends training early: a number that is not finite."""

from sim.errors import UserError


class NonFiniteError(UserError):
    """A loss, a weight, a reward or an observation is not finite."""

    def __init__(self, sentence: str, car: int | None = None) -> None:
        """Says what is wrong, and with which car, if it is one."""
        super().__init__(sentence)
        self.car = car
