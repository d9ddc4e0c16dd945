"""From pixels to numbers: the one definition, for labelled training, reinforcement learning, export and runtime.

    crop -> resize -> gray -> stack -> channels first -> scale

The simulator's camera renders what a network takes, in its size and colour: its frames are only stacked and scaled.
Frames of another camera are fitted first:

- Crop: the rectangle around the middle that the wanted camera sees. A pinhole camera of W pixels and field of view F
  sees the field f on W tan(f / 2) / tan(F / 2) of them, and on as many rows as the wanted frame's aspect asks for.
- Resize: a pixel is the mean of the area that it covers. Nothing is enlarged or stretched.
- Gray: the simulator's own weights of red, green and blue.

All three are sums of whole numbers, divided and rounded once, half up, so that whoever computes them gets the same
bytes. ``agents.bundles.fit`` does so where neither PyTorch nor the simulator is installed, with the numbers of a
bundle's ``preprocessing``; a test compares both.
"""

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np
import torch

from sim.camera.pixels import LUMA_BLUE, LUMA_GREEN, LUMA_RED
from sim.config import CameraConfig
from sim.errors import UserError
from sim.types import ByteArray

PIXEL_MAX = 255.0
GRAY_UNITS = 1000  # gray weights are whole numbers of thousandths
GRAY_WEIGHTS = [round(float(weight), 3) for weight in (LUMA_RED, LUMA_GREEN, LUMA_BLUE)]
FITTED_TOGETHER = 16  # frames; 120 MB while frames of 640 x 480 are fitted


class Crop(NamedTuple):
    """A rectangle of a frame [px]."""

    top: int
    left: int
    height: int
    width: int


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
    seen, needed = (math.tan(0.5 * math.radians(item.field_of_view_deg)) for item in (camera, wanted))
    exact_width = camera.width * needed / seen
    width, height = round(exact_width), round(exact_width * wanted.height / wanted.width)
    sizes = f"{camera.width} x {camera.height} px, {camera.field_of_view_deg:g} degrees"
    if width > camera.width or height > camera.height:
        raise UserError(f"Frames of {sizes} show less than the {width} x {height} px that are needed.")
    if width < wanted.width or height < wanted.height:
        raise UserError(
            f"Frames of {sizes} have {width} x {height} px of what is needed, but {wanted.width} x {wanted.height} or "
            "more are needed: frames are not enlarged."
        )
    if camera.channels < wanted.channels:
        raise UserError("Gray frames cannot be turned into RGB.")
    return Crop((camera.height - height) // 2, (camera.width - width) // 2, height, width)


def fit_frames(frames: ByteArray, camera: CameraConfig, wanted: CameraConfig) -> ByteArray:
    """Frames (N, h, w, C) of ``wanted``, uint8, from frames (N, H, W, C) of ``camera``.

    Raises:
        UserError: see ``crop_for``.
    """
    if camera.frame_shape == wanted.frame_shape and camera.field_of_view_deg == wanted.field_of_view_deg:
        return frames
    crop = crop_for(camera, wanted)
    parts = range(0, len(frames), FITTED_TOGETHER)
    return np.concatenate([_fit(frames[first : first + FITTED_TOGETHER], crop, wanted) for first in parts])


def _fit(frames: ByteArray, crop: Crop, wanted: CameraConfig) -> ByteArray:
    seen = frames[:, crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    rows, columns = _overlaps(crop.height, wanted.height), _overlaps(crop.width, wanted.width)
    sums = torch.einsum("ri,nijc,kj->nrkc", rows, torch.from_numpy(seen).double(), columns)
    count = crop.height * crop.width
    if seen.shape[3] > wanted.channels:
        weights = torch.tensor([[round(GRAY_UNITS * weight)] for weight in GRAY_WEIGHTS], dtype=torch.float64)
        sums, count = sums @ weights, GRAY_UNITS * count
    means = torch.div(2 * sums.to(torch.int64) + count, 2 * count, rounding_mode="floor")
    return np.asarray(means.to(torch.uint8).numpy())


def _overlaps(source: int, target: int) -> torch.Tensor:
    """How much of each of ``source`` pixels each of ``target`` pixels covers, (target, source) float64.

    In units in which a source pixel is ``target`` long and a target pixel ``source``: whole numbers, whose sums and
    products float64 holds exactly.
    """
    ends, limits = target * torch.arange(source + 1), source * torch.arange(target + 1)
    shared = torch.minimum(limits[1:, None], ends[1:]) - torch.maximum(limits[:-1, None], ends[:-1])
    return shared.clamp(min=0).double()


def to_unit_range(frames: torch.Tensor) -> torch.Tensor:
    """Frames of any integer or float dtype with values 0..255, as float32 in [0, 1]; the shape stays."""
    return frames.to(torch.float32) * (1.0 / PIXEL_MAX)


def stack_frames(frames: ByteArray) -> ByteArray:
    """Observations (B, H, W, C x stack) of successive frames (B, stack, H, W, C), the newest in the last channels."""
    if frames.shape[1] == 1:
        return frames[:, 0]
    # PyTorch's copy, unlike numpy's, lets other threads go on.
    return np.asarray(torch.cat(torch.from_numpy(frames).unbind(1), dim=3).numpy())


def channels_first(observations: ByteArray) -> torch.Tensor:
    """Observations (B, H, W, C) as (B, C, H, W); nothing moves in memory, which PyTorch calls channels last."""
    return torch.from_numpy(observations).permute(0, 3, 1, 2)
