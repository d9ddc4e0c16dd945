"""Checks and measurements of this repository, which no wheel contains: ``python -m tools.ROOM.NAME``."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLE_MAP = DOCS / "example.xodr"
