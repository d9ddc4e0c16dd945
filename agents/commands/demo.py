"""``dashcam demo``."""

from dataclasses import dataclass
from pathlib import Path

from agents.commands.common import CONSOLE


@dataclass
class Demo:
    """Learn to drive in seconds, evaluate on unseen roads, record a film, and open a window if there is a display."""

    out: Path | None = None
    """Folder for run, policy and film; runs/demo-N by default."""
    seed: int = 0
    """Random seed of the training."""

    def run(self) -> None:
        from agents.demo import demo

        demo(self.out, self.seed, CONSOLE)
