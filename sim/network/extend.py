"""A way made longer at both ends, with the stretches within which it changes lanes."""

import math

from sim.kernels import inlined, kernel
from sim.network.way import BEFORE
from sim.roads.geometry import wrap_angle
from sim.roads.road import OPEN_END, OPEN_START

LANE_CHANGE_S = 3.5  # s at the speed limit; a lateral acceleration of at most 1.7 m/s^2 for lanes 3.5 m apart
SHORTEST_CHANGE = 20.0  # m, where there is room


@kernel
def extend_way(graph, end, way):
    """Follows lanes back from the start and on beyond the goal, and lays out changes of lanes.

    Args:
        graph: The lanes.
        end: Index after the way's last lane.
        way: Changed.

    Returns:
        Index of the first lane, the one after the last, and what the lanes lack of OPEN_START before the start and of
        OPEN_END beyond the goal [m].
    """
    _set_blends(graph, end, way)
    first, lacks_before = _extend_back(graph, way)
    end, lacks_after = _extend_on(graph, end, way)
    return first, end, lacks_before, lacks_after


@inlined
def _extend_back(graph, way):
    first, lacks = BEFORE, OPEN_START
    while True:
        taken = min(lacks, way.begin[first])
        way.begin[first] -= taken
        lacks -= taken
        lane = _straightest(graph, way.lanes[first], False)
        if lacks <= 0.0 or lane < 0 or first == 0:
            return first, lacks
        first -= 1
        way.lanes[first], way.changes[first] = lane, 0
        way.begin[first] = way.end[first] = graph.length[lane]


@inlined
def _extend_on(graph, end, way):
    lacks = OPEN_END
    while True:
        lane = way.lanes[end - 1]
        taken = min(lacks, graph.length[lane] - way.end[end - 1])
        way.end[end - 1] += taken
        lacks -= taken
        lane = _straightest(graph, lane, True)
        if lacks <= 0.0 or lane < 0 or end == way.lanes.shape[0]:
            return end, lacks
        way.lanes[end], way.changes[end] = lane, 0
        way.begin[end] = way.end[end] = 0.0
        end += 1


@inlined
def _set_blends(graph, end, way):
    """Writes within which shares each change happens; after the start, and apart from one another."""
    for k in range(BEFORE, end):
        if way.changes[k] == 0:
            continue
        length = 0.5 * (graph.length[way.lanes[k]] + graph.length[way.lanes[k + 1]])
        wanted = max(LANE_CHANGE_S * graph.limit[way.lanes[k]], SHORTEST_CHANGE) / length
        middle = way.end[k] / graph.length[way.lanes[k]]
        before = middle - way.begin[k] / graph.length[way.lanes[k]]
        last = way.end[k + 1] / graph.length[way.lanes[k + 1]]
        if k > BEFORE and way.changes[k - 1] != 0:
            before *= 0.5
        after = 0.5 * (last - middle) if way.changes[k + 1] != 0 else 1.0 - middle  # also beyond the goal
        half = min(0.5 * wanted, before, after)
        way.blend_begin[k], way.blend_end[k] = middle - half, middle + half


@kernel
def _straightest(graph, lane, onward):
    """Successor or predecessor whose ends differ least in heading, -1: there is none."""
    starts = graph.successor_starts if onward else graph.predecessor_starts
    lanes = graph.successors if onward else graph.predecessors
    best, least = -1, math.inf
    for k in range(starts[lane], starts[lane + 1]):
        turn = abs(wrap_angle(graph.heading_end[lanes[k]] - graph.heading_begin[lanes[k]]))
        if turn < least:
            best, least = lanes[k], turn
    return best
