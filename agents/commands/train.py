"""``dashcam train``."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from agents.commands.common import CONSOLE, named_value
from agents.commands.resuming import Resume, resume_choice
from agents.config import CheckpointConfig, TrainConfig, preset
from agents.training.stopping import stop_request
from sim.defaults import through_towns, turning_tightly
from sim.errors import UserError

DEFAULT_PRESET = "quick"
TURNING = {"file": turning_tightly, "town": through_towns}  # what a preset becomes on such roads


@dataclass
class Train:
    """Train a policy from camera frames. Every setting of the preset can be changed."""

    out: Path | None = None
    """Folder for settings, logs, checkpoints and policy; runs/train-N by default."""
    resume: Resume = "never"
    """Resume the run in --out from its newest checkpoint; frames may grow, and the success rate to stop at may change.
    "auto" starts the run if there is none yet, for jobs that are restarted; without a value, it means "always"."""
    checkpoints: Annotated[CheckpointConfig, tyro.conf.arg(name="")] = field(default_factory=CheckpointConfig)
    """How checkpoints are written."""
    config: Annotated[TrainConfig, tyro.conf.arg(name="")] = field(default_factory=TrainConfig)
    """Settings of the preset."""

    def run(self) -> None:
        from agents.training.report import report
        from agents.training.resume import has_begun
        from agents.training.train import resume, train
        from perception.encoders import make_encoder

        height, width, channels = self.config.env.camera.observation_shape
        make_encoder(self.config.encoder, channels, height, width)  # says early what does not fit
        with stop_request():
            if self.out is not None and (self.resume == "always" or (self.resume == "auto" and has_begun(self.out))):
                result = resume(self.config, self.out, CONSOLE, self.checkpoints)
            else:
                result = train(self.config, self.out, CONSOLE, self.checkpoints)
            report(result, self.config, CONSOLE)


def train_defaults(words: Sequence[str]) -> Train:
    """The command's defaults: those of the preset that ``words`` name, for the encoder or the run that they name.

    Raises:
        UserError: unknown preset, no such encoder, or no such run.
    """
    choice = resume_choice(words, "train")
    if choice != "never":
        from agents.training.resume import has_begun, stored_settings

        out = named_value(words, "train", "--out")
        if out is None:
            raise UserError("Which run should be resumed? Name its folder: dashcam train --resume --out DIR")
        if choice == "always" or has_begun(Path(out)):
            stored, checkpoints = stored_settings(Path(out))
            return Train(config=stored, checkpoints=checkpoints)
    config = preset(named_value(words, "train", "--preset") or DEFAULT_PRESET)
    kind = named_value(words, "train", "--env.roads.kind")
    if kind in TURNING:
        config = dataclasses.replace(config, env=TURNING[kind](config.env))
    folder = named_value(words, "train", "--encoder-from")
    if folder is not None:
        from agents.learning.start import start_from

        finetuned = named_value(words, "train", "--encoder-mode") == "finetuned"
        config = start_from(config, folder, "finetuned" if finetuned else "frozen")
    return Train(config=config)
