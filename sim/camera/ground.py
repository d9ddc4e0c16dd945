"""From the ground that each pixel sees to its colour.

Pixels are worked on in blocks of a size that stays in the processor's nearest cache, one short loop after the other, so
that each loop either only computes, many pixels at a time, or only looks something up. Indices into the camera's arrays
are unsigned: a signed one might count from the end, and then the compiler would not load many neighbours at once.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.look import (
    LOOK_DASH,
    LOOK_DASH_LENGTH,
    LOOK_DASH_PERIOD,
    LOOK_GAIN,
    LOOK_HAZE,
    LOOK_HORIZON,
    LOOK_ROUGHNESS,
    LOOK_SHADE,
    LOOK_TEXTURE,
)
from sim.camera.pixels import luma, to_byte
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, PROFILE_STEP
from sim.camera.texture import SHADOW_COVER, TEXTURE_SIZE, TEXTURE_STEP
from sim.kernels import fma, inlined
from sim.roads.cells import CELL_SIZE, cell_cosine, cell_curvature, cell_offset, cell_phase, cell_sine

BLOCK_SIZE = 768  # pixels

_ZERO, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_BYTE, _PER_BYTE, _PER_GRAIN = np.int32(255), np.float32(1.0 / 255.0), np.float32(1.0 / 127.0)
_CELL, _PER_CELL = np.float32(CELL_SIZE), np.float32(1.0 / CELL_SIZE)
_PER_ENTRY, _MIDDLE_ENTRY = np.float32(1.0 / PROFILE_STEP), np.float32(0.5 * PROFILE_ENTRIES)
_LAST_ENTRY, _LAST_LEVEL = np.float32(PROFILE_ENTRIES - 1), np.int32(PROFILE_LEVELS - 1)
_LEVEL_SHIFT = np.int32(PROFILE_ENTRIES.bit_length() - 1)
_PER_TEXEL, _TEXTURE_MASK = np.float32(1.0 / TEXTURE_STEP), np.int32(TEXTURE_SIZE - 1)
_TEXTURE_SHIFT = np.int32(TEXTURE_SIZE.bit_length() - 1)
_MEAN_SHADOW = np.float32(255.0 * SHADOW_COVER)
_MANTISSA_BITS, _EXPONENT_BIAS = np.int32(23), np.int32(127)  # IEEE 754 single precision


class View(NamedTuple):
    """Where the car stands in its road's map, and when."""

    x: np.float32  # m, rear axle
    y: np.float32  # m
    cos: np.float32  # of the heading
    sin: np.float32
    turn: np.float32  # heading in turns
    moment: int  # which frame of the episode it is


@inlined
def locate(view, camera, first, count, road, look, scratch):
    """Which cell of the map each pixel sees, where in it, and which entry of the texture."""
    last_column, last_row = np.float32(road.columns - 1), np.float32(road.rows - 1)
    texture_x, texture_y = look[LOOK_TEXTURE], look[LOOK_TEXTURE + 1]
    width = np.int32(road.columns)
    for i in range(count):
        forward, left = camera.forward[first + np.uint64(i)], camera.left[first + np.uint64(i)]
        x = fma(view.cos, forward, fma(-view.sin, left, view.x))
        y = fma(view.sin, forward, fma(view.cos, left, view.y))
        in_columns = min(max(x * _PER_CELL, _ZERO), last_column)
        in_rows = min(max(y * _PER_CELL, _ZERO), last_row)
        column, row = np.int32(in_columns), np.int32(in_rows)
        scratch.cell[i] = np.int32(row * width + column)
        scratch.x[i] = (in_columns - np.float32(column) - _HALF) * _CELL
        scratch.y[i] = (in_rows - np.float32(row) - _HALF) * _CELL
        u = np.int32((x + texture_x) * _PER_TEXEL) & _TEXTURE_MASK
        v = np.int32((y + texture_y) * _PER_TEXEL) & _TEXTURE_MASK
        scratch.texture[i] = np.int32(np.int32(v << _TEXTURE_SHIFT) | u)


@inlined
def look_up(cells, texture, count, scratch):
    """The cells and the texture that the pixels see."""
    for i in range(count):
        cell = cells[np.uint32(scratch.cell[i])]
        scratch.low[i] = np.int32(np.uint32(cell))
        scratch.high[i] = np.int32(np.uint32(cell >> np.uint64(32)))
        scratch.texture[i] = np.int32(texture[np.uint32(scratch.texture[i])])


@inlined
def blur_level(width):
    """Profile level whose average is about ``width`` [m] wide: floor(log2(width / 0.05)), held in range.

    The exponent of a float32 is the logarithm.
    """
    exponent = (np.float32(width * _PER_ENTRY).view(np.int32) >> _MANTISSA_BITS) - _EXPONENT_BIAS
    return np.int32(min(max(exponent, np.int32(0)), _LAST_LEVEL))


