"""Whether a town that was drawn can be driven: cars can steer along its lanes, and stay on its asphalt."""

import numpy as np

from sim.town.assemble import Parts
from sim.types import BoolArray, FloatArray

LEAST_RADIUS = 6.0  # m, of a lane's centre line
HALF_CAR = 0.9  # m


def can_be_driven(parts: Parts) -> bool:
    """Whether no lane bends too much, and no car on a connecting lane leaves the paved area of its junction."""
    network = parts.network
    if np.abs(network.curvature).max() >= 1.0 / LEAST_RADIUS:
        return False
    lane = np.repeat(np.arange(len(network.lane_length)), np.diff(network.lane_points))
    inner = np.ones(len(lane), dtype=np.bool_)  # a lane's ends lie on the outline
    inner[network.lane_points[:-1]] = inner[network.lane_points[1:] - 1] = False
    of_junction = np.where(inner, network.lane_junction[lane], -1)
    for index, junction in enumerate(parts.junctions):
        rows = np.flatnonzero(of_junction == index)
        x, y = network.x[rows].astype(np.float64), network.y[rows].astype(np.float64)
        aside, ahead = HALF_CAR * network.sin[rows], HALF_CAR * network.cos[rows]
        sides = np.concatenate([x + aside, x - aside]), np.concatenate([y - ahead, y + ahead])
        if not is_inside(junction.outline, *sides).all():
            return False
    return True


def is_inside(outline: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """Whether points (K,) lie in a closed outline (P, 2): an odd number of its edges lies to the left of each."""
    (ax, ay), (bx, by) = outline.T[:, :, None], np.roll(outline, -1, axis=0).T[:, :, None]
    spans = (ay > y) != (by > y)
    edge, point = np.nonzero(spans)
    ax, ay, bx, by = (column[edge, 0] for column in (ax, ay, bx, by))
    left = ax + (y[point] - ay) / (by - ay) * (bx - ax) < x[point]
    return np.asarray(np.bincount(point[left], minlength=len(x)) % 2 == 1)
