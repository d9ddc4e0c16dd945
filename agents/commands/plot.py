"""``dashcam plot``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE
from agents.curves.scores import Along, ScoreName
from agents.files import check_picture_path
from agents.words import counted
from sim.errors import UserError


@dataclass
class Plot:
    """Draw learning curves of one or many runs, finished or not.

    Runs that differ only in their seed form one curve: their median, in a band from the lowest to the highest.
    """

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Run folders."""
    out: Path = Path("curves.png")
    """Plot to write (.png or .svg)."""
    x: Along = "frames"
    """Horizontal axis: frames, or seconds of training."""
    y: tuple[ScoreName, ...] = ("success", "route", "reward", "offset")
    """Scores to draw, one panel each."""

    def run(self) -> None:
        from agents.curves.draw import draw_curves
        from agents.curves.groups import curves_of
        from agents.curves.runs import read_run, require_columns

        if not self.runs or not self.y:
            raise UserError("There is nothing to draw; name a run's folder, as in dashcam plot runs/train-1.")
        check_picture_path(self.out)
        runs, shown = [read_run(folder) for folder in self.runs], list(dict.fromkeys(self.y))
        require_columns(runs, shown)
        curves, left_out = curves_of(runs)
        draw_curves(curves, shown, self.x, self.out)
        for run in left_out:
            CONSOLE.print(f"Left out: {run.folder}, which has the settings and seed of another run.", soft_wrap=True)
        what = f"{counted(len(curves), 'curve')} of {counted(len(runs) - len(left_out), 'run')}"
        CONSOLE.print(f"Plot: {self.out} ({what})", highlight=False, soft_wrap=True)
