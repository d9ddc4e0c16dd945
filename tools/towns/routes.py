"""Draws trips in towns, checks the routes that cars would follow, and says how long one takes; draws some of them.

python -m tools.towns.routes --seeds 20
python -m tools.towns.routes --seeds 4 --pictures 4 --out routes.png
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import tyro
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection

from agents.console import plain_console
from sim.network.network import FOLLOW, TURNS
from sim.network.route_map import RouteMap, route_map
from sim.network.routes import RouteRoom, draw_route, make_room, make_routes
from sim.network.trips import TASKS, TRIP_DRAWS, TripWishes
from sim.town.town import Town
from sim.types import (
    EDGE_LEFT,
    EDGE_RIGHT,
    ROUTE_END,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_START,
    ROUTE_STEP,
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_TURNED,
    SEGMENT_X,
    SEGMENT_Y,
    FloatArray,
    RouteArrays,
    RouteRules,
)
from tools.towns.maps import GRASS, draw_ground
from tools.towns.options import TownOptions

SEGMENTS = 1024  # room for the longest route
HALF_CAR = 0.9  # m
STEEPEST_TURN = np.radians(2.0)  # between segments, beyond their curvature
LEAST_RADIUS = 6.0  # m
COMMAND_COLORS = ("#303030", "#7030d0", "#d06010", "#107060")  # as TURNS
Axes = Any


@dataclass
class RouteOptions(TownOptions):
    """Which trips."""

    seeds: int = 20
    """How many towns."""
    trips: int = 100
    """Trips of each task in each town."""
    pictures: int = 0
    """How many towns to draw, with a route of each task."""
    out: Path = Path("routes.png")
    """The picture."""


def main(options: RouteOptions) -> None:
    """Prints what was found; ends with an error at the first route that is not as it must be."""
    console = plain_console()
    towns = [options.build(seed) for seed in options.numbers()]
    parts = [route_map(town.network) for town in towns]
    room = make_room(max(len(town.network.lane_length) for town in towns))
    arrays = make_routes(1, SEGMENTS)
    random = np.random.default_rng(0)
    draw_route(parts[0], random.random(TRIP_DRAWS), TripWishes(), room, *arrays, 0)  # compiles
    for task, name in enumerate(TASKS):
        times, wished, lengths = [], 0, []
        for town, part in zip(towns, parts, strict=True):
            for _ in range(options.trips):
                draws = random.random(TRIP_DRAWS)
                begin = time.perf_counter()
                count, as_wished = draw_route(part, draws, TripWishes(task), room, *arrays, 0)
                times.append(1e6 * (time.perf_counter() - begin))
                check(town, count, *arrays)
                wished += as_wished
                lengths.append(arrays[0].geometry[0, ROUTE_END] - arrays[0].geometry[0, ROUTE_START])
        total = len(times)
        console.print(
            f"{name}: {total} routes are whole, {wished} as wished, {min(lengths):.0f} to {max(lengths):.0f} m; "
            f"drawn and written in {np.median(times):.0f} us each"
        )
    if options.pictures:
        draw_pictures(towns[: options.pictures], parts, room, options.out)
        console.print(str(options.out))


def check(town: Town, count: int, route: RouteArrays, rules: RouteRules) -> None:
    """Makes sure that a car can follow a route, and that its stop lines are in order."""
    segments, step = route.segments[0, :count].astype(np.float64), float(route.geometry[0, ROUTE_STEP])
    bend = np.abs(segments[:, SEGMENT_CURVATURE])
    beyond = np.abs(np.diff(segments[:, SEGMENT_TURNED])) - np.maximum(bend[1:], bend[:-1]) * step
    gaps = np.abs(np.hypot(np.diff(segments[:, SEGMENT_X]), np.diff(segments[:, SEGMENT_Y])) - step)
    edges, stops = route.edges[0, :count], rules.stop_stations[0, : rules.stop_counts[0]]
    faults = {
        "turns at once": beyond.max() > STEEPEST_TURN,
        "is uneven": gaps.max() > 0.01,
        "bends too much": bend.max() > 1.0 / LEAST_RADIUS,
        "leaves the asphalt": edges[:, EDGE_RIGHT].max() > -HALF_CAR or edges[:, EDGE_LEFT].min() < HALF_CAR,
        "has stop lines out of order": np.any(np.diff(stops) <= 0.0),
    }
    for fault, is_so in faults.items():
        if is_so:
            raise SystemExit(f"In the town of seed {town.seed}, a route {fault}.")


def draw_pictures(towns: list[Town], parts: list[RouteMap], room: RouteRoom, out: Path) -> None:
    """Draws a route of each task in each town."""
    mpl.use("Agg")
    figure, axes = plt.subplots(len(towns), len(TASKS), figsize=(11 * len(TASKS), 10 * len(towns)), squeeze=False)
    for k, (town, part) in enumerate(zip(towns, parts, strict=False)):
        for task, name in enumerate(TASKS):
            arrays = make_routes(1, SEGMENTS)
            draws = np.random.default_rng([town.seed, task]).random(TRIP_DRAWS)
            count, _ = draw_route(part, draws, TripWishes(task), room, *arrays, 0)
            draw_one(axes[k, task], town, count, *arrays)
            axes[k, task].set_title(f"seed {town.seed}, {name}")
    figure.tight_layout()
    figure.savefig(out, dpi=60)


def draw_one(axis: Axes, town: Town, count: int, route: RouteArrays, rules: RouteRules) -> None:
    """A route in its town: the allowed speed by colour, edges dotted, commands where they are told, stop lines."""
    draw_ground(axis, town.surfaces, False)
    points = _points(count, route)
    for edge in (EDGE_RIGHT, EDGE_LEFT):
        axis.plot(*_aside(points, count, route, route.edges[0, :count, edge]).T, ",", color="#c00000", zorder=6)
    lines = LineCollection(list(np.stack([points[:-1], points[1:]], axis=1)), cmap="viridis", linewidths=3.0, zorder=7)
    lines.set_array(3.6 * rules.allowed_speeds[0, : count - 1])
    lines.set_clim(15.0, 70.0)
    axis.add_collection(lines)
    axis.figure.colorbar(lines, ax=axis, label="allowed speed [km/h]", shrink=0.6)
    _draw_commands(axis, points, rules.commands[0, :count])
    stations = (np.arange(count) + 0.5) * route.geometry[0, ROUTE_STEP]
    for kind, column in (("o", ROUTE_START), ("*", ROUTE_END)):
        axis.plot(*points[np.searchsorted(stations, route.geometry[0, column])], kind, color="#e000e0", ms=14, zorder=9)
    for station in rules.stop_stations[0, : rules.stop_counts[0]]:
        k = min(int(np.searchsorted(stations, station)), count - 1)
        axis.plot(*points[k], "s", color="#e02020", markersize=6, zorder=9)
    low, high = points.min(axis=0) - 30.0, points.max(axis=0) + 30.0
    axis.set_xlim(low[0], high[0])
    axis.set_ylim(low[1], high[1])
    axis.set_facecolor(GRASS)
    axis.set_aspect("equal")


def _points(count: int, route: RouteArrays) -> FloatArray:
    origin = route.geometry[0, [ROUTE_ORIGIN_X, ROUTE_ORIGIN_Y]]
    return np.asarray(route.segments[0, :count][:, [SEGMENT_X, SEGMENT_Y]] + origin)


def _aside(points: FloatArray, count: int, route: RouteArrays, lateral: FloatArray) -> FloatArray:
    cos, sin = route.segments[0, :count, SEGMENT_COS], route.segments[0, :count, SEGMENT_SIN]
    return np.stack([points[:, 0] - lateral * sin, points[:, 1] + lateral * cos], axis=1)


def _draw_commands(axis: Axes, points: FloatArray, commands: "np.ndarray[Any, np.dtype[np.int8]]") -> None:
    """Each stretch with a command in the command's colour, its name at the beginning."""
    new = np.flatnonzero(np.diff(commands, prepend=FOLLOW, append=FOLLOW))
    for k in new:
        command = int(commands[k]) if k < len(commands) else FOLLOW
        if command != FOLLOW:
            stretch = points[k : new[new > k][0]]
            axis.plot(*stretch.T, color=COMMAND_COLORS[command], linewidth=9.0, alpha=0.5, zorder=6.5)
            axis.annotate(TURNS[command], points[k], color=COMMAND_COLORS[command], fontsize=14, zorder=10)


if __name__ == "__main__":
    main(tyro.cli(RouteOptions))
