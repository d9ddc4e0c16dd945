"""The line along a way, in even segments: what a car follows, as ``RouteArrays`` hold it.

It lies on the centres of lanes, and goes over from one to its neighbour where the way changes lanes. Where the way has
no lanes any more, at its ends, it goes straight on.
"""

import math

from sim.kernels import inlined, kernel
from sim.network.lane_places import place_between, place_on
from sim.network.way import BEFORE
from sim.roads.road import OPEN_START
from sim.types import (
    EDGE_LANE_WIDTH,
    EDGE_LEFT,
    EDGE_RIGHT,
    ROUTE_CLOSED,
    ROUTE_END,
    ROUTE_LANE,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_SEGMENTS,
    ROUTE_START,
    ROUTE_STEP,
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_STATION,
    SEGMENT_TURNED,
    SEGMENT_X,
    SEGMENT_Y,
)

ENOUGH = 1e-6  # m; what a line lacks less of is not noticed


@kernel
def measure_way(lines, first, end, lacks_before, way):
    """Writes where on the line each lane begins, and where the last one ends."""
    way.along[first] = lacks_before
    for k in range(first, end):
        way.along[k + 1] = way.along[k] + driven_length(lines, k, way.end[k], first, way)


@kernel
def driven_length(lines, k, station, first, way):
    """Length [m] of the line along the ``k``-th lane until a station; on changes of lanes by the midpoint rule."""
    begin, length = way.begin[k], station - way.begin[k]
    if not _has_change(k, first, way):
        return length
    pieces, driven = int(length) + 1, 0.0
    for i in range(pieces):
        driven += length / pieces / _place(lines, k, begin + (i + 0.5) * length / pieces, first, way)[7]
    return driven


@inlined
def _has_change(k, first, way):
    return way.changes[k] != 0 or (k > first and way.changes[k - 1] != 0)


@kernel
def _place(lines, k, station, first, way):
    """What ``place_on`` returns for a station on the ``k``-th lane, and by how much it grows per metre of the line."""
    length = float(lines.length[way.lanes[k]])
    share, change = station / length, -1
    if k > first and way.changes[k - 1] != 0 and share < way.blend_end[k - 1]:
        change = k - 1
    elif way.changes[k] != 0 and share > way.blend_begin[k]:
        change = k
    if change < 0:
        x, y, cos, sin, curvature, right, left = place_on(lines, way.lanes[k], station)
        return x, y, cos, sin, curvature, right, left, 1.0
    lanes = (way.lanes[change], way.lanes[change + 1])
    blend = (way.blend_begin[change], way.blend_end[change])
    x, y, cos, sin, curvature, right, left, speed = place_between(lines, lanes, share, blend)
    return x, y, cos, sin, curvature, right, left, length / speed


@kernel
def lay_line(lines, first, end, way, route, rules, slot):
    """Writes the segments of a way that was measured, their edges, and the lane and station of each."""
    geometry = route.geometry[slot]
    count, step = int(geometry[ROUTE_SEGMENTS]), geometry[ROUTE_STEP]
    k, station, reached, growth = first, way.begin[first], way.along[first], 1.0
    for i in range(count):
        s = (i + 0.5) * step
        while k < end - 1 and s > way.along[k + 1]:
            k += 1
            station, reached, growth = way.begin[k], way.along[k], 1.0
        inside = min(max(s, way.along[first]), way.along[end])
        ahead = inside - reached
        if _has_change(k, first, way):
            middle = _place(lines, k, station + 0.5 * ahead * growth, first, way)
            station = min(station + ahead * middle[7], way.end[k])
        else:
            station = min(station + ahead, way.end[k])
        reached = inside
        place = _place(lines, k, station, first, way)
        growth = place[7]
        _write_segment(i, s, s - inside, place, route, slot)
        rules.lanes[slot, i], rules.lane_stations[slot, i] = way.lanes[k], station
        route.edges[slot, i, EDGE_LANE_WIDTH] = lines.width[way.lanes[k]]


@inlined
def _write_segment(i, s, beyond, place, route, slot):
    """Writes a segment, ``beyond`` [m] straight ahead of a place."""
    x, y, cos, sin, curvature, right, left, _ = place
    row, geometry = route.segments[slot, i], route.geometry[slot]
    row[SEGMENT_X] = x + beyond * cos - geometry[ROUTE_ORIGIN_X]
    row[SEGMENT_Y] = y + beyond * sin - geometry[ROUTE_ORIGIN_Y]
    row[SEGMENT_COS], row[SEGMENT_SIN] = cos, sin
    row[SEGMENT_CURVATURE] = 0.0 if abs(beyond) > ENOUGH else curvature
    row[SEGMENT_STATION] = s
    row[SEGMENT_TURNED] = 0.0
    if i > 0:
        last = route.segments[slot, i - 1]
        sine = last[SEGMENT_COS] * sin - last[SEGMENT_SIN] * cos
        cosine = last[SEGMENT_COS] * cos + last[SEGMENT_SIN] * sin
        row[SEGMENT_TURNED] = last[SEGMENT_TURNED] + math.atan2(sine, cosine)
    route.edges[slot, i, EDGE_RIGHT], route.edges[slot, i, EDGE_LEFT] = right, left


@kernel
def set_geometry(lines, goal, total, way, route, slot):
    """Writes how long the route's line is, its origin, and the stations of its start and of the ``goal`` [m]."""
    geometry = route.geometry[slot]
    count = max(round(total), 1)
    place = place_on(lines, way.lanes[BEFORE], 0.0)
    geometry[ROUTE_SEGMENTS], geometry[ROUTE_STEP] = count, total / count
    geometry[ROUTE_CLOSED], geometry[ROUTE_LANE] = 0.0, 0.0
    geometry[ROUTE_ORIGIN_X], geometry[ROUTE_ORIGIN_Y] = place[0], place[1]
    geometry[ROUTE_START], geometry[ROUTE_END] = OPEN_START, goal
