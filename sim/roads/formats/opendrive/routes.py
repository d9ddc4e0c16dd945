"""Routes: lanes one after the other, as far as a car can follow them."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.defaults import TIGHTEST_TURN
from sim.errors import UserError
from sim.fields import quoted
from sim.roads.formats.opendrive.breaks import break_of
from sim.roads.formats.opendrive.lanes import DRIVABLE, middles, spread
from sim.roads.formats.opendrive.links import LARGEST_GAP, can_be_driven, drivable_pieces, following, why_none
from sim.roads.formats.opendrive.model import LanePiece, RoadMap
from sim.types import FloatArray

CHORD, SHORTEST_CHORD = 2.0, 0.2  # m, over which a turn is measured, and below which nothing is
LONGEST = 10_000.0  # m
CUT = f"it is cut before {LONGEST / 1000.0:.0f} km"
SHORTEST_RING = 20.0  # m
MAIN_SHARE = 0.6  # of the longest route; a shorter one is no main lane
SIDE_SHARE = 0.95  # of the longest route; a lane's length differs by so much with its side of the road
UNBROKEN = 13.0  # m; what seems to turn more tightly may be a break of the lane, which is looked for
RUN_UP = 30.0  # m; so much is driven before a way through a junction, and after it, or more


@dataclass(frozen=True)
class MapRoute:
    """Lanes that follow one another."""

    name: str
    """The lane that it begins with, or inside a junction comes to first, as ``--lane`` takes it."""
    pieces: tuple[LanePiece, ...]
    closed: bool
    """Whether the first follows the last."""
    length: float
    """Of the lanes' middles [m]."""
    end: str
    """Why it ends there, a clause."""


