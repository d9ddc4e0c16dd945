"""What each car did since its episode began: enough to drive the episode again."""

import numpy as np
from numpy.typing import NDArray

from sim.config import CONTROL_PERIOD, TaskConfig

MOST_STEPS = 10_000  # of an episode; longer ones cannot be driven again


class EpisodeLog:
    """The actions of the running episodes of N cars; memory is taken as episodes grow longer."""

    def __init__(self, num_cars: int, task: TaskConfig) -> None:
        """Has room for the longest episodes of ``task``."""
        longest = round(min(task.time_limit_s / CONTROL_PERIOD, MOST_STEPS))
        self._actions = np.zeros((longest, num_cars), dtype=np.int16)  # 1 above the action, 0 where none is known
        self._cars = np.arange(num_cars)

    def note(self, actions: NDArray[np.int64], ages: NDArray[np.int64]) -> None:
        """Keeps the ``actions`` (N,) of cars whose episodes have lasted ``ages`` (N,) steps."""
        self._actions[np.minimum(ages, len(self._actions) - 1), self._cars] = actions + 1

    def actions(self, car: int, steps: int) -> NDArray[np.int16] | None:
        """The first ``steps`` actions of a car's episode, int16; None where they are not all known."""
        known = self._actions[:steps, car]
        return known - np.int16(1) if len(known) == steps and known.all() else None
