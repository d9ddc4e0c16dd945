"""Where roads of a map overlap, as they do in junctions, the edge of one on the asphalt of another is not to be seen.

Cells there show a cross-section that has asphalt everywhere, and the same lines.
"""

import math

from sim.camera.profile import EDGE_BLUR
from sim.kernels import kernel

FINE = 3  # places along a cell's edge at which one looks for asphalt
SLIT = 0.05  # m between two stretches of asphalt that is not there


@kernel
def mark_asphalt(x, y, cos, sin, edges, starts, size, asphalt):
    """Marks which places of a grid with this ``size`` [m] lie on asphalt, ``asphalt`` (rows, columns).

    Ribbons have their points from ``starts`` on: (P,) x, y [m] and cosine and sine of the heading; ``edges`` (P, 2)
    [m] are those of the asphalt.
    """
    for ribbon in range(len(starts) - 1):
        for k in range(starts[ribbon], starts[ribbon + 1] - 1):
            right = (x[k] + edges[k, 0] * -sin[k], y[k] + edges[k, 0] * cos[k])
            left = (x[k] + edges[k, 1] * -sin[k], y[k] + edges[k, 1] * cos[k])
            n = k + 1
            next_right = (x[n] + edges[n, 0] * -sin[n], y[n] + edges[n, 0] * cos[n])
            next_left = (x[n] + edges[n, 1] * -sin[n], y[n] + edges[n, 1] * cos[n])
            _mark((right, next_right, next_left, left), size, asphalt)


@kernel
def _mark(corners, size, asphalt):
    """Marks the places in a convex quadrilateral, counter-clockwise."""
    low_x, high_x, low_y, high_y = math.inf, -math.inf, math.inf, -math.inf
    for corner in corners:
        low_x, high_x = min(low_x, corner[0]), max(high_x, corner[0])
        low_y, high_y = min(low_y, corner[1]), max(high_y, corner[1])
    rows, columns = asphalt.shape
    for row in range(max(int(low_y / size) - 1, 0), min(int(high_y / size) + 2, rows)):
        for column in range(max(int(low_x / size) - 1, 0), min(int(high_x / size) + 2, columns)):
            inside, before = True, corners[3]
            for corner in corners:
                dx, dy = corner[0] - before[0], corner[1] - before[1]
                px, py = (column + 0.5) * size - before[0], (row + 0.5) * size - before[1]
                inside = inside and dx * py - dy * px >= -SLIT * math.hypot(dx, dy)
                before = corner
            if inside:
                asphalt[row, column] = True


@kernel
def flood(asphalt, columns, cell, score, flooded, sections):
    """Gives cells near the edge of their road a section without edges where asphalt lies all around.

    Args:
        asphalt: (FINE x rows, FINE x columns), where it lies.
        columns: Of cells.
        cell: Edge of a cell [m].
        score: (cells,), m beyond the asphalt's edge.
        flooded: (S,), the section without edges that stands for each.
        sections: (cells,), written.
    """
    near = 0.5 * math.sqrt(2.0) * cell + EDGE_BLUR
    for place in range(len(sections)):
        if score[place] < -near or score[place] == math.inf:
            continue
        row, column, around = FINE * (place // columns), FINE * (place % columns), True
        for r in range(max(row - 1, 0), min(row + FINE + 1, asphalt.shape[0])):
            for c in range(max(column - 1, 0), min(column + FINE + 1, asphalt.shape[1])):
                around = around and asphalt[r, c]
        if around:
            sections[place] = flooded[sections[place]]
