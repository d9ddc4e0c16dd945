"""Set up for every test: no display, no sound; and a bundle to change."""

import os
import shutil
from pathlib import Path

import pytest

from agents.bundle import REFERENCE

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the reference policy."""
    shutil.copytree(REFERENCE, tmp_path / "bundle")
    return tmp_path / "bundle"
