"""What can be set about a run's checkpoints."""

from dataclasses import dataclass

from sim.fields import require, require_types


@dataclass(frozen=True)
class Checkpoints:
    """When and how a run is kept. None of it changes what is learned."""

    checkpoint_seconds: float = 60.0
    """Time between checkpoints [s]; a new best policy brings the next one forward."""
    checkpoint_share: float = 0.02
    """Share of the time that checkpoints may take; on a slow disk they become rarer."""
    checkpoint_replay: bool = False
    """Include the replay, so that a run resumes bit for bit; the run shows its size when it starts."""
    checkpoints_kept: int = 2
    """Number of latest checkpoints to keep."""

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
            UserError: a value is out of range.
        """
        require_types(self)
        seconds, share, kept = self.checkpoint_seconds, self.checkpoint_share, self.checkpoints_kept
        require(seconds >= 0.0, f"checkpoint_seconds is {seconds}, but must be 0 or more")
        require(0.0 < share <= 1.0, f"checkpoint_share is {share}, but must be above 0 and at most 1")
        require(kept >= 1, f"checkpoints_kept is {kept}, but must be 1 or more")


DEFAULTS = Checkpoints()
