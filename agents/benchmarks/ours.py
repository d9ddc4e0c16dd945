"""Dashcam as a contestant: alone through ``gym.make``, in numbers through ``gym.make_vec``."""

from typing import Any

import gymnasium as gym
import numba
import numpy as np

import sim  # noqa: F401  registers the environment
from sim.types import ByteArray

ID = "dashcam/LaneFollowing-v0"
ACTIONS_AHEAD = 1000  # random actions are drawn beforehand, so that drawing them costs nothing

EVERYTHING = {"scenery": True, "light": 1.0, "shadows": 1.0, "weather": 1.0, "noise": 1.0}
NOTHING = {"scenery": False}


class Alone:
    """One car through ``gym.make``, as CarRacing is used."""

    name = "dashcam"
    frames_per_step = 1

    def __init__(self, setting: str, **fields: Any) -> None:
        """Builds the environment; ``fields`` are those of ``EnvConfig``."""
        self.setting = setting
        self._env = gym.make(ID, roads={"preload": True}, **fields)
        self._frame, _ = self._env.reset(seed=0)
        self._actions = np.random.default_rng(0).integers(0, 21, ACTIONS_AHEAD)
        self._next = 0

    def step(self) -> None:
        """One step, and a reset where the episode ends."""
        self._next = (self._next + 1) % ACTIONS_AHEAD
        self._frame, _, terminated, truncated, _ = self._env.step(self._actions[self._next])
        if terminated or truncated:
            self._frame, _ = self._env.reset()

    def frame(self) -> ByteArray:
        """The newest observation."""
        return np.asarray(self._frame)

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


class Many:
    """N cars through ``gym.make_vec``, with automatic resets, on 1,000 roads that are built beforehand."""

    name = "dashcam"

    def __init__(self, setting: str, cars: int, threads: int | None = None, **fields: Any) -> None:
        """Builds the environment for ``cars`` on ``threads``, all by default."""
        self.setting, self.frames_per_step = setting, cars
        all_threads = numba.get_num_threads()
        numba.set_num_threads(threads or all_threads)
        self._env = gym.make_vec(ID, num_envs=cars, **{"roads": {"preload": True}, **fields})
        numba.set_num_threads(all_threads)
        self._frames, _ = self._env.reset(seed=0)
        self._actions = np.random.default_rng(0).integers(0, 21, (ACTIONS_AHEAD, cars))
        self._next = 0

    def step(self) -> None:
        """One step of all cars."""
        self._next = (self._next + 1) % ACTIONS_AHEAD
        self._frames, *_ = self._env.step(self._actions[self._next])

    def frame(self) -> ByteArray:
        """The first car's newest observation."""
        return np.asarray(self._frames[0])

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()
