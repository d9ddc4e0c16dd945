"""Frames of another camera, fitted to a policy: cropped, resized and turned to gray, with numpy alone.

``perception.preprocess`` defines the three steps; here they are taken with the numbers of the bundle's
``preprocessing``. Sums are whole numbers, divided and rounded once, so both give the same bytes.

A crop cannot mend where a camera is mounted, how it is tilted, or what its lens bends: that must be as in the
``environment`` of ``policy.json``, and a picture of a fisheye must be made straight first.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.bundles.bundle import BundleError
from agents.bundles.interface import Interface

GRAY_UNITS = 1000  # gray weights are whole numbers of thousandths
FIELDS_OF_VIEW = (10.0, 170.0)  # deg, of cameras that can be meant


class Crop(NamedTuple):
    """The rectangle of a frame that shows what the policy's camera sees [px]."""

    top: int
    left: int
    height: int
    width: int


def fit_frame(frame: NDArray[np.uint8], field_of_view_deg: float, interface: Interface) -> NDArray[np.uint8]:
    """A frame (H, W, C) uint8 as the policy takes it.

    Args:
        frame: (h, w, 3 or 1) uint8, RGB or gray.
        field_of_view_deg: Horizontal field of view of the camera that saw it [deg].
        interface: What the policy takes.

    Raises:
        BundleError: no such frame, or one that shows less, in fewer pixels or colours, than the policy needs.
    """
    _require_picture(frame, interface)
    crop = crop_for(frame.shape[0], frame.shape[1], field_of_view_deg, interface)
    seen = frame[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    rows, columns = _overlaps(crop.height, interface.height), _overlaps(crop.width, interface.width)
    sums = columns @ np.tensordot(rows, seen.astype(np.float64), axes=1)  # (H, W, 3 or 1)
    count = crop.height * crop.width
    if frame.shape[2] > interface.channels:
        assert interface.gray_weights is not None
        weights = np.array([[round(GRAY_UNITS * weight)] for weight in interface.gray_weights], dtype=np.float64)
        sums, count = sums @ weights, GRAY_UNITS * count
    means = (2 * sums.astype(np.int64) + count) // (2 * count)
    return means.astype(np.uint8)


def crop_for(height: int, width: int, field_of_view_deg: float, interface: Interface) -> Crop:
    """The rectangle of frames of ``width`` x ``height`` px that shows what the policy's camera sees.

    Raises:
        BundleError: they show less, or have fewer pixels there.
    """
    if not FIELDS_OF_VIEW[0] <= field_of_view_deg <= FIELDS_OF_VIEW[1]:
        least, most = FIELDS_OF_VIEW
        raise BundleError(f"The field of view is {field_of_view_deg} degrees, but must be from {least} to {most}.")
    seen, needed = (math.tan(0.5 * math.radians(angle)) for angle in (field_of_view_deg, interface.field_of_view_deg))
    exact_width = width * needed / seen
    crop_width, crop_height = round(exact_width), round(exact_width * interface.height / interface.width)
    frames = f"Frames of {width} x {height} pixels and {field_of_view_deg:g} degrees"
    if crop_width > width or crop_height > height:
        raise BundleError(
            f"{frames} show less than the policy needs: {crop_width} x {crop_height} of such pixels, "
            f"{interface.field_of_view_deg:g} degrees; take a wider camera, or train for this one."
        )
    if crop_width < interface.width or crop_height < interface.height:
        raise BundleError(
            f"{frames} show what the policy needs on {crop_width} x {crop_height} pixels, but "
            f"{interface.width} x {interface.height} or more are needed: frames are not enlarged."
        )
    return Crop((height - crop_height) // 2, (width - crop_width) // 2, crop_height, crop_width)


def _require_picture(frame: Any, interface: Interface) -> None:
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
        kind = frame.dtype if isinstance(frame, np.ndarray) else type(frame).__name__
        raise BundleError(f"A frame is of type {kind}, but must be a numpy array of uint8: 0 to 255, unscaled.")
    if frame.ndim != 3 or frame.shape[2] not in (1, 3):
        raise BundleError(f"A frame has shape {frame.shape}, but must be (height, width, 3) in RGB, or 1 in gray.")
    if frame.shape[2] < interface.channels:
        raise BundleError("A frame is gray, but the policy needs RGB.")
    if frame.shape[2] > interface.channels and interface.gray_weights is None:
        raise BundleError(f"A frame is RGB, but the policy needs {interface.channels} channels.")


def _overlaps(source: int, target: int) -> NDArray[np.float64]:
    """How much of each of ``source`` pixels each of ``target`` pixels covers, (target, source) float64.

    In units in which a source pixel is ``target`` long and a target pixel ``source``: whole numbers, whose sums and
    products float64 holds exactly.
    """
    ends, limits = target * np.arange(source + 1), source * np.arange(target + 1)
    shared = np.minimum(limits[1:, None], ends[1:]) - np.maximum(limits[:-1, None], ends[:-1])
    return np.asarray(np.maximum(shared, 0), dtype=np.float64)
