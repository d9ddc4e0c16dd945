"""What lies across a route through a map: surfaces by the types of lanes, and marks on their borders."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from sim.roads.course import CrossSection, Line, Surface
from sim.roads.formats.opendrive.lanes import DRIVABLE, inner, laterals
from sim.roads.formats.opendrive.marks import DASH
from sim.roads.formats.opendrive.model import HAIR, Lane, LanePiece, MapRoad, Mark, RoadMap, Section
from sim.roads.style import WHITE, YELLOW, Color, RoadStyle
from sim.types import FloatArray

SIDEWALK: Color = (150.0, 148.0, 142.0)
CURB: Color = (168.0, 166.0, 160.0)
BORDER: Color = (118.0, 116.0, 108.0)
PAVED = DRIVABLE | {
    "shoulder",
    "stop",
    "parking",
    "biking",
    "restricted",
    "border",
    "roadWorks",
    "special1",
    "special2",
    "special3",
}
SURFACES: dict[str, Color] = {
    "sidewalk": SIDEWALK,
    "walking": SIDEWALK,
    "curb": CURB,
    "border": BORDER,
}  # other paved lanes are of asphalt, and all else is ground
PAINTS: dict[str, Color] = {
    "white": WHITE,
    "yellow": YELLOW,
    "orange": (225.0, 140.0, 40.0),
    "red": (196.0, 52.0, 44.0),
    "blue": (52.0, 92.0, 190.0),
    "green": (60.0, 150.0, 76.0),
    "violet": (130.0, 76.0, 160.0),
    "black": (30.0, 30.0, 32.0),
    "curb": CURB,
}
VISIBLE = 13.0  # m from the lane's middle; profiles reach no further


class _Across(NamedTuple):
    """Lanes from right to left as the route sees them, at K stations."""

    lanes: list[Lane]
    right: FloatArray  # (lanes, K) m, lateral positions of their borders
    left: FloatArray
    marked: list[tuple[Lane, FloatArray]]  # lanes that have marks, and where these are (K,) [m]


def style_of(sections: Iterable[Section], lane_width: float) -> RoadStyle:
    """Widths and dashes of a way through some sections: the rhythm and colour of most of their broken lines."""
    dashes: Counter[tuple[tuple[float, float], str]] = Counter()
    for section in sections:
        for lane in section.lanes.values():
            for mark in lane.marks:
                dashes.update((stripe.dash, stripe.color) for stripe in mark.stripes if stripe.dash)
    (dash, gap), color = dashes.most_common(1)[0][0] if dashes else (DASH, "white")
    length = min(max(dash, 0.3), 30.0)
    return RoadStyle(
        lane_width=lane_width,
        center_color=PAINTS.get(color, WHITE),
        dash_length=length,
        dash_period=length + min(max(gap, 0.3), 60.0),
    )


def cross_sections(road_map: RoadMap, piece: LanePiece, s: FloatArray, style: RoadStyle) -> Iterator[CrossSection]:
    """What lies across a piece of a route at stations ``s`` (K,)."""
    section = road_map.roads[piece.road].sections[piece.section]
    yield from _sections(_across(road_map, piece, s), section, s, piece.along, style)


def road_sections(road: MapRoad, section: Section, s: FloatArray, t: float, style: RoadStyle) -> Iterator[CrossSection]:
    """What lies across a road at stations ``s`` (K,) of a section, as seen from ``t`` [m] beside its reference line."""
    yield from _sections(_across_from(road, section, s, np.full_like(s, t), True), section, s, True, style)


def _sections(
    across: _Across, section: Section, s: FloatArray, along: bool, style: RoadStyle
) -> Iterator[CrossSection]:
    for place, station in enumerate(s - section.start):
        inside = max(min(station, section.length - HAIR), 0.0)  # a mark that begins at the end belongs to what follows
        yield CrossSection(_surfaces(across, place, style), _lines(across, place, inside, along))


def edges_of(road_map: RoadMap, piece: LanePiece, s: FloatArray) -> FloatArray:
    """Width of the lane, and the edges of the paved surface around it; shape (K, EDGE_FIELDS) [m]."""
    across = _across(road_map, piece, s)
    own = next(index for index, lane in enumerate(across.lanes) if lane.id == piece.lane)
    first, last = own, own
    while first > 0 and across.lanes[first - 1].kind in PAVED:
        first -= 1
    while last < len(across.lanes) - 1 and across.lanes[last + 1].kind in PAVED:
        last += 1
    return np.stack([across.left[own] - across.right[own], across.right[first], across.left[last]], axis=1)


def _across(road_map: RoadMap, piece: LanePiece, s: FloatArray) -> _Across:
    """Lateral positions [m] around the middle of the driven lane, positive to the left of the way."""
    road = road_map.roads[piece.road]
    section = road.sections[piece.section]
    t = laterals(road, section, s)
    return _across_from(road, section, s, 0.5 * (t[piece.lane] + t[inner(piece.lane)]), piece.along)


def _across_from(road: MapRoad, section: Section, s: FloatArray, middle: FloatArray, along: bool) -> _Across:
    """Lateral positions [m] around ``middle`` (K,) [m], positive to the left of a way along the stations or against."""
    t = laterals(road, section, s)
    side = 1.0 if along else -1.0
    place = {number: side * (values - middle) for number, values in t.items()}
    order = sorted((number for number in section.lanes if number), reverse=not along)
    borders = [(place[number], place[inner(number)]) for number in order]
    return _Across(
        [section.lanes[number] for number in order],
        np.array([np.minimum(*pair) for pair in borders]).reshape(len(order), len(s)),
        np.array([np.maximum(*pair) for pair in borders]).reshape(len(order), len(s)),
        [(lane, place[number]) for number, lane in section.lanes.items() if lane.marks],
    )


def _surfaces(across: _Across, place: int, style: RoadStyle) -> tuple[Surface, ...]:
    surfaces: list[Surface] = []
    for lane, right in zip(across.lanes, across.right[:, place], strict=True):
        color = SURFACES.get(lane.kind, style.asphalt if lane.kind in PAVED else style.ground)
        if not surfaces or surfaces[-1].color != color:
            surfaces.append(Surface(max(float(right), -VISIBLE), color))
    surfaces.append(Surface(float(across.left[-1, place]) if across.lanes else 0.0, style.ground))
    return tuple(surface for surface in surfaces if surface.begin < VISIBLE)


def _lines(across: _Across, place: int, station: float, along: bool) -> tuple[Line, ...]:
    lines = []
    for lane, positions in across.marked:
        mark = _mark_at(lane, station)
        for stripe in mark.stripes if mark else ():
            position = float(positions[place]) + (stripe.offset if along else -stripe.offset)
            if abs(position) < VISIBLE:
                lines.append(Line(position, stripe.width, PAINTS.get(stripe.color, WHITE), stripe.dash is not None))
    return tuple(lines)


def _mark_at(lane: Lane, station: float) -> Mark | None:
    """The mark that holds at a distance from the beginning of the lane section [m]."""
    count = bisect_right(lane.marks, station + 0.5 * HAIR, key=lambda mark: mark.start)
    return lane.marks[count - 1] if count else None
