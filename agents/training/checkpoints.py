"""What can be set about a run's checkpoints."""

from dataclasses import dataclass

from sim.errors import UserError


@dataclass(frozen=True)
class Checkpoints:
    """When and how a run is kept. None of it changes what is learned."""

    checkpoint_seconds: float = 60.0
    """Time from one checkpoint to the next [s]; a new best policy brings it forward."""
    checkpoint_share: float = 0.02
    """Share of the time that checkpoints may take; where the disk is slow, they become rarer."""
    checkpoint_replay: bool = False
    """Keep the replay, too, so that a run goes on bit for bit; it is as large as the run says when it starts."""
    checkpoints_kept: int = 2
    """How many of the latest checkpoints stay."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            UserError: a value is out of range.
        """
        _require(self.checkpoint_seconds, self.checkpoint_seconds >= 0.0, "checkpoint_seconds", "0 or more")
        share = self.checkpoint_share
        _require(share, 0.0 < share <= 1.0, "checkpoint_share", "above 0 and at most 1")
        _require(self.checkpoints_kept, self.checkpoints_kept >= 1, "checkpoints_kept", "1 or more")


def _require(value: float, condition: bool, name: str, range_: str) -> None:
    if not condition:
        raise UserError(f"Checkpoints: {name} is {value}, but must be {range_}.")


DEFAULTS = Checkpoints()
