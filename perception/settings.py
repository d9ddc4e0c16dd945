"""Settings of pretraining, and the presets."""

import math
from dataclasses import dataclass
from typing import Literal

from perception import EncoderName
from sim.config import ColorMode
from sim.errors import UserError
from sim.fields import require, require_choice, require_types

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
    stack: int | None = None
    """Frames per observation; as in the camera of the data by default."""
    epochs: int = 8
    """Greatest number of passes over the training frames."""
    patience: int = 2
    """Stop after this many passes without improvement on validation roads."""
    batch_size: int = 256
    """Frames per update."""
    learning_rate: float = 2e-3
    """Peak learning rate."""
    bend_weight: float = 0.1
    """Weight of the classification loss relative to the regression loss."""
    mirror: float = 0.0
    """Share of frames to mirror, 0 to 1. They show the road from the oncoming lane, which only helps classification."""
    light: float = 0.0
    """Additional variation of light, contrast and noise, 0 to 1."""
    seed: int = 0
    """Random seed."""

    def __post_init__(self) -> None:
        """Checks choices and ranges.

        Raises:
            UserError: a value is unknown or out of range.
        """
        require_types(self)
        require_choice("encoder", self.encoder, EncoderName)
        require_choice("task", self.task, Task)
        if self.color is not None:
            require_choice("color", self.color, ColorMode)
        for name in ("epochs", "patience", "batch_size"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, but must be 1 or more")
        for name in ("mirror", "light"):
            require(0.0 <= getattr(self, name) <= 1.0, f"{name} is {getattr(self, name)}, but must be from 0 to 1")
        rate, weight = self.learning_rate, self.bend_weight
        require(math.isfinite(rate) and rate > 0.0, f"learning_rate is {rate}, but must be a number above 0")
        require(math.isfinite(weight) and weight >= 0.0, f"bend_weight is {weight}, but must be 0 or more")
        require(self.stack is None or 1 <= self.stack <= 16, f"stack is {self.stack}, but must be from 1 to 16 frames")
        require(0 <= self.seed < 2**32, f"seed is {self.seed}, but must be from 0 to {2**32 - 1}")


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
