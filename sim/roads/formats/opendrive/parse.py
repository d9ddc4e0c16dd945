"""From a file's elements to a map: every attribute is checked where it is read."""

from pathlib import Path

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.check import check_map
from sim.roads.formats.opendrive.marks import read_marks
from sim.roads.formats.opendrive.model import (
    ZERO,
    Connection,
    Cubics,
    End,
    Junction,
    Lane,
    Link,
    MapRoad,
    RoadMap,
    Section,
)
from sim.roads.formats.opendrive.parse_plan import LONGEST_ROAD, read_geometries
from sim.roads.formats.opendrive.tree import Node, read_tree
from sim.roads.formats.source_file import shorten

MOST_PIECES = 10_000  # of one function along a road


def read_map(path: Path) -> RoadMap:
    """Reads an OpenDRIVE map.

    Raises:
        UserError: it is no such map, or a part of it cannot be: the message names the line, the road or the lane.
    """
    root = read_tree(path)
    if root.tag != "OpenDRIVE":
        raise UserError(f"{path} is no OpenDRIVE map: its first element is {shorten(root.tag)}, not OpenDRIVE.")
    roads: dict[str, MapRoad] = {}
    for node in root.all("road"):
        road = _road(node)
        if road.id in roads:
            raise UserError(f"{node.where} has the id {shorten(road.id)}, as another road has.")
        roads[road.id] = road
    if not roads:
        raise UserError(f"{path} is a map without roads.")
    junctions = {node.text("id"): _junction(node) for node in root.all("junction")}
    result = RoadMap(path, roads, junctions)
    check_map(result)
    return result


def _road(node: Node) -> MapRoad:
    length = node.number("length")
    if not 0.0 < length <= LONGEST_ROAD:
        raise UserError(f"{node.where} is {length:g} m long, but must be above 0 and at most {LONGEST_ROAD:g} m.")
    lanes, links = node.child("lanes"), node.child("link")
    if lanes is None:
        raise UserError(f"{node.where} has no lanes.")
    junction, elevation, lateral = (
        node.text("junction", "-1"),
        node.child("elevationProfile"),
        node.child("lateralProfile"),
    )
    return MapRoad(
        id=node.text("id"),
        name=node.text("name", ""),
        line=node.line,
        length=length,
        junction=None if junction == "-1" else junction,
        left_hand=_left_hand(node),
        geometries=read_geometries(node),
        offset=_along_road(lanes.all("laneOffset")),
        elevation=_along_road(elevation.all("elevation") if elevation else []),
        superelevation=_along_road(lateral.all("superelevation") if lateral else []),
        sections=_sections(lanes, length),
        predecessor=_road_link(links.child("predecessor") if links else None),
        successor=_road_link(links.child("successor") if links else None),
    )


def _left_hand(node: Node) -> bool:
    rule = node.text("rule", "RHT")
    if rule not in ("RHT", "LHT"):
        raise UserError(f"{node.where} rule is {shorten(rule)}, but must be RHT or LHT.")
    return rule == "LHT"


def _along_road(nodes: list[Node]) -> Cubics:
    """A function that is 0 until its first piece."""
    pieces = _cubics(nodes, "s")
    if pieces is None:
        return ZERO
    if pieces.starts[0] <= 0.0:
        return pieces
    return Cubics(np.append(0.0, pieces.starts), np.concatenate([np.zeros((1, 4)), pieces.coefficients]))


def _cubics(nodes: list[Node], start: str) -> Cubics | None:
    """The pieces of a function, in the order of their starts; None if there are none."""
    if not nodes:
        return None
    if len(nodes) > MOST_PIECES:
        raise UserError(f"{nodes[0].where} is one of {len(nodes)}, but there must be at most {MOST_PIECES}.")
    rows = np.array([[node.number(name) for name in (start, "a", "b", "c", "d")] for node in nodes])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return Cubics(rows[:, 0], rows[:, 1:])


def _sections(lanes: Node, length: float) -> list[Section]:
    nodes = lanes.all("laneSection")
    if not nodes:
        raise UserError(f"{lanes.where} has no laneSection.")
    starts = [node.number("s") for node in nodes]
    for node, start, following in zip(nodes, starts, [*starts[1:], max(length, starts[-1])], strict=True):
        if not 0.0 <= start <= following:
            raise UserError(
                f"{node.where} begins at s = {start:g}, but sections must follow one another from s = 0 on."
            )
    ends = [*(min(start, length) for start in starts[1:]), length]
    return [
        Section(min(start, length), end, _lanes(node)) for node, start, end in zip(nodes, starts, ends, strict=True)
    ]


def _lanes(section: Node) -> dict[int, Lane]:
    lanes: dict[int, Lane] = {}
    for group in ("left", "center", "right"):
        for parent in section.all(group):
            for node in parent.all("lane"):
                lane = _lane(node)
                if lane.id in lanes or (group == "left") != (lane.id > 0) or (group == "right") != (lane.id < 0):
                    raise UserError(f"{node.where} with the id {lane.id} does not belong here, on the side {group}.")
                lanes[lane.id] = lane
    lanes.setdefault(0, Lane(0, "none", section.line))
    ids = sorted(lanes)
    if ids[-1] - ids[0] + 1 != len(ids):
        raise UserError(f"{section.where} has the lanes {shorten(str(ids))}, but their ids must leave none out.")
    return lanes


def _lane(node: Node) -> Lane:
    number, link = node.whole("id"), node.child("link")
    return Lane(
        id=number,
        kind=node.text("type", "none"),
        line=node.line,
        width=_cubics(node.all("width"), "sOffset") if number else None,
        border=_cubics(node.all("border"), "sOffset") if number else None,
        marks=read_marks(node),
        predecessors=tuple(item.whole("id") for item in link.all("predecessor")) if link else (),
        successors=tuple(item.whole("id") for item in link.all("successor")) if link else (),
        reversed=node.text("direction", "standard") == "reversed",
    )


def _road_link(node: Node | None) -> Link | None:
    if node is None or "elementId" not in node.attributes:
        return None
    kind = node.text("elementType", "road")
    if kind not in ("road", "junction"):
        raise UserError(f"{node.where} elementType is {shorten(kind)}, but must be road or junction.")
    contact = _end(node) if kind == "road" and "contactPoint" in node.attributes else None
    return Link("junction" if kind == "junction" else "road", node.text("elementId"), contact)


def _end(node: Node) -> End:
    contact = node.text("contactPoint", "start")
    if contact not in ("start", "end"):
        raise UserError(f"{node.where} contactPoint is {shorten(contact)}, but must be start or end.")
    return "end" if contact == "end" else "start"


def _junction(node: Node) -> Junction:
    connections = []
    for item in node.all("connection"):
        road = item.attributes.get("connectingRoad") or item.attributes.get("linkedRoad")
        incoming = item.attributes.get("incomingRoad")
        if road is None or incoming is None:
            continue  # a virtual connection, or one that leads nowhere
        lanes = tuple((link.whole("from"), link.whole("to")) for link in item.all("laneLink"))
        connections.append(Connection(incoming, road, _end(item), lanes))
    return Junction(node.text("id"), node.text("type", "default") == "direct", connections)
