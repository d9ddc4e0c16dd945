"""Preprocessing: one definition for labelled training, reinforcement learning, export and runtime.

    crop -> resize -> gray -> stack -> channels first -> scale

The simulator's camera renders what a network takes, in its size and colour: its frames are only stacked and scaled.
Frames of another camera are fitted first, as ``perception.resize`` says; gray has the simulator's own weights.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import torch

from perception import resize
from perception.resize import Crop, Optics
from sim.camera.pixels import LUMA_BLUE, LUMA_GREEN, LUMA_RED
from sim.config import CameraConfig
from sim.errors import UserError
from sim.types import ByteArray

PIXEL_MAX = 255.0
GRAY_WEIGHTS = [round(float(weight), 3) for weight in (LUMA_RED, LUMA_GREEN, LUMA_BLUE)]
FITTED_TOGETHER = 16  # frames; 120 MB while frames of 640 x 480 are fitted


def describe_preprocessing(camera: CameraConfig) -> dict[str, Any]:
    """The numbers of each step for this camera, as the descriptions of policies and encoders hold them."""
    return {
        "crop": {"field_of_view_deg": camera.field_of_view_deg},
        "resize": {"height": camera.height, "width": camera.width},
        "gray": GRAY_WEIGHTS if camera.channels == 1 else None,
        "stack": camera.stack,
        "divide_by": PIXEL_MAX,
    }


def fitted_camera(camera: CameraConfig, wanted: CameraConfig) -> CameraConfig:
    """``wanted`` with the widest field of view that frames of ``camera`` can give it [deg].

    Raises:
        UserError: ``camera`` does not have as many pixels, or no colours.
    """
    field_of_view = camera.field_of_view_deg
    share = wanted.width * camera.height / (wanted.height * camera.width)  # of the columns, if all rows are needed
    if share < 1.0:
        field_of_view = 2.0 * math.degrees(math.atan(share * math.tan(0.5 * math.radians(field_of_view))))
    fitted = dataclasses.replace(wanted, field_of_view_deg=field_of_view)
    crop_for(camera, fitted)
    return fitted


def crop_for(camera: CameraConfig, wanted: CameraConfig) -> Crop:
    """The rectangle of the frames of ``camera`` that holds what ``wanted`` sees.

    Raises:
        UserError: ``camera`` sees less, or has fewer pixels there, or no colours.
    """
    if camera.channels < wanted.channels:
        raise UserError("Gray frames cannot be turned into RGB.")
    try:
        return resize.crop_for(_optics(camera), _optics(wanted))
    except resize.CropError as error:
        raise UserError(str(error)) from None


def fit_frames(frames: ByteArray, camera: CameraConfig, wanted: CameraConfig) -> ByteArray:
    """Frames (N, h, w, C) of ``wanted``, uint8, from frames (N, H, W, C) of ``camera``.

    Raises:
        UserError: see ``crop_for``.
    """
    if camera.frame_shape == wanted.frame_shape and camera.field_of_view_deg == wanted.field_of_view_deg:
        return frames
    crop, size = crop_for(camera, wanted), (wanted.height, wanted.width)
    gray = GRAY_WEIGHTS if camera.channels > wanted.channels else None
    parts = [frames[first : first + FITTED_TOGETHER] for first in range(0, len(frames), FITTED_TOGETHER)]
    return np.concatenate([resize.resized_crop(part, crop, size, gray) for part in parts])


def _optics(camera: CameraConfig) -> Optics:
    return Optics(camera.height, camera.width, camera.field_of_view_deg)


def to_unit_range(frames: torch.Tensor) -> torch.Tensor:
    """Frames of any integer or float dtype with values 0..255, as float32 in [0, 1]; the shape stays."""
    return frames.to(torch.float32) * (1.0 / PIXEL_MAX)


def stack_frames(frames: ByteArray) -> ByteArray:
    """Observations (B, H, W, C x stack) of successive frames (B, stack, H, W, C), the newest in the last channels."""
    if frames.shape[1] == 1:
        return frames[:, 0]
    # PyTorch's copy, unlike numpy's, lets other threads run.
    return np.asarray(torch.cat(torch.from_numpy(frames).unbind(1), dim=3).numpy())


def channels_first(observations: ByteArray) -> torch.Tensor:
    """Observations (B, H, W, C) as (B, C, H, W); nothing moves in memory, which PyTorch calls channels last."""
    return torch.from_numpy(observations).permute(0, 3, 1, 2)
