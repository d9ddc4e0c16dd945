"""Draws a road file as people look at a map: all lanes, their marks, and the route that is driven."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from agents.pictures import write_figure
from agents.roads.town_picture import draw_town
from agents.words import legible
from sim.network.routing import Route
from sim.roads.formats.circuit import Circuit
from sim.roads.formats.map_section import PAINTS, PAVED, SURFACES
from sim.roads.formats.opendrive.lanes import DRIVABLE, border, inner, spread
from sim.roads.formats.opendrive.model import Lane, MapRoad, RoadMap, Section
from sim.roads.road import Road
from sim.town.opendrive.town import MapTown
from sim.types import FloatArray

LARGEST = 12.0  # inches
SLIMMEST = 4.0  # times longer than wide
AROUND = 45.0  # m
STEP = 2.0  # m between the points that are drawn
ASPHALT, GROUND = "#6b6f76", "#cfdcc3"  # above what overlaps it, and below
PAPER, ROUTE, EDGE = "#eef1ea", "#d8432b", "#33373d"


def write_picture(
    source: Circuit | RoadMap, road: Road, path: Path, town: MapTown | None = None, route: Route | None = None
) -> None:
    """Draws a file and the road in it that is driven; of a map, also what it is as a town, and a route through it."""
    with mpl.rc_context({"font.size": 9.0, "axes.edgecolor": "#9aa0a6"}):
        figure = Figure(layout="constrained")
        axes = figure.add_subplot()
        axes.set_aspect("equal")
        axes.set_facecolor(PAPER)
        if isinstance(source, Circuit):
            _draw_circuit(axes, source)
        else:
            _draw_map(axes, source)
        if town is not None:
            draw_town(axes, town, route)
        _draw_route(axes, road, np.array(road.origin))
        axes.set_title(legible(f"{source.path.name}: {road.name}"))
        axes.set_xlabel("x [m]")
        axes.set_ylabel("y [m]")
        _fit(figure, axes)
        write_figure(figure, path)


def write_town(
    road_map: RoadMap, town: MapTown, route: Route | None, path: Path, middle: tuple[float, float] | None = None
) -> None:
    """Draws a map as a town; with a ``middle`` [m], what lies within ``AROUND`` of it."""
    with mpl.rc_context({"font.size": 9.0, "axes.edgecolor": "#9aa0a6"}):
        figure = Figure(layout="constrained")
        axes = figure.add_subplot()
        axes.set_aspect("equal")
        axes.set_facecolor(PAPER)
        _draw_map(axes, road_map)
        draw_town(axes, town, route)
        axes.set_title(legible(road_map.path.name))
        if middle is None:
            _fit(figure, axes)
        else:
            figure.set_size_inches(LARGEST, LARGEST)
            axes.set_xlim(middle[0] - AROUND, middle[0] + AROUND)
            axes.set_ylim(middle[1] - AROUND, middle[1] + AROUND)
        write_figure(figure, path)


def _fit(figure: Figure, axes: Any) -> None:
    """Gives the figure the shape of what is drawn, with room around it where it is long and narrow."""
    axes.autoscale_view()
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    sizes = np.ptp(limits, axis=1)
    sizes = np.maximum(sizes, sizes.max() / SLIMMEST)
    middle = limits.mean(axis=1)
    axes.set_xlim(middle[0] - 0.5 * sizes[0], middle[0] + 0.5 * sizes[0])
    axes.set_ylim(middle[1] - 0.5 * sizes[1], middle[1] + 0.5 * sizes[1])
    width, height = sizes / sizes.max() * LARGEST
    figure.set_size_inches(width + 1.0, height + 1.2)


def _draw_circuit(axes: Any, circuit: Circuit) -> None:
    ahead = np.roll(circuit.points, -1, axis=0) - np.roll(circuit.points, 1, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / np.hypot(*ahead.T)[:, None]
    for side, width in ((1.0, circuit.left), (-1.0, circuit.right)):
        edge = circuit.points + side * width[:, None] * normal
        axes.plot(*np.concatenate([edge, edge[:1]]).T, color=EDGE, linewidth=0.8)
    axes.plot(*circuit.points.T, ".", color="#7b8794", markersize=1.5, label="centreline as in the file")


def _draw_map(axes: Any, road_map: RoadMap) -> None:
    surfaces: dict[str, list[FloatArray]] = {}
    marks: dict[tuple[str, bool], list[FloatArray]] = {}
    for item in road_map.roads.values():
        for section in item.sections:
            if section.length > 0.0:
                _collect(item, section, surfaces, marks)
    for color, polygons in sorted(surfaces.items(), key=lambda item: (item[0] == ASPHALT) - (item[0] == GROUND)):
        axes.add_collection(PolyCollection(polygons, facecolors=color, edgecolors=color, linewidths=0.3))
    for (color, dashed), lines in marks.items():
        axes.add_collection(
            LineCollection(lines, colors=color, linewidths=0.6, linestyles="--" if dashed else "-", zorder=2)
        )


def _collect(
    road: MapRoad,
    section: Section,
    surfaces: dict[str, list[FloatArray]],
    marks: dict[tuple[str, bool], list[FloatArray]],
) -> None:
    s = spread(section, STEP)
    borders = {number: border(road, section, number, s) for number in section.lanes}
    for number, lane in section.lanes.items():
        if number:
            outline = np.concatenate([borders[number], borders[inner(number)][::-1]])
            surfaces.setdefault(_surface(lane), []).append(outline)
        for index, mark in enumerate(lane.marks):
            end = lane.marks[index + 1].start if index + 1 < len(lane.marks) else section.length
            here = (s - section.start >= mark.start - STEP) & (s - section.start <= end)
            for stripe in mark.stripes[:1]:
                key = (_hex(PAINTS.get(stripe.color, PAINTS["white"])), stripe.dash is not None)
                marks.setdefault(key, []).append(borders[number][here])


def _surface(lane: Lane) -> str:
    if lane.kind in DRIVABLE:
        return ASPHALT
    if lane.kind in SURFACES:
        return _hex(SURFACES[lane.kind])
    return "#8d9096" if lane.kind in PAVED else GROUND


def _hex(color: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in color)


def _draw_route(axes: Any, road: Road, origin: FloatArray) -> None:
    begin, end = road.route_bounds
    stations = (np.arange(len(road.line.x)) + 0.5) * road.line.step
    points = road.points[(stations >= begin) & (stations <= end)] + origin
    if road.closed:
        points = np.concatenate([points, points[:1]])
    axes.plot(*points.T, color=ROUTE, linewidth=1.2, zorder=3, label="driven lane")
    axes.plot(*points[0], "o", color=ROUTE, markersize=6, zorder=4, label="start")
    middle = len(points) // 2
    axes.annotate(
        "",
        points[min(middle + 5, len(points) - 1)],
        points[middle],
        arrowprops={"arrowstyle": "-|>", "color": ROUTE, "mutation_scale": 18},
        zorder=4,
    )
    axes.figure.legend(loc="outside lower center", ncols=4, frameon=False)
