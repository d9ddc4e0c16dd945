"""Reads what a file has in its <objects> and a town shows: crossings, stop lines, houses and trees."""

import re
from dataclasses import dataclass

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.model import MapRoad
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.opendrive.signs import STOP_LINE, lanes_of
from sim.roads.formats.opendrive.tree import Node
from sim.types import FloatArray

CROSSWALK, HOUSE, TREE = 10, 11, 12  # kinds beside STOP_LINE
LARGEST = 200.0  # m; no crossing or house reaches further from its middle
MOST_CORNERS = 1000
USUAL_WIDTH = 3.0  # m, of a crossing of which the file has but a line
_STOP_LINE = re.compile(r"stop[ _-]?line|signal[ _-]?lines?$")


@dataclass(frozen=True)
class Thing:
    """An object."""

    kind: int
    road: str
    s: float  # m
    t: float  # m
    heading: float  # rad, from the direction of the reference line
    length: float  # m, along its heading
    width: float  # m
    height: float  # m
    along: bool | None
    """Whether it is for traffic along s; None: for both directions."""
    lanes: tuple[tuple[int, int], ...]
    corners: FloatArray
    """(K, 2) m: s and t of its outline; or u and v, along and to the left of its heading. None given: K = 0."""
    on_road: bool
    """Whether the corners are s and t."""
    line: int

    def outline(self, road: MapRoad) -> FloatArray:
        """Its corners on the ground, (K, 2) [m]; of those without, a rectangle."""
        if len(self.corners) and self.on_road:
            return reference(road, np.clip(self.corners[:, 0], 0.0, road.length)).beside(self.corners[:, 1])
        corners = self.corners
        if not len(corners):
            half = 0.5 * np.array([self.length, self.width])
            corners = half * np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])
        place = reference(road, np.clip(np.array([self.s]), 0.0, road.length))
        angle = float(place.heading[0]) + self.heading
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return np.asarray(place.beside(np.array([self.t]))[0] + corners @ turn)


def read_thing(node: Node, road: str) -> Thing | None:
    """An <object>; None if a town shows nothing of its kind.

    Raises:
        UserError: an attribute is missing, or is not what it should be.
    """
    kind = _kind(node)
    if kind is None:
        return None
    corners, on_road = _corners(node)
    radius = node.number("radius", 0.0)
    length, width = (abs(node.number(name, 2.0 * radius)) for name in ("length", "width"))
    if max(length, width) > LARGEST or (len(corners) and not on_road and np.abs(corners).max() > LARGEST):
        raise UserError(f"{node.where} reaches further than {LARGEST:.0f} m.")
    return Thing(
        kind=kind,
        road=road,
        s=node.number("s"),
        t=node.number("t", 0.0),
        heading=node.number("hdg", 0.0),
        length=length,
        width=width,
        height=node.number("height", 0.0),
        along={"+": True, "-": False}.get(node.text("orientation", "none")),
        lanes=lanes_of(node),
        corners=corners,
        on_road=on_road,
        line=node.line,
    )


def _kind(node: Node) -> int | None:
    code, subtype, name = (node.name(key, "").strip().lower() for key in ("type", "subtype", "name"))
    if any(_STOP_LINE.search(text) for text in (code, subtype, name)):
        return STOP_LINE
    known = {"crosswalk": CROSSWALK, "building": HOUSE, "tree": TREE, "vegetation": TREE}
    return known.get(code, CROSSWALK if "crosswalk" in name else None)


def _corners(node: Node) -> tuple[FloatArray, bool]:
    """Corners of the first outline, and whether they are given by s and t."""
    group = node.child("outlines") or node
    outline = group.child("outline")
    if outline is None:
        return np.empty((0, 2)), False
    on_road, local = outline.all("cornerRoad"), outline.all("cornerLocal")
    names, nodes = (("s", "t"), on_road) if on_road else (("u", "v"), local)
    if len(nodes) > MOST_CORNERS:
        raise UserError(f"{outline.where} has {len(nodes)} corners, but may have {MOST_CORNERS}.")
    corners = np.array([[corner.number(name) for name in names] for corner in nodes]).reshape(-1, 2)
    if len(corners) == 2 and (corners[0] != corners[1]).any():
        corners = _widened(corners, _painted_width(node))
    return (corners if len(corners) > 2 else np.empty((0, 2))), bool(on_road)


def _painted_width(node: Node) -> float:
    """Width of what is painted along an outline [m]."""
    group = node.child("markings")
    marking = group.child("marking") if group else None
    return marking.number("width", USUAL_WIDTH) if marking else USUAL_WIDTH


def _widened(line: FloatArray, width: float) -> FloatArray:
    """Corners (4, 2) of a strip of that ``width`` [m] along a line (2, 2)."""
    ahead = line[1] - line[0]
    aside = 0.5 * width * np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
    return np.array([line[0] - aside, line[1] - aside, line[1] + aside, line[0] + aside])
