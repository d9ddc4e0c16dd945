"""The settings of a stored run, so that it resumes with the same ones."""

import os
import shlex
from pathlib import Path

from agents.changes import changed_fields
from agents.config import CheckpointConfig, TrainConfig
from agents.training.checkpoints.format import (
    CONFIG,
    STATE,
    DamagedError,
    checkpoint_folders,
    read_json,
    require_intact,
)
from agents.training.command import option_words
from sim.errors import UserError
from sim.fields import from_fields


def stored_settings(out: Path) -> tuple[TrainConfig, CheckpointConfig]:
    """Settings of the run in ``out``: those of its newest checkpoint, or of its folder before there is one.

    Raises:
        UserError: there is no run, or it is of another version.
    """
    for folder in checkpoint_folders(out):
        try:
            require_intact(folder, files={CONFIG, STATE})
        except DamagedError:
            continue
        try:
            return _config(folder), from_fields(CheckpointConfig, read_json(folder / STATE)["checkpoints"])
        except (DamagedError, KeyError, TypeError) as error:
            raise UserError(f"{folder} does not hold a run of this version ({error!r:.80}).") from error
    try:
        return _config(out), CheckpointConfig()
    except DamagedError as error:
        raise UserError(f"There is no run in {out}: {error}; name a run's folder with --out.") from error


def has_begun(out: Path) -> bool:
    """Whether there is a run in ``out``, however far it came."""
    return os.path.lexists(out / CONFIG) or any(checkpoint_folders(out))


def require_same_settings(config: TrainConfig, out: Path) -> None:
    """Makes sure that a run resumes with its own settings; frames may grow, and the goal may change.

    Raises:
        UserError: a setting differs; or see ``stored_settings``.
    """
    stored, _ = stored_settings(out)
    changes = changed_fields(config, stored, "")
    frames = changes.pop("frames", None)
    changes.pop("stop_success_rate", None)
    if changes:
        words = shlex.join(word for name, value in changes.items() for word in option_words(name, value))
        raise UserError(
            f"The run in {out} was started with {words}, which cannot change when it resumes; leave that out."
        )
    if frames is not None and config.frames < stored.frames:
        raise UserError(
            f"The run in {out} was started for {stored.frames:,} frames, which can only grow; --frames is "
            f"{config.frames:,}."
        )


def _config(folder: Path) -> TrainConfig:
    try:
        return from_fields(TrainConfig, read_json(folder / CONFIG))
    except UserError as error:
        raise UserError(f"{folder} holds settings of another version of Dashcam: {error}") from error