class Router:
    """Follows the lanes of a map; what it finds out about a lane it keeps."""

    def __init__(self, road_map: RoadMap) -> None:
        """Nothing is followed yet."""
        self.map = road_map
        self._middles: dict[tuple[str, int], dict[int, FloatArray]] = {}
        self._lengths: dict[LanePiece, float] = {}
        self._bends: dict[LanePiece, tuple[float, float]] = {}
        self._next: dict[LanePiece, tuple[LanePiece | None, str]] = {}
        self._before: dict[LanePiece, list[LanePiece]] | None = None

    def outline(self, piece: LanePiece) -> FloatArray:
        """The middle of a lane in its direction of travel, every ``CHORD`` or less; shape (K, 2) [m]."""
        key = (piece.road, piece.section)
        if key not in self._middles:
            road = self.map.roads[piece.road]
            section = road.sections[piece.section]
            self._middles[key] = middles(road, section, spread(section, CHORD))
        points = self._middles[key][piece.lane]
        return points if piece.along else points[::-1]

    def length(self, piece: LanePiece) -> float:
        """Length of a lane's middle [m]."""
        if piece not in self._lengths:
            self._lengths[piece] = float(np.hypot(*np.diff(self.outline(piece), axis=0).T).sum())
        return self._lengths[piece]

    def name(self, piece: LanePiece) -> str:
        """ROAD:LANE, and the section where that would be another piece."""
        road = self.map.roads[piece.road]
        holding = [index for index, section in enumerate(road.sections) if piece.lane in section.lanes]
        first = holding[0] if piece.along else holding[-1]
        return f"{piece}" if piece.section == first else f"{piece}:{piece.section}"

    def route(self, named: LanePiece) -> MapRoute:
        """The route from a lane on, or from before the junction that it lies in: at a fork, straight ahead."""
        run_up = self._run_up(named)
        length = sum(map(self.length, run_up)) + self.length(named)
        if length > LONGEST:
            run_up, length = [], self.length(named)
        if length > LONGEST:
            return MapRoute(self.name(named), (named,), False, LONGEST, CUT)
        pieces, last = dict.fromkeys([*run_up, named]), named
        first = next(iter(pieces))
        while True:
            after, end = self.next(last)
            if after is None:
                break
            if after in pieces:
                closed = after == first and length > SHORTEST_RING
                end = "it comes back to where it began" if closed else f"it meets itself at lane {self.name(after)}"
                return MapRoute(self.name(named), tuple(pieces), closed, length, end)
            if length + self.length(after) > LONGEST:
                end = CUT
                break
            pieces[after], last = None, after
            length += self.length(after)
        return MapRoute(self.name(named), tuple(pieces), False, length, end)

    def _run_up(self, piece: LanePiece) -> list[LanePiece]:
        """What is driven before a lane inside a junction: the straightest way there, from outside; else nothing."""
        way = [piece]
        while self.inside(way[0]) or 0.0 < sum(map(self.length, way[:-1])) < RUN_UP:
            before = [item for item in self.before(way[0]) if item not in way]
            if not self.inside(way[0]):
                before = [item for item in before if not self.inside(item)]
            if not before:
                break
            way.insert(0, min(before, key=self._turn))
        return [] if self.inside(way[0]) else way[:-1]

    def inside(self, piece: LanePiece) -> bool:
        """Whether a lane is a way through a junction."""
        return self.map.roads[piece.road].junction is not None

    def before(self, piece: LanePiece) -> list[LanePiece]:
        """The lanes from which a car can drive on to this one."""
        if self._before is None:
            self._before = {}
            for item in drivable_pieces(self.map):
                if self.is_smooth(item):
                    for after in self._fitting(item):
                        self._before.setdefault(after, []).append(item)
        return self._before.get(piece, [])

    def next(self, piece: LanePiece) -> tuple[LanePiece | None, str]:
        """The lane that a car drives on to; or None, and a clause that says why."""
        if piece not in self._next:
            self._next[piece] = self._choose(piece)
        return self._next[piece]

    def _choose(self, piece: LanePiece) -> tuple[LanePiece | None, str]:
        ahead = sorted(following(self.map, piece), key=self._turn)
        fitting = self._fitting(piece)
        gentle = [item for item in fitting if self.is_smooth(item)]
        if gentle:
            return gentle[0], ""
        if not ahead:
            return None, "no lane follows"
        if not fitting:
            return None, f"lane {self.name(ahead[0])}, which follows, begins elsewhere"
        why = f"turns with a radius of {self.radius(fitting[0]):.1f} m{break_of(self.map, fitting[0])}"
        return None, f"lane {self.name(fitting[0])}, which follows, {why}"

    def _fitting(self, piece: LanePiece) -> list[LanePiece]:
        """What follows where a lane ends, the straightest first."""
        ahead = [item for item in following(self.map, piece) if self._gap(piece, item) <= LARGEST_GAP]
        return sorted(ahead, key=self._turn)

    def lanes_outside(self, route: MapRoute) -> float:
        """How many lanes to drive on lie further from the centre than a route, its mean in tenths."""
        outside = [self.length(piece) * self._outside(piece) for piece in route.pieces]
        return round(sum(outside) / max(route.length, 1.0), 1)

    def _outside(self, piece: LanePiece) -> int:
        outwards = 1 if piece.lane > 0 else -1
        number = piece.lane + outwards
        while can_be_driven(self.map, piece.road, piece.section, number):
            number += outwards
        return abs(number - piece.lane) - 1

    def gaps(self) -> list[float]:
        """How far apart two lanes are that follow one another [m], for every link between lanes that can be driven."""
        pieces = drivable_pieces(self.map)
        return [self._gap(piece, after) for piece in pieces for after in following(self.map, piece)]

    def _gap(self, before: LanePiece, after: LanePiece) -> float:
        return float(np.hypot(*(self.outline(after)[0] - self.outline(before)[-1])))

    def _turn(self, piece: LanePiece) -> float:
        """How far a lane turns from its beginning to its end [rad]."""
        return self._bend(piece)[0]

    def radius(self, piece: LanePiece) -> float:
        """Least radius of a lane [m], over chords of some metres."""
        return self._bend(piece)[1]

    def is_smooth(self, piece: LanePiece) -> bool:
        """Whether a car gets along a lane: it does not turn too tightly, jump or kink."""
        radius = self.radius(piece)
        return radius >= UNBROKEN or (radius >= TIGHTEST_TURN and not break_of(self.map, piece))

    def _bend(self, piece: LanePiece) -> tuple[float, float]:
        """How far a lane turns in all [rad], and its least radius [m]."""
        if piece not in self._bends:
            headings = self._headings(piece)
            turns = np.abs(np.diff(headings))
            chord = self.length(piece) / (len(self.outline(piece)) - 1)
            radius = chord / float(turns.max()) if len(turns) and turns.max() > 0.0 else float("inf")
            self._bends[piece] = (abs(float(headings[-1] - headings[0])) if len(headings) else 0.0, radius)
        return self._bends[piece]

    def _headings(self, piece: LanePiece) -> FloatArray:
        """Heading of a lane [rad], not wrapped, chord by chord."""
        chords = np.diff(self.outline(piece), axis=0)
        chords = chords[np.hypot(*chords.T) > SHORTEST_CHORD]
        return np.asarray(np.unwrap(np.arctan2(chords[:, 1], chords[:, 0])))


