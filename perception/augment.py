"""Data augmentation of labelled frames.

Frames are not shifted sideways: a shift by some pixels is neither a lateral offset, which moves near ground further
than far ground, nor a yaw, which moves the frame's rim further than its middle. Collecting from other starts shows the
true frames.
"""

from collections.abc import Sequence

import torch

from perception.labels import BENDS, CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET

MIRROR_BENDS = torch.tensor([BENDS.index(name) for name in ("right", "straight", "left")])


def mirror_bends(bends: torch.Tensor) -> torch.Tensor:
    """Classes (B,) of mirrored frames."""
    return MIRROR_BENDS[bends]


def mirror_values(values: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
    """Labels (B, names) of mirrored frames, in the units of ``names``.

    Heading error and curvatures change their sign. The car keeps to the right, so the mirrored car is in the oncoming
    lane of a mirrored road: with the lane's centre half a lane w to the right of the road's, an offset o of the
    car from its lane is o - w/2 from the road's centre, w/2 - o when mirrored, and so w - o from its lane's centre.
    """
    columns = {name: values[:, column] for column, name in enumerate(names)}
    mirrored = {name: -columns[name] for name in (HEADING_ERROR, *CURVATURES) if name in columns}
    if LATERAL_OFFSET in columns:
        mirrored[LATERAL_OFFSET] = columns[LANE_WIDTH] - columns[LATERAL_OFFSET]
    return torch.stack([mirrored.get(name, columns[name]) for name in names], dim=1) if names else values


def vary_light(frames: torch.Tensor, strength: float, generator: torch.Generator) -> torch.Tensor:
    """Frames (B, C, H, W) in [0, 1] with random brightness, contrast and noise; labels stay.

    Args:
        frames: As the camera saw them.
        strength: 0 to 1; at 1, light from half to twice, contrast from half to 1.5, noise of up to 0.05.
        generator: Source of randomness.
    """
    count = len(frames)
    draws = 2.0 * torch.rand(3, count, 1, 1, 1, generator=generator) - 1.0
    light, contrast = 2.0 ** (strength * draws[0]), 1.0 + 0.5 * strength * draws[1]
    noise = torch.randn(frames.shape, generator=generator) * (0.05 * strength * draws[2].abs())
    means = frames.mean(dim=(1, 2, 3), keepdim=True)
    return (light * (means + contrast * (frames - means)) + noise).clamp(0.0, 1.0)
