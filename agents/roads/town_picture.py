"""Draws what an OpenDRIVE map is as a town over its roads: houses, crossings, stop lines, lights, signs and a route."""

import itertools
import math
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.patches import Circle

from sim.network.network import STOP_ALWAYS, STOP_AT_SIGNAL, Network
from sim.network.routing import Route
from sim.network.signals import GREEN, RED, YELLOW, signal_state
from sim.town.opendrive.town import MapTown
from sim.types import FloatArray

LIGHTS = {RED: "#d01818", YELLOW: "#e8b000", GREEN: "#18a83c"}
STOPS = {STOP_AT_SIGNAL: "#ffffff", STOP_ALWAYS: "#ff5a4a"}  # others, which yield, are yellow
YIELDS, HOUSE, LEAVES, LANE, WAY = "#ffd020", "#c9b3a0", "#8fae7d", "#9fb8e8", "#1f5fd0"
STRIPE = 0.5  # m


def draw_town(axes: Any, town: MapTown, route: Route | None) -> None:
    """Draws it in the file's coordinates."""
    origin = np.array(town.origin)
    furniture, network = town.furniture, town.network
    houses = [_house(row) + origin for row in furniture.houses.astype(np.float64)]
    axes.add_collection(PolyCollection(houses, facecolors=HOUSE, edgecolors="#a08872", linewidths=0.3, zorder=0.5))
    trees = [Circle(row[:2] + origin, 0.5 * row[3]) for row in furniture.trees.astype(np.float64)]
    axes.add_collection(PatchCollection(trees, facecolors=LEAVES, zorder=0.6))
    lanes = [_points(network, lane) + origin for lane in range(len(network.lane_length))]
    axes.add_collection(LineCollection(lanes, colors=LANE, linewidths=0.35, zorder=2.2))
    _draw_crossings(axes, network, origin)
    _draw_stops(axes, network, origin)
    if route is not None:
        line = np.concatenate([_driven(network, route, index) for index in range(len(route.lanes))]) + origin
        axes.plot(*line.T, color=WAY, linewidth=1.6, zorder=3.5, label="route through the town")
        axes.plot(*line[-1], "s", color=WAY, markersize=6, zorder=4, label="goal")
    for head in range(len(network.head_x)):
        place = origin + np.array([network.head_x[head], network.head_y[head]])
        color = LIGHTS[int(signal_state(network, network.head_group[head], 0))]
        axes.plot(*place, "o", color=color, markersize=3.0, markeredgecolor="black", markeredgewidth=0.4, zorder=5)
    for kind, marker in ((0, "8"), (1, "v"), (2, "o"), (3, "_")):
        signs = furniture.signs[furniture.signs[:, 3] == kind]
        axes.plot(*(signs[:, :2] + origin).T, marker, color="#c00000", markersize=3.5, fillstyle="none", zorder=5)


def _points(network: Network, lane: int) -> FloatArray:
    rows = slice(network.lane_points[lane], network.lane_points[lane + 1])
    return np.stack([network.x[rows], network.y[rows]], axis=1).astype(np.float64)


def _driven(network: Network, route: Route, index: int) -> FloatArray:
    """The points of a route on one of its lanes."""
    lane, begin, end = int(route.lanes[index]), float(route.begin[index]), float(route.end[index])
    rows = slice(network.lane_points[lane], network.lane_points[lane + 1])
    stations = network.station[rows]
    inside = stations[(stations > begin) & (stations < end)]
    at = np.concatenate([[begin], inside, [end]])
    return np.stack([np.interp(at, stations, column[rows]) for column in (network.x, network.y)], axis=1)


def _house(row: FloatArray) -> FloatArray:
    """The corners of a house, (4, 2)."""
    x, y, heading, front, depth = row[:5]
    corners = np.array([(0.0, -0.5), (0.0, 0.5), (-1.0, 0.5), (-1.0, -0.5)]) * (depth, front)
    cos, sin = math.cos(heading), math.sin(heading)
    return np.asarray(np.array([x, y]) + corners @ np.array([[cos, sin], [-sin, cos]]))


def _draw_crossings(axes: Any, network: Network, origin: FloatArray) -> None:
    stripes: list[FloatArray] = []
    for x, y, width in zip(network.crossing_x, network.crossing_y, network.crossing_width, strict=True):
        ends = np.stack([x, y], axis=1).astype(np.float64) + origin
        length = float(np.hypot(*(ends[1] - ends[0])))
        ahead = (ends[1] - ends[0]) / length
        aside = 0.5 * float(width) * np.array([-ahead[1], ahead[0]])
        for begin, end in itertools.pairwise(np.arange(0.0, length, STRIPE)):
            if round(begin / STRIPE) % 2 == 0:
                a, b = ends[0] + ahead * begin, ends[0] + ahead * end
                stripes.append(np.array([a - aside, b - aside, b + aside, a + aside]))
    axes.add_collection(PolyCollection(stripes, facecolors="white", zorder=2.4))


def _draw_stops(axes: Any, network: Network, origin: FloatArray) -> None:
    lines, colors = [], []
    for lane, station, kind in zip(network.stop_lane, network.stop_station, network.stop_kind, strict=True):
        rows = slice(network.lane_points[lane], network.lane_points[lane + 1])
        columns = (network.x, network.y, network.cos, network.sin)
        x, y, cos, sin = (float(np.interp(station, network.station[rows], column[rows])) for column in columns)
        aside = 0.45 * float(network.lane_width[lane]) * np.array([-sin, cos])
        middle = origin + np.array([x, y])
        lines.append([middle - aside, middle + aside])
        colors.append(STOPS.get(int(kind), YIELDS))
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=1.6, zorder=3))
