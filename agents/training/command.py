"""The command line that reproduces a run's settings."""

import dataclasses
import shlex
from typing import Any

from agents.changes import changed_fields
from agents.config import TrainConfig, preset
from agents.learning.start import with_encoder
from sim.defaults import turning_tightly


def train_command(config: TrainConfig) -> str:
    """The command line that trains with ``config``: preset, seed, encoder to start from, and what else is set."""
    words = ["dashcam", "train", "--preset", config.preset, "--seed", str(config.seed)]
    start = dataclasses.replace(preset(config.preset), seed=config.seed)
    if config.env.roads.kind == "file":  # which brings a car along
        start = dataclasses.replace(start, env=turning_tightly(start.env))
    if config.encoder_from is not None:  # named in any case, since it brings settings along
        words += option_words("encoder_from", config.encoder_from) + option_words("encoder_mode", config.encoder_mode)
        start = with_encoder(start, config.encoder_from, config.encoder_mode, config.encoder, config.env.camera)
    for name, value in changed_fields(start, config, "").items():
        words += option_words(name, value)
    return shlex.join(words)


def option_words(name: str, value: Any) -> list[str]:
    """The words that set a field on the command line."""
    *groups, last = name.replace("_", "-").split(".")
    if isinstance(value, bool):
        last = last if value else f"no-{last}"
        return [f"--{'.'.join([*groups, last])}"]
    values = value if isinstance(value, tuple) else (value,)
    return [f"--{'.'.join([*groups, last])}", *map(str, values)]
