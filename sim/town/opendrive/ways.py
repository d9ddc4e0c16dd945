"""The ways through the junctions of a map: which lanes cross which junction, from where, and where they turn."""

import math
from dataclasses import dataclass

import numpy as np

from sim.errors import UserError
from sim.network.lines import Evened
from sim.network.network import FOLLOW, LEFT, RIGHT, STRAIGHT
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.rules import MapRules
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.lines import MapLines
from sim.types import FloatArray, IntArray

STRAIGHT_WITHIN = math.radians(30.0)
MOST_IN_JUNCTION = 1500  # lanes
WITHOUT_LANES = ("direct", "virtual")  # kinds of junctions whose roads lie outside of them


@dataclass(frozen=True)
class Ways:
    """What crosses junctions; junctions are numbered in the order of ``names``."""

    names: tuple[str, ...]
    """Ids of the junctions that lanes cross."""
    junction: IntArray  # (L,), of each lane, -1 outside
    turn: IntArray  # (L,), LEFT, RIGHT or STRAIGHT; FOLLOW outside
    source: IntArray  # (L,), lane outside the junction that leads into each way, -1 if there is none
    before: FloatArray  # (L,), m, way from there to the begin of the lane
    entering: tuple[tuple[int, ...], ...]
    """Of each junction, the lanes that lead into it."""
    successors: tuple[tuple[int, ...], ...]
    """Of each lane."""
    predecessors: tuple[tuple[int, ...], ...]

    def onward(self, lane: int, junction: int) -> list[int]:
        """The ways through a junction that begin where a lane ends."""
        return [after for after in self.successors[lane] if self.junction[after] == junction]

    def into(self, lane: int) -> int:
        """The junction that a lane outside leads into, or -1."""
        return next((int(self.junction[after]) for after in self.successors[lane] if self._leaves(lane, after)), -1)

    def _leaves(self, lane: int, after: int) -> bool:
        return bool(self.junction[after] >= 0 and self.junction[after] != self.junction[lane])


def ways_of(road_map: RoadMap, rules: MapRules, lanes: MapLanes, lines: MapLines) -> Ways:
    """Finds them.

    Raises:
        UserError: a junction has more lanes than anybody could compare.
    """
    names: dict[str, int] = {}
    junction = np.array([_number(road_map, rules, lanes.road(k), names) for k in range(len(lanes.stretches))])
    for name, count in zip(names, np.bincount(junction[junction >= 0], minlength=len(names)).tolist(), strict=True):
        if count > MOST_IN_JUNCTION:
            raise UserError(
                f"{road_map.path}: junction {name} has {count:,} lanes, but those of a town may have "
                f"{MOST_IN_JUNCTION:,}."
            )
    count = len(junction)
    successors, predecessors = _rows(lines.links, count), _rows(lines.links[:, ::-1], count)
    inner: list[list[int]] = [[] for _ in range(count)]
    outer: list[list[int]] = [[] for _ in range(count)]
    for lane in np.flatnonzero(junction >= 0).tolist():
        for other in predecessors[lane]:
            (inner if junction[other] == junction[lane] else outer)[lane].append(other)
    entering = [
        tuple(dict.fromkeys(b for k in np.flatnonzero(junction == index).tolist() for b in outer[k]))
        for index in range(len(names))
    ]
    length = lines.lines.length
    sources = [_source(k, inner, outer, length) for k in range(count)]
    return Ways(
        names=tuple(names),
        junction=junction,
        turn=_turns(lanes, lines.lines, junction),
        source=np.array([lane for lane, _ in sources], dtype=np.int64),
        before=np.array([way for _, way in sources]),
        entering=tuple(entering),
        successors=successors,
        predecessors=predecessors,
    )


def _number(road_map: RoadMap, rules: MapRules, road: str, names: dict[str, int]) -> int:
    name = road_map.roads[road].junction
    if name is None or (name in rules.junctions and rules.junctions[name].kind in WITHOUT_LANES):
        return -1
    return names.setdefault(name, len(names))


def _rows(links: IntArray, count: int) -> tuple[tuple[int, ...], ...]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for before, after in links.tolist():
        rows[before].append(after)
    return tuple(map(tuple, rows))


def _source(lane: int, inner: list[list[int]], outer: list[list[int]], length: FloatArray) -> tuple[int, float]:
    """The lane outside that a way begins at, back through what lies in the junction before it [m]."""
    seen, way = {lane}, 0.0
    while not outer[lane]:
        before = [item for item in inner[lane] if item not in seen]
        if not before:
            return -1, way
        lane = before[0]
        seen.add(lane)
        way += float(length[lane])
    return outer[lane][0], way


def _turns(lanes: MapLanes, lines: Evened, junction: IntArray) -> IntArray:
    """By how the lanes of one connecting road turn in all, from its beginning to its end."""
    first, last = lines.starts[:-1], lines.starts[1:] - 1
    turned = lines.heading[last] - lines.heading[first]
    ways: dict[tuple[str, bool, int], list[int]] = {}
    for lane in np.flatnonzero(junction >= 0).tolist():
        ways.setdefault((lanes.road(lane), lanes.along(lane), lanes.stretches[lane][0].piece.lane), []).append(lane)
    whole = turned.copy()
    for chain in ways.values():
        whole[chain] = turned[chain].sum()
    result = np.where(np.abs(whole) < STRAIGHT_WITHIN, STRAIGHT, np.where(whole > 0.0, LEFT, RIGHT))
    return np.where(junction >= 0, result, FOLLOW)


def pairs_of(ways: Ways, lines: Evened, width: FloatArray) -> IntArray:
    """Pairs (K, 2) of ways of one junction that may touch; not those from one place, or that follow one another."""
    first = lines.starts[:-1]
    low = np.stack([np.minimum.reduceat(values, first) for values in (lines.x, lines.y)], axis=1) - 0.5 * width[:, None]
    high = (
        np.stack([np.maximum.reduceat(values, first) for values in (lines.x, lines.y)], axis=1) + 0.5 * width[:, None]
    )
    begin = np.stack([lines.x, lines.y], axis=1)[first]
    found = []
    for index in range(len(ways.names)):
        here = np.flatnonzero(ways.junction == index)
        a, b = (here[side] for side in np.triu_indices(len(here), 1))
        near = ((low[a] < high[b]) & (low[b] < high[a])).all(axis=1)
        apart = np.hypot(*(begin[a] - begin[b]).T) > 0.01
        found.append(np.stack([a, b], axis=1)[near & apart])
    pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *found])
    linked = np.array([b in ways.successors[a] or a in ways.successors[b] for a, b in pairs.tolist()], dtype=np.bool_)
    return np.asarray(pairs[~linked])
