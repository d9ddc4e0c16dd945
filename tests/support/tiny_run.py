"""A run that takes a second, and what it said."""

import dataclasses
import hashlib
import io
import json
from pathlib import Path

from rich.console import Console

from agents.config import CheckpointConfig
from agents.console import plain_console
from agents.training.checkpoints.format import MANIFEST
from agents.training.train import resume, train
from tools.kill import RUN

ENV = RUN.env
TINY = dataclasses.replace(RUN, frames=640, learning_starts=200, evaluation_frames=320)
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
    manifest["bytes"][name], manifest["sha256"][name] = len(data), hashlib.sha256(data).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))
