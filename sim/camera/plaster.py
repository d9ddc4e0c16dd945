"""Paints the houses of a frame, all columns of a strip at once, row by row."""

import numpy as np

from sim.camera.facade import (
    CHANNEL,
    EAVES,
    FOOT,
    GLASS,
    GROUND,
    NOWHERE,
    RIDGE,
    ROOF,
    SHARPNESS,
    SHOP,
    STOREYS,
    STOREYS_STEP,
    STRIP,
    WALL,
    WINDOW,
    WINDOW_BLUE,
    WINDOW_GREEN,
    WINDOW_HEIGHT,
    WINDOW_RED,
    lay_out,
    lit,
    shade,
)
from sim.camera.pixels import luma
from sim.kernels import inlined, kernel

_ZERO, _HALF, _ONE, _BYTE = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(255.0)
_MIDDLE = np.float32(0.55)  # of a window, as a share of its storey
_HALF_WINDOW = _HALF * WINDOW_HEIGHT
_THREE = np.uint64(3)
PATCH = 16  # columns that are painted at a time: near houses reach over more rows than those far off


@kernel
def paint_walls(eye, houses, day, room, picture):
    """Draws the houses that ``find_walls`` found over ``picture``: those that look over others, then the nearest."""
    out, width, height = picture.reshape(picture.size), picture.shape[1], picture.shape[0]
    gray = picture.shape[2] == 1
    if houses.shape[0] == 0:
        return
    for first in range(0, width, STRIP):
        count = min(STRIP, width - first)
        behind = False
        for column in range(first, first + count):
            behind |= room.tallest[column] >= 0
        if (
            behind
            and lay_out(houses, room.faces, room.tallest, room.nearest, first, count, day, gray, room.columns) > 0
        ):
            _paint(eye, first, count, day, gray, room.columns, out, width, height)
        if lay_out(houses, room.faces, room.nearest, room.nothing, first, count, day, gray, room.columns) > 0:
            _paint(eye, first, count, day, gray, room.columns, out, width, height)


@kernel
def _paint(eye, first, count, day, gray, columns, out, width, height):
    """Draws the columns that are laid out, patch by patch."""
    glass = lit(WINDOW_RED, WINDOW_GREEN, WINDOW_BLUE, _ONE, day, gray)
    veil = day.veil_red, day.veil_green, day.veil_blue
    if gray:
        value = luma(veil[0], veil[1], veil[2])
        veil = value, value, value
    shade(eye, first, count, day, glass, veil, columns)
    for begin in range(0, count, PATCH):
        end, low, high = min(begin + PATCH, count), NOWHERE, _ZERO
        for column in range(begin, end):
            c = np.uint64(column)
            low = min(low, columns[RIDGE + c])
            high = max(high, columns[FOOT + c] if columns[RIDGE + c] < NOWHERE else _ZERO)
        if low == NOWHERE:
            continue
        first_row, end_row = int(max(low, _ZERO)), int(min(high + _ONE, np.float32(height)))
        if gray:
            _paint_gray(columns, begin, end, first_row, end_row, out, width, first)
        else:
            _paint_rgb(columns, begin, end, first_row, end_row, out, width, first)


@inlined
def _pattern(columns, c, row):
    """Shares of a pixel: what the house covers, how much of it is wall, and how much of that is window."""
    storeys = columns[STOREYS + c] + columns[STOREYS_STEP + c] * row
    distance = abs(storeys - np.floor(storeys) - _MIDDLE)
    window = min(max((_HALF_WINDOW - distance) * columns[SHARPNESS + c] + _HALF, _ZERO), _ONE)
    ground = min(max(row + _ONE - columns[GROUND + c], _ZERO), _ONE)
    window = max(window * columns[WINDOW + c], ground * columns[SHOP + c])
    wall = min(max(row + _ONE - columns[EAVES + c], _ZERO), _ONE)
    cover = min(max(row + _ONE - columns[RIDGE + c], _ZERO), _ONE) * min(max(columns[FOOT + c] - row, _ZERO), _ONE)
    return cover, wall, window


@inlined
def _blend(columns, c, cover, wall, window, before):
    """A channel of a pixel after the house is drawn over it."""
    color = columns[ROOF + c] + wall * (columns[WALL + c] + window * columns[GLASS + c])
    below = np.float32(np.int32(before))
    return np.uint8(np.int32(below + cover * (color - below) + _HALF))


@kernel
def _paint_rgb(columns, begin, end, first_row, end_row, out, width, first):
    for row in range(first_row, end_row):
        start, r = np.uint64(3 * (row * width + first + begin)), np.float32(row)
        for k in range(np.uint64(end - begin)):
            c, i = np.uint64(begin) + k, start + _THREE * k
            cover, wall, window = _pattern(columns, c, r)
            red, green, blue = out[i], out[i + np.uint64(1)], out[i + np.uint64(2)]
            out[i] = _blend(columns, c, cover, wall, window, red)
            out[i + np.uint64(1)] = _blend(columns, c + CHANNEL, cover, wall, window, green)
            out[i + np.uint64(2)] = _blend(columns, c + CHANNEL + CHANNEL, cover, wall, window, blue)


@kernel
def _paint_gray(columns, begin, end, first_row, end_row, out, width, first):
    for row in range(first_row, end_row):
        start, r = np.uint64(row * width + first + begin), np.float32(row)
        for k in range(np.uint64(end - begin)):
            c = np.uint64(begin) + k
            cover, wall, window = _pattern(columns, c, r)
            out[start + k] = _blend(columns, c, cover, wall, window, out[start + k])
