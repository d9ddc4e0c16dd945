"""Draws procedural towns: streets, lanes with directions, conflicts, stop lines, signals, and what stands beside them.

python -m tools.towns.maps --seeds 10 --out towns.png
python -m tools.towns.maps --first 3 --seeds 1 --junctions 6 --out junctions.png
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import tyro
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Circle

from sim.network.network import CONTROLS, SIGNALLED, STOP_ALWAYS, STOP_AT_SIGNAL, Network
from sim.network.signals import GREEN, YELLOW, signal_state
from sim.town.furniture import Furniture
from sim.town.surfaces import MEDIAN, SOLID, Surfaces
from sim.town.town import Town
from sim.types import FloatArray
from tools.towns.options import TownOptions

PAVEMENT, ASPHALT, GRASS, PAINT, PARKING = "#c9c5bb", "#8b8d92", "#b9cfa0", "#ffffff", "#7b7d83"
STATE_COLORS = {GREEN: "#18a83c", YELLOW: "#e8b000"}
Axes = Any


@dataclass
class DrawOptions(TownOptions):
    """What is drawn."""

    junctions: int = 0
    """How many junctions of each town to draw at large; 0: the whole town."""
    step: int = 0
    """Step of the clock that the signals show [0.1 s]."""
    out: Path = Path("towns.png")
    """The picture."""


def main(options: DrawOptions) -> None:
    """Writes the picture."""
    mpl.use("Agg")
    towns = [options.build(seed) for seed in options.numbers()]
    views = [(town, junction) for town in towns for junction in _views(town, options.junctions)]
    columns = min(len(views), 3 if options.junctions else 2)
    rows = -(-len(views) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(11 * columns, 11 * rows), squeeze=False)
    for axis, view in zip(axes.ravel(), views, strict=False):
        draw(axis, *view, options.step)
    figure.tight_layout()
    figure.savefig(options.out, dpi=70)
    print(options.out)


def _views(town: Town, junctions: int) -> list[int]:
    """Junctions to look at, of as many kinds as there are; -1 is the whole town."""
    if not junctions:
        return [-1]
    control = town.network.junction_control
    turn = np.array([np.count_nonzero(control[:k] == kind) for k, kind in enumerate(control)])
    return np.lexsort((control, turn))[:junctions].tolist()  # type: ignore[no-any-return]


def draw(axis: Axes, town: Town, junction: int, step: int) -> None:
    """Draws a town, or what lies around a junction."""
    large = junction >= 0
    draw_ground(axis, town.surfaces, large)
    draw_furniture(axis, town.furniture)
    draw_lanes(axis, town.network, large)
    draw_rules(axis, town.network, step, large)
    axis.set_facecolor(GRASS)
    axis.set_aspect("equal")
    network = town.network
    title = f"seed {town.seed}"
    if large:
        x, y = network.junction_x[junction], network.junction_y[junction]
        axis.set_xlim(x - 45, x + 45)
        axis.set_ylim(y - 45, y + 45)
        title += f", junction {junction}: {CONTROLS[network.junction_control[junction]]}"
    axis.set_title(title)


def draw_ground(axis: Axes, surfaces: Surfaces, large: bool) -> None:
    """Pavements, asphalt, islands, bands and paint."""
    for color, extra in ((PAVEMENT, 1.0), (ASPHALT, 0.0)):
        strips = [_strip(surfaces, k, extra) for k in range(len(surfaces.street_right))]
        axis.add_collection(PolyCollection(strips, facecolors=color, edgecolors=color, linewidths=0.3, zorder=1))
        for k in range(len(surfaces.junction_pavement)):
            _draw_junction(axis, surfaces, k, color, extra)
    for k in range(len(surfaces.band_street)):
        color = "#a09a86" if surfaces.band_kind[k] == MEDIAN else PARKING
        band = _between(surfaces, k)
        hatch = "///" if surfaces.band_kind[k] == MEDIAN else None
        axis.fill(*band.T, facecolor=color, edgecolor=PAINT, linewidth=0.0, hatch=hatch, zorder=2)
    for k in range(len(surfaces.mark_street)):
        _draw_mark(axis, surfaces, k, large)
    if large:
        for k in range(len(surfaces.arrow_x)):
            _draw_arrow(axis, surfaces, k)


def _beside(surfaces: Surfaces, street: int, begin: float, end: float, lateral: float) -> FloatArray:
    """Points along a street at a lateral position, (K, 2)."""
    rows = slice(surfaces.street_points[street], surfaces.street_points[street + 1])
    station = surfaces.street_station[rows]
    s = np.linspace(begin, end, max(int(abs(end - begin)), 2))
    x, y, heading = (
        np.interp(s, station, column[rows])
        for column in (surfaces.street_x, surfaces.street_y, surfaces.street_heading)
    )
    return np.stack([x - lateral * np.sin(heading), y + lateral * np.cos(heading)], axis=1)


def _strip(surfaces: Surfaces, k: int, extra: float) -> FloatArray:
    end = float(surfaces.street_station[surfaces.street_points[k + 1] - 1])
    beyond = extra * surfaces.street_pavement[k]
    right = _beside(surfaces, k, 0.0, end, surfaces.street_right[k] - beyond)
    left = _beside(surfaces, k, 0.0, end, surfaces.street_left[k] + beyond)
    return np.concatenate([right, left[::-1]])


def _between(surfaces: Surfaces, k: int) -> FloatArray:
    street, bounds = surfaces.band_street[k], (surfaces.band_begin[k], surfaces.band_end[k])
    right, left = (_beside(surfaces, street, *bounds, side[k]) for side in (surfaces.band_right, surfaces.band_left))
    return np.concatenate([right, left[::-1]])


def _draw_junction(axis: Axes, surfaces: Surfaces, k: int, color: str, extra: float) -> None:
    rows = slice(surfaces.outline_points[k], surfaces.outline_points[k + 1])
    x, y, kerb = surfaces.outline_x[rows], surfaces.outline_y[rows], surfaces.outline_kerb[rows]
    if extra:
        width = 2.0 * surfaces.junction_pavement[k]
        for i in np.flatnonzero(kerb):
            j = (i + 1) % len(x)
            _thick(axis, np.array([[x[i], y[i]], [x[j], y[j]]]), width, color, 1)
        return
    axis.fill(x, y, facecolor=color, edgecolor=color, linewidth=0.3, zorder=1.5)
    for radius, shade in ((surfaces.ring_island[k], PAVEMENT), (surfaces.ring_island[k] - 1.5, GRASS)):
        if radius > 0.0:
            middle = surfaces.arc_x[surfaces.arc_junction == k][1], surfaces.arc_y[surfaces.arc_junction == k][1]
            axis.add_patch(Circle(middle, radius, facecolor=shade, zorder=2))


def _thick(axis: Axes, line: FloatArray, width: float, color: str, order: float) -> None:
    (ax, ay), (bx, by) = line
    length = max(np.hypot(bx - ax, by - ay), 1e-9)
    nx, ny = -(by - ay) / length * width / 2, (bx - ax) / length * width / 2
    ex, ey = 0.1 * (bx - ax) / length, 0.1 * (by - ay) / length
    corners = [(ax - nx - ex, ay - ny - ey), (bx - nx + ex, by - ny + ey), (bx + nx + ex, by + ny + ey)]
    axis.fill(*np.array([*corners, (ax + nx - ex, ay + ny - ey)]).T, facecolor=color, linewidth=0, zorder=order)


def _draw_mark(axis: Axes, surfaces: Surfaces, k: int, large: bool) -> None:
    bounds = surfaces.mark_begin[k], surfaces.mark_end[k]
    if bounds[1] - bounds[0] < 0.1:
        return
    scale = 8.0 if large else 1.4
    line = _beside(surfaces, surfaces.mark_street[k], *bounds, surfaces.mark_lateral[k])
    width = scale * surfaces.mark_width[k]
    dashes = {} if surfaces.mark_style[k] == SOLID else {"dashes": (surfaces.mark_dash[k], surfaces.mark_gap[k])}
    axis.plot(*line.T, color=PAINT, linewidth=width, zorder=3, **dashes)


def _draw_arrow(axis: Axes, surfaces: Surfaces, k: int) -> None:
    x, y, heading, turns = (
        column[k] for column in (surfaces.arrow_x, surfaces.arrow_y, surfaces.arrow_heading, surfaces.arrow_turns)
    )
    for bit, turn in ((1, 1.0), (2, -1.0), (4, 0.0)):
        if turns & bit:
            angle = heading + 0.9 * turn
            axis.arrow(
                x, y, 2.2 * np.cos(angle), 2.2 * np.sin(angle), color=PAINT, width=0.15, head_width=0.7, zorder=4
            )


def draw_lanes(axis: Axes, network: Network, large: bool) -> None:
    """Centre lines: on streets blue, through junctions by turn; an arrow in the middle of each."""
    colors = ("#2050c0", "#b02090", "#d06010", "#107060")
    starts = network.lane_points
    lines = [np.stack([network.x[a:b], network.y[a:b]], axis=1) for a, b in itertools.pairwise(starts)]
    kinds = [colors[turn] for turn in network.lane_turn]
    axis.add_collection(LineCollection(lines, colors=kinds, linewidths=1.0 if large else 0.5, zorder=5))
    middle = (starts[:-1] + starts[1:]) // 2
    size = 0.6 if large else 1.6
    axis.quiver(
        network.x[middle],
        network.y[middle],
        size * network.cos[middle],
        size * network.sin[middle],
        color=kinds,
        angles="xy",
        scale_units="xy",
        scale=0.3,
        width=0.0015,
        headwidth=5,
        zorder=6,
    )


def draw_rules(axis: Axes, network: Network, step: int, large: bool) -> None:
    """Crossings, stop lines, signal heads in their colour, and conflicts: red where the lane gives way."""
    for k in range(len(network.crossing_width)):
        ends = np.stack([network.crossing_x[k], network.crossing_y[k]], axis=1)
        color = "#e8e8e8" if network.crossing_kind[k] == SIGNALLED else PAINT
        count = int(np.hypot(*(ends[1] - ends[0])))
        for i in range(0, count - 1, 1):
            stripe = ends[0] + (ends[1] - ends[0]) * np.array([[i + 0.25], [i + 0.75]]) / count
            _thick(axis, stripe, float(network.crossing_width[k]), color, 3.5)
    for k, lane in enumerate(network.stop_lane):
        color = {STOP_AT_SIGNAL: "#ffffff", STOP_ALWAYS: "#ff4040"}.get(int(network.stop_kind[k]), "#ffd020")
        _thick(axis, _across(network, int(lane), float(network.stop_station[k])), 0.5 if large else 1.0, color, 7)
    for k, group in enumerate(network.head_group):
        state = STATE_COLORS.get(signal_state(network, group, step), "#d01818")
        x, y, heading = network.head_x[k], network.head_y[k], network.head_heading[k]
        marker = "s" if network.head_far[k] else "o"
        axis.plot(x, y, marker=marker, color=state, markersize=9 if large else 3, markeredgecolor="black", zorder=9)
        axis.plot([x, x + 2 * np.cos(heading)], [y, y + 2 * np.sin(heading)], color=state, zorder=9)
    own = np.repeat(np.arange(len(network.lane_length)), np.diff(network.conflict_starts))
    for row in np.flatnonzero(network.conflict_gives_way) if large else ():
        place = _at(network, own[row], 0.5 * (network.conflict_begin[row] + network.conflict_end[row]))
        axis.plot(*place[:2], ".", color="#e00000", markersize=7, zorder=8)


def _at(network: Network, lane: int, station: float) -> tuple[float, float, float, float]:
    rows = slice(network.lane_points[lane], network.lane_points[lane + 1])
    columns = (network.x, network.y, network.cos, network.sin)
    x, y, cos, sin = (float(np.interp(station, network.station[rows], column[rows])) for column in columns)
    return x, y, cos, sin


def _across(network: Network, lane: int, station: float) -> FloatArray:
    x, y, cos, sin = _at(network, lane, station)
    half = 0.45 * float(network.lane_width[lane])
    return np.array([[x + half * sin, y - half * cos], [x - half * sin, y + half * cos]])


def draw_furniture(axis: Axes, furniture: Furniture) -> None:
    """Houses, cars, trees, lamps, masts and signs."""
    houses = [_rectangle(row[0], row[1], row[2], (-row[4], 0.0), row[3]) for row in furniture.houses]
    axis.add_collection(PolyCollection(houses, facecolors="#b3846a", edgecolors="#7a543f", zorder=2))
    cars = [_rectangle(row[0], row[1], row[2], (-row[3] / 2, row[3] / 2), row[4]) for row in furniture.cars]
    axis.add_collection(PolyCollection(cars, facecolors="#34506e", zorder=4))
    for row in furniture.trees:
        axis.add_patch(Circle(row[:2], row[3] / 2, facecolor="#4d8040", alpha=0.7, zorder=4))
    axis.plot(*furniture.lamps[:, :2].T, ".", color="#f0e060", markersize=3, zorder=4)
    axis.plot(*furniture.masts[:, :2].T, "x", color="black", markersize=4, zorder=4)
    for kind, marker in ((0, "8"), (1, "v"), (2, "$L$"), (3, "_")):
        chosen = furniture.signs[furniture.signs[:, 3] == kind]
        axis.plot(*chosen[:, :2].T, marker=marker, color="#c00000", markersize=6, linestyle="", zorder=9)


def _rectangle(x: float, y: float, heading: float, along: tuple[float, float], width: float) -> FloatArray:
    cos, sin = np.cos(heading), np.sin(heading)
    corners = [
        (a, b)
        for a, b in ((along[0], -width / 2), (along[1], -width / 2), (along[1], width / 2), (along[0], width / 2))
    ]
    return np.array([(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in corners])


if __name__ == "__main__":
    main(tyro.cli(DrawOptions))
