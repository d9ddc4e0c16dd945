"""Trips: a start and a goal, from numbers that a scene's own generator drew.

The tasks are those of CARLA's CoRL 2017 benchmark (Dosovitskiy et al., 2017): to go straight on, to turn once, and to
find one's way with any turns.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import inlined, kernel
from sim.network.network import LEFT, RIGHT
from sim.network.shortest import LANE_CHANGE_COST, Search, make_search, search_from
from sim.network.way import command_between, goes_back
from sim.types import FloatArray, Int32Array

STRAIGHT_ON, ONE_TURN, NAVIGATION = range(3)  # tasks
TASKS = ("straight", "one-turn", "navigation")
ATTEMPTS = 8  # starts that are tried until one has a goal as wished
TRIP_DRAWS = 2 * ATTEMPTS + 2  # numbers from 0 to 1 that a trip takes
KEPT_CLEAR = 15.0  # m before stop lines and junctions where no trip begins or ends
CHANGE_ROOM = 20.0  # m that every change of lanes has
CHANGES = 3  # changes of lanes whose cost a search allows for
_AS_WISHED = 1e9  # m by which a goal of the task is preferred to one that is farther away


class TripWishes(NamedTuple):
    """What a trip should be like."""

    task: int = NAVIGATION
    """STRAIGHT_ON: no turn, ONE_TURN: one, NAVIGATION: any; each passes a junction, where the network has any."""
    least: float = 150.0
    """Way from start to goal [m]."""
    most: float = 400.0


class Trips(NamedTuple):
    """Room for drawing trips in networks of L lanes or fewer."""

    search: Search
    usable: FloatArray  # (L,), m from the lane's beginning where trips may begin or end
    way: FloatArray  # (L,), m from the start to the lane's beginning
    junctions: Int32Array  # (L,), how many are passed before it; -1: the lane is no goal
    turns: Int32Array  # (L,), how many are taken before it
    changes: Int32Array  # (L,), changes of lanes, one after the other, that lead to it
    entry: Int32Array  # (L,), for lanes in a junction, by which lane the way enters it


def make_trips(lanes: int) -> Trips:
    """Room for networks of so many lanes."""
    junctions, turns, changes, entry = (np.zeros(lanes, dtype=np.int32) for _ in range(4))
    return Trips(make_search(lanes), np.zeros(lanes), np.zeros(lanes), junctions, turns, changes, entry)


@kernel
def draw_trip(graph, stops, draws, wishes, room):
    """Draws a start on a street, lanes weighted by length, and a goal, lanes weighted alike.

    Where no goal is as wished, another start is tried; after ATTEMPTS of them, the goal is the farthest one within
    ``wishes.most``.

    Args:
        graph: The lanes.
        stops: The stop lines.
        draws: (TRIP_DRAWS,), 0..1.
        wishes: ``TripWishes``.
        room: ``Trips``, written; ``room.search`` then holds the ways from the start.

    Returns:
        Lane and station [m] of the start, lane and station of the goal, and whether they are as wished.
    """
    total = _note_usable(graph, stops, room)
    for attempt in range(ATTEMPTS):
        lane, station = _draw_start(graph, draws[2 * attempt], draws[2 * attempt + 1], total, room)
        most = station + wishes.most + CHANGES * LANE_CHANGE_COST
        count = search_from(graph, lane, station, -1, most, room.search)
        _follow_ways(graph, lane, station, count, room)
        goal, goal_station, wished = _draw_goal(graph, lane, station, draws[2 * ATTEMPTS :], wishes, room)
        if wished:
            break
    return lane, station, goal, goal_station, wished


@inlined
def _note_usable(graph, stops, room):
    """Writes how much of each lane is usable: nothing of those in junctions; returns the sum [m]."""
    for lane in range(graph.length.shape[0]):
        usable = float(graph.length[lane])
        for k in range(graph.successor_starts[lane], graph.successor_starts[lane + 1]):
            if graph.junction[graph.successors[k]] >= 0:
                usable = float(graph.length[lane]) - KEPT_CLEAR
        room.usable[lane] = usable if graph.junction[lane] < 0 else 0.0
    for k in range(stops.lane.shape[0]):
        lane = stops.lane[k]
        room.usable[lane] = min(room.usable[lane], stops.station[k] - KEPT_CLEAR)
    total = 0.0
    for lane in range(graph.length.shape[0]):
        room.usable[lane] = max(room.usable[lane], 0.0)
        total += room.usable[lane]
    return total


@inlined
def _draw_start(graph, lane_draw, station_draw, total, room):
    """Lane and station of a start."""
    lanes, wanted, passed, last = graph.length.shape[0], lane_draw * total, 0.0, 0
    for lane in range(lanes):
        if room.usable[lane] > 0.0:
            last = lane
            passed += room.usable[lane]
            if passed > wanted:
                break
    return last, station_draw * room.usable[last]


@inlined
def _follow_ways(graph, start, station, count, room):
    """Writes what is passed on the way to each of the ``count`` lanes that the search found.

    Lanes to which a way would have to change lanes within less than CHANGE_ROOM, or go back at a ring, are no goals.
    """
    search, share = room.search, station / graph.length[start]
    for lane in range(graph.length.shape[0]):
        room.junctions[lane] = -1
    for n in range(count):
        lane = search.order[n]
        before = search.before[lane]
        if before < 0:
            beside = -2 - before
            free = (1.0 - share) * graph.length[beside]
            changes = _places_between(graph, start, beside)
            room.way[lane], room.turns[lane] = free, 0
            _note(graph, lane, beside, 0 if free >= changes * CHANGE_ROOM else -1, room)
            continue
        changed = graph.left[before] == lane or graph.right[before] == lane
        room.way[lane] = room.way[before] + (0.0 if changed else graph.length[before])
        room.turns[lane], passed = room.turns[before], room.junctions[before]
        if graph.junction[before] >= 0 and graph.junction[lane] != graph.junction[before]:
            command = command_between(graph, room.entry[before], before)
            room.turns[lane] += 1 if command in (LEFT, RIGHT) else 0
            passed = -1 if goes_back(graph, room.entry[before], before) else passed
        _note(graph, lane, before, passed, room)
        if changed:
            room.changes[lane] = room.changes[before] + 1
            if min(graph.length[before], graph.length[lane]) < room.changes[lane] * CHANGE_ROOM:
                room.junctions[lane] = -1


@kernel
def _note(graph, lane, before, passed, room):
    """Writes how many junctions are passed to a lane that comes after another, and where the way enters its own."""
    junction = graph.junction[lane]
    enters = junction >= 0 and junction != graph.junction[before]
    room.junctions[lane] = passed + 1 if enters and passed >= 0 else passed
    room.entry[lane] = lane if enters or junction < 0 else room.entry[before]
    room.changes[lane] = 0


@kernel
def _places_between(graph, lane, other):
    """How many changes lead from a lane to another beside it."""
    for side in (graph.left, graph.right):
        at, changes = lane, 0
        while at >= 0:
            if at == other:
                return changes
            at, changes = side[at], changes + 1
    return 0


@inlined
def _leave_out_what_is_beside(graph, start, station, room):
    """Takes the start's lane, and those beside it, from the goals; without junctions, the lane ahead is one."""
    for side in (graph.left, graph.right):
        lane = start
        while lane >= 0:
            room.junctions[lane] = -1
            lane = side[lane]
    if graph.control.shape[0] == 0:
        room.junctions[start], room.turns[start], room.way[start] = 0, 0, -station


