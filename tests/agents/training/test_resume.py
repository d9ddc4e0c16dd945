"""Runs go on from their checkpoints as if nothing had happened."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.cli import parse
from agents.config import CheckpointConfig, preset
from agents.learning.build import build_model
from agents.locks import training_in
from agents.progress import TrainingProgress
from agents.training.checkpoints.format import (
    CONFIG,
    REPLAY,
    STATE,
    checkpoint_folder,
    checkpoint_folders,
    json_bytes,
    read_arrays,
    read_json,
)
from agents.training.checkpoints.restore import restore
from agents.training.checkpoints.schedule import Checkpointer
from agents.training.command import train_command
from agents.training.loop import learn
from agents.training.resume import require_same_settings, stored_settings
from agents.training.train import resume, train
from agents.training.validation import POLICY, ValidationCallback
from perception.lane_encoder import new_pretrained, save_pretrained
from sim.errors import UserError
from tests.support.tiny_run import ENV, TINY, WHOLE, replace_file, said, silent


def require_same_end(one: Path, other: Path, frames: int) -> None:
    """The last checkpoints of both runs hold the same; the ``other`` one may have evaluations of its own, between."""
    first, second = checkpoint_folder(one, frames), checkpoint_folder(other, frames)
    mine, its = read_arrays(first), read_arrays(second)
    assert mine.keys() == its.keys()
    assert [name for name in mine if mine[name].tobytes() != its[name].tobytes()] == []
    assert (first / REPLAY).read_bytes() == (second / REPLAY).read_bytes()
    states = [read_json(folder / STATE) for folder in (first, second)]
    assert states[0]["generators"] == states[1]["generators"]
    assert states[0]["updates"] == states[1]["updates"] > 0
    scores = [[{**item, "training_s": 0} for item in state["watcher"]["evaluations"]] for state in states]
    assert [item for item in scores[0] if item not in scores[1]] == []


RUNS = {
    "two gray frames in all weather": TINY,
    "colour and few frames before learning": dataclasses.replace(
        TINY, env=preset("quick").env, head="dueling", learning_starts=100, buffer_frames=2_000
    ),
    "as published": dataclasses.replace(
        TINY, optimizer="rmsprop", head="linear", target_rate=1.0, target_update_updates=7, updates_per_step=2
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_goes_on_ends_as_one_without_interruption(name: str, tmp_path: Path) -> None:
    config = RUNS[name]
    train(config, tmp_path / "whole", silent(), WHOLE)
    train(dataclasses.replace(config, frames=328), tmp_path / "parts", silent(), WHOLE)
    resume(config, tmp_path / "parts", silent(), WHOLE)
    require_same_end(tmp_path / "whole", tmp_path / "parts", 640)


def test_a_frozen_encoder_goes_on_from_the_features_that_it_had(tmp_path: Path) -> None:
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", ENV.camera))
    config = dataclasses.replace(TINY, encoder_from=str(tmp_path / "encoder"), encoder_mode="frozen")
    train(config, tmp_path / "whole", silent(), WHOLE)
    train(dataclasses.replace(config, frames=328), tmp_path / "parts", silent(), WHOLE)
    shutil.copytree(tmp_path / "parts", tmp_path / "other")
    resume(config, tmp_path / "parts", silent())
    require_same_networks(tmp_path / "whole", tmp_path / "parts")
    shutil.rmtree(tmp_path / "encoder")
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", ENV.camera))
    with pytest.raises(UserError, match="pretrained encoder that it uses was changed"):
        resume(config, tmp_path / "other", silent())


def require_same_networks(one: Path, other: Path) -> None:
    mine, its = (read_arrays(checkpoint_folder(run, TINY.frames)) for run in (one, other))
    for name in mine:
        if name.startswith(("network/", "optimizer/", "cars/")):
            assert np.array_equal(mine[name], its[name]), name


def test_without_the_replay_all_else_goes_on_and_learning_waits_for_new_frames(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(dataclasses.replace(TINY, frames=312), folder, silent())
    before = read_json(checkpoint_folder(folder, 312) / STATE)
    assert not (checkpoint_folder(folder, 312) / REPLAY).exists()
    resume(dataclasses.replace(TINY, frames=504), folder, silent())
    waited = read_json(checkpoint_folder(folder, 504) / STATE)
    assert waited["updates"] == before["updates"], "192 new frames are fewer than the 200 before the first update"
    resume(dataclasses.replace(TINY, frames=800), folder, silent())
    assert read_json(checkpoint_folder(folder, 800) / STATE)["updates"] > before["updates"]


@pytest.mark.parametrize("learning_starts", [200, 8])
def test_without_the_replay_it_learns_from_the_stacks_that_cars_acted_on(learning_starts: int, tmp_path: Path) -> None:
    config = dataclasses.replace(
        TINY,
        env=dataclasses.replace(ENV, camera=dataclasses.replace(ENV.camera, stack=4)),
        learning_starts=learning_starts,
    )
    train(dataclasses.replace(config, frames=328), tmp_path, silent())
    model, seen = build_model(config), set()
    model.may_continue = lambda: seen.update(stack.tobytes() for stack in model.observations["camera"]) is None
    with TrainingProgress(config.frames, silent()) as progress:
        watcher = ValidationCallback(config, tmp_path, progress, silent())
        restore(checkpoint_folder(tmp_path, 328), model, watcher)
        assert learn(model, config, watcher)
        watcher.close()
    learned = model.replay.sample(500).observations["camera"].numpy()
    assert all(stack.tobytes() in seen for stack in learned)


def test_a_run_keeps_its_latest_checkpoints_and_a_log_without_gaps_or_repeats(half_run: Path) -> None:
    assert [int(path.name) for path in checkpoint_folders(half_run)] == [312, 248]
    rows = (half_run / "log.csv").read_text().splitlines()
    assert rows[0].startswith("frames,training_s,roads,success_rate")
    assert [row.split(",")[0] for row in rows[1:]] == ["248", "312"]


def test_rows_of_a_future_that_was_lost_leave_the_log(run_folder: Path) -> None:
    with (run_folder / "log.csv").open("a") as log:
        log.write("336,9.9,half a ro")
    resume(dataclasses.replace(TINY, frames=336), run_folder, silent())
    rows = (run_folder / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["248", "312", "320", "336"]


def test_a_finished_run_has_nothing_to_do(run_folder: Path) -> None:
    console = silent()
    result = resume(dataclasses.replace(TINY, frames=312), run_folder, console)
    assert (result.frames, result.interrupted) == (312, False)
    assert "all 312 frames were seen; resume with more --frames" in said(console)


def reach_goal(folder: Path) -> None:
    """Gives the newest checkpoint of a run two evaluations with mastery."""
    checkpoint = checkpoint_folder(folder, 312)
    state = read_json(checkpoint / STATE)
    for evaluation in state["watcher"]["evaluations"]:
        evaluation["mastery"], evaluation["totals"]["success_rate"] = True, 1.0
    replace_file(checkpoint, STATE, json_bytes(state))


def test_a_run_that_has_reached_its_goal_says_so_and_goes_on_without_it(run_folder: Path) -> None:
    reach_goal(run_folder)
    console, longer = silent(), dataclasses.replace(TINY, frames=336, stop_success_rate=0.9)
    assert resume(longer, run_folder, console).frames == 312
    assert "reached its goal, a success rate of 0.9; resume with another one, or with --stop-success-rate None" in said(
        console
    )
    assert resume(dataclasses.replace(longer, stop_success_rate=None), run_folder, silent()).frames == 336


def test_a_run_that_was_made_longer_stays_so_when_it_is_killed_at_once(run_folder: Path) -> None:
    start = checkpoint_folder(run_folder, 312)
    longer = dataclasses.replace(TINY, frames=400)
    with TrainingProgress(400, silent()) as progress:
        watcher = ValidationCallback(longer, run_folder, progress, silent())
        model = build_model(longer)
        restore(start, model, watcher)
        checkpointer = Checkpointer(run_folder, longer, WHOLE, watcher, silent(), start)
        model.may_continue = lambda: checkpointer.write_if_due(model) is not None  # before its first step, it is over
        learn(model, longer, watcher)
    assert stored_settings(run_folder) == (longer, WHOLE)
    assert read_json(start / STATE)["frames"] == 312


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(run_folder: Path) -> None:
    shutil.rmtree(run_folder / "checkpoints")
    shutil.rmtree(run_folder / POLICY)
    config = dataclasses.replace(TINY, frames=312)
    assert stored_settings(run_folder) == (config, CheckpointConfig())
    assert resume(config, run_folder, silent()).frames == 312


PRELOADED = dataclasses.replace(ENV, roads=dataclasses.replace(ENV.roads, preload=True))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"preset": "paper"}, r"was started with --preset quick, which cannot change"),
        ({"seed": 5}, r"was started with --seed 0, which cannot change"),
        ({"env": PRELOADED, "batch_size": 8}, r"--env.roads.no-preload --batch-size 16"),
        ({"frames": 300}, "was started for 312 frames, which can only grow"),
    ],
)
def test_other_settings_than_those_of_the_run_are_named_and_refused(
    change: dict[str, Any], sentence: str, half_run: Path
) -> None:
    config = dataclasses.replace(TINY, frames=312)
    with pytest.raises(UserError, match=sentence):
        resume(dataclasses.replace(config, **change), half_run, silent())


def test_a_run_remembers_its_preset_however_much_was_set_otherwise(tmp_path: Path) -> None:
    words = ["--preset", "robust", "--frames", "200000", "--evaluation-frames", "6144", "--evaluation-roads", "100"]
    started = parse(["train", *words, "--out", str(tmp_path)])
    (tmp_path / CONFIG).write_text(started.config.as_json())
    resumed = parse(["train", "--resume", "--preset", "robust", "--out", str(tmp_path)])
    require_same_settings(resumed.config, tmp_path)
    assert train_command(resumed.config) == f"dashcam train --preset robust --seed 0 {' '.join(words[2:])}"
    with pytest.raises(UserError, match="was started with --preset robust, which cannot change"):
        require_same_settings(parse(["train", "--resume", "--preset=quick", "--out", str(tmp_path)]).config, tmp_path)


def test_two_programs_do_not_train_in_one_folder(half_run: Path) -> None:
    with training_in(half_run), pytest.raises(UserError, match="Another program is training in"):
        resume(dataclasses.replace(TINY, frames=312), half_run, silent())


def test_a_new_run_over_an_old_one_is_refused_with_the_way_to_go_on(half_run: Path) -> None:
    with pytest.raises(UserError, match="holds another run; resume it with --resume"):
        train(TINY, half_run, silent())
