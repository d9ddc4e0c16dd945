"""What holds along a route: limits, commands, junctions, stop lines, and the speed that a careful driver may drive."""

import math

from sim.kernels import inlined, kernel
from sim.network.network import FOLLOW
from sim.network.route_line import driven_length
from sim.network.way import command_between
from sim.types import COMMAND_DISTANCE, ROUTE_SEGMENTS, ROUTE_START, ROUTE_STEP, SEGMENT_CURVATURE

LATERAL_ACCELERATION = 2.0  # m/s^2 in bends
BRAKING = 1.5  # m/s^2 before slow places
STRAIGHT = 1e-6  # 1/m, curvature that limits nothing


@kernel
def write_rules(route_map, first, end, way, route, rules, slot):
    """Writes the rules along a line that was laid."""
    _clear(route_map.graph, route, rules, slot)
    _write_commands(route_map.graph, first, end, way, route, rules, slot)
    _write_stops(route_map.lines, route_map.stops, first, end, way, route, rules, slot)
    _write_speeds(route, rules, slot)


@inlined
def _clear(graph, route, rules, slot):
    for i in range(int(route.geometry[slot, ROUTE_SEGMENTS])):
        lane = rules.lanes[slot, i]
        rules.limits[slot, i] = graph.limit[lane]
        rules.inside[slot, i] = graph.junction[lane] >= 0
        rules.commands[slot, i] = FOLLOW
        rules.distances[slot, i] = COMMAND_DISTANCE


@inlined
def _write_commands(graph, first, end, way, route, rules, slot):
    """Tells what to do at each junction, from COMMAND_DISTANCE before it, or the end of the one before, to its end."""
    step, k, told = route.geometry[slot, ROUTE_STEP], first, 0
    count = int(route.geometry[slot, ROUTE_SEGMENTS])
    while k < end:
        junction, last = graph.junction[way.lanes[k]], k
        while last + 1 < end and graph.junction[way.lanes[last + 1]] == junction:
            last += 1
        if junction >= 0:
            command = command_between(graph, way.lanes[k], way.lanes[last])
            entry, leave = way.along[k], way.along[last + 1]
            begin = max(math.ceil((entry - COMMAND_DISTANCE) / step - 0.5), told)
            told = min(math.ceil(leave / step - 0.5), count)
            for i in range(begin, told):
                rules.commands[slot, i] = command
                rules.distances[slot, i] = max(entry - (i + 0.5) * step, 0.0)
        k = last + 1


@inlined
def _write_stops(lines, stops, first, end, way, route, rules, slot):
    """Collects the stop lines beyond the start, sorted by station; for each lane of the way, those of the network."""
    count = 0
    for k in range(first, end):
        for line in range(stops.lane.shape[0]):
            if stops.lane[line] == way.lanes[k]:
                at = float(stops.station[line])
                if way.begin[k] <= at < way.end[k]:
                    station = way.along[k] + driven_length(lines, k, at, first, way)
                    if station >= route.geometry[slot, ROUTE_START]:
                        count = _insert_stop(stops, line, station, count, rules, slot)
    rules.stop_counts[slot] = count


@inlined
def _insert_stop(stops, line, station, count, rules, slot):
    """Puts a stop line in its place; where there is no room, the farthest is left out. Returns how many there are."""
    place = count
    while place > 0 and rules.stop_stations[slot, place - 1] > station:
        place -= 1
    count = min(count + 1, rules.stop_stations.shape[1])
    for k in range(count - 1, place, -1):
        rules.stop_stations[slot, k] = rules.stop_stations[slot, k - 1]
        rules.stop_lines[slot, k] = rules.stop_lines[slot, k - 1]
        rules.stop_kinds[slot, k] = rules.stop_kinds[slot, k - 1]
        rules.stop_groups[slot, k] = rules.stop_groups[slot, k - 1]
    if place < count:
        rules.stop_stations[slot, place], rules.stop_lines[slot, place] = station, line
        rules.stop_kinds[slot, place], rules.stop_groups[slot, place] = stops.kind[line], stops.group[line]
    return count


@inlined
def _write_speeds(route, rules, slot):
    """From the end backwards, v_i^2 = min(limit^2, a_lateral / |curvature|, v_(i+1)^2 + 2 a_braking step)."""
    step, most = route.geometry[slot, ROUTE_STEP], math.inf
    for i in range(int(route.geometry[slot, ROUTE_SEGMENTS]) - 1, -1, -1):
        curvature = max(abs(route.segments[slot, i, SEGMENT_CURVATURE]), STRAIGHT)
        limit = float(rules.limits[slot, i])
        square = min(limit * limit, LATERAL_ACCELERATION / curvature, most)
        rules.allowed_speeds[slot, i] = math.sqrt(square)
        most = square + 2.0 * BRAKING * step