@inlined
def _draw_goal(graph, start, station, draws, wishes, room):
    """Lane and station of a goal, and whether it is as wished; else, it is the farthest one."""
    _leave_out_what_is_beside(graph, start, station, room)
    count, best, farthest = 0, start, 0.0
    for lane in range(graph.length.shape[0]):
        low, high = _stretch(graph, lane, start, wishes, room)
        if high < low:
            continue
        suits = _suits(lane, wishes, room)
        far = room.way[lane] + high
        if suits and far >= wishes.least:
            count += 1
        if far + suits * _AS_WISHED > farthest:
            best, farthest = lane, far + suits * _AS_WISHED
    if count == 0:
        nothing_else = best == start and graph.control.shape[0] > 0
        high = max(room.usable[start], station) if nothing_else else _stretch(graph, best, start, wishes, room)[1]
        return best, high, False
    wanted = min(int(draws[0] * count), count - 1)
    for lane in range(graph.length.shape[0]):
        low, high = _stretch(graph, lane, start, wishes, room)
        if high >= low and _suits(lane, wishes, room) and room.way[lane] + high >= wishes.least:
            best = lane
            if wanted == 0:
                break
            wanted -= 1
    low, high = _stretch(graph, best, start, wishes, room)
    low = max(low, wishes.least - room.way[best])
    return best, low + draws[1] * (high - low), True


@kernel
def _stretch(graph, lane, start, wishes, room):
    """Stations between which a lane may be the goal; the last one is below the first if it may not."""
    passed = room.junctions[lane]
    if passed < 0 or (passed == 0 and graph.control.shape[0] > 0) or room.usable[lane] == 0.0:
        return 0.0, -1.0
    low = -room.way[start] if lane == start else room.changes[lane] * CHANGE_ROOM
    return low, min(room.usable[lane], wishes.most - room.way[lane])


@kernel
def _suits(lane, wishes, room):
    """Whether the way to a lane is of the wished task."""
    if wishes.task == STRAIGHT_ON:
        return room.turns[lane] == 0
    return wishes.task == NAVIGATION or room.turns[lane] == 1
