"""Routes for compiled code: from a start and a goal to what a car follows, in one call that makes no arrays."""

from typing import NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.network.extend import extend_way
from sim.network.route_line import driven_length, lay_line, measure_way, set_geometry
from sim.network.route_rules import write_rules
from sim.network.trips import Trips, draw_trip, make_trips
from sim.network.way import BEFORE, Way, find_way, found_way, make_way
from sim.types import EDGE_FIELDS, GEOMETRY_FIELDS, SEGMENT_FIELDS, RouteArrays, RouteRules

SEGMENTS_PER_STOP = 8  # a stop line every 8 m is more than any route has


class RouteRoom(NamedTuple):
    """Room for making routes through networks of so many lanes or fewer; a thread needs one of its own."""

    trips: Trips
    way: Way


def make_room(lanes: int) -> RouteRoom:
    """Room for networks of so many lanes."""
    return RouteRoom(make_trips(lanes), make_way(lanes))


def make_routes(slots: int, segments: int) -> tuple[RouteArrays, RouteRules]:
    """Room for a route of so many segments, of about 1 m each, in every slot."""
    stops, grid = -(-segments // SEGMENTS_PER_STOP), (slots, segments)
    route = RouteArrays(
        segments=np.zeros((*grid, SEGMENT_FIELDS), dtype=np.float32),
        edges=np.zeros((*grid, EDGE_FIELDS)),
        geometry=np.zeros((slots, GEOMETRY_FIELDS)),
    )
    rules = RouteRules(
        lanes=np.zeros(grid, dtype=np.int32),
        lane_stations=np.zeros(grid, dtype=np.float32),
        inside=np.zeros(grid, dtype=np.bool_),
        limits=np.zeros(grid, dtype=np.float32),
        allowed_speeds=np.zeros(grid, dtype=np.float32),
        commands=np.zeros(grid, dtype=np.int8),
        distances=np.zeros(grid, dtype=np.float32),
        stop_counts=np.zeros(slots, dtype=np.int64),
        stop_stations=np.zeros((slots, stops)),
        stop_lines=np.zeros((slots, stops), dtype=np.int32),
        stop_kinds=np.zeros((slots, stops), dtype=np.int8),
        stop_groups=np.zeros((slots, stops), dtype=np.int32),
    )
    return route, rules


@kernel
def draw_route(route_map, draws, wishes, room, route, rules, slot):
    """Draws a trip, see ``trips.draw_trip``, and writes its route into a slot.

    Returns:
        How many segments the route has, see ``write_route``, and whether the trip is as wished.
    """
    start, station, goal, goal_station, wished = draw_trip(route_map.graph, route_map.stops, draws, wishes, room.trips)
    end = found_way(route_map.graph, start, station, goal, goal_station, room.trips.search, room.way)
    return _write(route_map, goal_station, end, room.way, route, rules, slot), wished


@kernel
def write_route(route_map, start, station, goal, goal_station, room, route, rules, slot):
    """Writes the cheapest route between two places into a slot.

    Args:
        route_map: Of the network, see ``network.route_map``.
        start: Lane of the start.
        station: Station of the start on it [m].
        goal: Lane of the goal.
        goal_station: Station of the goal on it [m].
        room: ``RouteRoom``, written.
        route: ``RouteArrays``, the slot's rows are written.
        rules: ``RouteRules``, likewise.
        slot: Which one.

    Returns:
        How many segments the route has; 0 if no way leads to the goal. If a slot has room for fewer, its rows are not
        written.
    """
    end = find_way(route_map.graph, start, station, goal, goal_station, room.trips.search, room.way)
    if end == BEFORE:
        return 0
    return _write(route_map, goal_station, end, room.way, route, rules, slot)


@kernel
def _write(route_map, goal_station, end, way, route, rules, slot):
    """Writes the route along a way."""
    last = end - 1
    first, end, lacks_before, lacks_after = extend_way(route_map.graph, end, way)
    measure_way(route_map.lines, first, end, lacks_before, way)
    goal = way.along[last] + driven_length(route_map.lines, last, goal_station, first, way)
    total = way.along[end] + lacks_after
    count = max(round(total), 1)
    if count <= route.segments.shape[1]:
        set_geometry(route_map.lines, goal, total, way, route, slot)
        lay_line(route_map.lines, first, end, way, route, rules, slot)
        write_rules(route_map, first, end, way, route, rules, slot)
    return count
