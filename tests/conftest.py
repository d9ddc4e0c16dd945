"""Set up for every test: no display, no sound; and a bundle to change."""

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
