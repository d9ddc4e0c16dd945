"""Smooth ways through junctions: Bezier curves of degree five, whose curvature begins and ends at zero.

The way from one pose to another follows the two tangents until as far from their corner as the nearer end allows, and
rounds it in between. With tangents of length t and a deflection of up to 120 degrees, control points at 0.2 t and
0.7 t to 0.5 t keep the radius within 10 % of an arc's. Where there is no corner, the way is an even S.
"""

import numpy as np

from sim.network.lines import Lines
from sim.network.rows import flat_ranges
from sim.types import BoolArray, FloatArray

POINTS = 44  # of a curve; its longest, some 40 m, have one a metre, tight bends four
ARC_STEP = 0.25  # m between the points of an arc, at the most
LEAST_ARC = 7.5  # m, radius of an arc in place of the curve, whose own least radius then is over 6 m
NO_CORNER = np.radians(14.0)  # deflections below are taken for an S
ROUNDED = 0.98  # share of the tangents that the curve takes
_U = np.linspace(0.0, 1.0, POINTS)
_BASIS = np.stack([c * _U**k * (1 - _U) ** (5 - k) for k, c in enumerate((1, 5, 10, 10, 5, 1))])
_FIRST = 5 * np.stack([c * _U**k * (1 - _U) ** (4 - k) for k, c in enumerate((1, 4, 6, 4, 1))])
_SECOND = 20 * np.stack([c * _U**k * (1 - _U) ** (3 - k) for k, c in enumerate((1, 3, 3, 1))])


def join_poses(begin: FloatArray, end: FloatArray, straight: FloatArray) -> Lines:
    """Dense points from ``begin`` to ``end``, each (M, 3): x [m], y [m], heading [rad].

    They go straight on for the lengths ``straight`` (M, 2) [m] at the least, where there is a corner.
    """
    turn = (end[:, 2] - begin[:, 2] + np.pi) % (2.0 * np.pi) - np.pi
    h0 = np.stack([np.cos(begin[:, 2]), np.sin(begin[:, 2])], axis=1)
    h1 = np.stack([np.cos(end[:, 2]), np.sin(end[:, 2])], axis=1)
    before, after, corner = _tangents(begin, end, h0, h1, turn)
    free = np.minimum(before - straight[:, 0] * corner, after - straight[:, 1] * corner)
    needed = np.minimum(LEAST_ARC * np.tan(0.5 * np.abs(turn)), np.minimum(before, after))
    tangent = (ROUNDED * np.maximum(free, needed))[:, None]
    far = np.clip(0.7 - 0.2 * (np.abs(turn) - np.pi / 3.0) / (np.pi / 3.0), 0.4, 0.7)[:, None]
    first, last = begin[:, :2] + (before[:, None] - tangent) * h0, end[:, :2] - (after[:, None] - tangent) * h1
    control = np.stack(
        [
            first,
            first + 0.2 * tangent * h0,
            first + far * tangent * h0,
            last - far * tangent * h1,
            last - 0.2 * tangent * h1,
            last,
        ],
        axis=1,
    )
    return _sampled(begin, end, control)


def _tangents(
    begin: FloatArray, end: FloatArray, h0: FloatArray, h1: FloatArray, turn: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Distance from the begin to the corner and from there to the end, and whether there is one: else half the way."""
    dx, dy = (end[:, :2] - begin[:, :2]).T
    sine = np.sin(turn)
    safe = np.where(np.abs(sine) < 1e-3, 1.0, sine)
    before, after = (dx * h1[:, 1] - dy * h1[:, 0]) / safe, (h0[:, 0] * dy - h0[:, 1] * dx) / safe
    half = 0.5 * np.hypot(dx, dy)
    corner = (np.abs(turn) > NO_CORNER) & (before > 0.25 * half) & (after > 0.25 * half)
    return np.where(corner, before, half), np.where(corner, after, half), corner


def _sampled(begin: FloatArray, end: FloatArray, control: FloatArray) -> Lines:
    """Points of the curves with control points (M, 6, 2), and the straight ends before and behind."""
    points = np.einsum("kp,mkc->mpc", _BASIS, control)
    first = np.einsum("kp,mkc->mpc", _FIRST, np.diff(control, axis=1))
    second = np.einsum("kp,mkc->mpc", _SECOND, np.diff(control, n=2, axis=1))
    speed = np.hypot(first[..., 0], first[..., 1])
    curvature = (first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]) / speed**3
    heading = np.arctan2(first[..., 1], first[..., 0])
    rows = np.zeros((len(begin), POINTS + 2, 4))
    rows[:, 0, :3], rows[:, -1, :3] = begin, end
    rows[:, 1:-1, :2], rows[:, 1:-1, 2], rows[:, 1:-1, 3] = points, heading, curvature
    rows[..., 2] = np.unwrap(rows[..., 2], axis=1)
    x, y, heading, curvature = rows.reshape(-1, 4).T
    return Lines(np.full(len(begin), POINTS + 2), x, y, heading, curvature)


def arcs(circles: FloatArray) -> Lines:
    """Dense points along arcs (M, 5): centre x, y, radius [m], first angle and angle turned, positive [rad]."""
    pieces = np.ceil(circles[:, 2] * circles[:, 4] / ARC_STEP).astype(np.int64)
    row, index = flat_ranges(pieces + 1)
    x, y, radius, first, turn = circles[row].T
    angle = first + turn * (index / pieces[row])
    x, y = x + radius * np.cos(angle), y + radius * np.sin(angle)
    return Lines(pieces + 1, x, y, angle + 0.5 * np.pi, 1.0 / radius)
