"""The figures of ``dashcam benchmark speed`` as a picture."""

import re
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agents.benchmarks.speed import Speed
from agents.benchmarks.timing import Timing
from agents.pictures import MARKERS, on_paper, write_figure

SAME_SIZE = r"\d+ cars?, (RGB|gray) 96 x 96"
OURS, OTHERS = "#d95f02", "#4d5b6a"


def plot_speed(speed: Speed, path: Path) -> None:
    """Draws frames/s against cars, and time per frame against pixels."""
    with on_paper():
        figure = Figure(figsize=(11.0, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _plot_cars(speed, left)
        _plot_pixels(speed, right)
        figure.suptitle(f"{speed.machine['processor']}, {speed.machine['threads']} threads", fontsize=9)
        write_figure(figure, path)


def _plot_cars(speed: Speed, axes: Axes) -> None:
    """Frames/s against cars, beside the others."""
    names = dict.fromkeys(item.name for item in speed.timings)
    for name, marker in zip(names, MARKERS, strict=False):
        rows = [item for item in speed.timings if item.name == name and re.fullmatch(SAME_SIZE, item.setting)]
        color, line = (OURS, "-") if name == "dashcam" else (OTHERS, "")
        rates = [item.median for item in rows]
        axes.plot([_cars(item) for item in rows], rates, marker=marker, linestyle=line, color=color, label=name)
    axes.set(xlabel="cars", ylabel="frames/s", title="96 x 96 pixels", xscale="log", yscale="log")
    axes.legend(fontsize=8)


def _plot_pixels(speed: Speed, axes: Axes) -> None:
    """Time per frame against pixels, with 16 cars or more on all threads."""
    settings = ("64 cars, gray 64 x 64", "64 cars, gray 84 x 84 x 4", "64 cars, RGB 96 x 96", "16 cars, RGB 640 x 480")
    for setting in settings:
        item = speed.timing("dashcam", setting)
        point = (_pixels(item), 1e6 / item.median)
        axes.plot(*point, "o", color=OURS)
        height = 4 if "RGB" in setting else -10  # px: colour above, gray below, so that neighbours do not overlap
        axes.annotate(setting, point, fontsize=8, xytext=(6, height), textcoords="offset points")
    axes.margins(y=0.12)
    axes.set(xlabel="pixels", ylabel="us/frame", title="dashcam", xscale="log", yscale="log", xlim=(3e3, 3e6))


def _cars(timing: Timing) -> int:
    return int(timing.setting.split()[0])


def _pixels(timing: Timing) -> int:
    width, height = re.findall(r"(\d+) x (\d+)", timing.setting)[0]
    return int(width) * int(height)
