"""A network small enough to work out by hand.

Two lanes lead east to a junction, the right-hand one 3.5 m beside the other. There, the left one goes straight on or
turns left with a radius of 20 m, the right one turns right with a radius of 16.5 m. Every way out ends.
"""

import math

import numpy as np

from sim.network.lines import Lines, even_out
from sim.network.network import LEFT, RIGHT, SIGNALS, STOP_AT_SIGNAL, STOP_TO_YIELD, STRAIGHT, Network
from sim.network.plain import plain_network
from sim.network.rows import rows_of
from sim.types import FloatArray

WEST, AHEAD, TURN_LEFT, EAST, NORTH, WEST_RIGHT, TURN_RIGHT, SOUTH = range(8)  # its lanes
LIMIT, SLOW = 50.0 / 3.6, 30.0 / 3.6  # m/s; SLOW on the way out to the north
LEFT_RADIUS, RIGHT_RADIUS = 20.0, 16.5  # m
LINE_AT, RIGHT_LINE_AT = 98.0, 97.0  # m, stations of the stop lines: at a signal, and to yield
_EAST, _NORTH, _SOUTH = 0.0, 0.5 * math.pi, -0.5 * math.pi


def crossroads() -> Network:
    """The network; each way in is 100 m long, the way straight on 20 m, each way out 80 m."""
    lines = [
        straight(0.0, 0.0, _EAST, 100.0),
        straight(100.0, 0.0, _EAST, 20.0),
        _quarter(100.0, 0.0, LEFT_RADIUS),
        straight(120.0, 0.0, _EAST, 80.0),
        straight(120.0, 20.0, _NORTH, 80.0),
        straight(0.0, -3.5, _EAST, 100.0),
        _quarter(100.0, -3.5, -RIGHT_RADIUS),
        straight(116.5, -20.0, _SOUTH, 80.0),
    ]
    inside = np.isin(np.arange(8), (AHEAD, TURN_LEFT, TURN_RIGHT))
    turns = np.zeros(8, dtype=np.int8)
    turns[[AHEAD, TURN_LEFT, TURN_RIGHT]] = STRAIGHT, LEFT, RIGHT
    beside = np.full((2, 8), -1, dtype=np.int32)
    beside[0, WEST_RIGHT], beside[1, WEST] = WEST, WEST_RIGHT
    links = [(WEST, AHEAD), (WEST, TURN_LEFT), (AHEAD, EAST), (TURN_LEFT, NORTH)]
    links += [(WEST_RIGHT, TURN_RIGHT), (TURN_RIGHT, SOUTH)]
    junction_lane_starts, junction_lanes = rows_of([(0, int(lane)) for lane in np.flatnonzero(inside)], 1)
    return plain_network(
        even_out(Lines(np.array([len(line) for line in lines]), *np.concatenate(lines).T)),
        links=np.array(links),
        width=np.full(8, 3.5),
        limit=np.where(np.arange(8) == NORTH, SLOW, LIMIT),
        lane_left=beside[0],
        lane_right=beside[1],
        lane_junction=np.where(inside, 0, -1).astype(np.int32),
        lane_turn=turns,
        junction_control=np.array([SIGNALS], dtype=np.int8),
        junction_lane_starts=junction_lane_starts,
        junction_lanes=junction_lanes,
        stop_lane=np.array([WEST_RIGHT, WEST], dtype=np.int32),
        stop_station=np.array([RIGHT_LINE_AT, LINE_AT], dtype=np.float32),
        stop_kind=np.array([STOP_TO_YIELD, STOP_AT_SIGNAL], dtype=np.int8),
        stop_group=np.array([-1, 3], dtype=np.int32),
    )


def straight(x: float, y: float, heading: float, length: float) -> FloatArray:
    """Dense points of a straight lane: x, y, heading and curvature, (K, 4)."""
    along = np.linspace(0.0, length, int(length / 0.5) + 1)
    place = np.array([x, y]) + np.outer(along, (math.cos(heading), math.sin(heading)))
    return np.concatenate([place, np.tile((heading, 0.0), (len(along), 1))], axis=1)


def _quarter(x: float, y: float, radius: float) -> FloatArray:
    """A quarter of a circle that begins eastwards, to the left for a positive radius."""
    heading = math.copysign(1.0, radius) * np.linspace(0.0, 0.5 * math.pi, 126)
    place = [x + radius * np.sin(heading), y + radius * (1.0 - np.cos(heading))]
    return np.stack([*place, heading, np.full(126, 1.0 / radius)], axis=1)
