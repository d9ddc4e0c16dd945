"""The page's charts: scores with intervals, probabilities of improvement, performance profiles."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agents.page.contestants import Contestant
from agents.page.tables import interval, score
from agents.page.theme import BASELINES, SERIES, TEXT, inline, settings
from agents.pictures import DASHES, MARKERS
from agents.scoring.statistics import Draw, Estimate, PerformanceProfile, profile
from sim.types import FloatArray

WIDTH = 4.6  # inches of 72 px: about the width of a phone, so that text keeps its size there
ROW = 0.29  # inches for a row of a chart
LINE = 0.14  # inches more for a second line of text
THRESHOLDS = 101  # of a profile


def colors(contestants: Sequence[Contestant]) -> dict[str, str]:
    """A colour for each contestant, by name: bright ones for those that learned."""
    found: dict[str, str] = {}
    for learned, palette in ((True, SERIES), (False, BASELINES)):
        names = [item.name for item in contestants if item.learned == learned]
        found |= {name: palette[place % len(palette)] for place, name in enumerate(names)}
    return found


def interval_chart(
    rows: Sequence[tuple[str, Estimate, str]], label: str, name: str, middle: float | None = None
) -> Markup:
    """A dot and its interval per row: name, estimate (0..1) and colour of each.

    The ``label`` is that of the axis, ``name`` that of the figure. A line marks ``middle``, where neither side wins.
    """
    lines = max(row[0].count("\n") for row in rows)
    with mpl.rc_context(settings()):
        figure = Figure(figsize=(WIDTH, 0.62 + (ROW + LINE * lines) * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for place, (_, estimate, color) in enumerate(rows):
            _interval_row(axes, place, estimate, color)
        if middle is not None:
            axes.axvline(middle, color=TEXT, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.set(xlim=(-0.03, 1.03), ylim=(len(rows) - 0.5, -0.5), xlabel=label)
        axes.set_yticks(range(len(rows)), [row[0] for row in rows])
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
    told = "; ".join(f"{row[0]} {score(row[1].value)}, {interval(row[1])}" for row in rows)
    return inline(figure, name, f"{label}, with 95 % intervals: {told}".replace("\n", " "))


def _interval_row(axes: Axes, place: int, estimate: Estimate, color: str) -> None:
    """The dot, its interval, and its value on the side that has room."""
    axes.plot([estimate.low, estimate.high], [place, place], color=color, linewidth=5.0, alpha=0.35)
    axes.plot(estimate.value, place, "o", color=color, markersize=5.5)
    side = 1 if estimate.value < 0.5 else -1
    end = estimate.high if side == 1 else estimate.low
    axes.annotate(
        score(estimate.value),
        (end, place),
        (7 * side, 0),
        textcoords="offset points",
        ha="left" if side == 1 else "right",
        va="center",
        fontsize=8.5,
    )


def robustness_chart(kept: Mapping[str, Mapping[str, float]], shown: Mapping[str, str]) -> Markup:
    """A dot for each contestant, by its colour, for the share of its score that it keeps under each corruption.

    The shares are by corruption, by contestant.
    """
    means = {label: float(np.mean([shares[label] for shares in kept.values()])) for label in next(iter(kept.values()))}
    labels = sorted(means, key=means.__getitem__)
    with mpl.rc_context(settings()):
        figure = Figure(figsize=(WIDTH, 0.9 + 0.22 * len(labels)), layout="constrained")
        axes = figure.add_subplot()
        for place, (name, shares) in enumerate(kept.items()):
            values = [shares[label] for label in labels]
            axes.plot(values, range(len(labels)), MARKERS[place % len(MARKERS)], color=shown[name], label=name)
        axes.set_yticks(range(len(labels)), labels)
        axes.set(ylim=(len(labels) - 0.5, -0.5), xlabel="share of the driving score that is kept")
        axes.set_xlim(-0.03, max(1.03, *axes.get_xlim()))
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper left", ncols=2)
    return inline(figure, "robustness", "Share of the driving score that is kept under each corruption")


def score_profiles(contestants: Sequence[Contestant], draw: Draw) -> Markup:
    """The share of drives with a driving score above each threshold."""
    at = np.linspace(0.0, 1.0, THRESHOLDS)
    found = [profile(item.scores("driving_score"), at, draw) for item in contestants]
    return _profiles(contestants, at, found, "driving score above", "score-profiles")


def error_profiles(contestants: Sequence[Contestant], draw: Draw) -> Markup:
    """The share of drives with a lateral error (root mean square) below each threshold."""
    errors = [item.scores("lateral_rmse_m") for item in contestants]
    at = np.linspace(0.0, max(0.5, 1.05 * min(float(table.max()) for table in errors)), THRESHOLDS)
    found = [profile(-table, -at, draw) for table in errors]
    return _profiles(contestants, at, found, "lateral error below [m]", "error-profiles")


def _profiles(
    contestants: Sequence[Contestant], at: FloatArray, found: Sequence[PerformanceProfile], label: str, name: str
) -> Markup:
    shown = colors(contestants)
    with mpl.rc_context(settings()):
        figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
        axes = figure.add_subplot()
        for place, (item, each) in enumerate(zip(contestants, found, strict=True)):
            color, dashes = shown[item.name], DASHES[place % len(DASHES)]
            axes.fill_between(at, each.low, each.high, color=color, alpha=0.18, linewidth=0.0)
            axes.plot(at, each.shares, color=color, linewidth=1.8, linestyle=dashes, label=item.name)
        axes.set(xlabel=label, ylabel="share of drives", ylim=(-0.02, 1.04))
        axes.margins(x=0.01)
        figure.legend(loc="outside upper left", ncols=2, handlelength=2.6)
    return inline(figure, name, f"Performance profile: share of drives with a {label} each threshold")
