"""Single pixels: brightness as bytes, and colours laid over what is already there."""

import numpy as np

from sim.kernels import inlined, kernel

LUMA_RED, LUMA_GREEN, LUMA_BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)  # ITU-R BT.601
_HALF, _WHITE = np.float32(0.5), np.float32(255.0)


@inlined
def to_byte(value):
    """A brightness of 0 or more as uint8; what is brighter than white is white."""
    return np.uint8(np.int32(min(value, _WHITE) + _HALF))


@inlined
def luma(red, green, blue):
    """Brightness of a colour."""
    return LUMA_RED * red + LUMA_GREEN * green + LUMA_BLUE * blue


@kernel
def lay_over(picture, row, column, red, green, blue, share):
    """Lets a colour cover a ``share`` of a pixel of ``picture`` (H, W, 3 or 1); the colour comes times that share."""
    r, c, left = np.uint64(row), np.uint64(column), np.float32(1.0) - share
    if picture.shape[2] == 1:
        picture[r, c, 0] = to_byte(left * np.float32(picture[r, c, 0]) + luma(red, green, blue))
    else:
        picture[r, c, 0] = to_byte(left * np.float32(picture[r, c, 0]) + red)
        picture[r, c, 1] = to_byte(left * np.float32(picture[r, c, 1]) + green)
        picture[r, c, 2] = to_byte(left * np.float32(picture[r, c, 2]) + blue)
