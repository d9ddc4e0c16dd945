"""Where cars on two lanes of a junction would touch: the stretches on which the lanes' swept areas overlap.

A lane is a chain of quadrilaterals, one between each two of its points, as wide as the lane but for a margin to each
side, so that lanes side by side do not touch. Two lanes that begin in the same lane part there, and lanes of which one
leads into the other join end to end: neither is a conflict.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import kernel
from sim.network.lines import Evened
from sim.types import Float32Array, FloatArray, IntArray

SWEPT_MARGIN = 0.25  # m on either side that a car in its lane leaves free


class Conflicts(NamedTuple):
    """Pairs of lanes whose swept areas overlap, each once, and where."""

    lanes: IntArray  # (K, 2)
    stations: Float32Array  # (K, 4), m: begin and end on the first, begin and end on the second lane


def find_conflicts(lines: Evened, width: FloatArray, pairs: IntArray) -> Conflicts:
    """Those of the ``pairs`` (K, 2) of lanes that overlap."""
    found = np.full((len(pairs), 4), -1.0, dtype=np.float32)
    points = np.stack([lines.x, lines.y, np.cos(lines.heading), np.sin(lines.heading)], axis=1).astype(np.float32)
    _overlaps(points, lines.station.astype(np.float32), lines.starts, 0.5 * width - SWEPT_MARGIN, pairs, found)
    hit = found[:, 0] >= 0.0
    return Conflicts(pairs[hit], found[hit])


@kernel
def _overlaps(points, stations, starts, halves, pairs, found):
    """Writes into ``found`` (K, 4) from where to where both lanes of a pair overlap; leaves rows of others alone."""
    for k in range(pairs.shape[0]):
        a, b = pairs[k]
        for i in range(starts[a], starts[a + 1] - 1):
            for j in range(starts[b], starts[b + 1] - 1):
                if _near(points, i, j, halves[a] + halves[b]) and _quads_overlap(points, i, halves[a], j, halves[b]):
                    if found[k, 0] < 0.0:
                        found[k, 0], found[k, 2] = stations[i], stations[j]
                        found[k, 1], found[k, 3] = stations[i + 1], stations[j + 1]
                    found[k, 1] = max(found[k, 1], stations[i + 1])
                    found[k, 2] = min(found[k, 2], stations[j])
                    found[k, 3] = max(found[k, 3], stations[j + 1])


@kernel
def _near(points, i, j, reach):
    """Whether quadrilaterals of about 1 m length, and so wide in sum, can touch."""
    dx, dy = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
    limit = reach + 3.5
    return dx * dx + dy * dy < limit * limit


@kernel
def _corner(points, i, half, which):
    """A corner of the quadrilateral from point ``i`` to the next, counter-clockwise from the right of point ``i``."""
    point = points[i + 1] if which in (1, 2) else points[i]
    side = -half if which < 2 else half
    return point[0] - side * point[3], point[1] + side * point[2]


@kernel
def _quads_overlap(points, i, half_i, j, half_j):
    """Whether two convex quadrilaterals share more than their boundary: no edge of either separates them."""
    return not _separates(points, i, half_i, j, half_j) and not _separates(points, j, half_j, i, half_i)


@kernel
def _separates(points, i, half_i, j, half_j):
    for edge in range(4):
        ax, ay = _corner(points, i, half_i, edge)
        bx, by = _corner(points, i, half_i, (edge + 1) % 4)
        outside = True
        for which in range(4):
            cx, cy = _corner(points, j, half_j, which)
            if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 1e-4:
                outside = False
                break
        if outside:
            return True
    return False
