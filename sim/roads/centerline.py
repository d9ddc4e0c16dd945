"""Centrelines from straights, clothoids and arcs: corners of a polyline, rounded with continuous curvature.

A corner of deflection D and least radius R is clothoid, arc, clothoid: each clothoid turns by r D / 2 and is r D R
long, where the share r lies between 0 (an arc alone) and 1 (no arc).
"""

import math
from dataclasses import dataclass

import numpy as np

from sim.kernels import kernel
from sim.types import FloatArray

SEGMENT_LENGTH = 1.0  # m, wanted; the length of a road is divided evenly


@dataclass(frozen=True)
class Piece:
    """A stretch of road whose curvature changes evenly from one end to the other."""

    length: float  # m
    start_curvature: float  # 1/m
    end_curvature: float  # 1/m


@dataclass(frozen=True)
class Centerline:
    """A centreline sampled at the middle of M segments of equal length; arrays have shape (M,) and dtype float64."""

    x: FloatArray  # m
    y: FloatArray  # m
    heading: FloatArray  # rad
    curvature: FloatArray  # 1/m
    step: float  # m, length of a segment
    closed: bool

    @property
    def length(self) -> float:
        """Length of the centreline [m]."""
        return self.step * len(self.x)


def corner(deflection: float, radius: float, clothoid_share: float) -> tuple[Piece, Piece, Piece]:
    """The three pieces of a rounded corner; ``deflection`` [rad] is positive to the left, ``radius`` [m] above 0."""
    clothoid = clothoid_share * abs(deflection) * radius
    arc = (1.0 - clothoid_share) * abs(deflection) * radius
    curvature = math.copysign(1.0 / radius, deflection)
    return Piece(clothoid, 0.0, curvature), Piece(arc, curvature, curvature), Piece(clothoid, curvature, 0.0)


def tangent_length(deflection: float, clothoid_share: float) -> float:
    """Distance from a corner's vertex to where its rounding begins, for a least radius of 1 m [m].

    It grows in proportion to the radius. The rounding starts at the origin along x and ends at (X, Y) with heading D;
    the vertex is where the two tangents meet: X - Y / tan(D).
    """
    pieces = corner(abs(deflection), 1.0, clothoid_share)
    total = sum(piece.length for piece in pieces)
    points = _integrate(_knots(pieces), 0.0, 0.0, 0.0, total / 64, 64)
    end_x, end_y = points[-1, 4], points[-1, 5]
    return float(end_x - end_y / math.tan(abs(deflection)))


def sample(pieces: list[Piece], start: tuple[float, float, float], closed: bool) -> Centerline:
    """Samples a chain of pieces from ``start``, (x [m], y [m], heading [rad])."""
    total = sum(piece.length for piece in pieces)
    count = max(round(total / SEGMENT_LENGTH), 1)
    rows = _integrate(_knots(pieces), *start, total / count, count)
    return Centerline(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], total / count, closed)


def _knots(pieces: "list[Piece] | tuple[Piece, ...]") -> FloatArray:
    return np.array([(piece.length, piece.start_curvature, piece.end_curvature) for piece in pieces])


@kernel
def _heading_and_curvature(knots, s):
    """Heading turned since the start [rad] and curvature [1/m] at s [m]: a piecewise linear function, integrated."""
    heading = 0.0
    for piece in range(knots.shape[0]):
        length, first, last = knots[piece, 0], knots[piece, 1], knots[piece, 2]
        if s <= length or piece == knots.shape[0] - 1:
            share = s / length if length > 0.0 else 0.0
            return heading + s * (first + 0.5 * share * (last - first)), first + share * (last - first)
        heading += 0.5 * length * (first + last)
        s -= length
    return heading, 0.0


@kernel
def _integrate(knots, x, y, heading, step, count):
    """Rows (x, y, heading, curvature) at the middle of each segment, and (x, y) at its end: Simpson's rule."""
    rows = np.empty((count, 6))
    for i in range(count):
        for half in range(2):
            s = step * (i + 0.5 * half)
            first, _ = _heading_and_curvature(knots, s)
            middle, _ = _heading_and_curvature(knots, s + 0.25 * step)
            last, curvature = _heading_and_curvature(knots, s + 0.5 * step)
            weight = 0.5 * step / 6.0
            x += weight * (math.cos(heading + first) + 4.0 * math.cos(heading + middle) + math.cos(heading + last))
            y += weight * (math.sin(heading + first) + 4.0 * math.sin(heading + middle) + math.sin(heading + last))
            if half == 0:
                rows[i, 0], rows[i, 1] = x, y
                rows[i, 2], rows[i, 3] = heading + last, curvature
        rows[i, 4], rows[i, 5] = x, y
    return rows
