"""Settings of pretraining, and the presets."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from perception import EncoderName
from sim.config import ColorMode
from sim.errors import UserError
from sim.fields import Count, Positive, Range, Seed, Share, check_fields

Task = Literal["lane", "bend"]


@dataclass(frozen=True)
class PretrainConfig:
    """How an encoder is trained on labelled frames."""

    encoder: EncoderName = "fast"
    """Network that turns frames into features."""
    task: Task = "lane"
    """lane estimates lane pose, curvatures and lane width, and classifies bends; bend only classifies bends."""
    width: int | None = None
    """Width to fit frames to [px]; that of the data by default."""
    height: int | None = None
    """Height to fit frames to [px]; that of the data by default."""
    color: ColorMode | None = None
    """Colour to fit frames to: gray is possible for rgb data; that of the data by default."""
    stack: Annotated[int | None, Range("from 1 to 16 frames", lambda value: 1 <= value <= 16)] = None
    """Frames per observation; as in the camera of the data by default."""
    epochs: Count = 8
    """Greatest number of passes over the training frames."""
    patience: Count = 2
    """Stop after this many passes without improvement on validation roads."""
    batch_size: Count = 256
    """Frames per update."""
    learning_rate: Positive = 2e-3
    """Peak learning rate."""
    bend_weight: Annotated[float, Range("0 or more", lambda value: value >= 0.0 and math.isfinite(value))] = 0.1
    """Weight of the classification loss relative to the regression loss."""
    mirror: Share = 0.0
    """Share of frames to mirror, 0 to 1. They show the road from the oncoming lane, which only helps classification."""
    light: Share = 0.0
    """Additional variation of light, contrast and noise, 0 to 1."""
    seed: Seed = 0
    """Random seed."""

    def __post_init__(self) -> None:
        check_fields(self)


PRETRAIN_PRESETS: dict[str, PretrainConfig] = {
    "lane": PretrainConfig(),
    "convnet": PretrainConfig(encoder="convnet", task="bend", stack=1, epochs=4, batch_size=64, learning_rate=1e-3),
}


def pretrain_preset(name: str) -> PretrainConfig:
    """The preset of that name: lane for an encoder that serves a driver, convnet for a plain classifier of bends.

    Raises:
        UserError: unknown name.
    """
    if name not in PRETRAIN_PRESETS:
        raise UserError(f"Preset {name!r} is unknown; choose one of {', '.join(PRETRAIN_PRESETS)}.")
    return PRETRAIN_PRESETS[name]
