"""A way: the lanes from a start to a goal, and the stretch of each that is driven.

Changes of lanes divide what lies before them evenly, by shares of the lanes' lengths: so places side by side on two
neighbours have the same share.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.kernels import inlined, kernel
from sim.network.network import LEFT, RIGHT, ROUNDABOUT, STRAIGHT, CodeArray
from sim.network.shortest import NOWHERE, search_from
from sim.roads.geometry import wrap_angle
from sim.types import FloatArray, Int32Array

STRAIGHT_WITHIN = math.radians(45.0)  # between entry and exit of a roundabout
BEFORE, AFTER = 16, 64  # lanes for which there is room before the start, and beyond the goal


class Way(NamedTuple):
    """Room for a way; entry BEFORE is the start's lane."""

    lanes: Int32Array  # (R,)
    begin: FloatArray  # (R,), m, station on the lane
    end: FloatArray  # (R,), m
    changes: CodeArray  # (R,), 1: the next lane is the left neighbour, -1: the right one, 0: a successor, or none
    blend_begin: FloatArray  # (R,), shares of the lane between which a change to the next one happens
    blend_end: FloatArray  # (R,)
    along: FloatArray  # (R + 1,), m, station on the route's line at which a lane begins


def make_way(lanes: int) -> Way:
    """Room for ways through networks of so many lanes."""
    room = BEFORE + lanes + AFTER
    begin, end, blend_begin, blend_end, along = (np.zeros(room + 1) for _ in range(5))
    return Way(np.zeros(room, dtype=np.int32), begin, end, np.zeros(room, dtype=np.int8), blend_begin, blend_end, along)


@kernel
def find_way(graph, start, start_station, goal, goal_station, search, way):
    """Writes the cheapest way between two places; returns the index after its last lane, BEFORE if there is none."""
    end = _ahead(graph, start, start_station, goal, goal_station, way)
    if end == BEFORE:
        search_from(graph, start, start_station, goal, np.inf, search)
        end = _trace(graph, start, goal, search, way)
    _divide(graph, start_station, goal_station, end, way)
    return end


@kernel
def found_way(graph, start, start_station, goal, goal_station, search, way):
    """The same after a search from the start that has found the goal's lane, which lies not beside the start."""
    end = _ahead(graph, start, start_station, goal, goal_station, way)
    if end == BEFORE:
        end = _trace(graph, start, goal, search, way)
    _divide(graph, start_station, goal_station, end, way)
    return end


@kernel
def _ahead(graph, start, start_station, goal, goal_station, way):
    """Writes the way to what lies ahead on the start's lane, or on one beside it; BEFORE: that is not so."""
    if goal_station / graph.length[goal] < start_station / graph.length[start]:
        return BEFORE
    return _beside(graph, start, goal, way)


@kernel
def _beside(graph, lane, other, way):
    """Writes the lanes from one lane to another beside it; returns the index after them, BEFORE if it is not."""
    for direction in (1, -1):
        side = graph.left if direction > 0 else graph.right
        end, at = BEFORE, lane
        while at >= 0:
            way.lanes[end], way.changes[end] = at, 0
            if at == other:
                return end + 1
            way.changes[end] = direction
            at = side[at]
            end += 1
    return BEFORE


@inlined
def _trace(graph, start, goal, search, way):
    """Writes the lanes of the way that a search found."""
    if search.before[goal] == NOWHERE:
        return BEFORE
    count, at = 1, search.before[goal]
    while at >= 0:
        count, at = count + 1, search.before[at]
    middle = _beside(graph, start, -2 - at, way)
    at = goal
    for k in range(middle + count - 1, middle - 1, -1):
        way.lanes[k], way.changes[k] = at, 0
        if k < middle + count - 1:
            way.changes[k] = _change(graph, at, way.lanes[k + 1])
        at = search.before[at]
    return middle + count


@inlined
def _change(graph, lane, onward):
    """1 or -1 where the next lane is the left or the right neighbour, else 0."""
    for k in range(graph.successor_starts[lane], graph.successor_starts[lane + 1]):
        if graph.successors[k] == onward:
            return 0
    return 1 if graph.left[lane] == onward else -1


@kernel
def _divide(graph, start_station, goal_station, end, way):
    """Writes from where to where each lane is driven."""
    first = BEFORE
    while first < end:
        last = first
        while way.changes[last] != 0:
            last += 1
        low = start_station / graph.length[way.lanes[BEFORE]] if first == BEFORE else 0.0
        high = goal_station / graph.length[way.lanes[end - 1]] if last == end - 1 else 1.0
        for k in range(first, last + 1):
            length = graph.length[way.lanes[k]]
            way.begin[k] = length * (low + (high - low) * (k - first) / (last - first + 1))
            way.end[k] = length * (low + (high - low) * (k + 1 - first) / (last - first + 1))
        if first == BEFORE:
            way.begin[first] = start_station
        if last == end - 1:
            way.end[last] = goal_station
        first = last + 1


@kernel
def command_between(graph, first, last):
    """LEFT, RIGHT or STRAIGHT at a junction that is crossed from the first to the last of its lanes.

    At a roundabout, it goes by where the exit lies as seen from the entry; where one came from, it is all the way
    round.
    """
    if graph.control[graph.junction[first]] != ROUNDABOUT:
        return np.int64(graph.turn[first])
    bearing = wrap_angle(graph.heading_end[last] - graph.heading_begin[first])
    if abs(bearing) < STRAIGHT_WITHIN:
        return STRAIGHT
    if abs(bearing) > math.pi - STRAIGHT_WITHIN:
        return RIGHT if graph.left_hand else LEFT
    return LEFT if bearing > 0.0 else RIGHT


@kernel
def goes_back(graph, first, last):
    """Whether a roundabout is left where it was entered, or nearly so."""
    if graph.control[graph.junction[first]] != ROUNDABOUT:
        return False
    return abs(wrap_angle(graph.heading_end[last] - graph.heading_begin[first])) > math.pi - STRAIGHT_WITHIN
