"""Routes as people read them: the cheapest way between two places, and what a navigator says on it."""

import itertools
from dataclasses import dataclass

import numpy as np

from sim.errors import UserError
from sim.kernels import kernel
from sim.network.network import Network
from sim.network.route_map import LaneGraph, route_map
from sim.network.rows import flat_ranges, starts_of
from sim.network.shortest import make_search
from sim.network.way import BEFORE, command_between, find_way, make_way
from sim.types import BoolArray, FloatArray, IntArray

Place = tuple[int, float]


@dataclass(frozen=True, eq=False)
class Route:
    """A way along lanes; R lanes, each driven from a begin to an end, M commands."""

    lanes: IntArray  # (R,)
    begin: FloatArray  # (R,), m, station on the lane
    end: FloatArray  # (R,), m; where the next lane is a neighbour, the change happens in between
    changes: IntArray  # (R,), 1 where the next lane is the left neighbour, -1 the right one, 0 a successor or the end
    along: FloatArray  # (R,), m, way from the start to where each lane begins
    command: IntArray  # (M,), LEFT, RIGHT or STRAIGHT, one for each junction on the way
    command_begin: FloatArray  # (M,), m, way from the start to the junction's begin
    command_end: FloatArray  # (M,), m, and to its end
    length: float  # m


def find_route(network: Network, start: Place, goal: Place) -> Route:
    """The cheapest way between two places, each a lane and a station [m]; see ``network.shortest``.

    Raises:
        UserError: a place is not on the network, or no way leads to the goal.
    """
    for name, place in (("start", start), ("goal", goal)):
        _require_place(network, name, place)
    count = len(network.lane_length)
    way = make_way(count)
    graph = route_map(network).graph
    after = find_way(graph, *start, *goal, make_search(count), way)
    if after == BEFORE:
        raise UserError(f"No way leads from lane {start[0]} to lane {goal[0]}; choose another start or goal.")
    lanes, changes = (part[BEFORE:after].astype(np.int64) for part in (way.lanes, way.changes))
    begin, end = way.begin[BEFORE:after].copy(), way.end[BEFORE:after].copy()
    along = np.concatenate([[0.0], np.cumsum(end - begin)])
    command, first, last = _commands(graph, lanes)
    return Route(lanes, begin, end, changes, along[:-1], command, along[first], along[last + 1], float(along[-1]))


def _require_place(network: Network, name: str, place: Place) -> None:
    lane, station = place
    count = len(network.lane_length)
    if not 0 <= lane < count:
        raise UserError(f"The {name} is on lane {lane}, but the lanes are numbered from 0 to {count - 1}.")
    length = float(network.lane_length[lane])
    if not 0.0 <= station <= length + 1e-3:
        raise UserError(f"The {name} is {station:g} m along lane {lane}, but that lane is {length:.1f} m long.")


def _commands(graph: LaneGraph, lanes: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """One command a junction, and the index of the first and of the last lane of the way in it."""
    junction = graph.junction[lanes]
    new = np.flatnonzero(np.diff(junction, prepend=-1, append=-1))
    stretches = [(a, b - 1) for a, b in itertools.pairwise(new) if junction[a] >= 0]
    command = [command_between(graph, lanes[a], lanes[b]) for a, b in stretches]
    first, last = np.array(stretches, dtype=np.int64).reshape(-1, 2).T
    return np.array(command, dtype=np.int64), first, last


def strongly_connected(network: Network) -> bool:
    """Whether every lane leads to every other one."""
    return bool(reached(network, 0).all() and reached(network, 0, backwards=True).all())


def reached(network: Network, lane: int, backwards: bool = False) -> BoolArray:
    """Which lanes a lane leads to, with changes of lanes, or which lead to it; (L,)."""
    count = len(network.lane_length)
    row, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    sides = [np.flatnonzero(side >= 0) for side in (network.lane_left, network.lane_right)]
    rows = np.concatenate([row, *sides])
    columns = np.concatenate([network.successors, network.lane_left[sides[0]], network.lane_right[sides[1]]])
    if backwards:
        rows, columns = columns, rows
    starts, onward = starts_of(np.bincount(rows, minlength=count)), columns[np.argsort(rows, kind="stable")]
    found = np.zeros(count, dtype=np.bool_)
    _spread(starts, onward, lane, found, np.zeros(count, dtype=np.int64))
    return found


@kernel
def _spread(starts, onward, lane, found, waiting):
    """Marks all that can be reached from a lane."""
    found[lane], waiting[0], size = True, lane, 1
    while size > 0:
        size -= 1
        lane = waiting[size]
        for k in range(starts[lane], starts[lane + 1]):
            if not found[onward[k]]:
                found[onward[k]], waiting[size] = True, onward[k]
                size += 1
