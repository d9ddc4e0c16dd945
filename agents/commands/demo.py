"""``dashcam demo``."""

from dataclasses import dataclass
from pathlib import Path

from agents.commands.common import CONSOLE


@dataclass
class Demo:
    """Learn to drive in some seconds, evaluate on unseen roads, write a film, open the window if there is one."""

    out: Path | None = None
    """Folder for everything; runs/demo-N by default."""
    seed: int = 0
    """Seed of the training."""

    def run(self) -> None:
        """Runs the command."""
        from agents.demo import demo

        demo(self.out, self.seed, CONSOLE)
