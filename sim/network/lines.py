"""Lanes' centre lines: from dense points to points at even distances."""

from typing import NamedTuple

import numpy as np

from sim.network.rows import flat_ranges, starts_of
from sim.types import FloatArray, Int32Array, IntArray

STEP = 1.0  # m between two points of a lane, about


class Lines(NamedTuple):
    """Lines of points one after the other; dense ones lie at most 0.5 m apart, 0.25 m in tight bends."""

    counts: IntArray  # (L,), points of each line
    x: FloatArray  # (P,), m
    y: FloatArray  # (P,), m
    heading: FloatArray  # (P,), rad, not wrapped within a line
    curvature: FloatArray  # (P,), 1/m


class Evened(NamedTuple):
    """Lines with points at even distances."""

    starts: Int32Array  # (L + 1,)
    length: FloatArray  # (L,), m
    x: FloatArray  # (P,), m
    y: FloatArray  # (P,), m
    heading: FloatArray  # (P,), rad
    curvature: FloatArray  # (P,), 1/m
    station: FloatArray  # (P,), m


def joined(parts: list[Lines]) -> Lines:
    """All lines of several groups, in their order."""
    return Lines(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def even_out(lines: Lines) -> Evened:
    """Points about 1 m apart, the first and the last included.

    The distance between two dense points is that of an arc: chord x (1 + turn^2 / 24).
    """
    first = np.cumsum(lines.counts) - lines.counts
    last = first + lines.counts - 1
    turn = np.diff(lines.heading)
    steps = np.hypot(np.diff(lines.x), np.diff(lines.y)) * (1.0 + turn * turn / 24.0)
    steps[last[:-1]] = 1.0  # from a line's end to the next one's begin
    along = np.concatenate([[0.0], np.cumsum(steps)])
    length = along[last] - along[first]
    pieces = np.maximum(np.rint(length / STEP).astype(np.int64), 1)
    line, index = flat_ranges(pieces + 1)
    station = length[line] * (index / pieces[line])
    wanted = along[first][line] + station
    before = np.clip(np.searchsorted(along, wanted, side="right") - 1, first[line], last[line] - 1)
    share = (wanted - along[before]) / (along[before + 1] - along[before])
    x, y, heading, curvature = (
        column[before] + share * (column[before + 1] - column[before])
        for column in (lines.x, lines.y, lines.heading, lines.curvature)
    )
    return Evened(starts_of(pieces + 1), length, x, y, heading, curvature, station)
