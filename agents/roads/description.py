"""Describes a road file in words: what is in it, what can be driven, and what a user should know."""

from collections import Counter

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from agents.words import counted
from sim.roads.formats.circuit import Circuit
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.routes import MapRoute, Router
from sim.roads.road import Road

MOST_ROUTES = 12  # in the table
PASS_STEP, MOST_PASSES = 4.0, 2000  # m between the places that are compared, and how many they are
APART = 100.0  # m along the road


def describe_circuit(circuit: Circuit) -> list[str]:
    """Facts about a circuit, a line each."""
    widths = circuit.right + circuit.left
    gaps = np.hypot(*(np.roll(circuit.points, -1, axis=0) - circuit.points).T)
    return [
        f"Circuit of {gaps.sum():,.0f} m, {len(circuit.points)} points",
        f"Track: {widths.min():.1f} to {widths.max():.1f} m wide",
    ]


def describe_map(road_map: RoadMap, router: Router) -> list[str]:
    """Facts about a map, a line each; ``router`` follows its lanes."""
    roads, junctions = road_map.roads.values(), road_map.junctions.values()
    gaps = router.gaps()
    kinds = Counter(
        lane.kind for road in roads for section in road.sections for lane in section.lanes.values() if lane.id
    )
    marks = Counter(
        mark.kind
        for road in roads
        for section in road.sections
        for lane in section.lanes.values()
        for mark in lane.marks
    )
    direct = sum(junction.direct for junction in junctions)
    sides = {road.left_hand for road in roads}
    side = "on both sides, by road" if len(sides) > 1 else ("on the left" if True in sides else "on the right")
    return [
        f"OpenDRIVE map of {counted(len(roads), 'road')}, {sum(road.length for road in roads):,.0f} m",
        f"Junctions: {len(junctions) - direct} with connecting roads, {direct} direct",
        f"Traffic: {side}",
        f"Lanes: {_counted(kinds)}",
        f"Links between lanes to drive: {len(gaps)}" + (f", which close within {max(gaps):.3f} m" if gaps else ""),
        f"Marks: {_counted(marks)}",
        *(f"Note: {note}" for note in road_map.notes),
    ]


def describe_road(road: Road) -> list[str]:
    """Facts about the road that is driven."""
    sharpest = float(np.abs(road.line.curvature).max())
    radius = f"least radius {1.0 / sharpest:.0f} m" if sharpest > 1e-4 else "straight"
    lanes = road.edges[:, 0]
    wide = f"{lanes.min():.2f}" if np.ptp(lanes) < 0.01 else f"{lanes.min():.2f} to {lanes.max():.2f}"
    length = road.lane_distance(*road.route_bounds)
    facts = [f"Driven lane: {length:,.0f} m{', closed' if road.closed else ''}, {wide} m wide, {radius}"]
    nearest = _nearest_pass(road)
    if nearest < 2.0 * road.course.reach:
        facts.append(
            f"Note: it passes within {nearest:.0f} m of itself; the camera sees the nearer part of the ground between."
        )
    return facts


def _nearest_pass(road: Road) -> float:
    """Least distance between parts of a road that do not follow one another [m]."""
    step = max(PASS_STEP, road.length / MOST_PASSES)
    points = road.points[:: max(round(step / road.line.step), 1)]
    count, apart, nearest = len(points), round(APART / step), float("inf")
    for index, point in enumerate(points):
        others = points[index + apart : count - max(apart - index, 0) if road.closed else count]
        if len(others):
            nearest = min(nearest, float(np.hypot(*(others - point).T).min()))
    return nearest


def table_of(routes: list[MapRoute], router: Router, chosen: str) -> Table:
    """The lanes that can be driven, a row for each route."""
    title = (
        "Routes, the main lane first"
        if len(routes) <= MOST_ROUTES
        else f"{MOST_ROUTES} of {len(routes)} routes, the main lane first"
    )
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("--lane", style="bold", no_wrap=True)
    for heading in ("length m", "radius m"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("then")
    for route in routes[:MOST_ROUTES]:
        radius = min(router.radius(piece) for piece in route.pieces)
        name = f"{route.name} *" if route.name == chosen else route.name
        numbers = (f"{route.length:,.0f}", f"{radius:,.0f}" if radius < 10_000.0 else "-")
        table.add_row(Text(name), *numbers, Text(route.end))
    return table


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counter.most_common()) or "none"
