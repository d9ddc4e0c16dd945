"""Compares three ways to an encoder: end to end, pretrained and frozen, pretrained and fine-tuned; five seeds each.

dashcam collect --out runs/data && dashcam pretrain runs/data --out runs/encoder
python -m tools.studies.encoders runs/encoder --plot docs/encoders.png
"""

import dataclasses
import statistics
from pathlib import Path

import tyro
from rich.table import Table

from agents.config import TrainConfig, preset
from agents.console import plain_console
from agents.curves.draw import draw_curves
from agents.curves.groups import Curve
from agents.curves.runs import read_run
from agents.learning.start import from_anywhere, start_from
from agents.words import percentage
from tools.studies.study import Run, study


def settings(encoder: Path, preset_name: str, frames: int, evaluation_frames: int) -> dict[str, TrainConfig]:
    """The three, all with the encoder's camera."""
    base = dataclasses.replace(
        preset(preset_name), frames=frames, evaluation_frames=evaluation_frames, stop_success_rate=None
    )
    frozen = from_anywhere(start_from(base, str(encoder), "frozen"))
    camera = dataclasses.replace(base.env, camera=frozen.env.camera)
    return {
        "end to end": dataclasses.replace(base, env=camera, encoder=frozen.encoder),
        "frozen": frozen,
        "fine-tuned": from_anywhere(start_from(base, str(encoder), "finetuned")),
    }


def main(
    encoder: tyro.conf.Positional[Path],
    preset_name: str = "quick",
    frames: int = 49_152,
    evaluation_frames: int = 4_096,
    seeds: int = 5,
    out: Path = Path("runs/encoders"),
    plot: Path | None = None,
) -> None:
    """Trains, prints a row per way, and draws.

    Args:
        encoder: Folder that "dashcam pretrain" wrote.
        preset_name: The preset that all three begin with.
        frames: Frames of each run; none stops early.
        evaluation_frames: Frames between two evaluations.
        seeds: How many seeds, from 0 on.
        out: Folder for the runs.
        plot: Picture to draw.
    """
    console = plain_console()
    results = study(settings(encoder, preset_name, frames, evaluation_frames), range(seeds), out, console)
    console.print(_table(results, preset_name, frames))
    if plot is not None:
        curves = [Curve(name, [read_run(run.folder) for run in runs]) for name, runs in results.items()]
        draw_curves(curves, ["success"], "seconds", plot)
        console.print(f"Plot: {plot}")


def _table(results: dict[str, list[Run]], preset_name: str, frames: int) -> Table:
    seeds = len(next(iter(results.values())))
    table = Table(title=f"preset {preset_name}, {frames:,} frames, {seeds} seeds, 100 unseen roads")
    for heading in ("encoder", "mastered", "frames", "s", "worst s", "low after", "at end", "RMSE m"):
        table.add_column(heading, justify="left" if heading == "encoder" else "right")
    for name, runs in results.items():
        table.add_row(name, *_row(runs))
    return table


def _row(runs: list[Run]) -> tuple[str, ...]:
    mastered = [run.mastered for run in runs if run.mastered]
    times = [point.training_s for point in mastered]
    last = [run.points[-1] for run in runs]
    complete = len(mastered) == len(runs)
    worst = [run.worst_after_mastery for run in runs if run.worst_after_mastery is not None]
    return (
        f"{len(mastered)} of {len(runs)}",
        f"{statistics.median(point.frames for point in mastered):,.0f}" if complete else "",
        f"{statistics.median(times):.1f}" if complete else "",
        f"{max(times):.1f}" if complete else "",
        f"{percentage(min(worst))}%" if worst else "",
        f"{percentage(statistics.mean(point.success_rate for point in last), 1)}%",
        f"{statistics.mean(point.lateral_rmse_m for point in last):.2f}",
    )


if __name__ == "__main__":
    tyro.cli(main)
