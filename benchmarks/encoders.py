"""Compares three ways to an encoder: end to end, pretrained and frozen, pretrained and fine-tuned; five seeds each.

dashcam collect --out runs/data && dashcam pretrain runs/data --out runs/encoder
python benchmarks/encoders.py runs/encoder --plot docs/encoders.png
"""

import dataclasses
import statistics
from pathlib import Path

import matplotlib
import numpy as np
import tyro
from learning_curves import bootstrap
from rich.table import Table

from agents.benchmarks.studies import Run, study
from agents.config import TrainConfig, preset
from agents.console import plain_console
from agents.learning.start import from_anywhere, start_from
from agents.words import percentage
from sim.types import FloatArray

COLORS = {"end to end": "#4d5b6a", "frozen": "#d95f02", "fine-tuned": "#1b7fb5"}
GRID_S = 0.25  # distance of the times that curves are averaged at


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
        _draw(results, plot)
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


def _curves(runs: list[Run]) -> tuple[FloatArray, FloatArray]:
    """Seconds of training (K,), and success rates (runs, K), on straight lines between evaluations, from 0 at 0 s."""
    seconds = np.arange(0.0, min(run.points[-1].training_s for run in runs), GRID_S)
    rates = [
        np.interp(
            seconds,
            [0.0, *(point.training_s for point in run.points)],
            [0.0, *(point.success_rate for point in run.points)],
        )
        for run in runs
    ]
    return seconds, np.array(rates)


def _draw(results: dict[str, list[Run]], path: Path) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.0, 3.6), layout="constrained")
    for name, runs in results.items():
        seconds, curves = _curves(runs)
        low, high = bootstrap(curves)
        axes.fill_between(seconds, 100.0 * low, 100.0 * high, color=COLORS[name], alpha=0.2, linewidth=0)
        axes.plot(seconds, 100.0 * curves.mean(axis=0), color=COLORS[name], label=f"{name}: mean of {len(runs)} seeds")
    axes.axhline(95.0, color="#4d5b6a", linewidth=1, linestyle=":")
    axes.set(xlabel="seconds of reinforcement learning", ylabel="success on unseen roads [%]", ylim=(0.0, 102.0))
    axes.set_xlim(left=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    tyro.cli(main)
