"""Builds a learner and its cars from the settings of a run."""

import dataclasses
from typing import Any

import torch
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from agents.config import OptimizerName, TrainConfig
from agents.learning.dqn import DrivingDQN, DrivingPolicy, Schedule
from agents.learning.encoded import EncodedVecEnv
from agents.learning.features import DrivingFeatures
from agents.learning.replay import FrameReplay
from agents.learning.start import encoder_start
from agents.learning.vec_env import DashcamVecEnv

OPTIMIZERS: dict[OptimizerName, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "adam": (torch.optim.Adam, {"fused": True}),
    # Mnih et al. 2015, table 1: "momentum" there is that of the averages; 0.01 is below the root, so 0.1 beside it
    "rmsprop": (torch.optim.RMSprop, {"alpha": 0.95, "eps": 0.1, "centered": True}),
}
NEVER: Any = None  # SB3 prints its own table every so many episodes, or never


def build_model(config: TrainConfig, learner: type[DrivingDQN] = DrivingDQN) -> DrivingDQN:
    """Builds a learner of this class, with its cars.

    Raises:
        UserError: the replay does not fit into memory, or the camera is too small for the encoder.
    """
    start = encoder_start(config)
    cars = DashcamVecEnv(config.env, config.num_cars)
    frozen = start.encoder if start is not None and start.frozen else None
    env: VecEnv = cars if frozen is None else EncodedVecEnv(cars, frozen)
    optimizer, optimizer_settings = OPTIMIZERS[config.optimizer]
    model = learner(
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
            "optimizer_class": optimizer,
            "optimizer_kwargs": optimizer_settings,
            "head": config.head,
            "encoder_rate": 1.0 if start is None else config.encoder_rate,
        },
        exploration=Schedule(config.exploration_initial, config.exploration_final, config.exploration_frames),
        step_size=Schedule(config.learning_rate, config.learning_rate_final, config.learning_rate_frames),
        tau=config.target_rate,
        target_update_updates=config.target_update_updates,
        share_updates=frozen is None,
        seed=config.seed,
        device="cpu",
    )
    model.set_logger(Logger(folder=None, output_formats=[]))  # the run log writes; SB3's would leave a folder in /tmp
    return model


def compile_kernels(config: TrainConfig) -> None:
    """Trains a small copy of the run for a few steps, so that training itself does not wait for compilation."""
    small = dataclasses.replace(
        config,
        num_cars=min(config.num_cars, 2),
        learning_starts=8,
        frames=40,
        batch_size=2,
        buffer_frames=64,
        n_steps=min(config.n_steps, 2),
        target_update_updates=1,
        learning_rate=1e-3,
        learning_rate_final=1e-3,
    )
    build_model(small).learn(small.frames, log_interval=NEVER)
