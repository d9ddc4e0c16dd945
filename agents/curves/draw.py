"""Draws learning curves: a panel for each score, a line for each curve.

A curve of several seeds is their median at the same place, with a band from the lowest to the highest, as far as all
of them came; each run is a thin line to its own end. A handful of seeds, as people train, cannot tell where 95 % of all
would lie; the band says what was seen.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from agents.curves.groups import Curve
from agents.curves.scores import PLACES, SCORES, Along, Score, ScoreName
from agents.pictures import COLORS, DASHES, MARKERS, on_paper, write_figure
from agents.words import legible
from sim.types import FloatArray

MIDDLE = "median of the seeds, as far as all came; band from the lowest to the highest; thin lines: single runs"
PANEL = (5.0, 2.7)  # inches
LEGEND_LINE = 0.2  # inches more for a line of the legend
LEGEND_WIDTH = 70  # characters of a label in a line
LEGEND_ROWS = 4  # more labels, if they are short, stand in two columns
MOST_MARKERS = 8  # on a line


def draw_curves(curves: Sequence[Curve], shown: Sequence[ScoreName], along: Along, path: Path) -> None:
    """Draws a panel for each of the scores ``shown``, against frames or seconds, as PNG or SVG.

    Raises:
        OSError: the picture could not be written.
    """
    columns = min(len(shown), 2)
    rows = -(-len(shown) // columns)
    labels = [textwrap.fill(legible(curve.label), LEGEND_WIDTH) for curve in curves]
    beside = 2 if len(labels) > LEGEND_ROWS and max(map(len, labels)) <= LEGEND_WIDTH // 2 else 1
    legend_lines = -(-sum(label.count("\n") + 1 for label in labels) // beside)
    with on_paper():
        size = (max(PANEL[0] * columns, 7.0), PANEL[1] * rows + LEGEND_LINE * legend_lines + 0.6)
        figure = Figure(figsize=size, layout="constrained")
        for place, name in enumerate(shown, start=1):
            axes = figure.add_subplot(rows, columns, place)
            lines = [_draw_curve(axes, curve, SCORES[name], along, number) for number, curve in enumerate(curves)]
            _label(axes, SCORES[name], along)
        figure.legend(lines, labels, loc="outside upper center", handlelength=3.5, ncols=beside)
        if any(len(curve.runs) > 1 for curve in curves):
            figure.supxlabel(MIDDLE, fontsize=8)
        write_figure(figure, path)


def _label(axes: Axes, score: Score, along: Along) -> None:
    axes.set(xlabel=PLACES[along][1], ylabel=score.label)
    axes.set_xlim(left=0.0)
    axes.set_ylim(*score.limits)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def _draw_curve(axes: Axes, curve: Curve, score: Score, along: Along, number: int) -> Line2D:
    color = COLORS[number % len(COLORS)]
    lines = [(run.log[PLACES[along][0]], score.factor * run.log[score.column]) for run in curve.runs]
    places, middle, low, high = spread(lines)
    if len(lines) > 1:
        axes.fill_between(places, low, high, color=color, alpha=0.18, linewidth=0.0)
        for line in lines:
            axes.plot(*line, color=color, linewidth=0.6, alpha=0.45)
    (median,) = axes.plot(
        places,
        middle,
        color=color,
        linewidth=1.8,
        linestyle=DASHES[number % len(DASHES)],
        marker=MARKERS[number % len(MARKERS)],
        markersize=4.0,
        markevery=max(len(places) // MOST_MARKERS, 1),
    )
    return median


def spread(lines: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Median and ends of the range of several lines, where all of them are.

    Args:
        lines: Ascending places (K,) and values there (K,) of each; straight between them.

    Returns:
        Places, medians, lowest and highest values, each of shape (P,).
    """
    first, last = max(at[0] for at, _ in lines), min(at[-1] for at, _ in lines)
    every = np.unique(np.concatenate([at for at, _ in lines]))
    places = every[(every >= first) & (every <= last)]
    values = np.array([np.interp(places, *line) for line in lines])
    return places, np.median(values, axis=0), values.min(axis=0), values.max(axis=0)
