"""Numbers that are not finite end a run with one sentence and a replay of the drive that led to them."""

import dataclasses
import io
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agents.drives.recording import Recording, first_mismatch, load_recording
from agents.learning.build import build_model
from agents.progress import TrainingProgress
from agents.training.checkpoints.format import checkpoint_folder, checkpoint_folders
from agents.training.checkpoints.restore import restore
from agents.training.failure_replay import FAILURE_REPLAY
from agents.training.loop import learn
from agents.training.train import train
from agents.training.validation import POLICY, ValidationCallback
from sim.errors import UserError
from tests.support.command_line import run
from tests.support.tiny_run import TINY

BREAKS = dataclasses.replace(TINY, learning_rate=1e30, learning_rate_final=1e30)


def silent() -> Console:
    return Console(file=io.StringIO(), width=200)


def require_same_drive(path: Path) -> Recording:
    """A replay that gives the frames again that the run saw."""
    recording = load_recording(path)
    assert first_mismatch(recording) is None
    return recording


def learn_and_break(folder: Path, part: str, after: int, start: Path | None = None, age: int = 0) -> str:
    """What a run says whose car 3, ``age`` steps older than it is, breaks ``after`` so many steps.

    A ``part`` of its state is no number any more.
    """
    model, steps = build_model(TINY), 0

    def break_car() -> bool:
        nonlocal steps
        steps += 1
        if steps == after:
            model.cars.lengths[3] += age
            getattr(model.cars.world.telemetry, part)[3] = math.nan
        return True

    model.may_continue = break_car
    with TrainingProgress(TINY.frames, silent()) as progress:
        watcher = ValidationCallback(TINY, folder, progress, silent())
        if start is not None:
            restore(start, model, watcher)
        with pytest.raises(UserError) as caught:
            learn(model, TINY, watcher)
        watcher.close()
    return str(caught.value)


@pytest.mark.parametrize("part", ["speed", "heading"])
def test_a_state_that_is_no_number_ends_a_run_before_it_is_rendered_or_learned(part: str, tmp_path: Path) -> None:
    folder = tmp_path / "my run"
    said = learn_and_break(folder, part, after=12)
    assert "The state of car 3 was no longer finite in step 12 of its episode on road" in said
    assert "That was after 88 frames of the run with seed 0." in said
    assert f"dashcam play '{folder / FAILURE_REPLAY}'" in said
    assert require_same_drive(folder / FAILURE_REPLAY).steps == 12


def test_a_learning_rate_that_breaks_the_weights_ends_a_run_with_a_replay_and_no_broken_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(
        UserError, match=r"diverged in update \d+.* after 2\d\d frames of the run with seed 0"
    ) as caught:
        train(BREAKS, folder, silent())
    assert str(caught.value).endswith("No policy was kept.")
    recording = require_same_drive(folder / FAILURE_REPLAY)
    assert recording.q_values is not None
    assert np.nan_to_num(np.abs(recording.q_values), nan=np.inf).max() > 1e20, "the replay shows what broke"
    assert [int(path.name) for path in checkpoint_folders(folder)] == [0]
    film = tmp_path / "drive.gif"
    assert run("play", str(folder / FAILURE_REPLAY), "--record", str(film), "--seconds", "1") == 0
    assert film.stat().st_size > 0


def test_what_was_learned_before_stays_and_an_episode_that_is_not_known_is_not_made_up(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(dataclasses.replace(TINY, frames=328), folder, silent())
    before = (folder / POLICY / "weights.safetensors").read_bytes()
    said = learn_and_break(folder, "x", after=1, start=checkpoint_folder(folder, 328))
    assert "No replay shows it: the episode began before the checkpoint that the run resumed from." in said
    assert said.endswith(f"The best policy so far is in {folder / POLICY}.")
    assert (folder / POLICY / "weights.safetensors").read_bytes() == before
    assert not (folder / FAILURE_REPLAY).exists()


def test_an_episode_that_is_too_long_to_be_kept_is_said_to_be(tmp_path: Path) -> None:
    said = learn_and_break(tmp_path, "speed", after=2, age=10_000)
    assert "No replay shows it: the episode is longer than 10,000 steps." in said
