"""Which lane follows which, along the roads of a map and through its junctions."""

from collections.abc import Iterator
from typing import NamedTuple

from sim.roads.formats.opendrive.lanes import DRIVABLE, runs_along, spread, widths
from sim.roads.formats.opendrive.model import End, Link, MapRoad, RoadMap

NARROWEST = 1.5  # m; a lane that is nowhere wider cannot be driven


class LanePiece(NamedTuple):
    """A lane within a lane section, driven in one direction."""

    road: str
    section: int
    lane: int
    along: bool  # whether it is driven along s

    def __str__(self) -> str:
        return f"{self.road}:{self.lane}"


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


def following(road_map: RoadMap, piece: LanePiece) -> list[LanePiece]:
    """The pieces that a car can drive on to, each once."""
    known = dict.fromkeys(linked(road_map, piece))
    return [item for item in known if can_be_driven(road_map, item.road, item.section, item.lane)]


def loose_ends(road_map: RoadMap) -> list[str]:
    """The lanes that the file links to one that is not there."""
    lanes = (
        LanePiece(road.id, index, number, along)
        for road in road_map.roads.values()
        for index, section in enumerate(road.sections)
        for number in section.lanes
        for along in (True, False)
    )
    loose = (
        str(piece)
        for piece in lanes
        for item in linked(road_map, piece)
        if item.lane not in road_map.roads[item.road].sections[item.section].lanes
    )
    return list(dict.fromkeys(loose))


def linked(road_map: RoadMap, piece: LanePiece) -> list[LanePiece]:
    """What the file says that follows, on roads that it has, whether a car can drive there or not."""
    road = road_map.roads[piece.road]
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
            yield from _enter(road_map, link.id, link.contact or "start", number)
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
    if road in road_map.roads:
        section = 0 if contact == "start" else len(road_map.roads[road].sections) - 1
        yield LanePiece(road, section, lane, contact == "start")


def _end_at_junction(road_map: RoadMap, road: str, junction: str) -> End:
    """Which end of a road lies at a junction."""
    found = road_map.roads.get(road)
    link = found.predecessor if found else None
    return "start" if link is not None and link.kind == "junction" and link.id == junction else "end"
