"""Links that a file says half, or not at all: a lane that names another is named by it, and lanes that meet are linked.

Only in the direction of traffic, between lanes that can be driven, and where they lie end to end.
"""

from collections.abc import Iterator

from sim.roads.formats.opendrive.links import LARGEST_GAP, contact_of, drivable_pieces, gap, linked, named
from sim.roads.formats.opendrive.model import Connection, End, Junction, LanePiece, Link, RoadMap

MEETING = 0.05  # m; lanes without links that lie no further apart go on in one another
RoadEnd = tuple[str, End]
Place = tuple[str, int, End]  # road, section, and one of the section's ends
Join = tuple[LanePiece, LanePiece]


def named_once(road_map: RoadMap) -> list[Join]:
    """Lanes of which the second names the first as what comes before it, but the first does not name the second."""
    pieces = drivable_pieces(road_map)
    onward = {piece: set(linked(road_map, piece)) for piece in pieces}
    pairs = [
        (before.opposite, after)
        for after in pieces
        for before in dict.fromkeys(linked(road_map, after.opposite))
        if before.opposite in onward and after not in onward[before.opposite]
    ]
    return [pair for pair in pairs if gap(road_map, *pair) <= LARGEST_GAP]


def unnamed(road_map: RoadMap) -> list[Join]:
    """Lanes of which the second begins where the first ends, on a road that follows, while no link names either."""
    pieces = drivable_pieces(road_map)
    entered = {after for piece in pieces for after in (*linked(road_map, piece), *road_map.joined.get(piece, ()))}
    beginning: dict[Place, list[LanePiece]] = {}
    for piece in pieces:
        if piece not in entered and not _leads_on(road_map, piece.opposite):
            beginning.setdefault(_place(piece.opposite), []).append(piece)
    touching = _touching(road_map)
    pairs = [
        (piece, after)
        for piece in pieces
        if not _leads_on(road_map, piece) and piece not in road_map.joined
        for place in _beyond(road_map, touching, piece)
        for after in beginning.get(place, ())
    ]
    return [pair for pair in pairs if gap(road_map, *pair) <= MEETING]


def _leads_on(road_map: RoadMap, piece: LanePiece) -> bool:
    """Whether the file says what follows a lane, be it there or not."""
    return bool(linked(road_map, piece)) or any(item.road in road_map.roads for item in named(road_map, piece))


def _place(piece: LanePiece) -> Place:
    """Where a lane ends, as it is driven."""
    return piece.road, piece.section, "end" if piece.along else "start"


def _beyond(road_map: RoadMap, touching: dict[RoadEnd, list[RoadEnd]], piece: LanePiece) -> list[Place]:
    """Where the sections begin that may follow a lane."""
    section = piece.section + (1 if piece.along else -1)
    if 0 <= section < len(road_map.roads[piece.road].sections):
        return [(piece.road, section, "start" if piece.along else "end")]
    road, _, end = _place(piece)
    ends = dict.fromkeys(touching.get((road, end), ()))
    for name, contact in (order := list(ends)):
        if name in road_map.passed:
            order += [item for item in touching.get((name, _other(contact)), ()) if item not in ends]
            ends.update(dict.fromkeys(order))
    there = [(road_map.roads[name], contact) for name, contact in order if name in road_map.roads]
    return [(road.id, 0 if contact == "start" else len(road.sections) - 1, contact) for road, contact in there]


def _other(end: End) -> End:
    return "start" if end == "end" else "end"


def _touching(road_map: RoadMap) -> dict[RoadEnd, list[RoadEnd]]:
    """Which ends of roads the file says to meet, both ways."""
    result: dict[RoadEnd, list[RoadEnd]] = {}
    for one, other in dict.fromkeys((*_linked_ends(road_map), *_crossing_ends(road_map))):
        result.setdefault(one, []).append(other)
        result.setdefault(other, []).append(one)
    return result


def _linked_ends(road_map: RoadMap) -> Iterator[tuple[RoadEnd, RoadEnd]]:
    ends: tuple[End, End] = ("start", "end")
    for road in (*road_map.roads.values(), *road_map.passed.values()):
        for end, link in zip(ends, (road.predecessor, road.successor), strict=True):
            if link is not None and link.kind == "road":
                yield (road.id, end), (link.id, contact_of(road_map, road.id, link))


def _crossing_ends(road_map: RoadMap) -> Iterator[tuple[RoadEnd, RoadEnd]]:
    for junction in road_map.junctions.values():
        for connection in junction.connections:
            for end in _ends_at(road_map, junction, connection):
                yield (connection.incoming, end), (connection.road, connection.contact)


def _ends_at(road_map: RoadMap, junction: Junction, connection: Connection) -> list[End]:
    """The ends with which a road leads into a junction."""
    road = road_map.road(connection.incoming)
    links: list[tuple[End, Link | None]] = [("start", road.predecessor), ("end", road.successor)] if road else []
    return [end for end, link in links if link is not None and (link.kind, link.id) == ("junction", junction.id)]
