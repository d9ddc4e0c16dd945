"""A road as a network: of its driven lane, and of the lane towards it where the road is one of two lanes."""

import numpy as np

from sim.network.lines import Evened, Lines, even_out
from sim.network.network import Network
from sim.network.plain import plain_network
from sim.roads.road import Road
from sim.types import EDGE_LEFT, EDGE_RIGHT, FloatArray, IntArray

LIMIT = 50.0 / 3.6  # m/s; roads have no limit of their own
DENSE = 0.25  # m, at the most, between the points that lanes are made from


def network_of(road: Road, limit: float = LIMIT) -> Network:
    """The lanes of a road: lane 0 is the driven one, lane 1, if there is one, runs against it.

    Roads whose driven lane lies beside their centreline are roads of two lanes, one to either side. Lanes of a closed
    road lead to themselves; those of an open one lead nowhere.

    Args:
        road: The road.
        limit: Speed limit [m/s].
    """
    offset = road.lane_offset
    sides = [offset, -offset] if offset else [0.0]
    station = _stations(road)
    parts = [_lane(road, station, d) for d in sides]
    if len(sides) == 2:
        parts[1] = _turned_round(parts[1])
    lines = even_out(
        Lines(np.full(len(sides), len(station)), *(np.concatenate(part) for part in zip(*parts, strict=True)))
    )
    count = len(sides)
    right, left = _edges(road, lines, sides)
    own = np.repeat(np.arange(count)[:, None], 2, axis=1)
    return plain_network(
        lines,
        links=own if road.closed else np.zeros((0, 2), dtype=np.int64),
        width=np.full(count, road.lane_width),
        limit=np.full(count, limit),
        edge_right=right,
        edge_left=left,
        lane_road=np.zeros(count, dtype=np.int32),
        lane_opposite=np.array([1, 0] if count == 2 else [-1], dtype=np.int32),
    )


def _stations(road: Road) -> FloatArray:
    """Stations of dense points, the road's ends included [m]."""
    pieces = len(road.line.x) * int(np.ceil(road.line.step / DENSE))
    return np.linspace(0.0, road.length, pieces + 1)


def _segment(road: Road, station: FloatArray) -> IntArray:
    return np.clip((station / road.line.step).astype(np.int64), 0, len(road.line.x) - 1)


def _lane(road: Road, station: FloatArray, d: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """x, y, heading and curvature at lateral position ``d`` [m]; within a segment, the line is an arc."""
    line, index = road.line, _segment(road, station)
    beyond, bend = station - (index + 0.5) * line.step, line.curvature[index]
    chord = line.heading[index] + 0.5 * bend * beyond
    heading = line.heading[index] + bend * beyond
    x, y = line.x[index] + beyond * np.cos(chord), line.y[index] + beyond * np.sin(chord)
    return x - d * np.sin(heading), y + d * np.cos(heading), heading, bend / (1.0 - bend * d)


def _turned_round(
    lane: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The same lane, driven the other way."""
    x, y, heading, curvature = (column[::-1] for column in lane)
    return x, y, heading + np.pi, -curvature


def _edges(road: Road, lines: Evened, sides: list[float]) -> tuple[FloatArray, FloatArray]:
    """Lateral positions of the paved edges at every point, as ``Network`` has them."""
    right, left = [], []
    for lane, d in enumerate(sides):
        station = lines.station[lines.starts[lane] : lines.starts[lane + 1]] * road.length / lines.length[lane]
        edges = road.edges[_segment(road, station if lane == 0 else road.length - station)]
        sign = 1.0 if lane == 0 else -1.0
        beside = sign * (edges[:, [EDGE_RIGHT, EDGE_LEFT]] - d)
        right.append(beside.min(axis=1))
        left.append(beside.max(axis=1))
    return np.concatenate(right).astype(np.float32), np.concatenate(left).astype(np.float32)
