"""Set up for every test: no display, no sound; and what tests may change: a bundle, a run."""

import os
import shutil
from pathlib import Path

import pytest

from agents.bundles.bundle import REFERENCE

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the reference policy."""
    shutil.copytree(REFERENCE, tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test writes without saying where goes to a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def half_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny run after half of its frames, with two checkpoints; to read."""
    from tests.support.tiny_run import train_half  # PyTorch takes seconds to load

    folder = tmp_path_factory.mktemp("half") / "run"
    train_half(folder)
    return folder


@pytest.fixture
def run_folder(half_run: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    shutil.copytree(half_run, tmp_path / "run")
    return tmp_path / "run"
