"""Centrelines from straights, clothoids and arcs: corners of a polyline, rounded with continuous curvature.

A corner of deflection D and least radius R is clothoid, arc, clothoid: each clothoid turns by r D / 2 and is r D R
long, where the share r lies between 0 (an arc alone) and 1 (no arc).

A piece of road, a row (length [m], curvature at its start, curvature at its end [1/m]), changes its curvature evenly.
"""

import math
from dataclasses import dataclass

import numpy as np

from sim.kernels import allocating_kernel, kernel
from sim.types import FloatArray

SEGMENT_LENGTH = 1.0  # m, wanted; the length of a road is divided evenly


@dataclass(frozen=True, eq=False)
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

    def turned(self, angle: float) -> "Centerline":
        """The same line turned around the origin by ``angle`` [rad]."""
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = cos * self.x - sin * self.y, sin * self.x + cos * self.y
        return Centerline(x, y, self.heading + angle, self.curvature, self.step, self.closed)


@kernel
def write_corner(deflection, radius, clothoid_share, pieces):
    """Writes the ``pieces`` (3, 3) of a corner; ``deflection`` [rad] is positive to the left, ``radius`` [m] not 0."""
    length = abs(deflection) * radius
    curvature = math.copysign(1.0 / radius, deflection)
    pieces[0, 0], pieces[0, 1], pieces[0, 2] = clothoid_share * length, 0.0, curvature
    pieces[1, 0], pieces[1, 1], pieces[1, 2] = (1.0 - clothoid_share) * length, curvature, curvature
    pieces[2, 0], pieces[2, 1], pieces[2, 2] = clothoid_share * length, curvature, 0.0


def sample(pieces: FloatArray, start: tuple[float, float, float], closed: bool) -> Centerline:
    """Samples a chain of ``pieces`` (K, 3) from ``start``, (x [m], y [m], heading [rad])."""
    total = float(pieces[:, 0].sum())
    count = max(round(total / SEGMENT_LENGTH), 1)
    rows = np.empty((count, 4))
    integrate_pieces(pieces, *start, total / count, rows)
    return Centerline(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], total / count, closed)


@allocating_kernel
def tangent_length(deflection, clothoid_share):
    """Distance from a corner's vertex to where its rounding begins, for a least radius of 1 m [m].

    It grows in proportion to the radius. The rounding starts at the origin along x and ends at (X, Y) with heading D;
    the vertex is where the two tangents meet: X - Y / tan(D).
    """
    turn = abs(deflection)
    clothoid, arc = clothoid_share * turn, (1.0 - clothoid_share) * turn
    pieces = np.array([[clothoid, 0.0, 1.0], [arc, 1.0, 1.0], [clothoid, 1.0, 0.0]])
    rows = np.empty((16, 4))
    end_x, end_y = integrate_pieces(pieces, 0.0, 0.0, 0.0, (2.0 * clothoid + arc) / 16, rows)
    return end_x - end_y / math.tan(turn)


@kernel
def integrate_pieces(pieces, x, y, heading, step, rows):
    """Follows a chain of pieces: Simpson's rule from the middle of each segment to the middle of the next.

    Args:
        pieces: (K, 3) length [m], curvature at the start and at the end [1/m].
        x: Start [m].
        y: Start [m].
        heading: Heading at the start [rad].
        step: Length of a segment [m].
        rows: (M, 4), written: x, y, heading and curvature at the middle of each segment.

    Returns:
        x and y [m] at the end.
    """
    piece, begin, turned = 0, 0.0, 0.0
    last_cos, last_sin = math.cos(heading), math.sin(heading)
    for half in range(1, 2 * rows.shape[0] + 1):
        s = 0.5 * step * half
        quarter, piece, begin, turned = _turned(pieces, s - 0.25 * step, piece, begin, turned)
        cos, sin = math.cos(heading + quarter), math.sin(heading + quarter)
        now, piece, begin, turned = _turned(pieces, s, piece, begin, turned)
        next_cos, next_sin = math.cos(heading + now), math.sin(heading + now)
        x += step / 12.0 * (last_cos + 4.0 * cos + next_cos)
        y += step / 12.0 * (last_sin + 4.0 * sin + next_sin)
        last_cos, last_sin = next_cos, next_sin
        if half % 2 == 1:
            share = (s - begin) / pieces[piece, 0]
            curvature = pieces[piece, 1] + share * (pieces[piece, 2] - pieces[piece, 1])
            row = rows[half // 2]
            row[0], row[1], row[2], row[3] = x, y, heading + now, curvature
    return x, y


@kernel
def _turned(pieces, s, piece, begin, turned):
    """Heading turned from the start until s [rad], and the piece there, its begin [m] and the heading turned until it.

    Curvature is linear in s within a piece; s is searched for from ``piece`` on.
    """
    while piece < pieces.shape[0] - 1 and s > begin + pieces[piece, 0]:
        turned += 0.5 * pieces[piece, 0] * (pieces[piece, 1] + pieces[piece, 2])
        begin += pieces[piece, 0]
        piece += 1
    inside, slope = s - begin, 0.0
    if pieces[piece, 0] > 0.0:
        slope = (pieces[piece, 2] - pieces[piece, 1]) / pieces[piece, 0]
    return turned + inside * (pieces[piece, 1] + 0.5 * inside * slope), piece, begin, turned
