"""Frames of another camera, fitted to a policy: cropped, resized and turned to gray, with numpy alone.

``perception.fitting`` takes the three steps, here with the numbers of the bundle's ``preprocessing``.

A crop cannot mend where a camera is mounted, how it is tilted, or what its lens bends: that must be as in the
``environment`` of ``policy.json``, and a picture of a fisheye must be made straight first.
"""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.bundles.bundle import BundleError
from agents.bundles.interface import Interface
from perception import fitting
from perception.fitting import Crop, View, fit

FIELDS_OF_VIEW = (10.0, 170.0)  # deg, of cameras that can be meant


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
    gray = interface.gray_weights if frame.shape[2] > interface.channels else None
    [fitted] = fit(frame[None], crop, (interface.height, interface.width), gray)
    return np.asarray(fitted)


def crop_for(height: int, width: int, field_of_view_deg: float, interface: Interface) -> Crop:
    """The rectangle of frames of ``width`` x ``height`` px that shows what the policy's camera sees.

    Raises:
        BundleError: they show less, or have fewer pixels there.
    """
    least, most = FIELDS_OF_VIEW
    if not isinstance(field_of_view_deg, Real) or not least <= field_of_view_deg <= most:
        raise BundleError(f"The field of view is {field_of_view_deg} degrees, but must be from {least} to {most}.")
    wanted = View(interface.height, interface.width, interface.field_of_view_deg)
    try:
        return fitting.crop_for(View(height, width, float(field_of_view_deg)), wanted)
    except fitting.FitError as error:
        raise BundleError(str(error)) from None


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
