"""How sharp a road is: how much of it are tight bends, and how often one bend follows another to the other side."""

import numpy as np

from sim.roads.centerline import Centerline
from sim.types import FloatArray

TIGHT_RADIUS = 30.0  # m; at 10 m/s, such a bend takes 3.3 m/s^2, more than ISO 11270 allows a lane keeper
BEND_RADIUS = 60.0  # m
S_CURVE_GAP = 40.0  # m between two bends at the most; 4 s at full speed


def tight_share(line: Centerline) -> float:
    """Share of the line's length with a radius below 30 m, 0..1."""
    return float(np.mean(np.abs(line.curvature) > 1.0 / TIGHT_RADIUS))


def s_curves_per_km(line: Centerline) -> float:
    """How often a bend of radius below 60 m follows one to the other side within 40 m [1/km]."""
    bends = np.flatnonzero(np.abs(line.curvature) > 1.0 / BEND_RADIUS)
    sides: FloatArray = np.sign(line.curvature[bends])
    turns_over = (sides[1:] != sides[:-1]) & (np.diff(bends) * line.step <= S_CURVE_GAP)
    return float(np.count_nonzero(turns_over)) / (line.length / 1000.0)
