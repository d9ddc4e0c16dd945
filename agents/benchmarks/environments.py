"""Environments to time: Dashcam, and other simulators where they are installed (``pip install dashcam[bench]``)."""

import importlib.util
import itertools
import os
from collections.abc import Iterable
from typing import Any

import gymnasium as gym
import numba
import numpy as np

import sim
from sim.machine import usable_cores
from sim.types import ByteArray

SEED = 0
ACTIONS_AHEAD = 1000  # random actions are drawn beforehand, so that drawing them costs nothing

EVERYTHING = {"scenery": True, "light": 1.0, "shadows": 1.0, "weather": 1.0, "noise": 1.0}
NOTHING = {"scenery": False}
ENVPOOL = "EnvPool CarRacing-v3"
HIGHWAY_IMAGES = {
    "observation": {
        "type": "GrayscaleObservation",
        "observation_shape": (96, 96),
        "stack_size": 1,
        "weights": [0.2989, 0.5870, 0.1140],
        "scaling": 1.75,
    },
    "offscreen_rendering": True,
}


class GymEnv:
    """An environment to time: of one car through ``gym.make``, or of many cars that are reset automatically.

    The ``setting`` says what it renders and how, for the table.
    """

    def __init__(self, name: str, setting: str, env: Any, actions: Iterable[Any], cars: int | None = None) -> None:
        """Takes over ``env``, which was just made, with so many ``cars`` or a single one; ``actions`` never end."""
        self.name, self.setting, self.frames_per_step = name, setting, cars or 1
        self._env, self._actions, self._single = env, iter(actions), cars is None
        self._frames, _ = env.reset() if name == ENVPOOL else env.reset(seed=SEED)

    def step(self) -> None:
        """One step, and a reset where the episode of a single car ends."""
        self._frames, _, terminated, truncated, _ = self._env.step(next(self._actions))
        if self._single and (terminated or truncated):
            self._frames, _ = self._env.reset()

    def frame(self) -> ByteArray:
        """The newest observation of the first car."""
        return np.asarray(self._frames if self._single else self._frames[0])

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


def dashcam_single(setting: str, **fields: Any) -> GymEnv:
    """One car, as CarRacing is used; ``fields`` are those of ``EnvConfig``."""
    env = gym.make(sim.ENV_ID, roads={"preload": True}, **fields)
    actions = np.random.default_rng(SEED).integers(0, 21, ACTIONS_AHEAD)
    return GymEnv("dashcam", setting, env, itertools.cycle(actions))


def dashcam_many(setting: str, cars: int, threads: int | None = None, **fields: Any) -> GymEnv:
    """Cars through ``gym.make_vec``, on ``threads`` (all by default) and 1,000 roads that are built beforehand."""
    all_threads = numba.get_num_threads()
    numba.set_num_threads(threads or all_threads)
    env = gym.make_vec(sim.ENV_ID, num_envs=cars, **{"roads": {"preload": True}, **fields})
    numba.set_num_threads(all_threads)
    actions = np.random.default_rng(SEED).integers(0, 21, (ACTIONS_AHEAD, cars))
    return GymEnv("dashcam", setting, env, itertools.cycle(actions), cars)


def _peer(name: str, setting: str, env: gym.Env[Any, Any]) -> GymEnv:
    env.action_space.seed(SEED)
    return GymEnv(name, setting, env, (env.action_space.sample() for _ in itertools.count()))


def _envpool(cars: int) -> GymEnv:
    """EnvPool's CarRacing: C++, continuous actions only; a synchronous pool."""
    import envpool

    env = envpool.make("CarRacing-v3", env_type="gymnasium", num_envs=cars, num_threads=usable_cores())
    actions = np.random.default_rng(SEED).uniform((-1.0, 0.0, 0.0), 1.0, (100, cars, 3)).astype(np.float32)
    return GymEnv(ENVPOOL, f"{cars} cars, RGB 96 x 96", env, itertools.cycle(actions), cars)


def installed_peers() -> tuple[list[GymEnv], list[str]]:
    """Other simulators that are installed, and the names of those that are not."""
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")  # SDL complains where there is no sound card
    peers: list[GymEnv] = []
    missing = []
    if importlib.util.find_spec("Box2D"):
        peers.append(_peer("CarRacing-v3", "1 car, RGB 96 x 96", gym.make("CarRacing-v3")))
    else:
        missing.append("CarRacing-v3")
    if importlib.util.find_spec("envpool"):
        peers += [_envpool(cars) for cars in (16, 64)]
    else:
        missing.append(ENVPOOL)
    if importlib.util.find_spec("highway_env"):
        import highway_env

        gym.register_envs(highway_env)
        for name in ("racetrack-v0", "lane-keeping-v0"):
            peers.append(_peer(f"HighwayEnv {name}", "1 car, gray 96 x 96", gym.make(name, config=HIGHWAY_IMAGES)))
    else:
        missing.append("HighwayEnv")
    return peers, missing
