"""The readers of a training run's folder, for ``python -m tools.fuzz``: its settings and its checkpoints."""

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from agents.config import CheckpointConfig, TrainConfig
from agents.console import plain_console
from agents.learning.build import build_model
from agents.learning.dqn import DrivingDQN
from agents.progress import TrainingProgress
from agents.training.checkpoints.format import ARRAYS, CONFIG, FOLDER, MANIFEST, REPLAY, STATE
from agents.training.checkpoints.restore import newest_intact, restore
from agents.training.command import train_command
from agents.training.resume import stored_settings
from agents.training.train import train
from agents.training.validation import ValidationCallback
from perception.encoders import make_encoder
from sim.config import CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from tools.fuzz.file_mutations import mutate_json, mutate_npy, mutate_safetensors
from tools.fuzz.reader import Reader, resealed, sha256

ENV = EnvConfig(
    camera=CameraConfig(width=36, height=36, color="gray", stack=2),
    roads=RoadsConfig(last_seed=20, pool_size=4),
    task=TaskConfig(time_limit_s=0.8),
    observation="camera+state",
)
TINY = TrainConfig(
    env=ENV, num_cars=4, frames=240, learning_starts=100, batch_size=8, buffer_frames=200, evaluation_frames=240,
    evaluation_roads=1, stop_success_rate=None,
)  # fmt: skip
SMALL = 10**6  # bytes of an observation; with smaller ones, cars drive
CHECKPOINT = f"{FOLDER}/{TINY.frames:09d}/"


def _make_config(folder: Path) -> None:
    (folder / CONFIG).write_text(TINY.as_json(), encoding="utf-8")


def _read_config(folder: Path) -> None:
    config, _ = stored_settings(folder)
    train_command(config)
    height, width, channels = config.env.camera.observation_shape
    make_encoder(config.encoder, channels, height, width)
    if height * width * channels < SMALL:
        build_model(
            dataclasses.replace(config, num_cars=1, buffer_frames=4_000, learning_starts=1, batch_size=1, n_steps=1)
        )


def _make_run(folder: Path) -> None:
    train(TINY, folder / "run", _console(), CheckpointConfig(checkpoint_replay=True, checkpoints_kept=1))
    for path in (folder / "run").iterdir():
        path.rename(folder / path.name)
    (folder / "run").rmdir()


def _read_checkpoint(folder: Path) -> None:
    """Resumes from a checkpoint: drives, and learns from what was seen before."""
    stored_settings(folder)
    start = newest_intact(folder, lambda sentence: None)
    assert start is not None
    model = build_model(TINY)
    with TrainingProgress(TINY.frames, _console()) as progress:
        watcher = ValidationCallback(TINY, folder, progress, _console())
        restore(start, model, watcher)
        _drive_on(model)


def _drive_on(model: DrivingDQN) -> None:
    assert model.env is not None
    for _ in range(3):
        _, rewards, _, _ = model.env.step(np.zeros(TINY.num_cars, dtype=np.int64))
        if not np.isfinite(rewards).all():
            raise ValueError("a reward is not finite")
    if model.replay.size() > 0:
        model.replay.sample(TINY.batch_size)


def _enter(value: Any, name: str, data: bytes) -> None:
    """What a checkpoint's manifest says of a file."""
    if name.startswith(CHECKPOINT):
        part = name.removeprefix(CHECKPOINT)
        value["bytes"][part], value["sha256"][part] = len(data), sha256(data)


def _console() -> Console:
    return plain_console(file=io.StringIO())


CONFIG_READER = Reader(_make_config, _read_config, {CONFIG: mutate_json})
CHECKPOINT_READER = Reader(
    _make_run,
    _read_checkpoint,
    {
        CHECKPOINT + MANIFEST: mutate_json,
        CHECKPOINT + CONFIG: mutate_json,
        CHECKPOINT + STATE: mutate_json,
        CHECKPOINT + ARRAYS: mutate_safetensors,
        CHECKPOINT + REPLAY: mutate_npy,
    },
    resealed(CHECKPOINT + MANIFEST, _enter),
)
