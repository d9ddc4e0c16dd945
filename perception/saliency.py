"""Saliency: which places of a frame change a network's score when they are blurred.

Perturbation saliency of Greydanus et al., "Visualizing and Understanding Atari Agents", ICML 2018, on a coarse grid:
with a blurred copy B of the frame I and a soft spot m around a place,
    saliency = |score(I) - score((1 - m) I + m B)|
A gradient tells how the score answers to a change of single pixels, which in networks this small is mostly noise; a
blurred spot takes away what there is to see: a line, an edge, a bend.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from sim.types import Float32Array

GRID = 3  # px between two spots
SPOT = 2.0  # px, standard deviation of a spot
BLUR = 4.0  # px, standard deviation of the blur; wider than a lane marking, narrower than a lane

Score = Callable[[torch.Tensor], torch.Tensor]  # from frames (B, C, H, W) to scores (B,)


def saliency(score: Score, frame: torch.Tensor) -> Float32Array:
    """How much each place of a frame counts for its score, (H, W), from 0 to 1 at the place that counts most.

    Args:
        score: Rates frames (B, C, H, W), 0..255; B is the number of spots and one.
        frame: (C, H, W), any dtype, 0..255.
    """
    sharp = frame.to(torch.float32)[None]
    height, width = sharp.shape[2:]
    spots, grid = _spots(height, width)
    with torch.inference_mode():
        spoilt = torch.lerp(sharp, _blurred(sharp), spots)
        scores = score(torch.cat([sharp, spoilt]))
        changes = (scores[1:] - scores[:1]).abs().reshape(1, 1, *grid)
        smooth = F.interpolate(changes, size=(height, width), mode="bicubic").clamp(min=0.0)[0, 0]
    return np.asarray((smooth / smooth.max().clamp(min=1e-12)).numpy())


def _spots(height: int, width: int) -> tuple[torch.Tensor, tuple[int, int]]:
    """Soft spots (rows x columns, 1, H, W), 1 in their middle, on a grid; and how many rows and columns of them."""
    down, across = _hills(height), _hills(width)
    spots = down[:, None, :, None] * across[None, :, None, :]
    return spots.flatten(0, 1)[:, None], (len(down), len(across))


def _hills(size: int) -> torch.Tensor:
    """Bell curves (K, size) around every GRID-th pixel."""
    places = torch.arange(size, dtype=torch.float32)
    middles = torch.arange(0.5 * (size - 1) % GRID, size, GRID)
    return torch.exp(-0.5 * ((places[None, :] - middles[:, None]) / SPOT) ** 2)


def _blurred(frames: torch.Tensor) -> torch.Tensor:
    """Frames (B, C, H, W) under a Gaussian blur; padded with the outermost pixels."""
    reach = round(2.0 * BLUR)
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / BLUR) ** 2)
    bell /= bell.sum()
    channels = frames.shape[1]
    wide = F.pad(frames, (reach, reach, reach, reach), mode="replicate")
    wide = F.conv2d(wide, bell.expand(channels, 1, 1, -1), groups=channels)
    return F.conv2d(wide, bell[:, None].expand(channels, 1, -1, 1), groups=channels)
