"""The cheapest ways from one place to all others: Dijkstra's algorithm on the lane graph, with a binary heap.

From each lane the graph has an edge to its successors, as long as the lane, and one to each neighbour: a route changes
lanes only where it must, and where there is room to do so. Costs are metres, from the beginning of the first lane.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import inlined, kernel
from sim.types import FloatArray, Int32Array

LANE_CHANGE_COST = 30.0  # m that a route goes round rather than change lanes
EASY_CHANGE = 40.0  # m of lane within which a change is easy
CRAMPED_COST = 2.0  # m that a route goes round for every metre that a change lacks
NOWHERE = -1  # what leads to a lane that is not reached
_OPEN, _SETTLED = -1, -2  # places in the heap of lanes that are not in it yet, or not any more


class Search(NamedTuple):
    """Room for a search in networks of L lanes or fewer, and what it finds."""

    cost: FloatArray  # (L,), m until a lane's beginning; infinite where it is not reached
    before: Int32Array  # (L,), lane before it; -2 - lane for what leaves the first lane, or one beside it; or NOWHERE
    order: Int32Array  # (L,), lanes in the order of their cost
    heap: Int32Array  # (L,)
    place: Int32Array  # (L,), of a lane in the heap


def make_search(lanes: int) -> Search:
    """Room for networks of so many lanes."""
    before, order, heap, place = (np.zeros(lanes, dtype=np.int32) for _ in range(4))
    return Search(np.zeros(lanes), before, order, heap, place)


@kernel
def search_from(graph, lane, station, goal, most, search):
    """Finds the cheapest ways from a place to the beginning of lanes, the cheapest first.

    Args:
        graph: The lanes.
        lane: Where the ways begin.
        station: Where on that lane [m].
        goal: Lane after which the search ends; -1: none.
        most: Cost [m] at which it ends.
        search: Written.

    Returns:
        How many lanes were found; they are the first ones of ``search.order``.
    """
    for k in range(graph.length.shape[0]):
        search.cost[k], search.before[k], search.place[k] = np.inf, NOWHERE, _OPEN
    size, settled = _leave(graph, lane, station, search), 0
    while size > 0 and search.cost[search.heap[0]] <= most:
        nearest = search.heap[0]
        size = _take_first(size, search)
        search.order[settled] = nearest
        settled += 1
        if nearest == goal:
            break
        cost = search.cost[nearest]
        size = _go_on(graph, nearest, cost, nearest, size, search)
        for side in (graph.left, graph.right):
            if side[nearest] >= 0:
                beside = cost + change_cost(graph.length[nearest])
                size = _reach(side[nearest], beside, nearest, size, search)
    return settled


@kernel
def change_cost(room):
    """Cost [m] of a change of lanes within ``room`` [m]."""
    return LANE_CHANGE_COST + CRAMPED_COST * max(EASY_CHANGE - room, 0.0)


@inlined
def _leave(graph, lane, station, search):
    """Reaches what lies beyond the first lane and beyond those that can be changed to from it."""
    size = _go_on(graph, lane, 0.0, -2 - lane, 0, search)
    step = change_cost(graph.length[lane] - station)
    for side in (graph.left, graph.right):
        beside, cost = side[lane], step
        while beside >= 0:
            size = _go_on(graph, beside, cost, -2 - beside, size, search)
            beside, cost = side[beside], cost + step
    return size


@kernel
def _go_on(graph, lane, cost, mark, size, search):
    """Reaches the successors of a lane."""
    for k in range(graph.successor_starts[lane], graph.successor_starts[lane + 1]):
        size = _reach(graph.successors[k], cost + graph.length[lane], mark, size, search)
    return size


@kernel
def _reach(lane, cost, mark, size, search):
    """Notes a way to a lane, unless there is one as cheap; returns how many lanes the heap holds."""
    if cost >= search.cost[lane]:
        return size
    search.cost[lane], search.before[lane] = cost, mark
    if search.place[lane] == _OPEN:
        search.place[lane] = size
        search.heap[size] = lane
        size += 1
    _rise(search.place[lane], search)
    return size


@inlined
def _goes_first(a, b, search):
    """Whether lane ``a`` is the cheaper one; of two that cost the same, the lower number is."""
    return search.cost[a] < search.cost[b] or (search.cost[a] == search.cost[b] and a < b)


@kernel
def _rise(place, search):
    lane = search.heap[place]
    while place > 0:
        above = (place - 1) // 2
        if not _goes_first(lane, search.heap[above], search):
            break
        _put(search.heap[above], place, search)
        place = above
    _put(lane, place, search)


@inlined
def _take_first(size, search):
    """Takes the first lane off the heap; returns how many are left."""
    search.place[search.heap[0]] = _SETTLED
    size -= 1
    if size == 0:
        return size
    lane, place = search.heap[size], 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and _goes_first(search.heap[below + 1], search.heap[below], search):
            below += 1
        if not _goes_first(search.heap[below], lane, search):
            break
        _put(search.heap[below], place, search)
        place = below
    _put(lane, place, search)
    return size


@inlined
def _put(lane, place, search):
    search.heap[place], search.place[lane] = lane, place
