"""Reports on a pretrained encoder: a table, and a picture of errors, confusions and examples."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from rich import box
from rich.table import Table

from agents.pictures import write_figure
from agents.words import percent, percentage
from perception.atomic import write_json
from perception.dataset import read_frames
from perception.labels import BENDS, CURVATURES
from perception.overlay import draw_lane, lane_lines
from perception.pretrain import Examples, PretrainResult, estimate
from sim.types import CURVATURE_LOOKAHEAD, ByteArray

REPORT, PICTURE = "report.json", "report.png"
EXAMPLES = 8
EXAMPLE_WIDTH = 512  # px; small frames are enlarged to see the lines
TRUE_COLOR, ESTIMATED_COLOR = (0, 220, 90), (255, 120, 0)


def scores_table(scores: Mapping[str, Any]) -> Table:
    """Scores on test roads, a row each."""
    title = f"{scores['frames']:,} frames of {scores['roads']} roads that it never saw"
    table = Table(title=title, box=box.SIMPLE_HEAD, show_header=False, min_width=len(title))
    table.add_column("what", style="bold")
    table.add_column("value", justify="right")
    for name, text in _rows(scores):
        table.add_row(name, text)
    return table


def _rows(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [
        ("bends, clear ones", _share(scores["bend_accuracy"])),
        (
            f"bends, the {percentage(scores['boundary_share'])}% near the boundary",
            _share(scores["bend_accuracy_boundary"]),
        ),
    ]
    if "heading_deg" not in scores:
        return rows
    ahead = zip(CURVATURE_LOOKAHEAD, scores["curvature_per_m"].values(), strict=True)
    return [
        ("lateral offset, mean error", f"{scores['lateral_offset_m']:.3f} m"),
        ("heading, mean error", f"{scores['heading_deg']:.2f} deg"),
        ("lane width, mean error", f"{scores['lane_width_m']:.3f} m"),
        *((f"curvature {distance:.0f} m ahead, mean error", f"{error:.4f} 1/m") for distance, error in ahead),
        *rows,
    ]


def _share(value: float | None) -> str:
    return "none" if value is None else percent(value, 1)


def write_report(result: PretrainResult, data: Path, folder: Path) -> Path:
    """Writes report.json and report.png to ``folder``; returns the picture's path."""
    passes = [
        {"pass": item.number, "train_loss": item.train_loss, "validation_loss": item.validation_loss, **item.scores}
        for item in result.epochs
    ]
    scores = dict(result.pretrained.scores)
    write_json(folder / REPORT, {"test": scores, "validation": passes})
    figure = Figure(figsize=(13, 10.5), layout="constrained")
    rows = figure.add_gridspec(2, 1, height_ratios=[1.1, 1.0])
    above, below = figure.add_subfigure(rows[0]), figure.add_subfigure(rows[1])
    grid = above.add_gridspec(2, 4)
    _draw_confusion(above.add_subplot(grid[:, 3]), scores["confusion"])
    if "by_curvature" in scores:
        _draw_groups(above.add_subplot(grid[0, :3]), scores["by_curvature"])
        _draw_distances(above.add_subplot(grid[1, :3]), scores)
    else:
        _draw_passes(above.add_subplot(grid[:, :3]), passes)
    for place, (picture, caption) in enumerate(_examples(result, data)):
        axes = below.add_subplot(2, EXAMPLES // 2, 1 + place)
        axes.imshow(picture)
        axes.set_title(caption, fontsize=8)
        axes.set_axis_off()
    lines = "" if "by_curvature" not in scores else "; in the frames: true lane green, estimated lane orange"
    figure.suptitle(f"{result.pretrained.name}: {scores['frames']:,} frames of {scores['roads']} unseen roads{lines}")
    path = folder / PICTURE
    write_figure(figure, path)
    return path


def _draw_groups(axes: Axes, groups: list[dict[str, Any]]) -> None:
    """Errors in metres and degrees by the curvature ahead."""
    names = [_group_name(group) for group in groups]
    places = np.arange(len(groups))
    offset = [group["lateral_offset_m"] or 0.0 for group in groups]
    heading = [group["heading_deg"] or 0.0 for group in groups]
    left = axes.bar(places - 0.2, offset, 0.38, color="tab:blue", label="lateral offset [m]")
    twin = axes.twinx()
    right = twin.bar(places + 0.2, heading, 0.38, color="tab:orange", label="heading [deg]")
    axes.bar_label(left, fmt="%.3f", fontsize=8)
    twin.bar_label(right, fmt="%.2f", fontsize=8)
    axes.set_xticks(places, names, fontsize=8)
    axes.set_title("Mean error by the curvature 10 to 20 m ahead [1/m]", fontsize=10)
    axes.set_ylim(0.0, 1.35 * max(*offset, 1e-9))
    twin.set_ylim(0.0, 1.35 * max(*heading, 1e-9))
    axes.legend(handles=[left, right], loc="upper left", ncols=2, fontsize=8)


def _group_name(group: Mapping[str, Any]) -> str:
    low, high = group["curvature_from_per_m"], group["curvature_to_per_m"]
    span = f"above {low:g}" if high is None else f"{low:g} to {high:g}"
    return f"{span}\n{group['frames']:,} frames"


def _draw_distances(axes: Axes, scores: Mapping[str, Any]) -> None:
    """Errors of the curvature by distance, beside those of taking every road for a straight one."""
    places = np.arange(len(CURVATURES))
    always_0 = list(scores["curvature_always_0_per_m"].values())
    axes.bar(places - 0.2, list(scores["curvature_per_m"].values()), 0.38, color="tab:blue", label="encoder")
    axes.bar(places + 0.2, always_0, 0.38, color="lightgray", label="always straight on")
    axes.set_xticks(places, [f"{distance:.0f} m ahead" for distance in CURVATURE_LOOKAHEAD], fontsize=8)
    axes.set_title("Mean error of the curvature by distance [1/m]", fontsize=10)
    axes.legend(fontsize=8)


def _draw_passes(axes: Axes, passes: list[dict[str, Any]]) -> None:
    """Accuracy on validation roads as training went on."""
    axes.plot([item["pass"] for item in passes], [100.0 * (item["bend_accuracy"] or 0.0) for item in passes], "o-")
    axes.set_xticks([item["pass"] for item in passes])
    axes.set_title("Clear bends on validation roads, right [%], by pass", fontsize=10)
    axes.grid(alpha=0.3)


def _draw_confusion(axes: Axes, counts: list[list[int]]) -> None:
    """Share of each true class that was taken for which."""
    table = np.array(counts, dtype=np.float64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(*shares.shape):
        dark = shares[row, column] > 0.5
        text = f"{percentage(shares[row, column], 1)}%\n{int(table[row, column]):,}"
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.set_xticks(range(len(BENDS)), BENDS)
    axes.set_yticks(range(len(BENDS)), BENDS)
    axes.set_xlabel("said")
    axes.set_ylabel("true")
    axes.set_title("Clear bends", fontsize=10)


def _examples(result: PretrainResult, data: Path) -> list[tuple[ByteArray, str]]:
    """Test frames, evenly spread, with the true and the estimated lane drawn in, and captions."""
    camera = result.pretrained.camera
    examples = Examples(read_frames(data, "test", camera), result.pretrained)
    estimates, bends = estimate(examples)
    pictures = []
    for row in np.linspace(0, len(examples) - 1, min(EXAMPLES, len(examples))).astype(int):
        picture = _enlarged(examples.data.frames[row])
        truth = {name: float(values[row]) for name, values in examples.data.columns.items()}
        caption = f"true {BENDS[int(truth['bend'])]}, said {BENDS[bends[row]]}"
        if estimates:
            picture = draw_lane(picture, lane_lines(truth), camera, TRUE_COLOR)
            said = {name: float(values[row]) for name, values in estimates.items()}
            picture = draw_lane(picture, lane_lines(said), camera, ESTIMATED_COLOR)
            caption += f"\noffset {truth['lateral_offset_m']:.2f} m, said {said['lateral_offset_m']:.2f} m"
        pictures.append((picture, caption))
    return pictures


def _enlarged(frame: ByteArray) -> ByteArray:
    """A frame (H, W, 1 or 3) as an RGB picture that is large enough to draw on."""
    scale = max(1, EXAMPLE_WIDTH // frame.shape[1])
    image = Image.fromarray(frame.squeeze()).convert("RGB")
    return np.asarray(image.resize((scale * image.width, scale * image.height), Image.Resampling.NEAREST))
