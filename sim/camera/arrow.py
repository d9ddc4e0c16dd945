"""The navigator's arrow in a corner of the frame, as a navigation display shows it: left, right or straight on."""

import numpy as np

from sim.kernels import kernel
from sim.types import ByteArray, FloatArray

SHARE = 6  # of the frame's height
LEAST = 7  # px; a smaller arrow cannot be read
BACKGROUND, FOREGROUND = 30, 235  # of 255
_UP = ((0.5, 0.08), (0.9, 0.5), (0.63, 0.5), (0.63, 0.92), (0.37, 0.92), (0.37, 0.5), (0.1, 0.5))
_RIGHT = (
    *((0.92, 0.38), (0.55, 0.75), (0.55, 0.51), (0.41, 0.51), (0.41, 0.92), (0.15, 0.92), (0.15, 0.25)),
    *((0.55, 0.25), (0.55, 0.02)),
)
_LEFT = tuple((1.0 - x, y) for x, y in _RIGHT)
_SAMPLES = 4  # per pixel and axis


def arrows(height: int) -> ByteArray:
    """Brightness of the arrows for left, right and straight on, in frames of this height; shape (3, S, S), uint8."""
    size = max(height // SHARE, LEAST)
    shapes = [_cover(np.array(outline), size) for outline in (_LEFT, _RIGHT, _UP)]
    return np.array(BACKGROUND + np.stack(shapes) * (FOREGROUND - BACKGROUND) + 0.5, dtype=np.uint8)


def _cover(outline: FloatArray, size: int) -> FloatArray:
    """Share of each pixel (size, size) inside a polygon in the unit square."""
    places = (np.arange(size * _SAMPLES) + 0.5) / (size * _SAMPLES)
    x, y = np.meshgrid(places, places)
    inside = np.zeros(x.shape, dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if ay != by:
            crossed = (ay > y) != (by > y)
            inside ^= crossed & (x < ax + (y - ay) / (by - ay) * (bx - ax))
    return np.asarray(inside.reshape(size, _SAMPLES, size, _SAMPLES).mean(axis=(1, 3)))


@kernel
def draw_arrow(arrow, picture):
    """Draws an ``arrow`` (S, S) into the upper left corner of ``picture`` (H, W, channels)."""
    rows, columns = min(arrow.shape[0], picture.shape[0]), min(arrow.shape[1], picture.shape[1])
    for row in range(rows):
        for column in range(columns):
            for channel in range(picture.shape[2]):
                picture[row, column, channel] = arrow[row, column]
