"""A lane's geometry in small pure functions: between world and road coordinates, for one point and one segment.

Within a segment the centreline is taken as the circular arc with the curvature of the segment's middle. Segments are
about 1 m long, so on a clothoid the arc is off by less than 0.1 mm within its own segment.
"""

import math

import numpy as np

from sim.kernels import kernel
from sim.types import (
    ROUTE_CLOSED,
    ROUTE_LANE,
    ROUTE_SEGMENTS,
    ROUTE_STEP,
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_STATION,
    SEGMENT_TURNED,
    SEGMENT_X,
    SEGMENT_Y,
)

NEAR_CENTRE = np.float32(0.25)  # least share of a bend's radius that is left between a point and the bend's centre


@kernel
def wrap_angle(angle):
    """Angle [rad] moved into [-pi, pi)."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@kernel
def to_road(segments, index, x, y):
    """World position to road coordinates, seen from one segment.

    With u, v the position in the segment's frame and c its curvature, the nearest point of the arc satisfies
        s = atan(c u / (1 - c v)) / c         ~  u / (1 - c v)
        d = (1 - hypot(c u, 1 - c v)) / c     ~  v - c u^2 / (2 (1 - c v))
    The right-hand sides are exact to 0.2 mm for |u| <= 0.6 m and radii from 15 m. Near the bend's centre, where every
    point of the arc is as near as any other, s is held near the segment.

    Args:
        segments: (M, SEGMENT_FIELDS) rows of ``RouteArrays.segments``.
        index: Which of them.
        x: Position in the route's frame [m].
        y: Position in the route's frame [m].

    Returns:
        s [m] along the centreline and d [m] to its left.
    """
    dx = x - segments[index, SEGMENT_X]
    dy = y - segments[index, SEGMENT_Y]
    cos, sin = segments[index, SEGMENT_COS], segments[index, SEGMENT_SIN]
    curvature = segments[index, SEGMENT_CURVATURE]
    u, v = cos * dx + sin * dy, cos * dy - sin * dx
    along = u / max(np.float32(1.0) - curvature * v, NEAR_CENTRE)
    return segments[index, SEGMENT_STATION] + along, v - np.float32(0.5) * curvature * u * along


@kernel
def to_map(segments, index, s, d):
    """Road coordinates to a position in the route's frame; the inverse of ``to_road``.

    Returns:
        x [m], y [m] and the heading of the road [rad] at s.
    """
    curvature = float(segments[index, SEGMENT_CURVATURE])
    cos, sin = float(segments[index, SEGMENT_COS]), float(segments[index, SEGMENT_SIN])
    along = s - segments[index, SEGMENT_STATION]
    turned = curvature * along
    chord = along * math.cos(0.5 * turned) if turned == 0.0 else math.sin(turned) / curvature
    rise = 0.5 * along * turned if turned == 0.0 else (1.0 - math.cos(turned)) / curvature
    u = chord - d * math.sin(turned)
    v = rise + d * math.cos(turned)
    x = segments[index, SEGMENT_X] + cos * u - sin * v
    y = segments[index, SEGMENT_Y] + sin * u + cos * v
    return x, y, math.atan2(sin, cos) + turned


@kernel
def segment_index(geometry, index):
    """Index of a segment, wrapped around a closed road and held at the ends of an open one."""
    count = int(geometry[ROUTE_SEGMENTS])
    if geometry[ROUTE_CLOSED] > 0.0:
        return index % count
    return min(max(index, 0), count - 1)


@kernel
def lane_distance(segments, geometry, start, end):
    """Length of the driving lane between two stations [m]: the integral of 1 - curvature x lateral position."""
    turned = _turned(segments, geometry, end) - _turned(segments, geometry, start)
    return end - start - geometry[ROUTE_LANE] * turned


@kernel
def _turned(segments, geometry, s):
    """Heading at a station [rad], counted from the first segment."""
    index = min(int(s / geometry[ROUTE_STEP]), int(geometry[ROUTE_SEGMENTS]) - 1)
    beyond = s - segments[index, SEGMENT_STATION]
    return float(segments[index, SEGMENT_TURNED]) + beyond * segments[index, SEGMENT_CURVATURE]


@kernel
def nearest_segment(segments, geometry, x, y, guess, reach):
    """Index of the segment nearest to a point: downhill from ``guess``, by at most ``reach`` segments.

    Following the road from the last known segment keeps a car on its own road where another passes near or crosses.
    """
    best, best_distance = guess, _squared_distance(segments, guess, x, y)
    for direction in (1, -1):
        for _ in range(reach):
            candidate = segment_index(geometry, best + direction)
            distance = _squared_distance(segments, candidate, x, y)
            if distance >= best_distance:
                break
            best, best_distance = candidate, distance
    return best


@kernel
def _squared_distance(segments, index, x, y):
    dx, dy = x - segments[index, SEGMENT_X], y - segments[index, SEGMENT_Y]
    return dx * dx + dy * dy
