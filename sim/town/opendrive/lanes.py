"""Which lanes the network of a map has: those of its sections, joined along a road as long as nothing begins or ends.

A run is a stretch of road on which the lanes of one direction stay the same: each leads to one of the next section, in
the same order, beside the same neighbours and at the same speed limit. Each lane of a run is a lane of the network.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sim.roads.formats.opendrive.links import drivable_pieces, following
from sim.roads.formats.opendrive.model import LanePiece, MapRoad
from sim.roads.formats.opendrive.routes import Router
from sim.roads.formats.opendrive.rules import Limits, MapRules

SHORTEST = 0.25  # m; what is shorter is no lane of its own: others lead through it
CUT = 1.0  # m from the ends of a section, within which a change of the limit counts as being there


class Stretch(NamedTuple):
    """A part of a lane, from one station of its road to another."""

    piece: LanePiece
    begin: float  # m, always less than the end
    end: float  # m

    @property
    def way(self) -> tuple[float, float]:
        """The stations in the direction of travel [m]."""
        return (self.begin, self.end) if self.piece.along else (self.end, self.begin)


@dataclass
class MapLanes:
    """Lanes of a network, in the order of their numbers."""

    stretches: list[list[Stretch]] = field(default_factory=list)
    """In the direction of travel."""
    limit: list[float] = field(default_factory=list)
    """m/s; 0 where the file gives none."""
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    first: dict[tuple[LanePiece, float], int] = field(default_factory=dict)
    """The lane that begins with a piece at a station [m]."""
    through: dict[LanePiece, tuple[LanePiece, float]] = field(default_factory=dict)
    """By the first piece of what is too short for a lane: its last piece, and its length [m]."""
    left_out: list[LanePiece] = field(default_factory=list)
    """Pieces that no car can drive along."""

    def road(self, lane: int) -> str:
        """The road of a lane."""
        return self.stretches[lane][0].piece.road

    def along(self, lane: int) -> bool:
        """Whether a lane runs along the stations of its road."""
        return self.stretches[lane][0].piece.along


def lanes_of(router: Router, rules: MapRules) -> MapLanes:
    """All lanes of a map that cars can drive on."""
    lanes = MapLanes()
    usable: dict[tuple[str, int, bool], list[int]] = {}
    for piece in drivable_pieces(router.map):
        if router.is_smooth(piece):
            usable.setdefault((piece.road, piece.section, piece.along), []).append(piece.lane)
        else:
            lanes.left_out.append(piece)
    for road in router.map.roads.values():
        for along in (True, False):
            _add_direction(lanes, router, rules, road, along, usable)
    return lanes


class _Row(NamedTuple):
    """Lanes side by side, from left to right as they are driven."""

    section: int
    begin: float  # m
    end: float  # m
    numbers: tuple[int, ...]
    limits: tuple[float, ...]

    def stretch(self, road: str, along: bool, index: int) -> Stretch:
        """The part of one of the lanes."""
        return Stretch(LanePiece(road, self.section, self.numbers[index], along), self.begin, self.end)

    @property
    def beside(self) -> tuple[bool, ...]:
        """Whether each lane lies next to the one on its right."""
        places = [number - (number > 0) for number in self.numbers]  # 1 and -1 lie side by side
        return tuple(abs(a - b) == 1 for a, b in itertools.pairwise(places))


def _add_direction(
    lanes: MapLanes,
    router: Router,
    rules: MapRules,
    road: MapRoad,
    along: bool,
    usable: dict[tuple[str, int, bool], list[int]],
) -> None:
    """Adds the lanes of one direction of a road, run by run."""
    run: list[_Row] = []
    for row in _rows(rules, road, along, usable):
        if run and not _goes_on(router, road, along, run[-1], row):
            _add_run(lanes, road.id, along, run)
            run = []
        run.append(row)
    _add_run(lanes, road.id, along, run)


def _rows(
    rules: MapRules, road: MapRoad, along: bool, usable: dict[tuple[str, int, bool], list[int]]
) -> Iterator[_Row]:
    """The lanes of one direction, from where they begin."""
    order = 1 if along else -1
    for index in range(len(road.sections))[::order]:
        numbers = tuple(sorted(usable.get((road.id, index, along), ()), reverse=along))
        cuts = _cuts(rules, road, index, numbers)
        for begin, end in list(itertools.pairwise(cuts))[::order]:
            limits = tuple(_limit(rules, road, index, number, begin) for number in numbers)
            yield _Row(index, begin, end, numbers, limits)


def _cuts(rules: MapRules, road: MapRoad, index: int, numbers: tuple[int, ...]) -> list[float]:
    """Where a section begins, where a speed limit changes in it, and where it ends [m]."""
    section = road.sections[index]
    changes = {s for s, _ in rules.road_limits.get(road.id, ())}
    for number in numbers:
        changes |= {section.start + s for s, _ in rules.lane_limits.get((road.id, index, number), ())}
    cuts = [section.start]
    for s in sorted(changes):
        if cuts[-1] + CUT < s < section.end - CUT:
            cuts.append(s)
    return [*cuts, section.end]


def _limit(rules: MapRules, road: MapRoad, index: int, number: int, s: float) -> float:
    """The speed limit that holds from a station on [m/s]: that of the lane, or else of the road; 0: none is given."""
    own = _holding(rules.lane_limits.get((road.id, index, number), ()), s + CUT - road.sections[index].start)
    return own or _holding(rules.road_limits.get(road.id, ()), s + CUT)


def _holding(limits: Limits, s: float) -> float:
    return next((limit for start, limit in reversed(limits) if start <= s), 0.0)


def _goes_on(router: Router, road: MapRoad, along: bool, row: _Row, after: _Row) -> bool:
    """Whether the lanes of two rows are the same ones."""
    if row.beside != after.beside or row.limits != after.limits or len(row.numbers) != len(after.numbers):
        return False
    if row.section == after.section:
        return True
    for number, onward in zip(row.numbers, after.numbers, strict=True):
        ahead = following(router.map, LanePiece(road.id, row.section, number, along))
        if ahead != [LanePiece(road.id, after.section, onward, along)]:
            return False
    return True


def _add_run(lanes: MapLanes, road: str, along: bool, run: list[_Row]) -> None:
    if not run or not run[0].numbers:
        return
    first, beside = len(lanes.stretches), run[0].beside
    length = sum(row.end - row.begin for row in run)
    for index in range(len(run[0].numbers)):
        column = [row.stretch(road, along, index) for row in run]
        if length < SHORTEST:
            lanes.through[column[0].piece] = column[-1].piece, length
            continue
        lanes.first[column[0].piece, column[0].way[0]] = first + index
        lanes.stretches.append(column)
        lanes.limit.append(run[0].limits[index])
        lanes.left.append(first + index - 1 if index and beside[index - 1] else -1)
        lanes.right.append(first + index + 1 if index < len(beside) and beside[index] else -1)


class LaneLink(NamedTuple):
    """That one lane follows another."""

    before: int
    after: int
    between: float  # m, of what lies between them and is too short for a lane


def links_of(lanes: MapLanes, router: Router) -> list[LaneLink]:
    """All links that the file has between lanes."""
    return [
        LaneLink(lane, after, between)
        for lane in range(len(lanes.stretches))
        for after, between in _successors(lanes, router, lane).items()
    ]


def _successors(lanes: MapLanes, router: Router, lane: int) -> dict[int, float]:
    """The lanes that follow one, and how far on they begin [m]."""
    last = lanes.stretches[lane][-1]
    here = lanes.first.get((last.piece, last.way[1]))
    if here is not None and here != lane:
        return {here: 0.0}  # the speed limit changes within a section
    found: dict[int, float] = {}
    way = dict.fromkeys(following(router.map, last.piece), 0.0)
    for piece in (order := list(way)):
        section = router.map.roads[piece.road].sections[piece.section]
        after = lanes.first.get((piece, section.start if piece.along else section.end))
        if after is not None:
            found[after] = way[piece]
        elif piece in lanes.through:
            end, length = lanes.through[piece]
            beyond = [item for item in following(router.map, end) if item not in way]
            way |= dict.fromkeys(beyond, way[piece] + length)
            order += beyond
    return found
