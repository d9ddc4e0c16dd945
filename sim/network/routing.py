"""Shortest ways through a network, and what a navigator says on them.

The graph has an edge from each lane to its successors, as long as the lane, and one to each neighbour, as long as
LANE_CHANGE_COST: a route changes lanes only where it must.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from sim.errors import UserError
from sim.network.network import LEFT, RIGHT, ROUNDABOUT, STRAIGHT, Network
from sim.network.rows import flat_ranges
from sim.types import FloatArray, IntArray

LANE_CHANGE_COST = 30.0  # m that a route goes round rather than change lanes
STRAIGHT_WITHIN = math.radians(45.0)  # between entry and exit of a roundabout


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


def strongly_connected(network: Network) -> bool:
    """Whether every lane leads to every other one."""
    graph = _graph(network)
    return bool(connected_components(graph, directed=True, connection="strong")[0] == 1)


def find_route(network: Network, start: tuple[int, float], goal: tuple[int, float]) -> Route:
    """The shortest way between two places, each a lane and a station [m].

    Raises:
        UserError: a place is not on the network, or no way leads to the goal.
    """
    for name, place in (("start", start), ("goal", goal)):
        _require_place(network, name, place)
    lanes, changes = _shortest(network, start, goal)
    begin, end = _stretches(network, lanes, changes, start[1], goal[1])
    along = np.concatenate([[0.0], np.cumsum(end - begin)])
    command, first, last = _commands(network, lanes)
    return Route(lanes, begin, end, changes, along[:-1], command, along[first], along[last + 1], float(along[-1]))


def _require_place(network: Network, name: str, place: tuple[int, float]) -> None:
    lane, station = place
    count = len(network.lane_length)
    if not 0 <= lane < count:
        raise UserError(f"The {name} is on lane {lane}, but the lanes are numbered from 0 to {count - 1}.")
    length = float(network.lane_length[lane])
    if not 0.0 <= station <= length + 1e-3:
        raise UserError(f"The {name} is {station:g} m along lane {lane}, but that lane is {length:.1f} m long.")


def _graph(network: Network) -> csr_array:
    """Cost [m] of going on from one lane to another; (L, L)."""
    lanes = len(network.lane_length)
    row, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    sides = [np.flatnonzero(side >= 0) for side in (network.lane_left, network.lane_right)]
    rows = np.concatenate([row, *sides])
    columns = np.concatenate([network.successors, network.lane_left[sides[0]], network.lane_right[sides[1]]])
    costs = np.full(len(rows), LANE_CHANGE_COST)
    costs[: len(row)] = network.lane_length[row]
    return csr_array((costs, (rows, columns)), shape=(lanes, lanes))


def _shortest(network: Network, start: tuple[int, float], goal: tuple[int, float]) -> tuple[IntArray, IntArray]:
    """Lanes of the way, and how each is left; to what lies behind, also beside, it goes around."""
    chains = _beside(network, start[0])
    ahead = goal[0] in chains and _share(network, goal) >= _share(network, start)
    way = np.array(chains[goal[0]] if ahead else _way_around(network, chains, goal[0]), dtype=np.int64)
    changes = np.zeros(len(way), dtype=np.int64)
    changes[:-1][network.lane_left[way[:-1]] == way[1:]] = 1
    changes[:-1][network.lane_right[way[:-1]] == way[1:]] = -1
    return way, changes


def _way_around(network: Network, chains: dict[int, list[int]], goal: int) -> list[int]:
    """Lanes from the start over the best successor of its own lane, or of one beside it, to the goal's lane."""
    starts, successors = network.successor_starts, network.successors
    onward = [(chain, int(lane)) for chain in chains.values() for lane in successors[slice(*starts[chain[-1] :][:2])]]
    cost, before = dijkstra(_graph(network), indices=[lane for _, lane in onward], return_predecessors=True)
    total = cost[:, goal] + [
        LANE_CHANGE_COST * (len(chain) - 1) + float(network.lane_length[chain[-1]]) for chain, _ in onward
    ]
    best = int(np.argmin(total)) if len(total) else -1
    if best < 0 or not np.isfinite(total[best]):
        first = next(iter(chains))
        raise UserError(f"No way leads from lane {first} to lane {goal}; choose another start or goal.")
    lanes = [goal]
    while before[best, lanes[-1]] >= 0:
        lanes.append(int(before[best, lanes[-1]]))
    return onward[best][0] + lanes[::-1]


def _beside(network: Network, lane: int) -> dict[int, list[int]]:
    """Each lane that can be changed to from ``lane``, itself included, and the lanes from there to it."""
    chains = {lane: [lane]}
    for side in (network.lane_left, network.lane_right):
        chain = [lane]
        while side[chain[-1]] >= 0:
            chain = [*chain, int(side[chain[-1]])]
            chains[chain[-1]] = chain
    return chains


def _share(network: Network, place: tuple[int, float]) -> float:
    return place[1] / float(network.lane_length[place[0]])


def _stretches(
    network: Network, way: IntArray, changes: IntArray, start: float, goal: float
) -> tuple[FloatArray, FloatArray]:
    """Stations between which each lane is driven; changes of lane divide what lies before them evenly."""
    length = network.lane_length[way].astype(np.float64)
    begin, end = np.zeros(len(way)), np.ones(len(way))
    begin[0], end[-1] = start / length[0], goal / length[-1]
    first = 0
    for last in np.flatnonzero(changes == 0).tolist():
        bounds = np.linspace(begin[first], end[last], last - first + 2)
        begin[first : last + 1], end[first : last + 1] = bounds[:-1], bounds[1:]
        first = last + 1
    return begin * length, end * length


def _commands(network: Network, way: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """One command a junction, and the index of the first and of the last lane of the way in it."""
    junction = network.lane_junction[way]
    new = np.flatnonzero(np.diff(junction, prepend=-1, append=-1))
    stretches = [(a, b - 1) for a, b in itertools.pairwise(new) if junction[a] >= 0]
    command = [_command(network, int(way[a]), int(way[b])) for a, b in stretches]
    first, last = np.array(stretches, dtype=np.int64).reshape(-1, 2).T
    return np.array(command, dtype=np.int64), first, last


def _command(network: Network, first: int, last: int) -> int:
    """What to do at a junction; at a roundabout, by where its exit lies as seen from its entry."""
    if network.junction_control[network.lane_junction[first]] != ROUNDABOUT:
        return int(network.lane_turn[first])
    enter, leave = network.lane_points[first], network.lane_points[last + 1] - 1
    sine = network.cos[enter] * network.sin[leave] - network.sin[enter] * network.cos[leave]
    cosine = network.cos[enter] * network.cos[leave] + network.sin[enter] * network.sin[leave]
    bearing = math.atan2(sine, cosine)
    if abs(bearing) < STRAIGHT_WITHIN:
        return STRAIGHT
    back = abs(bearing) > math.pi - STRAIGHT_WITHIN  # out where one came from, all the way round
    return (RIGHT if network.left_hand else LEFT) if back else (LEFT if bearing > 0.0 else RIGHT)
