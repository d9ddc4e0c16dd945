"""Finds the checkpoint that a run resumes from, and restores the run."""

from collections.abc import Callable
from pathlib import Path

from agents.learning.dqn import DrivingDQN
from agents.training.checkpoints.format import (
    STATE,
    DamagedError,
    checkpoint_folders,
    read_arrays,
    read_frames,
    read_json,
    require_intact,
)
from agents.training.checkpoints.learner_state import restore_learner
from agents.training.validation import ValidationCallback
from sim.errors import UserError


def newest_intact(run: Path, report: Callable[[str], object]) -> Path | None:
    """The newest checkpoint that is intact, None where there is none at all; reports which ones are not.

    Raises:
        UserError: none is intact, or one is of another version.
    """
    folders = checkpoint_folders(run)
    for folder in folders:
        try:
            require_intact(folder)
        except DamagedError as error:
            report(f"The checkpoint {folder.name} is damaged: {error}.")
        else:
            return folder
    if folders:
        raise UserError(f"No checkpoint of the run in {run} is intact; train again with another --out.")
    return None


def restore(folder: Path, model: DrivingDQN, validation: ValidationCallback) -> None:
    """Puts a run that has not begun into the state of a checkpoint.

    Raises:
        UserError: it is not one of such a run.
    """
    try:
        state = read_json(folder / STATE)
        restore_learner(model, read_arrays(folder), state)
        replay = model.replay
        if replay.held > 0 and read_frames(folder, replay.frames) != replay.held:
            raise DamagedError("its replay does not have the size that its state says")
        validation.restore(state["watcher"])
    except (DamagedError, UserError, KeyError) as error:
        why = str(error).rstrip(".")
        raise UserError(
            f"The run cannot resume from {folder}: {why}; remove that folder, and --resume takes the one before."
        ) from error
