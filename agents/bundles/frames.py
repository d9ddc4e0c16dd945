"""Frames as a policy takes them: checked, fitted where another camera saw them, and stacked, with numpy alone.

Fitting is cropping, resizing and turning to gray, as ``perception.resize`` defines them, with the numbers of the
bundle's ``preprocessing``. It does not correct where a camera is mounted, how it is tilted, or how its lens distorts:
mounting and tilt must be as in the ``environment`` of ``policy.json``, and a fisheye's frame must be rectified first.
"""

from collections import deque
from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.bundles.bundle import BundleError
from agents.bundles.interface import Interface
from perception import resize
from perception.resize import Crop, Optics, resized_crop

FIELDS_OF_VIEW = (10.0, 170.0)  # deg, of cameras that can be meant


class FrameStack:
    """The latest frames of one live camera, as the policy wants them."""

    def __init__(self, interface: Interface) -> None:
        """Empty: the first frame fills it, as at the beginning of an episode."""
        self._interface = interface
        self._frames: deque[NDArray[np.uint8]] = deque(maxlen=interface.stack)

    def push(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Takes the newest frame, (H, W, C) uint8; returns the stack, (1, H, W, C x stack) uint8, to keep.

        Raises:
            BundleError: a frame of another shape or type.
        """
        require_frames(frame, self._interface.frame_shape)
        self._frames.append(frame.copy())
        return stack_frames(self._frames, self._interface.stack)

    def clear(self) -> None:
        """Forgets all frames: the car was put somewhere else."""
        self._frames.clear()


def stack_frames(frames: Collection[NDArray[np.uint8]], stack: int) -> NDArray[np.uint8]:
    """The observation (1, H, W, C x stack) of up to ``stack`` successive frames (H, W, C), at least one.

    Where there are fewer, the first counts for those before it, as at the beginning of an episode.
    """
    first = next(iter(frames))
    return np.concatenate([*[first] * (stack - len(frames)), *frames], axis=2)[None]


def require_frames(frames: Any, shape: tuple[int, int, int], batch: str = "") -> None:
    """Makes sure of frames of this ``shape``, or of a batch of them, with ``batch`` for the name of its size.

    Raises:
        BundleError: they are of another shape or type.
    """
    if not isinstance(frames, np.ndarray):
        raise BundleError(f"Frames are of type {type(frames).__name__}, but must be a numpy array of uint8.")
    if frames.dtype != np.uint8:
        raise BundleError(f"Frames are of type {frames.dtype}, but must be uint8: 0 to 255, unscaled.")
    if frames.shape[len(batch) :] != shape:
        needed = ", ".join([*batch, *map(str, shape)])
        raise BundleError(f"Frames have shape {frames.shape}, but ({needed}) is needed: the policy's own camera.")


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
    [fitted] = resized_crop(frame[None], crop, (interface.height, interface.width), gray)
    return np.asarray(fitted)


def crop_for(height: int, width: int, field_of_view_deg: float, interface: Interface) -> Crop:
    """The rectangle of frames of ``width`` x ``height`` px that shows what the policy's camera sees.

    Raises:
        BundleError: they show less, or have fewer pixels there.
    """
    least, most = FIELDS_OF_VIEW
    if not isinstance(field_of_view_deg, Real) or not least <= field_of_view_deg <= most:
        raise BundleError(f"The field of view is {field_of_view_deg} degrees, but must be from {least} to {most}.")
    wanted = Optics(interface.height, interface.width, interface.field_of_view_deg)
    try:
        return resize.crop_for(Optics(height, width, float(field_of_view_deg)), wanted)
    except resize.CropError as error:
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
