"""What each part of the learner contributes: the preset quick without one part at a time, five seeds each.

python -m tools.studies.ablation
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from agents.config import TrainConfig, preset
from agents.console import plain_console
from agents.learning.dqn import DrivingDQN
from sim.config import ActionConfig, EnvConfig
from tools.studies.study import results_table, study

FRAMES = 55_296
ROADS = 50  # per evaluation


class DoubleTargets(DrivingDQN):
    """The online network chooses the action that the target network values: van Hasselt et al., AAAI 2016."""

    def next_values(self, observations: Any) -> torch.Tensor:
        """The target network's values (B, 1) of the online network's actions."""
        values: torch.Tensor = self.q_net_target(observations)
        return values.gather(1, self.q_net(observations).argmax(dim=1, keepdim=True))


class OneCoin(DrivingDQN):
    """One coin decides for all cars whether they explore, as in Stable-Baselines3."""

    def draw_explorers(self, count: int) -> NDArray[np.bool_]:
        """All cars, or none."""
        return np.repeat(self.action_random.random(1) < self.exploration_rate, count)


LEARNERS: dict[str, type[DrivingDQN]] = {"double targets": DoubleTargets, "one coin for all cars": OneCoin}


def settings() -> dict[str, TrainConfig]:
    """The preset, and the preset without each part."""
    quick = dataclasses.replace(preset("quick"), frames=FRAMES, evaluation_roads=ROADS, stop_success_rate=None)
    without: dict[str, dict[str, Any]] = {
        "quick": {},
        "double targets": {},  # see LEARNERS
        "an advantage per action": {"head": "dueling"},
        "one linear layer": {"head": "linear"},
        "one step": {"n_steps": 1},
        "copied target": {"target_rate": 1.0, "target_update_updates": 100},
        "one coin for all cars": {},  # see LEARNERS
        "RMSProp": {"optimizer": "rmsprop", "learning_rate": 2.5e-4, "learning_rate_final": 2.5e-4},
        "Nature encoder": {"encoder": "nature"},
        "camera alone": {"env": dataclasses.replace(quick.env, observation="camera")},
        "steering angles": {"env": dataclasses.replace(quick.env, actions=ActionConfig())},
        "gray": {"env": _with_camera(quick, color="gray")},
        "two frames": {"env": _with_camera(quick, stack=2)},
        "two updates a step": {"updates_per_step": 2},
    }
    return {name: dataclasses.replace(quick, **change) for name, change in without.items()}


def _with_camera(config: TrainConfig, **change: Any) -> EnvConfig:
    return dataclasses.replace(config.env, camera=dataclasses.replace(config.env.camera, **change))


def main(seeds: int = 5, jobs: int = 2, out: Path = Path("runs/ablation")) -> None:
    """Trains and prints a row per setting.

    Args:
        seeds: How many seeds, from 0 on.
        jobs: Runs at a time; frames are counted here, not seconds.
        out: Folder for the runs.
    """
    console = plain_console()
    results = study(settings(), range(seeds), out, console, jobs, LEARNERS)
    title = f"{FRAMES:,} frames, {ROADS} unseen roads, {seeds} seeds"
    console.print(results_table(title, results, times=False))


if __name__ == "__main__":
    tyro.cli(main)
