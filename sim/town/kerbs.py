"""Rounded kerbs."""

import math
from typing import NamedTuple

ARC_STEP = math.radians(12.0)  # between points of an outline


class KerbArc(NamedTuple):
    """A rounded kerb; angles are those of its points, as seen from its centre."""

    x: float  # m, centre
    y: float  # m
    radius: float  # m
    begin: float  # rad
    turn: float  # rad, negative: clockwise


def arc_points(arc: KerbArc) -> list[tuple[float, float]]:
    """Points along an arc, its ends included."""
    count = max(math.ceil(abs(arc.turn) / ARC_STEP), 1)
    angles = [arc.begin + arc.turn * k / count for k in range(count + 1)]
    return [(arc.x + arc.radius * math.cos(angle), arc.y + arc.radius * math.sin(angle)) for angle in angles]
