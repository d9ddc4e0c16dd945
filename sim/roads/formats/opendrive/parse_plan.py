"""Reads the reference line of a road."""

import math

from sim.errors import UserError
from sim.roads.formats.opendrive.model import Arc, Geometry, Line, ParamPoly3, Poly3, Shape, Spiral
from sim.roads.formats.opendrive.tree import Node

LONGEST_ROAD = 100_000.0  # m
SHORTEST = 1e-6  # m; shorter geometries are left out
SHARPEST = 10.0  # 1/m; a turn on the spot
MOST_TURN = 200.0  # rad within a geometry, thirty circles
MOST_GEOMETRIES = 30_000  # of a map


def read_geometries(road: Node) -> list[Geometry]:
    """The geometries of a road, in the order of s.

    Raises:
        UserError: there is none, or one that cannot be.
    """
    plan = road.child("planView")
    nodes = plan.all("geometry") if plan else []
    if len(nodes) > MOST_GEOMETRIES:
        raise UserError(f"{road.where} has {len(nodes)} geometries, but may have {MOST_GEOMETRIES}.")
    geometries = [_geometry(node) for node in nodes if node.number("length") > SHORTEST]
    if not geometries:
        raise UserError(f"{road.where} has no geometry, so nobody can say where it lies.")
    return sorted(geometries, key=lambda geometry: geometry.s)


def _geometry(node: Node) -> Geometry:
    length = node.number("length")
    if length > LONGEST_ROAD:
        raise UserError(f"{node.where} is {length:g} m long, but must be at most {LONGEST_ROAD:g} m.")
    return Geometry(
        node.number("s"), node.number("x"), node.number("y"), node.number("hdg"), length, _shape(node, length)
    )


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
        raise UserError(f"{node.where} {name} is {curvature:g} 1/m over {length:g} m, which no road turns by.")
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
        raise UserError(f"{node.where} begins with no direction: bU and bV are 0.")
    if reach > 1e6:
        raise UserError(f"{node.where} reaches {reach:g} m, but its length is {length:g} m.")
    return ParamPoly3(u, v, normalized)
