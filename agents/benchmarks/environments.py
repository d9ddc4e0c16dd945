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
from agents.benchmarks.timing import TimedEnv
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


class SingleEnv:
    """One environment with one car, through ``gym.make``."""

    frames_per_step = 1

    def __init__(self, name: str, setting: str, env: gym.Env[Any, Any], actions: Iterable[Any]) -> None:
        """Takes over ``env``; ``actions`` never end."""
        self.name, self.setting, self._env, self._actions = name, setting, env, iter(actions)
        self._frame, _ = env.reset(seed=SEED)

    def step(self) -> None:
        """One step, and a reset where the episode ends."""
        self._frame, _, terminated, truncated, _ = self._env.step(next(self._actions))
        if terminated or truncated:
            self._frame, _ = self._env.reset()

    def frame(self) -> ByteArray:
        """The newest observation."""
        return np.asarray(self._frame)

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


class ManyEnvs:
    """Many cars at once, reset automatically."""

    def __init__(self, name: str, setting: str, env: Any, frames: ByteArray, actions: Any) -> None:
        """Takes over ``env``, which returned ``frames`` when it was reset; ``actions`` (K, cars, ...) are repeated."""
        self.name, self.setting, self._env, self._frames = name, setting, env, frames
        self.frames_per_step = actions.shape[1]
        self._actions = itertools.cycle(actions)

    def step(self) -> None:
        """One step of all cars."""
        self._frames, *_ = self._env.step(next(self._actions))

    def frame(self) -> ByteArray:
        """The first car's newest observation."""
        return np.asarray(self._frames[0])

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


def dashcam_single(setting: str, **fields: Any) -> SingleEnv:
    """One car, as CarRacing is used; ``fields`` are those of ``EnvConfig``."""
    env = gym.make(sim.ENV_ID, roads={"preload": True}, **fields)
    actions = np.random.default_rng(SEED).integers(0, 21, ACTIONS_AHEAD)
    return SingleEnv("dashcam", setting, env, itertools.cycle(actions))


def dashcam_many(setting: str, cars: int, threads: int | None = None, **fields: Any) -> ManyEnvs:
    """Cars through ``gym.make_vec``, on ``threads`` (all by default) and 1,000 roads that are built beforehand."""
    all_threads = numba.get_num_threads()
    numba.set_num_threads(threads or all_threads)
    env = gym.make_vec(sim.ENV_ID, num_envs=cars, **{"roads": {"preload": True}, **fields})
    numba.set_num_threads(all_threads)
    frames, _ = env.reset(seed=SEED)
    return ManyEnvs("dashcam", setting, env, frames, np.random.default_rng(SEED).integers(0, 21, (ACTIONS_AHEAD, cars)))


def _peer(name: str, setting: str, env: gym.Env[Any, Any]) -> SingleEnv:
    env.action_space.seed(SEED)
    return SingleEnv(name, setting, env, (env.action_space.sample() for _ in itertools.count()))


def _envpool(cars: int) -> ManyEnvs:
    """EnvPool's CarRacing: C++, continuous actions only; a synchronous pool."""
    import envpool

    env = envpool.make("CarRacing-v3", env_type="gymnasium", num_envs=cars, num_threads=usable_cores())
    frames, _ = env.reset()
    actions = np.random.default_rng(SEED).uniform((-1.0, 0.0, 0.0), 1.0, (100, cars, 3)).astype(np.float32)
    return ManyEnvs(ENVPOOL, f"{cars} cars, RGB 96 x 96", env, frames, actions)


def installed_peers() -> tuple[list[TimedEnv], list[str]]:
    """Other simulators that are installed, and the names of those that are not."""
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")  # SDL complains where there is no sound card
    peers: list[TimedEnv] = []
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
