"""Trains a preset with several seeds, long after mastery, prints what each reaches, and draws the learning curves.

python -m tools.studies.learning_curves --preset-name quick --frames 250000 --plot docs/learning.png
"""

import dataclasses
import statistics
from pathlib import Path

import tyro
from rich.table import Table

from agents.config import preset
from agents.console import figures_table, plain_console
from agents.words import percentage
from tools.studies.study import StudyRun, draw_results, study


def main(
    preset_name: str = "quick",
    frames: int = 250_000,
    evaluation_frames: int | None = None,
    seeds: int = 5,
    out: Path = Path("runs/curves"),
    plot: Path | None = None,
) -> None:
    """Trains, prints a row per seed, and draws.

    Args:
        preset_name: The preset.
        frames: Frames of each run; none stops early.
        evaluation_frames: Frames between two evaluations; those of the preset by default.
        seeds: How many seeds, from 0 on.
        out: Folder for the runs.
        plot: Picture to draw.
    """
    console = plain_console()
    config = preset(preset_name)
    step = evaluation_frames or config.evaluation_frames
    config = dataclasses.replace(config, frames=frames, evaluation_frames=step, stop_success_rate=None)
    runs = study({preset_name: config}, range(seeds), out, console)[preset_name]
    console.print(_table(preset_name, runs))
    times = [run.mastered.training_s for run in runs if run.mastered]
    if len(times) == len(runs):
        console.print(f"Mastery: median {statistics.median(times):.1f} s, worst {max(times):.1f} s.")
    if plot is not None:
        draw_results({preset_name: runs}, "frames", plot, console)


def _table(preset_name: str, runs: list[StudyRun]) -> Table:
    title = f"preset {preset_name}, 100 unseen roads"
    headings = ("seed", "mastery frames", "mastery s", "worst after", "at the end", "m/s", "RMSE m", "whole s")
    table = figures_table(*headings, title=title)
    for run in runs:
        last, mastered = run.points[-1], run.mastered
        table.add_row(
            str(run.seed),
            f"{mastered.frames:,}" if mastered else "never",
            f"{mastered.training_s:.1f}" if mastered else "",
            "" if run.worst_after_mastery is None else f"{percentage(run.worst_after_mastery)}%",
            f"{percentage(last.success_rate)}%",
            f"{last.mean_speed_mps:.2f}",
            f"{last.lateral_rmse_m:.2f}",
            f"{last.training_s:.0f}",
        )
    return table


if __name__ == "__main__":
    tyro.cli(main)
