"""Procedural roads: a seed draws a polyline with corners and rounds them; what comes too near to itself is redrawn."""

import math

import numpy as np

from sim.kernels import kernel
from sim.roads.centerline import Centerline, Piece, corner, sample, tangent_length
from sim.types import FloatArray

MIN_RADIUS = 18.0  # m; a city corner that the car takes at 7 m/s with 2.7 m/s^2
MIN_CLOTHOID = 5.0  # m; 0.5 s at full speed to turn the wheels
MAX_RADIUS = 120.0  # m; wider bends look straight to the camera
MIN_LENGTH, MAX_LENGTH = 620.0, 900.0  # m, of the centreline
CLEARANCE = 24.0  # m between two parts of a road that do not follow one another
NEIGHBOURHOOD = 60.0  # m along the road within which clearance is not asked for
MAX_DEFLECTION = math.radians(125.0)  # sharper corners would need more room than the polyline has
MIN_DEFLECTION = math.radians(4.0)  # flatter ones are hard to tell from a straight


def generate(random: np.random.Generator) -> Centerline:
    """Draws a road of 620 to 900 m, closed in one case of two; every radius is at least 18 m."""
    draw = _closed_corners if random.random() < 0.5 else _open_corners
    while True:
        vertices, closed = draw(random)
        pieces = _round_corners(vertices, closed, random)
        if pieces is None or not MIN_LENGTH <= sum(piece.length for piece in pieces) <= MAX_LENGTH:
            continue
        line = sample(pieces, _start(vertices, closed), closed)
        if _keeps_clear(line.x, line.y, line.step, closed, CLEARANCE, NEIGHBOURHOOD):
            return line


def _closed_corners(random: np.random.Generator) -> tuple[FloatArray, bool]:
    """Vertices (K, 2) of a polygon around the origin, in either direction of travel."""
    count = int(random.integers(5, 10))
    angles = 2.0 * math.pi * (np.arange(count) + random.uniform(-0.3, 0.3, count)) / count
    radii = random.uniform(70.0, 170.0, count)
    turn = 1.0 if random.random() < 0.5 else -1.0
    return np.stack([radii * np.cos(angles), turn * radii * np.sin(angles)], axis=1), True


def _open_corners(random: np.random.Generator) -> tuple[FloatArray, bool]:
    """Vertices (K, 2) of a walk whose corners and edges vary."""
    count = int(random.integers(7, 15))
    edges = random.uniform(50.0, 130.0, count)
    deflections = random.choice([-1.0, 1.0], count) * random.uniform(0.15, 1.7, count)
    headings = random.uniform(-math.pi, math.pi) + np.cumsum(deflections)
    steps = edges[:, None] * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    return np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)]), False


def _start(vertices: FloatArray, closed: bool) -> tuple[float, float, float]:
    """Where the first piece begins: the middle of a closed road's first edge, the first vertex of an open one."""
    edge = vertices[1] - vertices[0]
    x, y = vertices[0] + (0.5 * edge if closed else 0.0)
    return float(x), float(y), math.atan2(edge[1], edge[0])


def _round_corners(vertices: FloatArray, closed: bool, random: np.random.Generator) -> list[Piece] | None:
    """Straights and rounded corners along the polyline, or None where a corner leaves too little room."""
    edges = np.diff(np.vstack([vertices, vertices[:1]]) if closed else vertices, axis=0)
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    headings = np.arctan2(edges[:, 1], edges[:, 0])
    corners = len(edges) if closed else len(edges) - 1
    pieces: list[Piece] = []
    straight = 0.5 * lengths[0] if closed else lengths[0]
    for i in range(corners):
        after = (i + 1) % len(edges)
        deflection = (headings[after] - headings[i] + math.pi) % (2.0 * math.pi) - math.pi
        rounded = _fit_corner(float(deflection), 0.5 * float(min(lengths[i], lengths[after])), random)
        if rounded is None:
            return None
        tangent, bend = rounded
        pieces += [Piece(float(straight - tangent), 0.0, 0.0), *bend]
        straight = lengths[after] - tangent
    last = straight - 0.5 * lengths[0] if closed else straight
    return [*pieces, Piece(float(last), 0.0, 0.0)]


def _fit_corner(
    deflection: float, room: float, random: np.random.Generator
) -> tuple[float, tuple[Piece, Piece, Piece]] | None:
    """Tangent length [m] and pieces of a corner that uses at most ``room`` [m] of either edge."""
    share = random.uniform(0.3, 0.9)
    wanted = math.exp(random.uniform(math.log(MIN_RADIUS), math.log(MAX_RADIUS)))
    if not MIN_DEFLECTION <= abs(deflection) <= MAX_DEFLECTION:
        return None
    unit = tangent_length(deflection, share)
    least = max(MIN_RADIUS, MIN_CLOTHOID / (share * abs(deflection)))
    radius = min(max(wanted, least), room / unit)
    return None if radius < least else (unit * radius, corner(deflection, radius, share))


@kernel
def _keeps_clear(x, y, step, closed, clearance, neighbourhood):
    """Whether all points further apart than ``neighbourhood`` along the road are ``clearance`` apart on the ground."""
    count = x.shape[0]
    near = int(neighbourhood / step)
    for i in range(count):
        for j in range(i + near, count):
            if closed and i + count - j < near:
                break
            dx, dy = x[i] - x[j], y[i] - y[j]
            if dx * dx + dy * dy < clearance * clearance:
                return False
    return True
