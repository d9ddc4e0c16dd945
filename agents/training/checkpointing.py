"""When a run writes checkpoints, what they hold, and how a run goes on from one."""

import dataclasses
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from agents.config import TrainConfig
from agents.learning.dqn import DrivingDQN
from agents.training.checkpoint import (
    ARRAYS,
    CONFIG,
    REPLAY,
    STATE,
    DamagedError,
    checkpoint_folder,
    checkpoint_folders,
    drop_others,
    json_bytes,
    pack_arrays,
    read_arrays,
    read_frames,
    read_state,
    require_whole,
    write_checkpoint,
)
from agents.training.checkpoints import Checkpoints
from agents.training.learner_state import learner_arrays, learner_values, put_learner, replay_of
from agents.training.tolerance import Tolerance
from agents.training.validation import EvaluateAndKeep
from sim.errors import UserError
from sim.machine import require_disk


class Checkpointer:
    """Writes a run's checkpoints between its steps. A disk that refuses them does not end the run."""

    def __init__(
        self, out: Path, config: TrainConfig, wanted: Checkpoints, watcher: EvaluateAndKeep, console: Console
    ) -> None:
        """Writes to ``out``/checkpoints what ``watcher`` and its learner know."""
        self._out, self._config, self._wanted, self._watcher = out, config, wanted, watcher
        self._tolerance = Tolerance(console, f"A checkpoint in {out}", "training goes on, and it is tried again")
        self._ended, self._pause_s = -math.inf, 0.0
        self._best = watcher.best
        self.latest: int | None = None  # frames

    def write_if_due(self, model: DrivingDQN) -> None:
        """Writes a checkpoint if it is time for one; between two steps only."""
        since = time.monotonic() - self._ended
        new_best = self._watcher.best is not self._best
        if since >= self._pause_s and (new_best or since >= self._wanted.checkpoint_seconds):
            self.write(model)

    def write(self, model: DrivingDQN) -> None:
        """Writes a checkpoint, unless there is one of this moment.

        Raises:
            DivergenceError: a weight is not finite; the checkpoints before stay.
        """
        if self.latest == model.num_timesteps:
            return
        model.require_finite_weights()
        started = time.monotonic()
        if self._tolerance.attempt(lambda: self._write(model)):
            self.latest = model.num_timesteps
            drop_others(self._out, self.latest, self._wanted.checkpoints_kept)
        self._best = self._watcher.best
        self._ended = time.monotonic()
        self._pause_s = (self._ended - started) * (1.0 / self._wanted.checkpoint_share - 1.0)

    def go_on_from(self, model: DrivingDQN, folder: Path) -> None:
        """Puts the run into the state of a checkpoint.

        Raises:
            UserError: it is not one of such a run.
        """
        try:
            state = read_state(folder)
            put_learner(model, read_arrays(folder), state)
            replay = replay_of(model)
            if replay.held > 0 and read_frames(folder, replay.frames) != replay.held:
                raise DamagedError("the replay is not the one that it was")
            self._watcher.go_on_from(state["watcher"])
        except (DamagedError, UserError, KeyError) as error:
            why = str(error).rstrip(".")
            raise UserError(
                f"The run cannot go on from {folder}: {why}; remove that folder, and --resume takes the one before."
            ) from error
        self._best = self._watcher.best
        if json_bytes(dataclasses.asdict(self._config)) == (folder / CONFIG).read_bytes():  # else it is written anew
            self._ended, self.latest = time.monotonic(), model.num_timesteps

    def _write(self, model: DrivingDQN) -> None:
        keeps_replay, replay = self._wanted.checkpoint_replay, replay_of(model)
        state = {
            **learner_values(model),
            "watcher": self._watcher.state(),
            "checkpoints": dataclasses.asdict(self._wanted),
        }
        files = {
            CONFIG: json_bytes(dataclasses.asdict(self._config)),
            STATE: json_bytes(state),
            ARRAYS: pack_arrays(learner_arrays(model, replay=keeps_replay)),
        }
        folder = checkpoint_folder(self._out, model.num_timesteps)
        write_checkpoint(folder, files, replay.frames if keeps_replay else None, replay.held)


def newest_whole(run: Path, say: Callable[[str], object]) -> Path | None:
    """The newest checkpoint that is whole, None where there is none at all; says which ones are not.

    Raises:
        UserError: none is whole, or one is of another version.
    """
    folders = checkpoint_folders(run)
    for folder in folders:
        try:
            require_whole(folder)
        except DamagedError as error:
            say(f"{folder} is damaged: {error}.")
        else:
            return folder
    if folders:
        raise UserError(f"No checkpoint of the run in {run} is whole; train again with another --out.")
    return None


def require_replay_disk(out: Path, wanted: Checkpoints, replay_bytes: int) -> str:
    """What checkpoints with the replay will take of the disk, including those that are there already, in a sentence.

    Raises:
        UserError: the disk does not have it.
    """
    needed = (wanted.checkpoints_kept + 1) * replay_bytes  # the next one is written before the oldest is removed
    replays = (folder / REPLAY for folder in checkpoint_folders(out))
    written = sum(replay.stat().st_size for replay in replays if replay.exists())
    advice = "keep fewer with --checkpoints-kept, or leave out --checkpoint-replay"
    require_disk(out, needed, "Checkpoints with the replay", advice, reusable=written)
    return (
        f"Disk: {replay_bytes / 1e6:,.0f} MB for a checkpoint with the replay, up to {needed / 1e6:,.0f} MB in all, "
        f"{shutil.disk_usage(out).free / 1e9:.0f} GB free."
    )
