"""Trains a policy: collect, update, evaluate on unseen roads, keep the best."""

import dataclasses
import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from stable_baselines3.common.vec_env import VecEnv

from agents.allocator import keep_freed_memory
from agents.config import OptimizerName, TrainConfig
from agents.dqn import DivergenceError, DrivingDQN, DrivingPolicy, Schedule
from agents.encoded import EncodedVecEnv
from agents.features import DrivingFeatures
from agents.files import claim_folder
from agents.progress import TrainingProgress
from agents.replay import FrameReplay
from agents.start import encoder_start
from agents.validation import POLICY, EvaluateAndKeep, Evaluation
from agents.vec_env import DashcamVecEnv
from sim.errors import UserError
from sim.memory import require_memory
from sim.world import memory_needed

CONFIG = "config.json"
LOG = "log.csv"
OPTIMIZERS: dict[OptimizerName, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}
OPTIMIZER_SETTINGS: dict[OptimizerName, dict[str, Any]] = {
    "adam": {"fused": True},
    # Mnih et al. 2015, table 1: "momentum" there is that of the averages; 0.01 stands below the root, so 0.1 beside it
    "rmsprop": {"alpha": 0.95, "eps": 0.1, "centered": True},
}
NEVER: Any = None  # SB3 prints its own table every so many episodes, or never


@dataclass
class TrainResult:
    """What a run came to."""

    out: Path
    best: Evaluation
    mastered: Evaluation | None
    """The first evaluation with mastery."""
    frames: int
    training_s: float
    interrupted: bool
    evaluations: list[Evaluation]


def train(config: TrainConfig, out: Path, console: Console) -> TrainResult:
    """Trains and leaves in ``out``: config.json, log.csv, TensorBoard's events, and the best policy in policy/.

    Ctrl-C ends the run early and keeps the best policy so far; before there is one, nothing is left.

    Raises:
        UserError: ``out`` holds files already, the memory does not suffice, or learning diverged.
        KeyboardInterrupt: Ctrl-C before there was a policy.
    """
    claim_folder(out)
    try:
        return _train_in(out, config, console)
    except (KeyboardInterrupt, UserError):
        if not (out / POLICY).exists():
            shutil.rmtree(out)
        raise


def _train_in(out: Path, config: TrainConfig, console: Console) -> TrainResult:
    (out / CONFIG).write_text(config_text(config))
    keep_freed_memory()
    model = build_model(config)
    _require_memory_in_all(model, config, console)
    compile_kernels(config)
    with (
        (out / LOG).open("w", newline="") as log,
        TrainingProgress(config.frames, console, config.stop_success_rate is not None) as progress,
        closing(EvaluateAndKeep(config, out, progress, log)) as callback,
    ):
        interrupted = not learn(model, config, callback)
    if callback.best is None:
        raise KeyboardInterrupt
    return TrainResult(
        out,
        callback.best,
        callback.mastered,
        model.num_timesteps,
        callback.training_s(),
        interrupted,
        callback.evaluations,
    )


def _require_memory_in_all(model: DrivingDQN, config: TrainConfig, console: Console) -> None:
    """Says what memory the run will fill in time.

    Raises:
        UserError: it is not there.
    """
    assert isinstance(model.replay_buffer, FrameReplay)
    replay, world = model.replay_buffer.nbytes, memory_needed(config.env, config.num_cars)
    require_memory(replay + world, "The run", "choose a smaller buffer or camera, or fewer cars")
    console.print(
        f"Memory: {replay / 1e6:,.0f} MB for a replay of {config.buffer_frames:,} frames, "
        f"up to {world / 1e6:,.0f} MB for roads and frames."
    )


def learn(model: DrivingDQN, config: TrainConfig, callback: EvaluateAndKeep) -> bool:
    """Learns until the end; False after Ctrl-C.

    Raises:
        UserError: learning diverged; says where the best policy so far is.
    """
    try:
        model.learn(config.frames, callback=callback, log_interval=NEVER)
        model.require_finite_weights()
    except KeyboardInterrupt:
        return False
    except DivergenceError as error:
        kept = f" The best policy so far is in {callback.policy_folder}." if callback.best else " No policy was kept."
        raise UserError(f"{error}{kept}") from error
    return True


def compile_kernels(config: TrainConfig) -> None:
    """Drives and learns a few steps with a small copy of the run, so that nothing is compiled on the run's time."""
    small = dataclasses.replace(
        config,
        num_cars=min(config.num_cars, 2),
        learning_starts=8,
        frames=40,
        batch_size=2,
        buffer_frames=64,
        n_steps=min(config.n_steps, 2),
        learning_rate=1e-3,
        learning_rate_final=1e-3,
    )
    build_model(small).learn(small.frames, log_interval=NEVER)


def build_model(config: TrainConfig) -> DrivingDQN:
    """The learner and its cars.

    Raises:
        UserError: the replay does not fit into memory, or the camera is too small for the encoder.
    """
    start = encoder_start(config)
    cars = DashcamVecEnv(config.env, config.num_cars)
    frozen = start.encoder if start is not None and start.frozen else None
    env: VecEnv = cars if frozen is None else EncodedVecEnv(cars, frozen)
    return DrivingDQN(
        DrivingPolicy,
        env,
        buffer_size=config.buffer_frames,
        learning_starts=config.learning_starts,
        batch_size=config.batch_size,
        gamma=config.discount,
        train_freq=1,
        gradient_steps=config.updates_per_step,
        replay_buffer_class=FrameReplay,
        replay_buffer_kwargs={
            "stack": config.env.camera.stack if frozen is None else 1,
            "n_steps": config.n_steps,
            "gamma": config.discount,
            "seed": config.seed,
        },
        policy_kwargs={
            "features_extractor_class": DrivingFeatures,
            "features_extractor_kwargs": {"config": config.env, "encoder": config.encoder, "start": start},
            "normalize_images": False,
            "optimizer_class": OPTIMIZERS[config.optimizer],
            "optimizer_kwargs": OPTIMIZER_SETTINGS[config.optimizer],
            "head": config.head,
            "encoder_rate": 1.0 if start is None else config.encoder_rate,
        },
        exploration=Schedule(config.exploration_initial, config.exploration_final, config.exploration_frames),
        step_size=Schedule(config.learning_rate, config.learning_rate_final, config.learning_rate_frames),
        tau=config.target_rate,
        target_update_updates=config.target_update_updates,
        double=config.double,
        exploration_per_car=config.exploration_per_car,
        share_updates=frozen is None,
        seed=config.seed,
        device="cpu",
    )


def config_text(config: TrainConfig) -> str:
    """What a run's config.json holds."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"
