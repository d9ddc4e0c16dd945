"""Draws stretches of a frame's columns in one colour."""

import numpy as np

from sim.camera.pixels import lay_over
from sim.kernels import kernel

_ZERO, _ONE = np.float32(0.0), np.float32(1.0)


@kernel
def fill_column(picture, column, top, bottom, color, share):
    """Lets a colour cover a ``share`` of a column from ``top`` to ``bottom`` [px]; pixels at the ends in part."""
    top, bottom = max(top, _ZERO), min(bottom, np.float32(picture.shape[0]))
    if not top < bottom:
        return
    for row in range(int(top), int(np.ceil(bottom))):
        r = np.float32(row)
        cover = share * (min(r + _ONE, bottom) - max(r, top))
        lay_over(picture, row, column, cover * color[0], cover * color[1], cover * color[2], cover)