def all_routes(router: Router) -> list[MapRoute]:
    """Routes through all lanes that are not too tight: from those that no other leads to, from where one is cut; rings.

    Where one joins another that stands before it in the list, it ends soon.

    Returns:
        The main lane first: of those that begin where a road begins, outside junctions, and have 60 % of the greatest
        length or more, the one that keeps to the outer edge of its road, where one drives who does not overtake; of
        several, one along the stations of the road.

    Raises:
        UserError: no lane can be driven.
    """
    drivable = drivable_pieces(router.map)
    if not drivable:
        raise UserError(f"{router.map.path} has no lane that a car can drive on: {why_none(router.map)}.")
    pieces = [piece for piece in drivable if router.is_smooth(piece)]
    if not pieces:
        gentlest = max(drivable, key=router.radius)
        why = f"lane {router.name(gentlest)} with {router.radius(gentlest):.1f} m{break_of(router.map, gentlest)}"
        raise UserError(
            f"{router.map.path} has no lane that a car can drive on: each breaks or turns with a radius "
            f"below {TIGHTEST_TURN:g} m, {why}."
        )
    entered = {router.next(piece)[0] for piece in pieces}
    routes: list[MapRoute] = []
    covered: set[LanePiece] = set()
    for first in itertools.chain((piece for piece in pieces if piece not in entered), pieces):
        piece: LanePiece | None = first
        while piece is not None and piece not in covered:
            routes.append(router.route(piece))
            covered.update(routes[-1].pieces)
            piece = router.next(routes[-1].pieces[-1])[0] if routes[-1].end == CUT else None
    begins = [piece for piece in pieces if not router.inside(piece) and all(map(router.inside, router.before(piece)))]
    outside = [route for route in routes if not router.inside(route.pieces[0]) and _is_named_first(router, route)]
    main = _ranked(router, [*outside, *map(router.route, begins)] or routes)[0]
    return _without_repeats(router, [main, *_ranked(router, routes)])


def _without_repeats(router: Router, routes: list[MapRoute]) -> list[MapRoute]:
    """The routes, each up to some metres beyond where it joins one before it; without those that drive nothing new."""
    kept: list[MapRoute] = []
    driven: dict[LanePiece, str] = {}
    for route in routes:
        named = [router.name(piece) for piece in route.pieces].index(route.name)
        new = [k for k, piece in enumerate(route.pieces) if k >= named and piece not in driven]
        if not new:
            continue
        kept.append(_up_to_joining(router, route, new[-1] + 1, driven))
        driven = dict.fromkeys(kept[-1].pieces, route.name) | driven
    return kept


def _up_to_joining(router: Router, route: MapRoute, joins: int, driven: Mapping[LanePiece, str]) -> MapRoute:
    """A route up to some metres beyond its piece number ``joins``, from which on others drive the same."""
    if joins == len(route.pieces):
        return route
    lengths = [router.length(piece) for piece in route.pieces]
    beyond = np.cumsum(lengths[joins:])
    end = joins + min(int(np.searchsorted(beyond, RUN_UP)), len(beyond) - 1) + 1
    why = f"it joins the route of lane {driven[route.pieces[joins]]}"
    return MapRoute(route.name, route.pieces[:end], False, sum(lengths[:end]), why)


def _is_named_first(router: Router, route: MapRoute) -> bool:
    return route.name == router.name(route.pieces[0])


def _ranked(router: Router, routes: list[MapRoute]) -> list[MapRoute]:
    longest = max((route.length for route in routes), default=0.0)
    return sorted(routes, key=lambda route: _rank(router, route, longest))


def _rank(router: Router, route: MapRoute, longest: float) -> tuple[bool, float, bool, float]:
    """What makes a lane the main one: long, at the outer edge of its road, and along the road's stations."""
    along = route.pieces[0].along and route.length >= SIDE_SHARE * longest
    return route.length < MAIN_SHARE * longest, router.lanes_outside(route), not along, -route.length


def named_route(router: Router, name: str) -> MapRoute:
    """The route from the lane ROAD:LANE or ROAD:LANE:SECTION on.

    Raises:
        UserError: there is no such lane, or no car can drive on it.
    """
    road_id, lane, section = _parts(name)
    road, path = router.map.roads.get(road_id), router.map.path
    if road_id in router.map.passed:
        raise UserError(f"{path}: road {road_id} is too short to be driven and is passed over; name another.")
    if road is None:
        raise UserError(f"{path} has no road {quoted(road_id)}; its roads are {_some(router.map.roads)}.")
    sections = range(len(road.sections)) if section is None else [section]
    there = [index for index in sections if index < len(road.sections) and lane in road.sections[index].lanes]
    if not there:
        lanes = sorted({number for item in road.sections for number in item.lanes if number})
        raise UserError(f"{path}: road {road_id} has no lane {quoted(name)}; its lanes are {_some(lanes)}.")
    fitting = [
        piece
        for piece in drivable_pieces(router.map)
        if piece.road == road_id and piece.section in there and piece.lane == lane
    ]
    if not fitting:
        kind = road.sections[there[0]].lanes[lane].kind
        reason = "is too narrow for a car" if kind in DRIVABLE else f"is of the type {kind}"
        raise UserError(f"{path}: lane {name} {reason}, so it cannot be driven.")
    return router.route(fitting[0] if fitting[0].along else fitting[-1])


def _parts(name: str) -> tuple[str, int, int | None]:
    found = re.fullmatch(r"(.+?):([+-]?\d{1,9})(?::(\d{1,9}))?", name)
    if found is None:
        raise UserError(f"The lane is {quoted(name)}, but must be ROAD:LANE, such as 1:-1, ROAD:LANE:SECTION or all.")
    road, lane, section = found.groups()
    return road, int(lane), None if section is None else int(section)


def _some(items: Iterable[object]) -> str:
    names = [str(item) for item in items]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