@inlined
def dash_cover(phase, depth, share):
    """Share of a stretch of ``depth`` around ``phase`` that dashes cover, 0..1; lengths are in periods of the dashes.

    Dashes are centred on whole phases and cover ``share`` of the period. From half a period on, the result tends to it.
    """
    distance = abs(phase - np.floor(phase + _HALF))
    overlap = min(max(_HALF * (share + depth) - distance, _ZERO), min(share, depth)) / depth
    weight = min(max(fma(_TWO, depth, -_ONE), _ZERO), _ONE)
    return fma(weight, share - overlap, overlap)


@inlined
def find_on_road(view, camera, first, count, look, scratch):
    """Which entry of the profile each pixel sees, and how much of its ground dashes cover.

    A pixel's parallelogram reaches across the road as far as its two edges do together, and along it likewise.
    """
    per_period = _ONE / look[LOOK_DASH_PERIOD]
    share = look[LOOK_DASH_LENGTH] * per_period
    for i in range(count):
        low, high = scratch.low[i], scratch.high[i]
        cos, sin, curvature = cell_cosine(high), cell_sine(high), cell_curvature(high)
        middle = cell_offset(low)
        u = fma(cos, scratch.x[i], sin * scratch.y[i])
        v = fma(cos, scratch.y[i], -sin * scratch.x[i])
        d = fma(-_HALF * curvature * u, u, middle + v)
        phase = fma(u * per_period, fma(curvature, middle, _ONE), cell_phase(low))
        ahead, aside = fma(cos, view.cos, sin * view.sin), fma(sin, view.cos, -cos * view.sin)
        width, forward, left = (
            camera.width[first + np.uint64(i)],
            camera.depth_forward[first + np.uint64(i)],
            camera.depth_left[first + np.uint64(i)],
        )
        across = fma(abs(ahead), width, abs(fma(ahead, left, -aside * forward)))
        along = fma(abs(aside), width, abs(fma(ahead, forward, aside * left)))
        entry = np.int32(min(max(fma(d, _PER_ENTRY, _MIDDLE_ENTRY), _ZERO), _LAST_ENTRY))
        scratch.color[i] = np.int32(np.int32(blur_level(across) << _LEVEL_SHIFT) | entry)
        scratch.cover[i] = dash_cover(phase, along * per_period, share)


@inlined
def look_up_color(profile, count, scratch):
    """The entries of the profile that the pixels see."""
    for i in range(count):
        scratch.color[i] = np.int32(profile[np.uint32(scratch.color[i])])


@inlined
def light_on_ground(texture, fade, look):
    """Brightness from grain and shadow; as far as their contrast fades, shadow turns into its mean."""
    grain = np.float32(np.int32(texture << np.int32(24)) >> np.int32(24))
    shadow = np.float32(texture >> np.int32(8))
    shade = fma(fade, shadow - _MEAN_SHADOW, _MEAN_SHADOW)
    roughness, darkness = look[LOOK_ROUGHNESS] * _PER_GRAIN, look[LOOK_SHADE] * _PER_BYTE
    return fma(roughness * fade, grain, _ONE) * fma(-darkness, shade, _ONE)


@inlined
def channel_of(color, channel):
    """One byte of a profile's entry as a number, 0..255."""
    return np.float32(np.int32(color >> np.int32(8 * channel)) & _BYTE)


@inlined
def seen_color(i, camera, first, haze, look, scratch):
    """Red, green and blue of a pixel, 0 or more: surface and dash in the light of day, veiled by haze."""
    color = scratch.color[i]
    clear = camera.clearness[haze, first + np.uint64(i)]
    light = clear * light_on_ground(scratch.texture[i], camera.fade[first + np.uint64(i)], look)
    dash = scratch.cover[i] * channel_of(color, 3)
    veil = _ONE - clear
    red = fma(fma(dash, look[LOOK_DASH] * _PER_BYTE, channel_of(color, 0)), light, veil * look[LOOK_HORIZON])
    green = fma(fma(dash, look[LOOK_DASH + 1] * _PER_BYTE, channel_of(color, 1)), light, veil * look[LOOK_HORIZON + 1])
    blue = fma(fma(dash, look[LOOK_DASH + 2] * _PER_BYTE, channel_of(color, 2)), light, veil * look[LOOK_HORIZON + 2])
    return red * look[LOOK_GAIN], green * look[LOOK_GAIN + 1], blue * look[LOOK_GAIN + 2]


@inlined
def paint_rgb(camera, first, count, look, scratch, out):
    """Writes red, green and blue of each pixel to ``out`` (3 P,) uint8."""
    haze = np.uint64(look[LOOK_HAZE])
    for i in range(count):
        red, green, blue = seen_color(i, camera, first, haze, look, scratch)
        out[np.uint64(3) * (first + np.uint64(i))] = to_byte(red)
        out[np.uint64(3) * (first + np.uint64(i)) + np.uint64(1)] = to_byte(green)
        out[np.uint64(3) * (first + np.uint64(i)) + np.uint64(2)] = to_byte(blue)


@inlined
def paint_gray(camera, first, count, look, scratch, out):
    """Writes the luma of each pixel to ``out`` (P,) uint8."""
    haze = np.uint64(look[LOOK_HAZE])
    for i in range(count):
        red, green, blue = seen_color(i, camera, first, haze, look, scratch)
        out[first + np.uint64(i)] = to_byte(luma(red, green, blue))
