"""Compares three ways to an encoder: end to end, pretrained and frozen, pretrained and fine-tuned; five seeds each.

dashcam collect --out runs/data && dashcam pretrain runs/data --out runs/encoder
python -m tools.studies.encoders runs/encoder --plot docs/encoders.png
"""

import dataclasses
from pathlib import Path

import tyro

from agents.config import TrainConfig, preset
from agents.console import plain_console
from agents.learning.start import from_anywhere, start_from
from tools.studies.study import draw_results, results_table, study


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
    console.print(results_table(f"preset {preset_name}, {frames:,} frames, {seeds} seeds, 100 unseen roads", results))
    if plot is not None:
        draw_results(results, "seconds", plot, console)


if __name__ == "__main__":
    tyro.cli(main)
