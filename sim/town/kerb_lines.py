"""Kerbs of junctions and islands as lines, with the paved area on their left."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.kernels import allocating_kernel, kernel
from sim.town.surfaces import Surfaces
from sim.town.town import Town
from sim.types import FloatArray

STEP = 1.0  # m between two points, about
SHORTEST = 0.01  # m between two corners that are not the same
TIGHTEST = 0.2  # 1/m, of kerbs


class KerbLine(NamedTuple):
    """M points along a kerb."""

    x: FloatArray  # (M,), m
    y: FloatArray  # (M,), m
    heading: FloatArray  # (M,), rad
    curvature: FloatArray  # (M,), 1/m
    station: FloatArray  # (M,), m
    junction: int


def kerb_lines(surfaces: Surfaces, left_hand: bool) -> Iterator[KerbLine]:
    """The kerbs of all junctions, from mouth to mouth."""
    points = np.stack([surfaces.outline_x, surfaces.outline_y], axis=1).astype(np.float64)
    kerbs = surfaces.outline_kerb.tolist()
    for junction in range(len(surfaces.junction_pavement)):
        rows = slice(*surfaces.outline_points[junction : junction + 2].tolist())
        outline, kerb = points[rows], kerbs[rows]
        if left_hand:  # clockwise
            outline, kerb = outline[::-1], [*kerb[-2::-1], kerb[-1]]
        for corners in _runs(kerb):
            x, y, heading, curvature, station = smooth_line(outline[corners]).T
            yield KerbLine(x, y, heading, curvature, station, junction)


def circle(junction: int, town: Town, radius: float) -> KerbLine:
    """A circle around a junction's middle, clockwise: an island's kerb has the ring on its left."""
    angle = np.linspace(2.0 * math.pi, 0.0, math.ceil(2.0 * math.pi * radius / STEP) + 1)
    x = float(town.network.junction_x[junction]) + radius * np.cos(angle)
    y = float(town.network.junction_y[junction]) + radius * np.sin(angle)
    curvature = np.full(len(angle), -1.0 / radius)
    return KerbLine(x, y, angle - 0.5 * math.pi, curvature, radius * angle[::-1], junction)


def _runs(kerb: list[bool]) -> Iterator[list[int]]:
    """Points along each run of edges that are kerbs, around the polygon; there is a mouth at least."""
    count = len(kerb)
    start = kerb.index(False)
    run: list[int] = []
    for k in range(start, start + count + 1):
        if k < start + count and kerb[k % count]:
            run.append(k % count)
        elif run:
            yield [*run, (run[-1] + 1) % count]
            run = []


@allocating_kernel
def smooth_line(corners):
    """A smooth line through a chain of corners (K, 2) [m]; (M, 5): x, y [m], heading [rad], curvature, station [m].

    Between two corners it is Hermite's cubic curve. The heading at a corner is the mean of those of the chords around
    it, the longer one counting more: where a straight kerb turns into a rounded one, it is still straight.
    """
    chords = _chords(corners)
    last, length = chords.shape[0] - 1, chords[:, 2].sum()
    count = max(math.ceil(length / STEP), 2)
    rows = np.empty((count + 1, 5))
    piece, begin = 0, 0.0
    for i in range(count + 1):
        station = length * i / count
        while piece < last and station > begin + chords[piece, 2]:
            begin += chords[piece, 2]
            piece += 1
        from_heading, to_heading = _heading_at(chords, piece), _heading_at(chords, piece + 1)
        share = (station - begin) / chords[piece, 2]
        rows[i, 0], rows[i, 1] = _cubic(chords[piece], from_heading, to_heading, share)
        rows[i, 2], rows[i, 4] = from_heading + share * (to_heading - from_heading), station
    for i in range(count + 1):
        before, after = max(i - 1, 0), min(i + 1, count)
        bend = (rows[after, 2] - rows[before, 2]) / (rows[after, 4] - rows[before, 4])
        rows[i, 3] = min(max(bend, -TIGHTEST), TIGHTEST)
    return rows


@allocating_kernel
def _chords(corners):
    """From each corner to the next: x, y [m], length [m] and heading [rad], not wrapped; where corners meet, none."""
    chords = np.empty((corners.shape[0] - 1, 4))
    count = 0
    for k in range(1, corners.shape[0]):
        dx, dy = corners[k, 0] - corners[k - 1, 0], corners[k, 1] - corners[k - 1, 1]
        length, heading = math.hypot(dx, dy), math.atan2(dy, dx)
        if length > SHORTEST:
            if count > 0:
                before = chords[count - 1, 3]
                heading = before + (heading - before + math.pi) % (2.0 * math.pi) - math.pi
            chords[count] = corners[k - 1, 0], corners[k - 1, 1], length, heading
            count += 1
    return chords[:count]


@kernel
def _heading_at(chords, corner):
    """Heading at the begin of a chord, or at the end of the last one."""
    if corner in (0, chords.shape[0]):
        return chords[min(corner, chords.shape[0] - 1), 3]
    own, before = chords[corner], chords[corner - 1]
    return (own[2] * own[3] + before[2] * before[3]) / (own[2] + before[2])


@kernel
def _cubic(chord, from_heading, to_heading, u):
    """The point at a share ``u`` of Hermite's curve over a chord that begins and ends with these headings."""
    x, y, length, heading = chord
    p, q, way = u * (1.0 - u) ** 2 * length, u * u * (u - 1.0) * length, u * u * (3.0 - 2.0 * u) * length
    return (
        x + way * math.cos(heading) + p * math.cos(from_heading) + q * math.cos(to_heading),
        y + way * math.sin(heading) + p * math.sin(from_heading) + q * math.sin(to_heading),
    )
