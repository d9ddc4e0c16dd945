"""A road's colours as the camera looks them up: a profile across the road, once for every amount of blur.

Level k averages over 0.05 x 2^k m, so that a line of 0.15 m keeps its share of a far pixel and never flickers. Along
the road only the dashes change. So an entry holds the colour where there is a gap, and how much of it a dash would
paint.
"""

import numpy as np

from sim.kernels import allocating_kernel, kernel
from sim.roads.style import WHITE, Color, RoadStyle
from sim.types import FloatArray, WordArray

PROFILE_STEP = 0.05  # m between two entries
PROFILE_ENTRIES = 512  # a power of two; they reach 12.8 m to either side of the centreline
PROFILE_LEVELS = 8  # the last one averages over 6.4 m
EDGE_BLUR = 0.3  # m over which asphalt turns into ground


def make_profile(style: RoadStyle) -> WordArray:
    """Colours across the road from right to left, level by level.

    Returns:
        Shape (PROFILE_LEVELS x PROFILE_ENTRIES,), dtype uint32: from the lowest byte on red, green, blue and the share
        that a dash would paint, each 0..255.
    """
    profile = np.empty(PROFILE_LEVELS * PROFILE_ENTRIES, dtype=np.uint32)
    surface = np.array([style.ground, style.asphalt])
    _paint(surface, style.half_width, np.array(_lines(style)), style.line_width, profile)
    return profile


def blur_profile(section: FloatArray) -> WordArray:
    """A profile of any cross-section: (PROFILE_ENTRIES, 4) red, green, blue and share of a dash, each 0..255."""
    profile = np.empty(PROFILE_LEVELS * PROFILE_ENTRIES, dtype=np.uint32)
    _blur(section, profile)
    return profile


def _lines(style: RoadStyle) -> list[tuple[float, float, float, float, bool]]:
    """Lateral position [m], red, green, blue, and whether it is dashed, of each painted line."""
    edges = [_line(side * style.lane_width, WHITE) for side in (-1.0, 1.0)]
    if style.center_line == "double":
        return edges + [_line(side * style.line_width, style.center_color) for side in (-1.0, 1.0)]
    return [*edges, _line(0.0, style.center_color, style.center_line == "dashed")]


def _line(position: float, color: Color, dashed: bool = False) -> tuple[float, float, float, float, bool]:
    return (position, *color, dashed)


@allocating_kernel
def _paint(surface, half_width, lines, line_width, profile):
    """Cross-section of surface (ground, asphalt) and lines (K, 5), blurred into all levels of the profile."""
    section = np.empty((PROFILE_ENTRIES, 4))
    for entry in range(PROFILE_ENTRIES):
        d = (entry + 0.5 - 0.5 * PROFILE_ENTRIES) * PROFILE_STEP
        _section_at(d, surface, half_width, lines, line_width, section[entry])
    _blur(section, profile)


@allocating_kernel
def _blur(section, profile):
    """Averages a cross-section (PROFILE_ENTRIES, 4) into all levels of the profile."""
    sums = _running_sums(section)
    for level in range(PROFILE_LEVELS):
        left, right = (1 << level) // 2, ((1 << level) + 1) // 2
        for entry in range(PROFILE_ENTRIES):
            first, last = PROFILE_ENTRIES + entry - left, PROFILE_ENTRIES + entry + right
            word = np.uint32(0)
            for channel in range(4):
                mean = (sums[last, channel] - sums[first, channel]) / (last - first)
                word |= np.uint32(int(mean + 0.5)) << np.uint32(8 * channel)
            profile[level * PROFILE_ENTRIES + entry] = word


@kernel
def _section_at(d, surface, half_width, lines, line_width, color):
    """Unblurred colour, and the share of a dash, at lateral position ``d`` [m]."""
    paved = _cover(half_width - abs(d), EDGE_BLUR)
    for channel in range(3):
        color[channel] = surface[0, channel] + paved * (surface[1, channel] - surface[0, channel])
    color[3] = 0.0
    for line in range(lines.shape[0]):
        painted = _cover(0.5 * line_width - abs(d - lines[line, 0]), PROFILE_STEP)
        if lines[line, 4] > 0.0:
            color[3] = 255.0 * painted
            continue
        for channel in range(3):
            color[channel] += painted * (lines[line, 1 + channel] - color[channel])


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


def word_of(color: Color) -> np.uint32:
    """The entry of a profile that is one colour, without a dash."""
    red, green, blue = (int(value + 0.5) for value in color)
    return np.uint32(red | green << 8 | blue << 16)


def words_of(profile: WordArray) -> FloatArray:
    """The profile unpacked, for people and tests: shape (levels, entries, 4)."""
    channels = profile.view(np.uint8).reshape(PROFILE_LEVELS, PROFILE_ENTRIES, 4)
    return channels.astype(np.float64)
