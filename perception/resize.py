"""Frames of one camera as another one would have seen them: cropped, resized and turned to gray, with numpy alone.

- Crop: the rectangle around the middle that the wanted camera sees. A pinhole camera of W pixels and field of view F
  sees the field f on W tan(f / 2) / tan(F / 2) of them, and on as many rows as the wanted frame's aspect asks for.
- Resize: a pixel is the mean of the area that it covers. Nothing is enlarged or stretched.
- Gray: weights of red, green and blue, integers in thousandths.

All three are sums of integers, divided and rounded once, half up. Neither PyTorch nor the simulator is needed, so
that a policy's bundle fits frames where neither is installed.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GRAY_UNITS = 1000  # of a weight


class Optics(NamedTuple):
    """Size of a camera's frames, and how wide they see."""

    height: int  # px
    width: int  # px
    field_of_view_deg: float  # horizontal


class Crop(NamedTuple):
    """A rectangle of a frame [px]."""

    top: int
    left: int
    height: int
    width: int


class CropError(ValueError):
    """Frames do not show what is needed; the message says which, and why."""


def crop_for(seen: Optics, wanted: Optics) -> Crop:
    """The rectangle of frames of ``seen`` that shows what ``wanted`` does.

    Raises:
        CropError: they show less, or have fewer pixels there.
    """
    has, needs = (math.tan(0.5 * math.radians(each.field_of_view_deg)) for each in (seen, wanted))
    exact_width = seen.width * needs / has
    width, height = round(exact_width), round(exact_width * wanted.height / wanted.width)
    frames = f"Frames of {seen.width} x {seen.height} pixels and {seen.field_of_view_deg:g} degrees"
    if width > seen.width or height > seen.height:
        raise CropError(
            f"{frames} show less than is needed: {width} x {height} of such pixels, {wanted.field_of_view_deg:g} "
            "degrees; take a wider camera, or train for this one."
        )
    if width < wanted.width or height < wanted.height:
        raise CropError(
            f"{frames} show what is needed on {width} x {height} pixels, but {wanted.width} x {wanted.height} or more "
            "are needed: frames are not enlarged."
        )
    return Crop((seen.height - height) // 2, (seen.width - width) // 2, height, width)


def resized_crop(
    frames: NDArray[np.uint8], crop: Crop, size: tuple[int, int], gray_weights: Sequence[float] | None = None
) -> NDArray[np.uint8]:
    """The crop of frames (N, h, w, C) uint8, resized to ``size``: (N, H, W, C) uint8, C = 1 with ``gray_weights``."""
    sums = frames[:, crop.top : crop.top + crop.height, crop.left : crop.left + crop.width].astype(np.float64)
    count = crop.height * crop.width
    if gray_weights is not None:
        sums = sums @ np.array([[round(GRAY_UNITS * weight)] for weight in gray_weights], dtype=np.float64)
        count *= GRAY_UNITS
    number, _, width, channels = sums.shape
    sums = _overlaps(crop.height, size[0]) @ sums.reshape(number, crop.height, width * channels)
    sums = _overlaps(crop.width, size[1]) @ sums.reshape(number, size[0], width, channels)
    means = (2 * sums.astype(np.int64) + count) // (2 * count)
    return means.astype(np.uint8)


def _overlaps(source: int, target: int) -> NDArray[np.float64]:
    """How much of each of ``source`` pixels each of ``target`` pixels covers, (target, source) float64.

    In units in which a source pixel is ``target`` long and a target pixel ``source``: integers, whose sums and products
    float64 holds exactly.
    """
    ends, limits = target * np.arange(source + 1), source * np.arange(target + 1)
    shared = np.minimum(limits[1:, None], ends[1:]) - np.maximum(limits[:-1, None], ends[:-1])
    return np.asarray(np.maximum(shared, 0), dtype=np.float64)
