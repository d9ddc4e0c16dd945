"""A road's colours as the camera looks them up: a profile across the road, once for every amount of blur.

Level k averages over 0.05 x 2^k m, so that a line of 0.15 m keeps its share of a far pixel and never flickers. Along
the road only the dashes and the cross-section change. So an entry holds the colour where there is a gap, and how much
of it a dash would paint, and every cross-section has a profile of its own.
"""

from collections.abc import Sequence

import numpy as np

from sim.kernels import allocating_kernel, kernel
from sim.roads.course import CrossSection
from sim.roads.style import Color
from sim.types import FloatArray, WordArray

PROFILE_STEP = 0.05  # m between two entries
PROFILE_ENTRIES = 512  # a power of two; they reach 12.8 m to either side of the centreline
PROFILE_LEVELS = 8  # the last one averages over 6.4 m
EDGE_BLUR = 0.3  # m over which one surface turns into the next


def make_profiles(sections: Sequence[CrossSection], ground: Color) -> WordArray:
    """Colours across the road from right to left, section by section and level by level.

    The last entries are ``ground``, whatever is paved: that is where the map sends what lies out of its reach.

    Returns:
        Shape (sections x PROFILE_LEVELS x PROFILE_ENTRIES,), dtype uint32: from the lowest byte on red, green, blue and
        the share that a dash would paint, each 0..255.
    """
    profiles = np.empty((len(sections), PROFILE_LEVELS, PROFILE_ENTRIES), dtype=np.uint32)
    for section, profile in zip(sections, profiles, strict=True):
        surfaces = [(surface.begin, *surface.color) for surface in section.surfaces]
        lines = [(line.position, line.width, line.dashed, *line.color) for line in section.lines]
        _paint(_rows(surfaces, 4), _rows(lines, 6), np.array(ground), profile)
    red, green, blue = (int(value + 0.5) for value in ground)
    profiles[:, :, -1] = red | green << 8 | blue << 16
    return profiles.ravel()


def _rows(values: Sequence[tuple[float, ...]], columns: int) -> FloatArray:
    return np.array(values, dtype=np.float64).reshape(-1, columns)


@allocating_kernel
def _paint(surfaces, lines, ground, profile):
    """Paints a cross-section, surfaces (K, 4) and lines (L, 6) over the ground, into all levels (levels, entries)."""
    section = np.empty((PROFILE_ENTRIES, 4))
    for entry in range(PROFILE_ENTRIES):
        d = (entry + 0.5 - 0.5 * PROFILE_ENTRIES) * PROFILE_STEP
        _paint_entry(d, surfaces, lines, ground, section[entry])
    sums = _running_sums(section)
    for level in range(PROFILE_LEVELS):
        left, right = (1 << level) // 2, ((1 << level) + 1) // 2
        for entry in range(PROFILE_ENTRIES):
            first, last = PROFILE_ENTRIES + entry - left, PROFILE_ENTRIES + entry + right
            word = np.uint32(0)
            for channel in range(4):
                mean = (sums[last, channel] - sums[first, channel]) / (last - first)
                word |= np.uint32(int(mean + 0.5)) << np.uint32(8 * channel)
            profile[level, entry] = word


@kernel
def _paint_entry(d, surfaces, lines, ground, color):
    """Unblurred colour, and the share of a dash, at lateral position ``d`` [m]; ``color`` (4,) is written, 0..255."""
    color[0], color[1], color[2], color[3] = ground[0], ground[1], ground[2], 0.0
    for k in range(surfaces.shape[0]):
        _lay(color, surfaces[k, 1:], _cover(d - surfaces[k, 0], EDGE_BLUR))
    for k in range(lines.shape[0]):
        painted = _cover(0.5 * lines[k, 1] - abs(d - lines[k, 0]), PROFILE_STEP)
        if lines[k, 2] > 0.0:
            color[3] = max(color[3], 255.0 * painted)
        else:
            _lay(color, lines[k, 3:], painted)


@kernel
def _lay(color, over, cover):
    """Lets the colour ``over`` (3,) cover a share of ``color``."""
    for channel in range(3):
        color[channel] += cover * (over[channel] - color[channel])


@kernel
def _cover(inside, blur):
    """Share of an edge that is ``blur`` [m] wide, at ``inside`` [m] from its middle."""
    return min(max(inside / blur + 0.5, 0.0), 1.0)


@allocating_kernel
def _running_sums(section):
    """Sums over the section continued at both ends: row i is the sum of the first i of three times as many entries."""
    sums = np.zeros((3 * PROFILE_ENTRIES + 1, 4))
    for i in range(3 * PROFILE_ENTRIES):
        entry = min(max(i - PROFILE_ENTRIES, 0), PROFILE_ENTRIES - 1)
        for channel in range(4):
            sums[i + 1, channel] = sums[i, channel] + section[entry, channel]
    return sums
