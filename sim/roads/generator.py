"""Procedural roads: a seed draws a polyline with corners and rounds them; what comes too near to itself is redrawn."""

import math

import numpy as np

from sim.kernels import allocating_kernel, kernel
from sim.roads.centerline import Centerline, sample, tangent_length, write_corner

MIN_CLOTHOID = 5.0  # m; 0.5 s at full speed to turn the wheels
MAX_RADIUS = 120.0  # m; wider bends look straight to the camera
MIN_LENGTH, MAX_LENGTH = 620.0, 900.0  # m, of the centreline
CLEARANCE = 24.0  # m between two parts of a road that do not follow one another
NEIGHBOURHOOD = 60.0  # m along the road within which clearance is not asked for
MAX_DEFLECTION = math.radians(125.0)  # sharper corners would need more room than the polyline has
MIN_DEFLECTION = math.radians(4.0)  # flatter ones are hard to tell from a straight
PIECES = 64  # more than any road has
DRAWS = 80  # numbers from 0 to 1 that an attempt takes
CHECKED = 4  # every so many segments, clearance is checked


def generate(random: np.random.Generator, least_radius: float) -> Centerline:
    """Draws a road of 620 to 900 m, closed in about one case of two; no radius is below ``least_radius`` [m]."""
    while True:
        draws = random.random(DRAWS)
        closed = bool(draws[0] < 0.5)
        vertices = _closed_corners(draws) if closed else _open_corners(draws)
        pieces, x, y, heading = _round_corners(vertices, closed, draws[50:], least_radius)
        if not MIN_LENGTH <= pieces[:, 0].sum() <= MAX_LENGTH:
            continue
        line = sample(pieces, (x, y, heading), closed)
        if _keeps_clear(line.x, line.y, line.step, closed):
            return line.turned(-_main_direction(line))


def _main_direction(line: Centerline) -> float:
    """Direction in which the road reaches farthest [rad]; along the axes of a map, it needs the smallest one."""
    spread = np.cov(np.stack([line.x, line.y]))
    return 0.5 * math.atan2(2.0 * spread[0, 1], spread[0, 0] - spread[1, 1])


@kernel
def _between(low, high, draw):
    return low + draw * (high - low)


@allocating_kernel
def _closed_corners(draws):
    """Vertices (K, 2) of a polygon around the origin, in either direction of travel."""
    count = 5 + int(5 * draws[1])
    turn = 1.0 if draws[2] < 0.5 else -1.0
    vertices = np.empty((count, 2))
    for i in range(count):
        angle = 2.0 * math.pi * (i + _between(-0.3, 0.3, draws[3 + 2 * i])) / count
        radius = _between(70.0, 170.0, draws[4 + 2 * i])
        vertices[i, 0], vertices[i, 1] = radius * math.cos(angle), turn * radius * math.sin(angle)
    return vertices


@allocating_kernel
def _open_corners(draws):
    """Vertices (K, 2) of a walk whose corners and edges vary."""
    count = 7 + int(8 * draws[1])
    heading = _between(-math.pi, math.pi, draws[2])
    vertices = np.zeros((count + 1, 2))
    for i in range(count):
        edge, side, deflection = draws[3 + 3 * i], draws[4 + 3 * i], _between(0.15, 1.7, draws[5 + 3 * i])
        heading += deflection if side < 0.5 else -deflection
        length = _between(50.0, 130.0, edge)
        vertices[i + 1, 0] = vertices[i, 0] + length * math.cos(heading)
        vertices[i + 1, 1] = vertices[i, 1] + length * math.sin(heading)
    return vertices


@allocating_kernel
def _round_corners(vertices, closed, draws, least_radius):
    """Straights and rounded corners along the polyline.

    A closed road begins in the middle of its first edge, an open one at its first vertex.

    Returns:
        Pieces (K, 3), none where a corner leaves too little room, and the start: x [m], y [m], heading [rad].
    """
    corners = vertices.shape[0] if closed else vertices.shape[0] - 2
    pieces, count = np.zeros((PIECES, 3)), 0
    length, heading = _edge(vertices, 0)
    first_length, first_heading = length, heading
    straight = 0.5 * length if closed else length
    for i in range(corners):
        next_length, next_heading = _edge(vertices, i + 1)
        deflection = (next_heading - heading + math.pi) % (2.0 * math.pi) - math.pi
        room = 0.5 * min(length, next_length)
        corner = pieces[count + 1 : count + 4]
        tangent = _fit_corner(deflection, room, draws[2 * i], draws[2 * i + 1], least_radius, corner)
        if tangent < 0.0:
            return pieces[:0], 0.0, 0.0, 0.0
        pieces[count, 0] = straight - tangent
        straight = next_length - tangent
        length, heading, count = next_length, next_heading, count + 4
    pieces[count, 0] = straight - 0.5 * first_length if closed else straight
    along = 0.5 * first_length if closed else 0.0
    x, y = vertices[0, 0] + along * math.cos(first_heading), vertices[0, 1] + along * math.sin(first_heading)
    return pieces[: count + 1], x, y, first_heading


@kernel
def _edge(vertices, i):
    """Length [m] and heading [rad] of the edge that begins at vertex ``i``; after the last one comes the first."""
    count = vertices.shape[0]
    dx = vertices[(i + 1) % count, 0] - vertices[i % count, 0]
    dy = vertices[(i + 1) % count, 1] - vertices[i % count, 1]
    return math.hypot(dx, dy), math.atan2(dy, dx)


@allocating_kernel
def _fit_corner(deflection, room, share_draw, radius_draw, least_radius, pieces):
    """Writes the ``pieces`` (3, 3) of a corner that uses at most ``room`` [m] of either edge.

    Returns:
        Length of its tangents [m], or -1 where it does not fit.
    """
    if not MIN_DEFLECTION <= abs(deflection) <= MAX_DEFLECTION:
        return -1.0
    share = _between(0.3, 0.9, share_draw)
    wanted = math.exp(_between(math.log(least_radius), math.log(MAX_RADIUS), radius_draw))
    unit = tangent_length(deflection, share)
    least = max(least_radius, MIN_CLOTHOID / (share * abs(deflection)))
    radius = min(max(wanted, least), room / unit)
    if radius < least:
        return -1.0
    write_corner(deflection, radius, share, pieces)
    return unit * radius


@kernel
def _keeps_clear(x, y, step, closed):
    """Whether points further apart than NEIGHBOURHOOD along the road are CLEARANCE apart on the ground."""
    count, near = x.shape[0], int(NEIGHBOURHOOD / step)
    for i in range(0, count, CHECKED):
        last = min(count, i + count - near) if closed else count
        for j in range(i + near, last, CHECKED):
            dx, dy = x[i] - x[j], y[i] - y[j]
            if dx * dx + dy * dy < CLEARANCE * CLEARANCE:
                return False
    return True
