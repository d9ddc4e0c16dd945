"""Learners to compare: our preset, and Stable-Baselines3's DQN as it is."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.wrappers import GrayscaleObservation
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.type_aliases import RolloutReturn
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack

import sim
from agents.config import TrainConfig
from agents.learning.build import NEVER, build_model, compile_kernels
from agents.policy import Policy
from agents.scoring.evaluate import PolicyDriver
from sim.actions import action_table, to_commands
from sim.config import CameraConfig, EnvConfig
from sim.drivers import Driver
from sim.machine import usable_cores
from sim.observation import peek
from sim.types import FloatArray
from sim.world import World

ALL_THREADS = min(torch.get_num_threads(), usable_cores())
# Settings for Atari of the RL Baselines3 Zoo (hyperparams/dqn.yml), but for what is scaled to the budget below.
ATARI_SETTINGS: dict[str, Any] = {
    "buffer_size": 100_000,
    "learning_rate": 1e-4,
    "batch_size": 32,
    "target_update_interval": 1_000,
    "train_freq": 4,
    "gradient_steps": 1,
    "exploration_fraction": 0.1,
    "exploration_final_eps": 0.01,
}
# The zoo explores for 1,000,000 of 10,000,000 frames and learns from frame 100,000 on, which is beyond any budget here:
# the same shares of the frames that two cores have room for in 80 s.
PLANNED_FRAMES = 10_000
SCALED_SETTINGS = {**ATARI_SETTINGS, "learning_starts": PLANNED_FRAMES // 100}


class Learner:
    """A model of SB3's that learns to drive; its policy drives in the environment ``config``."""

    def __init__(self, name: str, config: EnvConfig, model: Any) -> None:
        self.name, self.config, self._model = name, config, model

    def learn(self, seconds: float) -> None:
        """Continues learning for that many seconds."""
        raise NotImplementedError

    def driver(self) -> Driver:
        """Its present policy."""
        raise NotImplementedError

    @property
    def frames(self) -> int:
        """Frames seen so far."""
        return int(self._model.num_timesteps)


def within(seconds: float) -> Callable[[], bool]:
    """A function that is true for that many seconds from now on."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() < end


class PausingDQN(DQN):
    """DQN as it is, but that learning can end between two rollouts.

    Where a callback ends it, SB3 has made a step that it neither stores nor remembers the outcome of.
    """

    may_continue: Callable[[], bool] = staticmethod(lambda: True)

    def collect_rollouts(self, *args: Any, **kwargs: Any) -> RolloutReturn:
        """SB3's, unless ``may_continue`` says that learning ends here."""
        if not self.may_continue():
            return RolloutReturn(0, 0, continue_training=False)
        return super().collect_rollouts(*args, **kwargs)


def telling(tell: Callable[[int], object]) -> Callable[[dict[str, Any], dict[str, Any]], bool]:
    """A callback for SB3 that calls ``tell`` with the number of frames seen so far, after each step."""

    def on_step(here: dict[str, Any], _: dict[str, Any]) -> bool:
        tell(here["self"].num_timesteps)
        return True

    return on_step


class Dashcam(Learner):
    """One of our presets; building it compiles its kernels."""

    def __init__(self, name: str, config: TrainConfig) -> None:
        compile_kernels(config)
        super().__init__(name, config.env, build_model(config))
        self._train_config = config

    def learn(self, seconds: float) -> None:
        """Continues learning for that many seconds."""
        self._model.may_continue = within(seconds)
        self._model.learn(self._train_config.frames, log_interval=NEVER, reset_num_timesteps=self.frames == 0)

    def learn_frames(self, frames: int, tell: Callable[[int], object]) -> None:
        """Learns from that many frames, rounded up to steps of all cars; ``tell`` is called with those seen so far."""
        self._model.learn(frames, telling(tell), log_interval=NEVER)

    def driver(self) -> Driver:
        """Its present policy."""
        config = self._train_config
        network = self._model.driving_network()
        return PolicyDriver(Policy(network, config.env, config.encoder, config.head, self.name))


class StockDQN(Learner):
    """Stable-Baselines3's DQN with ``CnnPolicy``, one car, and the Atari settings of the zoo scaled to the budget."""

    def __init__(self, name: str, env: VecEnv, config: EnvConfig, seed: int) -> None:
        """Learns in ``env``, whose observations are those of ``config``."""
        env.reset()
        env.step(np.zeros(1, dtype=np.int64))  # compiles its kernels
        super().__init__(name, config, PausingDQN("CnnPolicy", env, seed=seed, device="cpu", **SCALED_SETTINGS))

    def learn(self, seconds: float) -> None:
        """Continues learning for that many seconds, with all of PyTorch's threads."""
        self._model.may_continue = within(seconds)
        torch.set_num_threads(ALL_THREADS)
        while self._model.may_continue():
            ahead = max(PLANNED_FRAMES - self.frames, 1)  # SB3 adds the frames that were seen already
            self._model.learn(ahead, log_interval=NEVER, reset_num_timesteps=self.frames == 0)
        torch.set_num_threads(1)

    def driver(self) -> Driver:
        """Its present policy."""
        return StockDriver(self.name, self._model, self.config)


class StockDriver:
    """A policy of Stable-Baselines3 at the wheel, in the environment that it learned in."""

    def __init__(self, name: str, model: BaseAlgorithm, config: EnvConfig) -> None:
        """Drives with ``model``, which observes what ``config`` gives."""
        self.name, self._model, self._config = name, model, config
        self._table = action_table(config.actions)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        actions, _ = self._model.predict(peek(world), deterministic=True)
        return to_commands(self._table[actions], world.telemetry.steering_angle, self._config.actions)


def stock_as_atari(config: EnvConfig, seed: int) -> StockDQN:
    """Stock DQN on the same roads, car and actions, seen as Atari games are: four gray frames of 84 x 84 pixels."""
    camera = CameraConfig(width=84, height=84, color="gray", stack=4)
    seen = dataclasses.replace(config, camera=camera, observation="camera")
    return StockDQN("SB3 DQN, Atari frames", DummyVecEnv([lambda: make_env(seen)]), seen, seed)


def stock_as_car_racing(seed: int) -> StockDQN:
    """Stock DQN on the environment as it comes, with the wrappers that people use for CarRacing: gray, four frames."""
    seen = EnvConfig(camera=CameraConfig(color="gray", stack=4))
    env = DummyVecEnv([lambda: GrayscaleObservation(make_env(EnvConfig()), keep_dim=True)])
    return StockDQN("SB3 DQN, CarRacing wrappers", VecFrameStack(env, 4), seen, seed)


def make_env(config: EnvConfig) -> gym.Env[Any, Any]:
    """One car in this environment, through ``gym.make``."""
    return gym.make(sim.ENV_ID, **vars(config))
