"""Draws stretches of a frame's columns in one colour."""

import numpy as np

from sim.camera.pixels import lay_over, luma, to_byte
from sim.kernels import kernel

_ZERO, _ONE, _MOST = np.float32(0.0), np.float32(1.0), np.float32(0.999)


@kernel
def fill_column(picture, column, top, bottom, color, share):
    """Lets a colour cover a ``share`` of a column from ``top`` to ``bottom`` [px]; pixels at the ends in part."""
    top, bottom = max(top, _ZERO), min(bottom, np.float32(picture.shape[0]))
    if not top < bottom:
        return
    first, last = int(top), int(bottom)
    if first == last:
        _cover(picture, first, column, color, share * (bottom - top))
        return
    _cover(picture, first, column, color, share * (np.float32(first + 1) - top))
    if share > _MOST:
        _fill_whole(picture, column, first + 1, last, color)
    else:
        for row in range(first + 1, last):
            _cover(picture, row, column, color, share)
    if bottom > np.float32(last):
        _cover(picture, last, column, color, share * (bottom - np.float32(last)))


@kernel
def _cover(picture, row, column, color, share):
    """Lets a colour cover a share of a pixel."""
    lay_over(picture, row, column, share * color[0], share * color[1], share * color[2], share)


@kernel
def _fill_whole(picture, column, first, end, color):
    """Gives the pixels from row ``first`` to ``end`` a colour."""
    c = np.uint64(column)
    if picture.shape[2] == 1:
        gray = to_byte(luma(color[0], color[1], color[2]))
        for row in range(first, end):
            picture[np.uint64(row), c, 0] = gray
    else:
        red, green, blue = to_byte(color[0]), to_byte(color[1]), to_byte(color[2])
        for row in range(first, end):
            r = np.uint64(row)
            picture[r, c, 0], picture[r, c, 1], picture[r, c, 2] = red, green, blue
