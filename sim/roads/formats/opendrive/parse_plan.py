"""Reads the reference line of a road."""

import itertools
import math

import numpy as np

from sim.errors import UserError
from sim.roads.formats.opendrive.model import Arc, Geometry, Line, ParamPoly3, Poly3, Shape, Spiral
from sim.roads.formats.opendrive.plan import along
from sim.roads.formats.opendrive.tree import Node

LONGEST_ROAD = 100_000.0  # m
SHORTEST = 1e-4  # m; shorter roads and geometries are passed over: they come of rounding
LOST = 1.0  # m; roads that consist of nothing but such geometries are passed over up to this length
SHORT = 0.5  # m; shorter geometries are passed over where no road can run as they do
SHARP, SHARPEST = 1.0, 10.0  # 1/m; what no car can follow, and a turn on the spot
MOST_TURN = 200.0  # rad within a geometry, thirty circles
MOST_GEOMETRIES = 30_000  # of a map


class _ShapelessError(UserError):
    """A shape that no road has."""


def read_geometries(road: Node, length: float) -> tuple[list[Geometry], tuple[float, ...]]:
    """The geometries of a road of that length [m], in the order of s, and the s of those that are passed over.

    Editors leave geometries behind that are too short to lie anywhere, or that whirl for some centimetres between two
    straights. The one before such a geometry goes on in its place. A road that has no other is too short itself.

    Raises:
        UserError: there is none, or one that cannot be.
    """
    plan = road.child("planView")
    nodes = plan.all("geometry") if plan else []
    if len(nodes) > MOST_GEOMETRIES:
        raise UserError(f"{road.where} has {len(nodes)} geometries, but may have {MOST_GEOMETRIES}.")
    nodes = sorted(nodes, key=lambda node: node.number("s"))
    found = [geometry for node in nodes if (geometry := _geometry(node)) is not None]
    kept = _without_whirls(found)
    if length <= SHORTEST or (not kept and length <= LOST):
        return [], ()
    if not kept:
        raise UserError(f"{road.where} has no geometry that is longer than 0 m, so nobody can say where it lies.")
    there = {geometry.s for geometry in kept}
    return kept, tuple(s for node in nodes if (s := node.number("s")) not in there)


def _geometry(node: Node) -> Geometry | None:
    """A geometry; None if it is too short, or short and of a shape that no road has."""
    length = node.number("length")
    if not -SHORTEST <= length <= LONGEST_ROAD:
        raise UserError(f"{node.where} is {length:g} m long, but must be 0 to {LONGEST_ROAD:g} m.")
    if length <= SHORTEST:
        return None
    try:
        shape = _shape(node, length)
    except _ShapelessError:
        if length > SHORT:
            raise
        return None
    return Geometry(node.number("s"), node.number("x"), node.number("y"), node.number("hdg"), length, shape)


def _without_whirls(geometries: list[Geometry]) -> list[Geometry]:
    """Leaves out what is short, turns more sharply than a car can, and without which the line has less of a kink."""
    kept: list[Geometry] = []
    for index, geometry in enumerate(geometries):
        before, after = kept[-1:], geometries[index + 1 : index + 2]
        if geometry.length > SHORT or not _whirls(geometry) or _bends_less(before, [geometry], after):
            kept.append(geometry)
    return kept


def _whirls(geometry: Geometry) -> bool:
    s = np.linspace(0.0, geometry.length, 9)
    return bool(np.abs(np.diff(along(geometry, s).heading)).max() > SHARP * s[1])


def _bends_less(before: list[Geometry], here: list[Geometry], after: list[Geometry]) -> bool:
    """Whether a line has less of a kink with ``here`` than without; at its ends, nobody can say, and it has not."""
    return bool(before and after) and _kinks([*before, *here, *after]) < _kinks([*before, *after])


def _kinks(geometries: list[Geometry]) -> float:
    """By how much the heading jumps from one geometry to the next, in all [rad]."""
    jumps = 0.0
    for first, second in itertools.pairwise(geometries):
        end = along(first, np.array([second.s - first.s])).heading[0]
        jumps += abs(math.remainder(second.heading - float(end), 2.0 * math.pi))
    return jumps


def _shape(node: Node, length: float) -> Shape:
    for child in node.children:
        match child.tag:
            case "line":
                return Line()
            case "arc":
                return Arc(_curvature(child, "curvature", length))
            case "spiral":
                return Spiral(_curvature(child, "curvStart", length), _curvature(child, "curvEnd", length))
            case "poly3":
                return Poly3(_four(child, "abcd"))
            case "paramPoly3":
                return _parametric(child, length)
    raise UserError(f"{node.where} has no shape: no line, arc, spiral, poly3 or paramPoly3.")


def _curvature(node: Node, name: str, length: float) -> float:
    curvature = node.number(name)
    if abs(curvature) > SHARPEST or abs(curvature) * length > MOST_TURN:
        raise _ShapelessError(f"{node.where} {name} is {curvature:g} 1/m over {length:g} m, which no road turns by.")
    return curvature


def _four(node: Node, names: str | tuple[str, ...]) -> tuple[float, float, float, float]:
    a, b, c, d = (node.number(name) for name in names)
    return (a, b, c, d)


def _parametric(node: Node, length: float) -> ParamPoly3:
    kind = node.text("pRange", "normalized")
    if kind not in ("normalized", "arcLength"):
        raise UserError(f"{node.where} pRange is {kind[:40]!r}, but must be normalized or arcLength.")
    u, v = _four(node, ("aU", "bU", "cU", "dU")), _four(node, ("aV", "bV", "cV", "dV"))
    normalized = kind == "normalized"
    scale = 1.0 if normalized else length
    reach = sum(math.hypot(u[k], v[k]) * scale**k for k in (1, 2, 3))
    if math.hypot(u[1], v[1]) == 0.0:
        raise _ShapelessError(f"{node.where} begins with no direction: bU and bV are 0.")
    if reach > 1e6:
        raise _ShapelessError(f"{node.where} reaches {reach:g} m, but its length is {length:g} m.")
    return ParamPoly3(u, v, normalized)
