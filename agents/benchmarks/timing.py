"""Fair timings: environments take turns, and a fixed loop before each turn shows how busy the machine is.

Machines speed up and slow down within minutes, so only rates of one round can be compared.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.benchmarks.environments import GymEnv
from sim.errors import UserError

WARM_UP_TURNS = 2  # turns before the first round, not counted: caches fill, roads are built
_LOOP_INPUT = np.arange(200_000, dtype=np.float64)


@dataclass
class Timing:
    """Rates of one environment."""

    name: str
    setting: str
    frames_per_second: list[float] = field(default_factory=list)
    """One rate per round."""
    loop_ms: list[float] = field(default_factory=list)
    """Time of the fixed loop before each turn [ms]."""

    @property
    def median(self) -> float:
        """Median rate [frames/s]."""
        return statistics.median(self.frames_per_second)

    def times(self, other: "Timing") -> float:
        """Median over the rounds of this rate over the other's."""
        pairs = zip(self.frames_per_second, other.frames_per_second, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def fixed_loop() -> float:
    """Time of a fixed amount of work [ms]."""
    start = time.perf_counter()
    for _ in range(4):
        np.sqrt(_LOOP_INPUT).sum()
    return 1e3 * (time.perf_counter() - start)


def median_time(work: Callable[[], object], repeats: int) -> float:
    """Median time of ``work`` [s]; one call before is not counted, as it may compile."""
    times = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def rate(env: GymEnv, seconds: float) -> float:
    """Frames per second over a turn of at least ``seconds``."""
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds or steps == 0:
        env.step()
        steps += 1
    return steps * env.frames_per_step / elapsed


def measure(
    envs: Sequence[GymEnv], rounds: int, seconds: float, advance: Callable[[], None] = lambda: None
) -> list[Timing]:
    """Lets all environments take ``rounds`` turns of ``seconds`` each; ``advance`` is called after every turn.

    Raises:
        UserError: an environment's frames are blank, so its rate would mean nothing.
    """
    timings = [Timing(env.name, env.setting) for env in envs]
    for env in envs:
        rate(env, WARM_UP_TURNS * seconds)
        require_picture(env)
    for _ in range(rounds):
        for env, timing in zip(envs, timings, strict=True):
            timing.loop_ms.append(fixed_loop())
            timing.frames_per_second.append(rate(env, seconds))
            advance()
    for env in envs:
        require_picture(env)
    return timings


def require_picture(env: GymEnv) -> None:
    """Makes sure that an environment renders something.

    Raises:
        UserError: all values of its frame are the same.
    """
    frame = env.frame()
    if frame.min() == frame.max():
        raise UserError(
            f"{env.name} returns blank frames, so its rate would mean nothing; "
            "leave SDL_VIDEODRIVER unset, or set it to offscreen."
        )
