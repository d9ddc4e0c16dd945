"""Runs that start from an encoder pretrained on labelled frames.

A frozen encoder is not trained: each frame is encoded once, the replay holds features, and updates train only the head.
A fine-tuned one is trained further, more slowly than the head.
"""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.config import EncoderMode, TrainConfig
from perception import EncoderName
from perception.encoders import Encoder
from perception.lane_encoder import PretrainedEncoder, load_pretrained
from sim.config import CameraConfig
from sim.errors import UserError

# What differs from a preset. A head on fixed features tolerates a high learning rate, and its updates are cheap. Both
# modes need some 250 updates, since the network that drives is an average over a hundred of them.
FROZEN: dict[str, Any] = {
    "updates_per_step": 4,
    "batch_size": 256,
    "n_steps": 3,
    "learning_rate": 3e-3,
    "learning_rate_final": 3e-4,
}
FINETUNED: dict[str, Any] = {"updates_per_step": 2, "learning_rate": 3e-3, "learning_rate_final": 3e-4}


@dataclass(frozen=True)
class EncoderStart:
    """A trained encoder to start from."""

    encoder: Encoder
    frozen: bool


def encoder_start(config: TrainConfig) -> EncoderStart | None:
    """The encoder that a run starts from; None where it is randomly initialised.

    Raises:
        UserError: the folder is missing, changed, of a newer version, or its encoder is not the one of ``config``.
    """
    if config.encoder_from is None:
        return None
    pretrained = load_pretrained(Path(config.encoder_from))
    _require_fit(config, pretrained)
    return EncoderStart(pretrained.encoder, frozen=config.encoder_mode != "finetuned")


def start_from(config: TrainConfig, folder: str, mode: EncoderMode) -> TrainConfig:
    """``config`` with the camera of the encoder in ``folder``, and with settings that suit the mode.

    Raises:
        UserError: see ``encoder_start``.
    """
    pretrained = load_pretrained(Path(folder))
    return with_encoder(config, folder, mode, pretrained.name, pretrained.camera)


def with_encoder(
    config: TrainConfig, folder: str, mode: EncoderMode | None, encoder: EncoderName, camera: CameraConfig
) -> TrainConfig:
    """As ``start_from``, where the encoder in ``folder`` is known; frozen where there is no mode."""
    return dataclasses.replace(
        config,
        env=dataclasses.replace(config.env, camera=camera),
        encoder=encoder,
        encoder_from=folder,
        encoder_mode=mode,
        **(FINETUNED if mode == "finetuned" else FROZEN),
    )


def from_anywhere(config: TrainConfig) -> TrainConfig:
    """``config`` with an absolute path to the encoder."""
    if config.encoder_from is None:
        return config
    return dataclasses.replace(config, encoder_from=os.path.realpath(config.encoder_from))


def _require_fit(config: TrainConfig, pretrained: PretrainedEncoder) -> None:
    wanted = {"encoder": config.encoder, **dataclasses.asdict(config.env.camera)}
    given = {"encoder": pretrained.name, **dataclasses.asdict(pretrained.camera)}
    for name, value in wanted.items():
        if value != given[name]:
            raise UserError(
                f"The encoder in {config.encoder_from} was trained with {_named(name, given[name])}, "
                f"but {_named(name, value)} is asked for; leave that option out."
            )


def _named(name: str, value: Any) -> str:
    return f"{name} {value}" if name == "encoder" else f"camera {name} {value}"
