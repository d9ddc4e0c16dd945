"""Learners of Stable-Baselines3 and sb3-contrib, in the environment of one of our presets.

Settings are those for Atari of the RL Baselines3 Zoo (hyperparams/dqn.yml, ppo.yml, qrdqn.yml). Observations, roads,
actions and rewards are our preset's: a frame and the car's own state, so the policy is ``MultiInputPolicy``, whose CNN
is that of Mnih et al. 2015; the zoo's wrappers for Atari and its four frames are left out. The zoo plans ten million
frames; what would take too large or too small a share of a short run follows the budget: DQN learns from its first
hundredth on, as in the zoo, and QRDQN explores for a tenth of it, as DQN does.
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from agents.benchmarks.learners import ALL_THREADS, ATARI_SETTINGS, StockDriver, make_env, telling
from sim.config import EnvConfig
from sim.errors import UserError

POLICY = "MultiInputPolicy"
PPO_SETTINGS: dict[str, Any] = {
    "n_steps": 128,
    "n_epochs": 4,
    "batch_size": 256,
    "learning_rate": LinearSchedule(2.5e-4, 0.0, 1.0),
    "clip_range": LinearSchedule(0.1, 0.0, 1.0),
    "vf_coef": 0.5,
    "ent_coef": 0.01,
}
PPO_CARS = 8
EXPLORATION = {"exploration_fraction": ATARI_SETTINGS["exploration_fraction"]}


@dataclass(frozen=True)
class Stock:
    """A learner as its library has it."""

    algorithm: Callable[[], type[BaseAlgorithm]]
    """Its class, imported when it is needed."""
    cars: int
    """How many drive at a time."""
    settings: Callable[[int], dict[str, Any]]
    """Its settings for that many frames."""


def require_contrib() -> None:
    """Makes sure that sb3-contrib is there.

    Raises:
        UserError: it is not.
    """
    if importlib.util.find_spec("sb3_contrib") is None:
        raise UserError("sb3-contrib is not installed; pip install 'dashcam[bench]' adds what the leaderboard needs.")


def learn_stock(name: str, config: EnvConfig, frames: int, seed: int, tell: Callable[[int], object]) -> StockDriver:
    """Trains one of ``STOCK`` on so many ``frames``, rounded up to full rollouts, with all of PyTorch's threads.

    The ``seed`` is that of the learner and of its cars; ``tell`` is called with the number of frames seen so far.
    """
    stock = STOCK[name]
    make, cars = stock.algorithm(), _cars(config, stock.cars)
    model = make(POLICY, cars, seed=seed, device="cpu", **stock.settings(frames))
    threads = torch.get_num_threads()
    torch.set_num_threads(ALL_THREADS)
    try:
        model.learn(frames, callback=telling(tell))
    finally:
        torch.set_num_threads(threads)
    return StockDriver(name, model, config)


def _qrdqn() -> type[BaseAlgorithm]:
    from sb3_contrib import QRDQN

    return QRDQN


STOCK: dict[str, Stock] = {
    "SB3 DQN": Stock(lambda: DQN, 1, lambda frames: {**ATARI_SETTINGS, "learning_starts": max(frames // 100, 1)}),
    "SB3 PPO": Stock(lambda: PPO, PPO_CARS, lambda frames: PPO_SETTINGS),
    # The buffer is not of the default million frames, which so short a run never fills.
    "sb3-contrib QRDQN": Stock(_qrdqn, 1, lambda frames: {"buffer_size": max(frames, 1_000), **EXPLORATION}),
}


class _Cars(DummyVecEnv):
    """Cars that drive on their own from seed to seed: of SB3's, car i + 1 of a seed is car i of the next one."""

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Draws a seed for each car from ``seed``, for the next reset."""
        drawn = np.random.SeedSequence(seed).generate_state(self.num_envs, np.uint64)
        self._seeds = [int(own) for own in drawn]
        return self._seeds


def _cars(config: EnvConfig, count: int) -> VecEnv:
    cars = _Cars([lambda: make_env(config)] * count)
    cars.reset()
    cars.step(np.zeros(count, dtype=np.int64))  # compiles its kernels
    return cars
