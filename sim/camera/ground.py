"""From the ground that each pixel sees to a place across the road and along it.

A row's pixels look at a straight line. So they go in spans of four: the middle of a span looks its cell up and finds
its place on the road, and its pixels follow from there along the line. At its ends, a span of length l on a bend of
curvature c is c (l / 2)^2 / 2 beside its place, far less than a pixel. Far off, where pixels are wide, and in frames
whose width is not a multiple of four, every pixel is a span of its own. A span asks neither its neighbours nor the row,
so nothing needs care where the nearest part of the road changes, or where a row ends.

Spans are worked on in blocks of a size that stays in the processor's nearest cache, one short loop after the other, so
that each loop either only computes, many at a time, or only looks something up. Indices into the camera's arrays are
unsigned: a signed one might count from the end, and then the compiler would not load many neighbours at once.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, PROFILE_STEP
from sim.camera.spans import BLOCK_SIZE, SPAN
from sim.kernels import fma, inlined
from sim.roads.cells import cell_cosine, cell_curvature, cell_offset, cell_phase, cell_sine

_ZERO, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_PER_ENTRY, _MIDDLE_ENTRY = np.float32(1.0 / PROFILE_STEP), np.float32(0.5 * PROFILE_ENTRIES)
_LAST_ENTRY, _LAST_LEVEL = np.float32(PROFILE_ENTRIES - 1), np.int32(PROFILE_LEVELS - 1)
_LEVEL_SHIFT = np.int32(PROFILE_ENTRIES.bit_length() - 1)
_SECTION_SHIFT = np.int32((PROFILE_LEVELS * PROFILE_ENTRIES).bit_length() - 1)
_MANTISSA_BITS, _EXPONENT_BIAS = np.int32(23), np.int32(127)  # IEEE 754 single precision
_SPAN_MIDDLE = np.float32(0.5 * (SPAN - 1))


class Viewpoint(NamedTuple):
    """Where the car stands in its ground map, and when."""

    x: np.float32  # m, rear axle
    y: np.float32  # m
    cos: np.float32  # of the heading
    sin: np.float32
    turn: np.float32  # heading in turns
    step: int  # of the episode


@inlined
def locate(view, camera, first, count, ground, scratch):
    """Which cell of the map the middle of each span lies in, and where in it."""
    last_column, last_row = np.float32(ground.columns - 1), np.float32(ground.rows - 1)
    width, cell, per_cell = np.int32(ground.columns), ground.cell, _ONE / ground.cell
    for i in range(count):
        forward, left = camera.span_forward[first + np.uint64(i)], camera.span_left[first + np.uint64(i)]
        x = fma(view.cos, forward, fma(-view.sin, left, view.x))
        y = fma(view.sin, forward, fma(view.cos, left, view.y))
        in_columns = min(max(x * per_cell, _ZERO), last_column)
        in_rows = min(max(y * per_cell, _ZERO), last_row)
        column, row = np.int32(in_columns), np.int32(in_rows)
        scratch.cell[i] = np.int32(row * width + column)
        scratch.x[i] = (in_columns - np.float32(column) - _HALF) * cell
        scratch.y[i] = (in_rows - np.float32(row) - _HALF) * cell


@inlined
def look_up_cells(cells, count, scratch):
    """The cells that the spans lie in."""
    for i in range(count):
        cell = cells[np.uint32(scratch.cell[i])]
        scratch.low[i] = np.int32(np.uint32(cell))
        scratch.high[i] = np.int32(np.uint32(cell >> np.uint64(32)))


@inlined
def set_dashes(dashes, scratch):
    """Sets the dashes of all spans, where a map has but one section; ``dashes`` (1, 2)."""
    for i in range(BLOCK_SIZE):
        scratch.per_period[i], scratch.share[i] = dashes[0, 0], dashes[0, 1]


@inlined
def choose_dashes(sections, dashes, count, scratch):
    """Sets the dashes of each span to those of the section that it looks at."""
    for i in range(count):
        section = np.uint32(sections[np.uint32(scratch.cell[i])])
        scratch.per_period[i], scratch.share[i] = dashes[section, 0], dashes[section, 1]


@inlined
def blur_level(width):
    """Profile level whose average is about ``width`` [m] wide: floor(log2(width / 0.05)), held in range.

    The exponent of a float32 is the logarithm.
    """
    exponent = (np.float32(width * _PER_ENTRY).view(np.int32) >> _MANTISSA_BITS) - _EXPONENT_BIAS
    return np.int32(min(max(exponent, np.int32(0)), _LAST_LEVEL))


@inlined
def find_on_road(view, camera, first, count, scratch):
    """Where the middle of each span lies on the road, how that changes by pixel, and how far a pixel's ground reaches.

    A pixel's parallelogram reaches across the road as far as its two edges do together, and along it likewise. The next
    pixel lies one width to the car's right.
    """
    for i in range(count):
        per_period = scratch.per_period[i]
        low, high = scratch.low[i], scratch.high[i]
        cos, sin, curvature = cell_cosine(high), cell_sine(high), cell_curvature(high)
        middle = cell_offset(low)
        u = fma(cos, scratch.x[i], sin * scratch.y[i])
        v = fma(cos, scratch.y[i], -sin * scratch.x[i])
        d = fma(-_HALF * curvature * u, u, middle + v)
        periods = per_period * fma(curvature, middle, _ONE)
        ahead, aside = fma(cos, view.cos, sin * view.sin), fma(sin, view.cos, -cos * view.sin)
        width, forward, left = (
            camera.span_width[first + np.uint64(i)],
            camera.span_depth_forward[first + np.uint64(i)],
            camera.span_depth_left[first + np.uint64(i)],
        )
        across = fma(abs(ahead), width, abs(fma(ahead, left, -aside * forward)))
        along = fma(abs(aside), width, abs(fma(ahead, forward, aside * left)))
        scratch.entry[i] = fma(d, _PER_ENTRY, _MIDDLE_ENTRY)
        scratch.entry_step[i] = width * fma(curvature * u, aside, -ahead) * _PER_ENTRY
        scratch.phase[i] = fma(u, periods, cell_phase(low))
        scratch.phase_step[i] = -width * aside * periods
        scratch.level[i] = np.int32(blur_level(across) << _LEVEL_SHIFT)
        scratch.depth[i] = along * per_period


@inlined
def choose_profiles(sections, count, scratch):
    """Moves each span's level to the profile of the place that it looks at, where a road's cross-section varies."""
    for i in range(count):
        section = np.int32(sections[np.uint32(scratch.cell[i])])
        scratch.level[i] = np.int32(scratch.level[i] | np.int32(section << _SECTION_SHIFT))


@inlined
def dash_cover(phase, depth, share):
    """Share of a stretch of ``depth`` around ``phase`` that dashes cover, 0..1; lengths are in periods of the dashes.

    Dashes are centred on whole phases and cover ``share`` of the period. From half a period on, the result tends to it.
    """
    distance = abs(phase - np.floor(phase + _HALF))
    overlap = min(max(_HALF * (share + depth) - distance, _ZERO), min(share, depth))
    weight = min(max(fma(_TWO, depth, -_ONE), _ZERO), _ONE)
    return fma((_ONE - weight) / depth, overlap, weight * share)


@inlined
def profile_index(level, entry):
    """Index of an entry of the profile at a level; beyond its ends it continues."""
    return np.int32(level | np.int32(min(max(entry, _ZERO), _LAST_ENTRY)))


@inlined
def place_single_pixels(count, scratch):
    """Which entry of the profile each pixel sees, and how much of it dashes cover, where every pixel is a span."""
    for i in range(count):
        scratch.color[i] = profile_index(scratch.level[i], scratch.entry[i])
        scratch.cover[i] = dash_cover(scratch.phase[i], scratch.depth[i], scratch.share[i])


@inlined
def place_pixels(count, scratch):
    """The same for the pixels of ``count`` spans of ``SPAN``."""
    for i in range(count):
        level, depth, share = scratch.level[i], scratch.depth[i], scratch.share[i]
        entry, entry_step = scratch.entry[i], scratch.entry_step[i]
        phase, phase_step = scratch.phase[i], scratch.phase_step[i]
        for k in range(SPAN):
            pixel, steps = np.uint64(SPAN) * np.uint64(i) + np.uint64(k), np.float32(k) - _SPAN_MIDDLE
            scratch.color[pixel] = profile_index(level, fma(steps, entry_step, entry))
            scratch.cover[pixel] = dash_cover(fma(steps, phase_step, phase), depth, share)
