"""When a run writes checkpoints."""

import dataclasses
import math
import shutil
import time
from pathlib import Path

from rich.console import Console

from agents.config import CheckpointConfig, TrainConfig
from agents.learning.dqn import DrivingDQN
from agents.training.best_effort import BestEffort
from agents.training.checkpoints.format import (
    ARRAYS,
    CONFIG,
    REPLAY,
    STATE,
    checkpoint_folder,
    checkpoint_folders,
    drop_others,
    json_bytes,
    pack_arrays,
    write_checkpoint,
)
from agents.training.checkpoints.learner_state import learner_arrays, learner_values
from agents.training.validation import ValidationCallback
from sim.machine import require_disk


class Checkpointer:
    """Writes a run's checkpoints between its steps. A disk that refuses them does not end the run."""

    def __init__(
        self,
        out: Path,
        config: TrainConfig,
        wanted: CheckpointConfig,
        validation: ValidationCallback,
        console: Console,
        restored: Path | None = None,
    ) -> None:
        """Writes to ``out``/checkpoints what ``validation`` and its learner know; reports failures on the console.

        A checkpoint that was ``restored``, which the run resumes from, is written again if it has other settings.
        """
        self._out, self._config, self._wanted, self._validation = out, config, wanted, validation
        self._attempts = BestEffort(console, f"A checkpoint in {out}", "training continues, and it is tried again")
        self._ended, self._pause_s = -math.inf, 0.0
        self._best = validation.best
        self.latest: int | None = None  # frames
        if restored is not None and (restored / CONFIG).read_bytes() == self._config_bytes():
            self._ended, self.latest = time.monotonic(), int(restored.name)

    def write_if_due(self, model: DrivingDQN) -> None:
        """Writes a checkpoint if it is time for one; between two steps only."""
        since = time.monotonic() - self._ended
        new_best = self._validation.best is not self._best
        if since >= self._pause_s and (new_best or since >= self._wanted.checkpoint_seconds):
            self.write(model)

    def write(self, model: DrivingDQN) -> None:
        """Writes a checkpoint, unless there is one of this moment.

        Raises:
            NonFiniteError: a weight is not finite; the checkpoints before stay.
        """
        if self.latest == model.num_timesteps:
            return
        model.require_finite_weights()
        started = time.monotonic()
        if self._attempts.attempt(lambda: self._write(model)):
            self.latest = model.num_timesteps
            drop_others(self._out, self.latest, self._wanted.checkpoints_kept)
        self._best = self._validation.best
        self._ended = time.monotonic()
        self._pause_s = (self._ended - started) * (1.0 / self._wanted.checkpoint_share - 1.0)

    def _write(self, model: DrivingDQN) -> None:
        with_replay, replay = self._wanted.checkpoint_replay, model.replay
        state = {
            **learner_values(model),
            "watcher": self._validation.state(),
            "checkpoints": dataclasses.asdict(self._wanted),
        }
        files = {
            CONFIG: self._config_bytes(),
            STATE: json_bytes(state),
            ARRAYS: pack_arrays(learner_arrays(model, replay=with_replay)),
        }
        folder = checkpoint_folder(self._out, model.num_timesteps)
        write_checkpoint(folder, files, replay.frames if with_replay else None, replay.held)

    def _config_bytes(self) -> bytes:
        return json_bytes(dataclasses.asdict(self._config))


def require_replay_disk(out: Path, wanted: CheckpointConfig, replay_bytes: int) -> str:
    """The disk space that checkpoints with the replay will take, including those that are there already, as a sentence.

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
