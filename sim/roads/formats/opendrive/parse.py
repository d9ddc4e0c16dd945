"""From a file's elements to a map: every attribute is checked where it is read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.check import check_map, note
from sim.roads.formats.opendrive.model import (
    HAIR,
    ZERO,
    Connection,
    Cubics,
    End,
    Junction,
    Link,
    MapRoad,
    RoadMap,
)
from sim.roads.formats.opendrive.parse_lanes import read_cubics, read_sections
from sim.roads.formats.opendrive.parse_plan import LONGEST_ROAD, read_geometries
from sim.roads.formats.opendrive.tree import Node, read_tree
from sim.roads.formats.source_file import shorten


def read_map(path: Path) -> RoadMap:
    """Reads an OpenDRIVE map.

    Raises:
        UserError: it is no such map, or a part of it cannot be: the message names the line, the road or the lane.
    """
    root = read_tree(path)
    if root.tag != "OpenDRIVE":
        raise UserError(f"{path} is no OpenDRIVE map: its first element is {shorten(root.tag)}, not OpenDRIVE.")
    every: dict[str, MapRoad] = {}
    for node in root.all("road"):
        road = _road(node)
        if road.id in every:
            raise UserError(f"{node.where} has the id {shorten(road.id)}, as another road has.")
        every[road.id] = road
    roads = {name: road for name, road in every.items() if road.geometries}
    if not roads:
        raise UserError(f"{path} is a map without roads{' that have a length' if every else ''}.")
    junctions: dict[str, Junction] = {}
    for node in root.all("junction"):
        junction = _junction(node)
        if junction.id in junctions:
            raise UserError(f"{node.where} has the id {shorten(junction.id)}, as another junction has.")
        junctions[junction.id] = junction
    passed = {name: road for name, road in every.items() if not road.geometries}
    result = RoadMap(path, roads, junctions, passed=passed)
    note(
        result, "link names nothing, and is passed over", [f"line {line}" for line in dict.fromkeys(_empty_links(root))]
    )
    check_map(result)
    return result


def _road(node: Node) -> MapRoad:
    length = node.number("length")
    if not 0.0 <= length <= LONGEST_ROAD:
        raise UserError(f"{node.where} is {length:g} m long, but must be 0 to {LONGEST_ROAD:g} m.")
    lanes, links = node.child("lanes"), node.child("link")
    if lanes is None:
        raise UserError(f"{node.where} has no lanes.")
    junction, elevation, lateral = (
        node.text("junction", "-1"),
        node.child("elevationProfile"),
        node.child("lateralProfile"),
    )
    geometries, skipped = read_geometries(node, length)
    return MapRoad(
        id=node.name("id"),
        name=node.name("name", ""),
        line=node.line,
        length=length,
        junction=None if junction == "-1" else junction,
        left_hand=_left_hand(node),
        geometries=geometries,
        offset=_along_road(lanes.all("laneOffset"), length),
        elevation=_along_road(elevation.all("elevation") if elevation else [], length),
        superelevation=_along_road(lateral.all("superelevation") if lateral else [], length),
        sections=read_sections(lanes, length),
        skipped=skipped,
        predecessor=_road_link(links.child("predecessor") if links else None),
        successor=_road_link(links.child("successor") if links else None),
    )


def _left_hand(node: Node) -> bool:
    rule = node.text("rule", "RHT")
    if rule not in ("RHT", "LHT"):
        raise UserError(f"{node.where} rule is {shorten(rule)}, but must be RHT or LHT.")
    return rule == "LHT"


def _along_road(nodes: list[Node], length: float) -> Cubics:
    """A function that is 0 until its first piece, without pieces that begin where the road ends, or later."""
    pieces = read_cubics([node for node in nodes if node.number("s") < max(length - HAIR, HAIR)], "s")
    if pieces is None:
        return ZERO
    if pieces.starts[0] <= 0.0:
        return pieces
    return Cubics(np.append(0.0, pieces.starts), np.concatenate([np.zeros((1, 4)), pieces.coefficients]))


def _road_link(node: Node | None) -> Link | None:
    if node is None or not node.has("elementId"):
        return None
    kind = node.text("elementType", "road")
    if kind not in ("road", "junction"):
        raise UserError(f"{node.where} elementType is {shorten(kind)}, but must be road or junction.")
    contact = _end(node) if kind == "road" and node.has("contactPoint") else None
    return Link("junction" if kind == "junction" else "road", node.name("elementId"), contact)


def _end(node: Node) -> End:
    contact = node.text("contactPoint", "start")
    if contact not in ("start", "end"):
        raise UserError(f"{node.where} contactPoint is {shorten(contact)}, but must be start or end.")
    return "end" if contact == "end" else "start"


def _junction(node: Node) -> Junction:
    connections = []
    for item in node.all("connection"):
        other = next((name for name in ("connectingRoad", "linkedRoad") if item.has(name)), None)
        if other is None or not item.has("incomingRoad"):
            continue  # a virtual connection, or one that leads nowhere
        lanes = tuple((link.whole("from"), link.whole("to")) for link in item.all("laneLink") if _names(link))
        connections.append(Connection(item.name("incomingRoad"), item.name(other), _end(item), lanes))
    return Junction(node.name("id"), node.text("type", "default") == "direct", connections)


def _names(link: Node) -> bool:
    """Whether a link says what it leads to."""
    return link.has("from") and link.has("to") if link.tag == "laneLink" else link.has("id") or link.has("elementId")


def _empty_links(node: Node) -> Iterator[int]:
    """The lines of links that do not say what they lead to."""
    for child in node.children:
        if child.tag in ("predecessor", "successor", "laneLink") and not _names(child):
            yield child.line
        yield from _empty_links(child)
