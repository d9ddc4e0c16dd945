"""The map that a camera looks a road up in: every cell knows the road's coordinates at its centre.

A cell of 2 m x 2 m, or of 1 m x 1 m where a road turns tightly, holds, for the nearest point of the centreline, the
distance d to its left, the phase of the dashes, the direction and the curvature. With u and v the way from the cell's
centre along that direction and to its left, and c the curvature of the line through the centre that keeps its distance
from the road, a point near by has

    d = d0 + v - c u^2 / 2,    s = s0 + u (1 + c d0)

up to third order in u and v: a centimetre in the corner of a cell on the tightest bend that is drawn, and in a turn of
3 m; far less elsewhere. Around a turn's centre, where two parts of the road are equally near, one cell knows but one.

All that fits in 64 bits, so a pixel costs one look-up and a road some 200 kB. From the lowest bit on: d (16 bits),
phase (16), curvature (10), sine (11) and cosine (11) of the direction.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels import inlined, kernel
from sim.types import (
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_STATION,
    SEGMENT_X,
    SEGMENT_Y,
    Float32Array,
)

CELL_SIZE, FINE_CELL_SIZE = 2.0, 1.0  # m, edge of a cell, and of one on a road with tight turns
TIGHT_CURVATURE = 0.125  # 1/m, radius of 8 m: no road that is drawn turns more tightly
FOOT_REACH = 1.0  # m along the arc of a segment of about 1 m, whose neighbours begin half as far away
MOST_FINE_CELLS = 4_000_000  # 40 MB and 4 km^2; a larger map keeps its cells of 2 m
MAP_REACH = 10.0  # m from the centreline that the map of a procedural road knows; beyond it all is ground
FARTHEST_REACH = 12.5  # m; profiles end soon after

OFFSET_STEP = 1.0 / 2048.0  # m; d reaches from -16 to 16
PHASE_STEP = 1.0 / 65_536.0  # periods of the dashes; a whole one wraps around to 0
CURVATURE_STEP = 1.0 / 2048.0  # 1/m; c reaches from -0.25 to 0.25
DIRECTION_STEP = 1.0 / 1023.0  # of a sine or cosine

_OFFSET_STEP, _PHASE_STEP = np.float32(OFFSET_STEP), np.float32(PHASE_STEP)
_CURVATURE_STEP, _DIRECTION_STEP = np.float32(CURVATURE_STEP), np.float32(DIRECTION_STEP)
FAR = np.uint64(0x7FFF | 1023 << 53)  # a cell out of reach: 16 m to the left of a road along x


@inlined
def cell_offset(low):
    """Distance d to the left of the centreline [m] from the lower half of a cell, int32."""
    return np.float32(np.int32(low << np.int32(16)) >> np.int32(16)) * _OFFSET_STEP


@inlined
def cell_phase(low):
    """Phase of the dashes, 0..1 period, from the lower half of a cell, int32."""
    return np.float32(np.int32(low >> np.int32(16)) & np.int32(0xFFFF)) * _PHASE_STEP


@inlined
def cell_curvature(high):
    """Curvature at the cell's centre [1/m] from the upper half of a cell, int32."""
    return np.float32(np.int32(high << np.int32(22)) >> np.int32(22)) * _CURVATURE_STEP


@inlined
def cell_sine(high):
    """Sine of the road's direction in the map from the upper half of a cell, int32."""
    return np.float32(np.int32(high << np.int32(11)) >> np.int32(21)) * _DIRECTION_STEP


@inlined
def cell_cosine(high):
    """Cosine of the road's direction in the map from the upper half of a cell, int32."""
    return np.float32(high >> np.int32(21)) * _DIRECTION_STEP


@kernel
def pack_cell(d, phase, curvature, sine, cosine):
    """The 64 bits of a cell; d [m], phase in periods, curvature [1/m]; what is out of range is held at its limit."""
    word = _field(d / OFFSET_STEP, 16)
    word |= np.uint64(np.int64(phase / PHASE_STEP) & 0xFFFF) << np.uint64(16)
    word |= _field(curvature / CURVATURE_STEP, 10) << np.uint64(32)
    word |= _field(sine / DIRECTION_STEP, 11) << np.uint64(42)
    return word | (_field(cosine / DIRECTION_STEP, 11) << np.uint64(53))


@kernel
def _field(steps, bits):
    """The nearest whole number in two's complement."""
    most = (1 << (bits - 1)) - 1
    return np.uint64(np.int64(np.floor(min(max(steps, -most), most) + 0.5)) & ((1 << bits) - 1))


class MapWork(NamedTuple):
    """Room to work in while a map is painted, one entry per cell."""

    nearest: NDArray[np.int16]  # index of the nearest segment, -1 out of reach
    distances: Float32Array  # m^2


