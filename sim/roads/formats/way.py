"""The points of a route through a map: the middles of its lanes, one after the other."""

import itertools
from typing import NamedTuple

import numpy as np

from sim.defaults import TURNING_RADIUS
from sim.errors import UserError
from sim.roads.formats.opendrive.lanes import middle, spread, width
from sim.roads.formats.opendrive.model import LanePiece, RoadMap
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.opendrive.routes import LONGEST, MapRoute, Router
from sim.roads.formats.sampling import centerline_through, stations
from sim.types import FloatArray, IntArray

STEP = 0.25  # m between the points of a lane's middle
SHORTEST_ROUTE = 20.0  # m; a shorter one is over before a car has started
SWING = 0.6  # of a lane's width; with more, pure pursuit leaves a lane that nothing paved lies beside
NARROW = 1.5  # m; where a lane begins or ends in a point, the route begins and ends where it is as wide as this
BLEND = 10.0  # m over which two lanes that miss each other are brought together
TOUCHING = 0.01  # m; points that are nearer to each other are one


class Way(NamedTuple):
    """The points of a route; arrays of K."""

    points: FloatArray  # (K, 2) m
    piece: IntArray  # index of the route's piece
    s: FloatArray  # m, station on that piece's road
    width: FloatArray  # m, of the lane
    closed: bool  # whether its last point is the first one again

    def at(self, chosen: "slice | IntArray | np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Way":
        """Some of its points."""
        return self._replace(
            points=self.points[chosen], piece=self.piece[chosen], s=self.s[chosen], width=self.width[chosen]
        )


def way_of(router: Router, route: MapRoute) -> Way:
    """The points of a route, as far as its lanes are wide enough for a car and no car has to turn too tightly.

    Raises:
        UserError: the lane is too narrow or too short, or folds onto itself.
    """
    way = _drivable(_way(router, route), route, router.map)
    _refuse_folds(way, route, router.map)
    return way


def _way(router: Router, route: MapRoute) -> Way:
    """The points of a route, piece by piece; pieces that miss each other by a little are bent towards one another."""
    parts = [_part(router, piece, index) for index, piece in enumerate(route.pieces)]
    points = [part.points for part in parts if len(part.points)]
    if not points:
        raise UserError(f"{router.map.path}: the route of lane {route.name} has no length.")
    for before, after in [*itertools.pairwise(points), *([(points[-1], points[0])] if route.closed else [])]:
        join_ends(before, after)
    whole = Way(
        np.concatenate(points),
        np.concatenate([part.piece for part in parts]),
        np.concatenate([part.s for part in parts]),
        np.concatenate([part.width for part in parts]),
        route.closed,
    )
    whole = whole.at(np.concatenate([[True], np.hypot(*np.diff(whole.points, axis=0).T) > TOUCHING]))
    whole = whole.at(stations(whole.points) <= LONGEST)
    if not route.closed:
        return whole
    if np.hypot(*(whole.points[-1] - whole.points[0])) <= TOUCHING:
        whole = whole.at(slice(-1))
    return whole.at(np.append(np.arange(len(whole.s)), 0))


def _part(router: Router, piece: LanePiece, index: int) -> Way:
    """The points of one piece; none where it is too short to have a direction."""
    road = router.map.roads[piece.road]
    section = road.sections[piece.section]
    s = spread(section, STEP) if section.length >= TOUCHING else np.empty(0)
    s = s if piece.along else s[::-1]
    points = middle(road, section, piece.lane, s) if len(s) else np.empty((0, 2))
    return Way(points, np.full(len(s), index, dtype=np.int64), s, width(road, section, piece.lane, s), False)


def join_ends(before: FloatArray, after: FloatArray) -> None:
    """Moves the end of one line (K, 2) and the beginning of the next, each by half of what lies between them."""
    gap = after[0] - before[-1]
    for points, share in ((before[::-1], 0.5), (after, -0.5)):
        along = stations(points)
        fade = np.clip(1.0 - along / min(BLEND, along[-1]), 0.0, 1.0)
        points += share * (fade * fade * (3.0 - 2.0 * fade))[:, None] * gap


def _drivable(way: Way, route: MapRoute, road_map: RoadMap) -> Way:
    """The longest stretch of a route on which the lane is wide enough and a car gets round every turn.

    Raises:
        UserError: it is too short.
    """
    wide = way.width >= NARROW
    kept, length = _longest(way, wide & ~_too_tight(way))
    if is_long_enough(length):
        return kept
    where = f"{road_map.path}: lane {route.name}"
    if is_long_enough(_longest(way, wide)[1]):
        raise UserError(f"{where} can be driven over {length:.2f} m only, for it turns more tightly than a car.")
    if length < route.length - 1.0:
        raise UserError(
            f"{where} is wide enough for a car, {NARROW} m, over {length:.2f} m only, but must be so over "
            f"{SHORTEST_ROUTE:.0f} m; its width is at most {way.width.max():.2f} m."
        )
    raise UserError(
        f"{road_map.path}: the route of lane {route.name} is {length:.2f} m long, because {route.end}, but must "
        f"have {SHORTEST_ROUTE:.0f} m or more."
    )


def _longest(way: Way, good: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[Way, float]:
    """The longest stretch of a way whose points are all ``good`` (K,), and its length [m]."""
    first, last = max(_runs(good), key=lambda run: run[1] - run[0], default=(0, 0))
    kept = way.at(slice(first, last))._replace(closed=way.closed and last - first == len(way.s))
    return kept, float(stations(kept.points)[-1]) if last - first > 1 else 0.0


def _too_tight(way: Way) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which points (K,) lie in turns that are so tight, and go round so far, that a car at full lock leaves the lane.

    Where a car turns with the radius R and its lane with r < R, a turn by the angle a takes it (R - r)(1 - cos a) to
    the outside; from there, ``SWING`` of the lane's width is left to a driver who begins to turn early.
    """
    if len(way.s) < 3:
        return np.zeros(len(way.s), dtype=np.bool_)
    line, along = centerline_through(way.points, way.closed)
    width = np.interp(along, stations(way.points), way.width)
    found = np.zeros(len(along), dtype=np.bool_)
    for side in (1.0, -1.0):
        for first, last in _runs(side * line.curvature > 1.0 / TURNING_RADIUS):
            angle = line.step * float(np.abs(line.curvature[first:last]).sum())
            radius = line.step * (last - first) / angle
            swing = (TURNING_RADIUS - radius) * (1.0 - np.cos(min(angle, np.pi)))
            found[first:last] = swing > SWING * width[first:last].min()
    return found[np.minimum(stations(way.points) / line.step, len(found) - 1).astype(np.int64)]


def is_long_enough(length: float) -> bool:
    """Whether a route of that length [m] can be driven, rounding aside."""
    return length >= SHORTEST_ROUTE - TOUCHING


def _runs(wide: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    """First and last index (exclusive) of every stretch that is true."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], wide, [False]])))
    return list(zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True))


def _directions(way: Way, route: MapRoute, road_map: RoadMap) -> FloatArray:
    """Unit vectors (K, 2) in which the roads of a route run, as it is driven."""
    heading = np.empty(len(way.s))
    for index, piece in enumerate(route.pieces):
        here = way.piece == index
        road = road_map.roads[piece.road]
        section = road.sections[piece.section]
        heading[here] = reference(road, way.s[here], section.start, section.end).heading + (
            0.0 if piece.along else np.pi
        )
    return np.stack([np.cos(heading), np.sin(heading)], axis=1)


def _refuse_folds(way: Way, route: MapRoute, road_map: RoadMap) -> None:
    """Refuses a lane that turns back on itself, or runs against its road where that turns around it.

    Raises:
        UserError: it does.
    """
    ahead = np.diff(way.points, axis=0)
    back = (ahead[1:] * ahead[:-1]).sum(axis=1) < 0.0
    against = (ahead * _directions(way, route, road_map)[:-1]).sum(axis=1) < 0.0
    back = np.flatnonzero(back | against[:-1] & against[1:])
    if len(back):
        piece = route.pieces[int(way.piece[back[0]])]
        raise UserError(
            f"{road_map.path}: lane {piece} folds at s = {way.s[back[0]]:.1f}, where its road turns more tightly than "
            "the lane lies beside it."
        )
