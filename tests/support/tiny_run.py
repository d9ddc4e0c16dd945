"""A run that takes a second, and what it said."""

import dataclasses
import hashlib
import io
import json
from pathlib import Path

from rich.console import Console

from agents.config import TrainConfig
from agents.console import plain_console
from agents.training.checkpoints.format import MANIFEST
from agents.training.checkpoints.settings import CheckpointConfig
from agents.training.train import resume, train
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig

ALL_WEATHER = AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0)
ENV = EnvConfig(
    camera=CameraConfig(width=36, height=36, color="gray", stack=2),
    roads=RoadsConfig(last_seed=20, pool_size=4, preload=False),
    appearance=ALL_WEATHER,
    observation="camera+state",
)
TINY = TrainConfig(
    env=ENV, num_cars=8, frames=640, learning_starts=200, batch_size=16, buffer_frames=400,
    evaluation_frames=320, evaluation_roads=2, stop_success_rate=None,
)  # fmt: skip
WHOLE = CheckpointConfig(checkpoint_replay=True)


def silent() -> Console:
    return plain_console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def train_half(folder: Path) -> None:
    """Trains half of its frames; leaves two checkpoints, with the replay."""
    train(dataclasses.replace(TINY, frames=248), folder, silent(), WHOLE)
    resume(dataclasses.replace(TINY, frames=312), folder, silent(), WHOLE)


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Puts other contents into a checkpoint whose manifest is right again."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / MANIFEST).write_text(json.dumps(manifest))
