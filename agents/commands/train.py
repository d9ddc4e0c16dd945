"""``dashcam train``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from agents.commands.common import CONSOLE, free_folder, named_preset, named_value
from agents.config import TrainConfig, preset

DEFAULT_PRESET = "quick"


@dataclass
class Train:
    """Train a policy from camera frames. Every setting of the preset can be changed."""

    preset: str = DEFAULT_PRESET
    """quick learns to drive in some seconds; robust in all light and weather, in minutes; paper is DQN as published."""
    out: Path | None = None
    """Folder of the run: config, logs, policy; runs/train-N by default."""
    config: Annotated[TrainConfig, tyro.conf.arg(name="")] = field(default_factory=TrainConfig)
    """What the preset sets."""

    def run(self) -> None:
        """Runs the command."""
        from agents.demo import train_and_report
        from perception.encoders import make_encoder

        height, width, channels = self.config.env.camera.observation_shape
        make_encoder(self.config.encoder, channels, height, width)  # says early what does not fit
        train_and_report(self.config, self.preset, self.out or free_folder("train"), CONSOLE)


def train_defaults(words: Sequence[str]) -> Train:
    """The command's defaults: those of the preset that ``words`` name, for the encoder that they name.

    Raises:
        UserError: unknown preset, or no such encoder.
    """
    name = named_preset(words, "train", DEFAULT_PRESET)
    config = preset(name)
    folder = named_value(words, "train", "--encoder-from")
    if folder is not None:
        from agents.start import start_from

        finetuned = named_value(words, "train", "--encoder-mode") == "finetuned"
        config = start_from(config, folder, "finetuned" if finetuned else "frozen")
    return Train(preset=name, config=config)
