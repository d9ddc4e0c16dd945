"""Which lane follows which, along the roads of a map and through its junctions."""

from collections.abc import Iterator

import numpy as np

from sim.roads.formats.opendrive.lanes import DRIVABLE, middle, runs_along, spread, widths
from sim.roads.formats.opendrive.model import End, LanePiece, Link, MapRoad, RoadMap
from sim.roads.formats.source_file import shorten
from sim.types import FloatArray

NARROWEST = 1.5  # m; a lane that is nowhere wider cannot be driven
LARGEST_GAP = 0.5  # m between two lanes that follow one another


def drivable_pieces(road_map: RoadMap) -> list[LanePiece]:
    """All that can be driven, in the direction of its traffic."""
    return [
        LanePiece(road.id, index, number, runs_along(road, section, number))
        for road in road_map.roads.values()
        for index, section in enumerate(road.sections)
        for number in sorted(section.lanes, key=abs)
        if can_be_driven(road_map, road.id, index, number)
    ]


def can_be_driven(road_map: RoadMap, road: str, section: int, lane: int) -> bool:
    """Whether a lane is there for cars and wide enough for one."""
    key = (road, section)
    if key not in road_map.drivable:
        road_map.drivable[key] = _drivable_lanes(road_map.roads[road], section)
    return lane in road_map.drivable[key]


def _drivable_lanes(road: MapRoad, section: int) -> frozenset[int]:
    here = road.sections[section]
    wide = widths(road, here, spread(here, 2.0))
    return frozenset(n for n, w in wide.items() if here.lanes[n].kind in DRIVABLE and w.max() >= NARROWEST)


def why_none(road_map: RoadMap) -> str:
    """Why no lane of a map can be driven, a clause."""
    lanes = [
        (float(wide.max()), f"{road.id}:{number}", section.lanes[number].kind)
        for road in road_map.roads.values()
        for section in road.sections
        for number, wide in widths(road, section, spread(section, 2.0)).items()
    ]
    if not lanes:
        return "its roads have no lanes beside lane 0"
    for_cars = [lane for lane in lanes if lane[2] in DRIVABLE]
    if not for_cars:
        kinds = sorted({kind for _, _, kind in lanes})
        return f"none is of a type for cars, such as driving; their types are {shorten(', '.join(kinds))}"
    width, name, _ = max(for_cars)
    return f"the widest for cars, {name}, is {max(width, 0.0) + 0.0:.2f} m wide, but must be {NARROWEST} m"


def following(road_map: RoadMap, piece: LanePiece) -> list[LanePiece]:
    """The pieces that a car can drive on to, each once."""
    known = dict.fromkeys([*linked(road_map, piece), *road_map.joined.get(piece, ())])
    return [item for item in known if can_be_driven(road_map, item.road, item.section, item.lane)]


def gap(road_map: RoadMap, before: LanePiece, after: LanePiece) -> float:
    """How far the middle of a lane begins from where that of another ends [m]."""
    return float(np.hypot(*(_end(road_map, after.opposite) - _end(road_map, before))))


def _end(road_map: RoadMap, piece: LanePiece) -> FloatArray:
    """Where the middle of a lane ends, as it is driven; (2,) [m]."""
    road = road_map.roads[piece.road]
    section = road.sections[piece.section]
    points = middle(road, section, piece.lane, np.array([section.end if piece.along else section.start]))
    return np.asarray(points[0])


def loose_ends(road_map: RoadMap) -> list[str]:
    """The lanes that the file links to one that is not there."""
    lanes = (
        LanePiece(road.id, index, number, along)
        for road in road_map.roads.values()
        for index, section in enumerate(road.sections)
        for number in section.lanes
        for along in (True, False)
    )
    loose = (str(piece) for piece in lanes for item in named(road_map, piece) if not _is_there(road_map, item))
    return list(dict.fromkeys(loose))


def _is_there(road_map: RoadMap, piece: LanePiece) -> bool:
    road = road_map.road(piece.road)
    return road is not None and piece.lane in road.sections[piece.section].lanes


def linked(road_map: RoadMap, piece: LanePiece) -> list[LanePiece]:
    """What the file says that follows, whether a car can drive there or not; beyond roads that are passed over."""
    found = named(road_map, piece)
    if not road_map.passed:
        return found
    waiting = dict.fromkeys(found)
    for item in (order := list(waiting)):
        if item.road in road_map.passed and _is_there(road_map, item):
            order += [after for after in named(road_map, item) if after not in waiting]
            waiting.update(dict.fromkeys(order))
    return [item for item in order if item.road in road_map.roads]


def named(road_map: RoadMap, piece: LanePiece) -> list[LanePiece]:
    """What the file says that follows, on roads that it has."""
    road = road_map.road(piece.road)
    if road is None:
        return []
    lane = road.sections[piece.section].lanes[piece.lane]
    numbers = lane.successors if piece.along else lane.predecessors
    section = piece.section + (1 if piece.along else -1)
    if 0 <= section < len(road.sections):
        return [LanePiece(road.id, section, number, piece.along) for number in numbers]
    link = road.successor if piece.along else road.predecessor
    return list(_beyond(road_map, piece, link, numbers)) if link else []


def _beyond(road_map: RoadMap, piece: LanePiece, link: Link, numbers: tuple[int, ...]) -> Iterator[LanePiece]:
    """What follows beyond the end of a road."""
    if link.kind == "road":
        for number in numbers:
            yield from _enter(road_map, link.id, contact_of(road_map, piece.road, link), number)
        return
    junction = road_map.junctions.get(link.id)
    if junction is None:
        return
    for connection in junction.by_incoming.get(piece.road, ()):
        for begin, end in connection.lanes:
            if begin == piece.lane:
                yield from _enter(road_map, connection.road, connection.contact, end)
    for connection in junction.by_road.get(piece.road, ()) if junction.direct else ():
        if connection.contact != ("end" if piece.along else "start"):
            continue  # the road meets the junction with both ends, and this is the other one
        contact = _end_at_junction(road_map, connection.incoming, junction.id)
        for begin, end in connection.lanes:
            if end == piece.lane:
                yield from _enter(road_map, connection.incoming, contact, begin)


def _enter(road_map: RoadMap, road: str, contact: End, lane: int) -> Iterator[LanePiece]:
    """A road's lane, entered at one of its ends."""
    other = road_map.road(road)
    if other is not None:
        yield LanePiece(road, 0 if contact == "start" else len(other.sections) - 1, lane, contact == "start")


def contact_of(road_map: RoadMap, road: str, link: Link) -> End:
    """Which end of another road a link of ``road`` leads to: where it does not say so, the one that leads back."""
    if link.contact is not None:
        return link.contact
    other = road_map.road(link.id)
    back = (
        [None if way is None else (way.kind, way.id) for way in (other.predecessor, other.successor)] if other else []
    )
    return "end" if ("road", road) in back[1:] and ("road", road) not in back[:1] else "start"


def _end_at_junction(road_map: RoadMap, road: str, junction: str) -> End:
    """Which end of a road lies at a junction."""
    found = road_map.road(road)
    link = found.predecessor if found else None
    return "start" if link is not None and link.kind == "junction" and link.id == junction else "end"
