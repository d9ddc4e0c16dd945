"""Fair timings: contestants take turns for short slices, and a fixed loop beside each shows the machine's mood.

Machines speed up and slow down within minutes, so rates of different runs cannot be compared; rates of one round can.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sim.errors import UserError
from sim.types import ByteArray

WARM_UP_SLICES = 2  # slices before the first round, not counted: caches fill, roads are built
_LOOP_INPUT = np.arange(200_000, dtype=np.float64)


class Contestant(Protocol):
    """Something that gives frames."""

    name: str
    setting: str  # what it renders and how, for the table
    frames_per_step: int

    def step(self) -> None:
        """Makes the next frames from random actions, resets included."""

    def frame(self) -> ByteArray:
        """The newest frame, any shape, uint8."""

    def close(self) -> None:
        """Gives back what it holds."""


@dataclass
class Timing:
    """Rates of one contestant."""

    name: str
    setting: str
    frames_per_second: list[float] = field(default_factory=list)
    """One rate per round."""
    loop_ms: list[float] = field(default_factory=list)
    """Time of the fixed loop beside each of them [ms]."""

    @property
    def median(self) -> float:
        """Median rate [frames/s]."""
        return statistics.median(self.frames_per_second)

    def times(self, other: "Timing") -> float:
        """Median over the rounds of this rate over the other's."""
        pairs = zip(self.frames_per_second, other.frames_per_second, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def fixed_loop() -> float:
    """Time of always the same work [ms]."""
    start = time.perf_counter()
    for _ in range(4):
        np.sqrt(_LOOP_INPUT).sum()
    return 1e3 * (time.perf_counter() - start)


def rate(contestant: Contestant, seconds: float) -> float:
    """Frames per second over a slice of at least ``seconds``."""
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or steps == 0:
        contestant.step()
        steps += 1
    return steps * contestant.frames_per_step / elapsed


def measure(
    contestants: Sequence[Contestant], rounds: int, seconds: float, advance: Callable[[], None] = lambda: None
) -> list[Timing]:
    """Lets all contestants take turns.

    Args:
        contestants: Who takes part.
        rounds: Slices of each contestant.
        seconds: Length of a slice.
        advance: Called after every slice, to show progress.

    Raises:
        UserError: a contestant's frames are blank, so its rate would mean nothing.
    """
    timings = [Timing(contestant.name, contestant.setting) for contestant in contestants]
    for contestant in contestants:
        rate(contestant, WARM_UP_SLICES * seconds)
        require_picture(contestant)
    for _ in range(rounds):
        for contestant, timing in zip(contestants, timings, strict=True):
            timing.loop_ms.append(fixed_loop())
            timing.frames_per_second.append(rate(contestant, seconds))
            advance()
    for contestant in contestants:
        require_picture(contestant)
    return timings


def require_picture(contestant: Contestant) -> None:
    """Makes sure that a contestant renders something.

    Raises:
        UserError: all values of its frame are the same.
    """
    frame = contestant.frame()
    if frame.min() == frame.max():
        raise UserError(
            f"{contestant.name} returns blank frames, so its rate would mean nothing; "
            "leave SDL_VIDEODRIVER unset, or set it to offscreen."
        )