def make_work(cells: int) -> MapWork:
    """Room for maps of up to ``cells`` cells."""
    return MapWork(np.empty(cells, dtype=np.int16), np.empty(cells, dtype=np.float32))


@kernel
def paint_cells(segments, extent, reach, dash_period, work, cells):
    """Fills the map of one road.

    Args:
        segments: (M, SEGMENT_FIELDS) the road.
        extent: Cells along x and along y, and their edge [m].
        reach: How far from the centreline the map knows the road [m].
        dash_period: Of the centre line's dashes [m].
        work: ``MapWork`` for at least rows x columns cells; keeps the nearest of every second segment.
        cells: (rows x columns,) uint64, written row by row from the map's corner.
    """
    columns, rows, size = extent
    _find_nearest(segments, extent, reach, work)
    for row in range(rows):
        for column in range(columns):
            place, x, y = row * columns + column, (column + 0.5) * size, (row + 0.5) * size
            index = work.nearest[place]
            if index < 0:
                cells[place] = FAR
            else:
                cells[place] = _cell_at(segments, _nearest_of_three(segments, index, x, y), x, y, dash_period)


@kernel
def _find_nearest(segments, extent, reach, work):
    """Index of the nearest among every second segment per cell, -1 where none is within reach."""
    columns, rows, size = extent
    span = int(reach / size) + 1
    work.distances[: rows * columns] = reach * reach
    work.nearest[: rows * columns] = -1
    for index in range(0, segments.shape[0], 2):
        x, y = segments[index, SEGMENT_X], segments[index, SEGMENT_Y]
        column, row = int(x / size), int(y / size)
        for r in range(max(row - span, 0), min(row + span + 1, rows)):
            dy = np.float32((r + 0.5) * size) - y
            for c in range(max(column - span, 0), min(column + span + 1, columns)):
                dx = np.float32((c + 0.5) * size) - x
                distance = dx * dx + dy * dy
                if distance < work.distances[r * columns + c]:
                    work.distances[r * columns + c] = distance
                    work.nearest[r * columns + c] = index


@kernel
def _nearest_of_three(segments, index, x, y):
    """A segment or one of its neighbours, whichever is nearest to a point [m]."""
    best, best_distance = index, np.inf
    for candidate in range(max(index - 1, 0), min(index + 2, segments.shape[0])):
        dx, dy = x - segments[candidate, SEGMENT_X], y - segments[candidate, SEGMENT_Y]
        distance = dx * dx + dy * dy
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


@kernel
def _cell_at(segments, index, x, y, dash_period):
    """The cell with centre (x, y) [m]: road coordinates on the arc of the nearest segment."""
    cosine, sine = float(segments[index, SEGMENT_COS]), float(segments[index, SEGMENT_SIN])
    curvature = float(segments[index, SEGMENT_CURVATURE])
    dx, dy = x - segments[index, SEGMENT_X], y - segments[index, SEGMENT_Y]
    u, v = cosine * dx + sine * dy, cosine * dy - sine * dx
    if abs(curvature) > TIGHT_CURVATURE:
        along, d, turn_sine, turn_cosine = tight_foot(curvature, u, v)
    else:
        along, d, turn_sine, turn_cosine = foot(curvature, u, v)
    phase = (segments[index, SEGMENT_STATION] + along) / dash_period
    return pack_cell(
        d,
        phase - np.floor(phase),
        curvature / (1.0 - curvature * d),
        sine * turn_cosine + turn_sine * cosine,
        cosine * turn_cosine - turn_sine * sine,
    )


@kernel
def foot(curvature, u, v):
    """Where the perpendicular from (u, v) [m] in a segment's frame meets its arc, to second order in u.

    With curvature k, it lies a = atan(k u / (1 - k v)) / k along the arc, ~ u / (1 - k v), and the road has turned by
    k a there.

    Returns:
        a [m], the distance d to the road's left [m], and sine and cosine of the turn, ~ k a and 1.
    """
    along = u / (1.0 - curvature * v)
    return along, v - 0.5 * curvature * u * along, curvature * along, 1.0


@kernel
def tight_foot(curvature, u, v):
    """The same without approximations, for bends whose centre may lie in the map.

    From beyond the centre, the perpendicular leads to the other side of the circle, so the foot is held near the
    segment. At the centre itself, every point of the arc is as near as any other.
    """
    along = min(max(math.atan2(curvature * u, 1.0 - curvature * v) / curvature, -FOOT_REACH), FOOT_REACH)
    sine, cosine = math.sin(curvature * along), math.cos(curvature * along)
    d = cosine * (v - (1.0 - cosine) / curvature) - sine * (u - sine / curvature)
    return along, d, sine, cosine
