"""Other simulators as contestants, where they are installed: ``pip install dashcam[bench]``."""

import importlib.util
import os
from typing import Any

import gymnasium as gym
import numpy as np

from sim.machine import usable_cores
from sim.types import ByteArray

EPISODE_SEED = 0
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


class Peer:
    """One environment of Gymnasium's kind."""

    frames_per_step = 1

    def __init__(self, name: str, setting: str, env: gym.Env[Any, Any]) -> None:
        """Takes over ``env``."""
        self.name, self.setting, self._env = name, setting, env
        env.action_space.seed(EPISODE_SEED)
        self._frame, _ = env.reset(seed=EPISODE_SEED)

    def step(self) -> None:
        """One random step, and a reset where the episode ends."""
        self._frame, _, terminated, truncated, _ = self._env.step(self._env.action_space.sample())
        if terminated or truncated:
            self._frame, _ = self._env.reset()

    def frame(self) -> ByteArray:
        """The newest observation."""
        return np.asarray(self._frame)

    def close(self) -> None:
        """Closes the environment."""
        self._env.close()


class EnvPoolCarRacing:
    """EnvPool's CarRacing: C++, many cars, continuous actions only."""

    name = "EnvPool CarRacing-v3"

    def __init__(self, cars: int) -> None:
        """Makes a synchronous pool of ``cars``."""
        import envpool

        self.setting, self.frames_per_step = f"{cars} cars, RGB 96 x 96", cars
        self._env = envpool.make("CarRacing-v3", env_type="gymnasium", num_envs=cars, num_threads=usable_cores())
        self._frames, _ = self._env.reset()
        random = np.random.default_rng(0)
        self._actions = random.uniform((-1.0, 0.0, 0.0), 1.0, (100, cars, 3)).astype(np.float32)
        self._next = 0

    def step(self) -> None:
        """One step of all cars; EnvPool resets those whose episode has ended."""
        self._next = (self._next + 1) % len(self._actions)
        self._frames, *_ = self._env.step(self._actions[self._next])

    def frame(self) -> ByteArray:
        """The first car's newest observation."""
        return np.asarray(self._frames[0])

    def close(self) -> None:
        """Closes the pool."""
        self._env.close()


def installed_peers() -> tuple[list[Peer | EnvPoolCarRacing], list[str]]:
    """The contestants that can take part, and the names of those that are not installed."""
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")  # SDL complains where there is no sound card
    peers: list[Peer | EnvPoolCarRacing] = []
    missing = []
    if importlib.util.find_spec("Box2D"):
        peers.append(Peer("CarRacing-v3", "1 car, RGB 96 x 96", gym.make("CarRacing-v3")))
    else:
        missing.append("CarRacing-v3")
    if importlib.util.find_spec("envpool"):
        peers += [EnvPoolCarRacing(cars) for cars in (16, 64)]
    else:
        missing.append("EnvPool CarRacing-v3")
    if importlib.util.find_spec("highway_env"):
        import highway_env

        gym.register_envs(highway_env)
        for name in ("racetrack-v0", "lane-keeping-v0"):
            peers.append(Peer(f"HighwayEnv {name}", "1 car, gray 96 x 96", gym.make(name, config=HIGHWAY_IMAGES)))
    else:
        missing.append("HighwayEnv")
    return peers, missing
