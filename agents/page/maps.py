"""Maps: the road or the town from above and the path that was driven, coloured by the lateral error."""

from dataclasses import dataclass
from itertools import pairwise

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agents.page.theme import ERRORS, FAINT, TEXT, inline, settings
from agents.scoring.trajectory import Trajectory
from sim.roads.road import Road
from sim.types import (
    ROUTE_END,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_START,
    ROUTE_STEP,
    SEGMENT_X,
    SEGMENT_Y,
    FloatArray,
    IntArray,
)
from sim.world import World

ERROR_STEPS = (0.25, 0.5, 1.0)  # m, between the colours; the last colour is for what lies outside the lane
ERROR_LABELS = ("below 0.25 m", "to 0.5 m", "to 1 m", "above 1 m", "outside the lane")
SIZE = 3.2  # inches
SPACING = 2.0  # m between two points of a path that is drawn
AROUND = 40.0  # m of a town beside the route that are drawn
SCALE_BARS = (50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)  # m


@dataclass(frozen=True)
class MapLines:
    """What a drive is drawn on: polylines (M, 2) [m]."""

    ground: list[FloatArray]
    """Edges of a road's lane, or the middles of a town's lanes."""
    route: FloatArray | None = None
    """The way to the goal, in a town."""


def road_lines(road: Road) -> MapLines:
    """Both edges of the driving lane."""
    return MapLines([_thinned(_lane_edge(road, side), SPACING) for side in (-0.5, 0.5)])


def town_lines(world: World) -> MapLines:
    """The route of a world's first car, which was just reset, and the lanes around it."""
    row, network = int(world.core.episode.route[0]), world.town(0).network
    geometry, segments = world.core.route.geometry[row], world.core.route.segments[row]
    first, last = (round(geometry[place] / geometry[ROUTE_STEP]) for place in (ROUTE_START, ROUTE_END))
    origin = geometry[[ROUTE_ORIGIN_X, ROUTE_ORIGIN_Y]]
    route = segments[first : last + 1][:, [SEGMENT_X, SEGMENT_Y]].astype(np.float64) + origin
    least, most = route.min(axis=0) - AROUND, route.max(axis=0) + AROUND
    points = np.stack([network.x, network.y], axis=1).astype(np.float64)
    near = ((points >= least) & (points <= most)).all(axis=1)
    lanes = [slice(*ends) for ends in pairwise(network.lane_points)]
    ground = [_thinned(points[lane][near[lane]], SPACING) for lane in lanes if np.count_nonzero(near[lane]) > 1]
    return MapLines(ground, _thinned(route, SPACING))


def draw_map(lines: MapLines, drive: Trajectory, name: str, label: str) -> Markup:
    """The drive on its road or route; a ring where it began, a disc where it was completed, or else a cross."""
    with mpl.rc_context(settings()):
        figure = Figure(figsize=(SIZE, SIZE), layout="constrained")
        axes = figure.add_subplot()
        for line in lines.ground:
            axes.plot(*line.T, color=FAINT, linewidth=0.9)
        if lines.route is not None:
            axes.plot(*lines.route.T, color=TEXT, linewidth=0.9, linestyle="dotted")
            axes.plot(*lines.route[-1], "s", markersize=5.0, markerfacecolor="none", markeredgecolor=TEXT)
        _draw_path(axes, drive)
        _draw_ends(axes, drive)
        axes.set_aspect("equal", "datalim")
        axes.set_axis_off()
        _draw_scale(axes)
        return inline(figure, name, label)


def error_bins(drive: Trajectory) -> IntArray:
    """Which of ``ERROR_LABELS`` holds after each step: (T,)."""
    bins = np.searchsorted(ERROR_STEPS, np.abs(drive.lateral_offset), side="right")
    return np.where(drive.outside, len(ERROR_STEPS) + 1, bins)


def _lane_edge(road: Road, side: float) -> FloatArray:
    """An edge of the driving lane, (M, 2) [m]: the left one for ``side`` 0.5, the right one for -0.5."""
    line, lateral = road.line, road.lane_offset + side * road.edges[:, 0]
    return np.stack([line.x - lateral * np.sin(line.heading), line.y + lateral * np.cos(line.heading)], axis=1)


def _draw_path(axes: Axes, drive: Trajectory) -> None:
    """A line per stretch of one colour; each begins where the one before ended."""
    bins = error_bins(drive)
    path = np.stack([drive.x, drive.y], axis=1)
    borders = [0, *(np.flatnonzero(np.diff(bins)) + 1), len(bins)]
    for first, last in pairwise(borders):
        stretch = _thinned(path[max(first - 1, 0) : last], SPACING)
        axes.plot(*stretch.T, color=ERRORS[bins[first]], linewidth=2.4, solid_capstyle="round")


def _draw_ends(axes: Axes, drive: Trajectory) -> None:
    axes.plot(drive.x[0], drive.y[0], "o", markersize=6.0, markerfacecolor="none", markeredgecolor=TEXT)
    completed = drive.ended_by == "completed"
    axes.plot(drive.x[-1], drive.y[-1], "o" if completed else "X", markersize=5.0 if completed else 8.0, color=TEXT)


def _draw_scale(axes: Axes) -> None:
    """A bar of about a quarter of the map's width, below the map."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = min(SCALE_BARS, key=lambda bar: abs(bar - 0.25 * (right - left)))
    level = bottom - 0.06 * (top - bottom)
    axes.plot([left, left + length], [level, level], color=TEXT, linewidth=1.4)
    axes.annotate(
        f"{length:.0f} m", (left + length, level), (4, 0), textcoords="offset points", va="center", fontsize=8
    )


def _thinned(points: FloatArray, spacing: float) -> FloatArray:
    """Points (M, 2) about ``spacing`` [m] apart along the line, with both ends."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    kept = np.unique(np.searchsorted(along, np.arange(0.0, along[-1], spacing)))
    return np.asarray(points[np.union1d(kept, [0, len(points) - 1])])
