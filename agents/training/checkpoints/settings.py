"""Settings of a run's checkpoints."""

from dataclasses import dataclass
from typing import Annotated

from sim.fields import Count, PositiveShare, Range, check_fields


@dataclass(frozen=True)
class CheckpointConfig:
    """When checkpoints are written, and what they hold. None of it changes what is learned."""

    checkpoint_seconds: Annotated[float, Range("0 or more", lambda value: value >= 0.0)] = 60.0
    """Time between checkpoints [s]; a new best policy brings the next one forward."""
    checkpoint_share: PositiveShare = 0.02
    """Share of the time that checkpoints may take; on a slow disk they become rarer."""
    checkpoint_replay: bool = False
    """Include the replay, so that a run resumes bit for bit; the run shows its size when it starts."""
    checkpoints_kept: Count = 2
    """Number of latest checkpoints to keep."""

    def __post_init__(self) -> None:
        check_fields(self)
