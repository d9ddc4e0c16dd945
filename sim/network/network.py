"""A network of lanes as plain immutable arrays, which compiled code takes as they are.

L lanes, P points, J junctions, K conflicts, G signal groups, H signal heads, T stop lines and C crossings. Rows that
belong to lane ``i`` stand from ``starts[i]`` to ``starts[i + 1]`` (compressed sparse rows). Axes, signs and units are
those of ``sim.types``; stations run along a lane from its beginning, in the direction of its traffic. An index that
points to nothing is -1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.types import BoolArray, Float32Array, Int32Array

CodeArray = NDArray[np.int8]

FOLLOW, LEFT, RIGHT, STRAIGHT = range(4)  # what a driver is told to do
TURNS = ("follow", "left", "right", "straight")
UNCONTROLLED, YIELD, STOP, SIGNALS, ROUNDABOUT = range(5)  # how a junction is ruled; uncontrolled: right before left
CONTROLS = ("uncontrolled", "yield", "stop", "signals", "roundabout")
STOP_AT_SIGNAL, STOP_ALWAYS, STOP_TO_YIELD = range(3)  # what a stop line is for
VEHICLES, PEDESTRIANS = range(2)  # whom a signal group is for
ZEBRA, SIGNALLED = range(2)  # kinds of crossings


class Network(NamedTuple):
    """Lanes, junctions, signals and crossings of one place."""

    left_hand: bool  # whether traffic keeps to the left

    # Points on the lanes' centre lines, from each lane's first to its last, both included, at even distances of about
    # 1 m, so that point k of a lane lies at length * k / (points - 1).
    lane_points: Int32Array  # (L + 1,), index of each lane's first point
    x: Float32Array  # (P,), m
    y: Float32Array  # (P,), m
    cos: Float32Array  # (P,), of the heading
    sin: Float32Array  # (P,)
    curvature: Float32Array  # (P,), 1/m, positive to the left
    station: Float32Array  # (P,), m along the lane
    edge_right: (
        Float32Array  # (P,), m, lateral position of the paved area's right edge, from the lane's centre: negative
    )
    edge_left: Float32Array  # (P,), m, of its left edge; through the mouth of a street, one looks along its kerbs

    # Lanes. Neighbours run in the same direction beside a lane, all along it.
    lane_length: Float32Array  # (L,), m
    lane_width: Float32Array  # (L,), m
    lane_limit: Float32Array  # (L,), m/s, speed limit
    lane_left: Int32Array  # (L,), left neighbour
    lane_right: Int32Array  # (L,), right neighbour
    lane_opposite: Int32Array  # (L,), neighbour that runs in the opposite direction, at the lane's middle
    lane_road: Int32Array  # (L,), street that the lane lies on, -1 inside a junction
    lane_junction: Int32Array  # (L,), junction that a connecting lane crosses, -1 on a street
    lane_turn: CodeArray  # (L,), FOLLOW, LEFT, RIGHT or STRAIGHT; lanes of streets and rings: FOLLOW
    successor_starts: Int32Array  # (L + 1,)
    successors: Int32Array  # lanes that begin where this one ends
    predecessor_starts: Int32Array  # (L + 1,)
    predecessors: Int32Array  # lanes that end where this one begins

    # Junctions and their connecting lanes.
    junction_control: CodeArray  # (J,), UNCONTROLLED, YIELD, STOP, SIGNALS or ROUNDABOUT
    junction_x: Float32Array  # (J,), m, its middle
    junction_y: Float32Array  # (J,), m
    junction_lane_starts: Int32Array  # (J + 1,)
    junction_lanes: Int32Array

    # Conflicts, by connecting lane: the stretches of two lanes on which a car would touch one on the other lane.
    conflict_starts: Int32Array  # (L + 1,)
    conflict_lane: Int32Array  # (K,), the other lane
    conflict_begin: Float32Array  # (K,), m, station on the own lane
    conflict_end: Float32Array  # (K,), m
    conflict_other_begin: Float32Array  # (K,), m, station on the other lane
    conflict_other_end: Float32Array  # (K,), m
    conflict_gives_way: BoolArray  # (K,), whether the own lane must let the other one go first

    # Stop lines: where a car's front has to stop.
    stop_lane: Int32Array  # (T,)
    stop_station: Float32Array  # (T,), m
    stop_kind: CodeArray  # (T,), STOP_AT_SIGNAL, STOP_ALWAYS or STOP_TO_YIELD
    stop_group: Int32Array  # (T,), signal group, or -1

    # Signal programs, in steps of 0.1 s. A group is green from green_begin, yellow from green_end on, then red.
    junction_group_starts: Int32Array  # (J + 1,), groups of a junction stand one after the other
    junction_cycle: Int32Array  # (J,), steps; 0 without signals
    junction_offset: Int32Array  # (J,), steps by which the program is ahead of the clock
    group_junction: Int32Array  # (G,)
    group_kind: CodeArray  # (G,), VEHICLES or PEDESTRIANS
    group_green_begin: Int32Array  # (G,), steps since the begin of the cycle
    group_green_end: Int32Array  # (G,), steps
    group_yellow: Int32Array  # (G,), steps; 0 for pedestrians

    # Signal heads: what is seen of a group.
    head_group: Int32Array  # (H,)
    head_x: Float32Array  # (H,), m
    head_y: Float32Array  # (H,), m
    head_height: Float32Array  # (H,), m, of its middle over the ground
    head_heading: Float32Array  # (H,), rad, direction that it shines to
    head_far: BoolArray  # (H,), whether it stands beyond the junction

    # Crossings of pedestrians: from one kerb to the other, and the lanes under it.
    crossing_kind: CodeArray  # (C,), ZEBRA or SIGNALLED
    crossing_x: Float32Array  # (C, 2), m, middle of the crossing at either kerb
    crossing_y: Float32Array  # (C, 2), m
    crossing_width: Float32Array  # (C,), m, along the street
    crossing_group: Int32Array  # (C,), signal group of the pedestrians, or -1
    crossing_lane_starts: Int32Array  # (C + 1,)
    crossing_lanes: Int32Array
    crossing_begin: Float32Array  # m, station on the lane at which the crossing begins
    crossing_end: Float32Array  # m


def bytes_of(network: Network) -> int:
    """Memory that the arrays take."""
    return sum(part.nbytes for part in network if isinstance(part, np.ndarray))


def frozen(network: Network) -> Network:
    """The same network; its arrays refuse to be written to."""
    for part in network:
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
    return network
