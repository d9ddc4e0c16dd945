"""From pixels to numbers: the one definition, for labelled training, reinforcement learning, export and runtime.

The camera renders what a network takes, in its size and colour, so nothing is cropped, resized or turned to gray: what
remains is to stack frames, to put the channels first, and to scale. The descriptions of policies and encoders name
``PIXEL_MAX``, what pixels are divided by.
"""

import numpy as np
import torch

from sim.types import ByteArray

PIXEL_MAX = 255.0


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
