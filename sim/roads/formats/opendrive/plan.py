"""Where reference lines lie: straights, arcs, clothoids and polynomials, by arc length.

In its own axes (u ahead, v to the left, from its start), a geometry of curvature k(s) has

    heading(s) = integral of k,    u(s) = integral of cos(heading),    v(s) = integral of sin(heading)

Polynomials give u and v over a parameter p; the p that belongs to s is where the curve is as long as s, the integral of
sqrt(u'^2 + v'^2): ASAM OpenDRIVE 1.8, section 9, "Geometry".
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.roads.formats.opendrive.model import Arc, Geometry, Line, MapRoad, ParamPoly3, Poly3, Spiral, holding
from sim.types import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
TURN_PER_PANEL = 0.5  # rad; eight nodes then leave an error far below a micrometre
CURVE_STEP, MOST_PANELS = 0.1, 20_000  # m between the places where the length of a polynomial's curve is known
Cubic = tuple[float, float, float, float]
AHEAD: Cubic = (0.0, 1.0, 0.0, 0.0)  # u of a curve that gives v over u


class Places(NamedTuple):
    """Places along a line; arrays of one shape."""

    x: FloatArray  # m
    y: FloatArray  # m
    heading: FloatArray  # rad

    def beside(self, t: FloatArray) -> FloatArray:
        """Points at distance ``t`` [m] to the left; shape (K, 2)."""
        return np.stack([self.x - t * np.sin(self.heading), self.y + t * np.cos(self.heading)], axis=1)


def reference(road: MapRoad, s: FloatArray, first: float = -np.inf, last: float = np.inf) -> Places:
    """The reference line of a road at stations ``s`` (K,) of a stretch from ``first`` to ``last`` [m]."""
    starts = np.array([geometry.s for geometry in road.geometries])
    piece = holding(starts, s, first, last)
    result = np.empty((3, len(s)))
    for index in np.unique(piece):
        here = piece == index
        result[:, here] = along(road.geometries[index], s[here] - starts[index])
    return Places(*result)


def along(geometry: Geometry, ds: FloatArray) -> Places:
    """A geometry at distances ``ds`` (K,) [m] from its start."""
    u, v, turn = _own_axes(geometry, ds)
    cos, sin = np.cos(geometry.heading), np.sin(geometry.heading)
    return Places(geometry.x + cos * u - sin * v, geometry.y + sin * u + cos * v, geometry.heading + turn)


def _own_axes(geometry: Geometry, ds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    match geometry.shape:
        case Line():
            return ds, np.zeros_like(ds), np.zeros_like(ds)
        case Arc(curvature):
            half = 0.5 * curvature * ds
            chord = ds * np.sinc(half / np.pi)
            return chord * np.cos(half), chord * np.sin(half), 2.0 * half
        case Spiral():
            return _spiral(geometry.shape, geometry.length, ds)
        case Poly3(of_v):
            return _on_curve(AHEAD, of_v, _parameter(*_lengths(AHEAD, of_v, geometry.length, geometry.length), ds))
        case ParamPoly3(of_u, of_v, normalized):
            grid, lengths = _lengths(of_u, of_v, 1.0 if normalized else geometry.length, geometry.length)
            share = geometry.length / lengths[-1]  # 1, unless the file gives a length that is not the curve's own
            return _on_curve(of_u, of_v, _parameter(grid, share * lengths, ds))


def _on_curve(of_u: Cubic, of_v: Cubic, p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return _cubic(of_u, p), _cubic(of_v, p), np.arctan2(_slope(of_v, p), _slope(of_u, p))


def _spiral(shape: Spiral, length: float, ds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gauss-Legendre quadrature in panels that each turn but little."""
    rate = (shape.end - shape.start) / length

    def turn(s: FloatArray) -> FloatArray:
        return s * (shape.start + 0.5 * rate * s)

    def panel(begin: FloatArray, end: FloatArray) -> FloatArray:
        half = 0.5 * (end - begin)[:, None]
        angle = turn(begin[:, None] + half * (1.0 + _NODES))
        return np.stack([(half * np.cos(angle)) @ _WEIGHTS, (half * np.sin(angle)) @ _WEIGHTS])

    count = int(max(abs(shape.start), abs(shape.end)) * length / TURN_PER_PANEL) + 1
    grid = np.linspace(0.0, length, count + 1)
    before = np.cumsum(panel(grid[:-1], grid[1:]), axis=1)
    before = np.concatenate([np.zeros((2, 1)), before], axis=1)
    index = np.clip(np.searchsorted(grid, ds, side="right") - 1, 0, count - 1)
    u, v = before[:, index] + panel(grid[index], ds)
    return u, v, turn(ds)


def _cubic(coefficients: Cubic, p: FloatArray) -> FloatArray:
    a, b, c, d = coefficients
    return np.asarray(a + p * (b + p * (c + p * d)))


def _slope(coefficients: Cubic, p: FloatArray) -> FloatArray:
    _, b, c, d = coefficients
    return np.asarray(b + p * (2.0 * c + p * 3.0 * d))


def _parameter(grid: FloatArray, lengths: FloatArray, ds: FloatArray) -> FloatArray:
    """The p at which a curve is ``ds`` long; beyond its end it grows as it does on the whole."""
    beyond = np.maximum(ds - lengths[-1], 0.0)
    return np.asarray(np.interp(ds, lengths, grid) + beyond * grid[-1] / lengths[-1])


@lru_cache(maxsize=64)
def _lengths(of_u: Cubic, of_v: Cubic, last: float, length: float) -> tuple[FloatArray, FloatArray]:
    """Values of p from 0 to ``last``, ``CURVE_STEP`` apart on a curve of that ``length``, and its length until each."""
    grid = np.linspace(0.0, last, min(int(length / CURVE_STEP), MOST_PANELS) + 2)
    half = 0.5 * (grid[1] - grid[0])
    nodes = grid[:-1, None] + half * (1.0 + _NODES)
    pieces = half * np.hypot(_slope(of_u, nodes), _slope(of_v, nodes)) @ _WEIGHTS
    return grid, np.concatenate([[0.0], np.cumsum(pieces)])
