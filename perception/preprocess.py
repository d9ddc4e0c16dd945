"""From pixels to numbers: the one place where frames are scaled."""

import torch

PIXEL_MAX = 255.0


def to_unit_range(frames: torch.Tensor) -> torch.Tensor:
    """Frames of any integer or float dtype with values 0..255, as float32 in [0, 1]; the shape stays."""
    return frames.to(torch.float32) * (1.0 / PIXEL_MAX)
