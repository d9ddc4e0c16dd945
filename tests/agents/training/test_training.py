"""Runs: what they leave, which settings they refuse, and that they do as many updates as these say."""

import csv
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.config import preset
from agents.files import claimed
from agents.learning.build import NEVER, build_model
from agents.learning.heads import HEADS
from agents.locks import training_in
from agents.policy import load_policy
from agents.progress import TrainingProgress
from agents.scoring.evaluate import PolicyDriver, drive
from agents.scoring.metrics import Totals
from agents.training.checkpoints.format import checkpoint_folder, read_arrays
from agents.training.train import train
from agents.training.validation import Evaluation, in_words
from sim.errors import UserError
from tests.support.tiny_learner import TINY
from tests.support.tiny_run import said, silent


def test_a_run_leaves_config_logs_and_the_best_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    result = train(TINY, tmp_path / "run", silent())
    left = {path.name.split("_")[0] for path in temporary.glob("*")}
    assert left <= {"torchinductor"}, "nothing is left outside of its folder but PyTorch's own empty one"
    assert result.frames >= TINY.frames
    lines = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert len(lines) == 1 + len(result.evaluations)
    assert lines[0].startswith("frames,training_s,roads,success_rate")
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    assert (tmp_path / "run" / "config.json").is_file()
    kept = load_policy(tmp_path / "run")
    best = max(result.evaluations, key=lambda item: item.rank)
    assert best.totals == result.best.totals
    seeds = range(1_500_000, 1_500_002)
    assert drive(PolicyDriver(kept), kept.config, seeds).totals == best.totals, "the kept policy is the best one"


def test_each_evaluation_tells_route_completion_and_reward_on_the_console_in_the_log_and_in_tensorboard(
    tmp_path: Path,
) -> None:
    console = silent()
    result = train(TINY, tmp_path, console)
    shown = [line for line in said(console).splitlines() if "reward" in line]
    with (tmp_path / "log.csv").open(newline="") as log:
        rows = list(csv.DictReader(log))
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    for name in ("success_rate", "route_completion", "total_reward"):
        values = [getattr(item.totals, name) for item in result.evaluations]
        assert [float(row[name]) for row in rows] == values
        assert [item.value for item in events.Scalars(f"validation/{name}")] == pytest.approx(values)
    for line, item in zip(shown, result.evaluations, strict=True):
        assert line.startswith(f"{item.frames:,} frames, unseen roads: success ")
        assert f"route {100.0 * item.totals.route_completion:.0f}%" in line
        assert f"reward {item.totals.total_reward:.1f}" in line
    assert shown[result.evaluations.index(result.best)].endswith(", best")


def test_what_the_console_shows_of_a_run_fits_into_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = Totals(**{**dict.fromkeys(Totals.__dataclass_fields__, 0.995), "total_reward": 687.2})
    line = in_words(Evaluation(1_048_576, 1.0, totals, mastery=True), "training roads")
    assert line == "1,048,576 frames, training roads: success 99.5%, route 99.5%, reward 687.2"
    assert len(f"{line}, best") <= 80
    monkeypatch.setattr("agents.progress.PLAIN_INTERVAL_S", 0.0)
    console = silent()
    with TrainingProgress(50_000_000, console, may_end_early=True, seen_frames=1_048_000) as progress:
        progress.best(0.995)
        monkeypatch.setattr("time.monotonic", lambda: progress._started + 0.1)
        progress.advance(1_048_576)
    assert said(console) == "1,048,576 frames, 5,760 frames/s, at most 8499 s left, best 99.5%\n"


def test_a_folder_with_another_run_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("mine")
    with pytest.raises(UserError, match="holds another run"):
        train(TINY, tmp_path, silent())
    assert (tmp_path / "log.csv").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_run_that_another_program_was_quicker_to_begin_leaves_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with claimed(folder, "run"):
        with pytest.raises(UserError, match="Another program is writing to"):
            train(TINY, folder, silent())
        assert folder.is_dir()
    folder.mkdir()
    with training_in(folder), pytest.raises(UserError, match="Another program is training in"):
        train(TINY, folder, silent())


def test_a_run_that_breaks_before_it_has_learned_leaves_its_folder_free(tmp_path: Path) -> None:
    closed = silent()
    closed.file.close()
    with pytest.raises(ValueError, match="closed file"):
        train(TINY, tmp_path / "run", closed)
    train(TINY, tmp_path / "run", silent())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"learning_starts": 10_000}, "learning starts after 10000 frames, but the run ends after 600"),
        ({"batch_size": 5_000}, "a batch of 5000 does not fit a buffer of 1000"),
        ({"num_cars": 0}, "num_cars is 0"),
        ({"discount": 1.0}, "discount is 1.0"),
        ({"target_rate": 0.0}, "target_rate is 0.0"),
        ({"target_update_updates": 51}, "would follow after 51 updates, but the run ends after 50"),
        ({"learning_starts": 7}, "before 8 cars have finished a step"),
        ({"learning_rate": float("inf")}, "learning_rate is inf"),
        ({"stop_success_rate": 98.0}, "stop_success_rate is 98.0"),
        ({"n_steps": 301}, "301 steps ahead, but an episode ends after 300"),
        ({"learning_starts": 550, "buffer_frames": 500}, "after 550 frames, but the replay holds 500"),
        (
            {"learning_starts": 16, "batch_size": 8, "buffer_frames": 16},
            "gives 8 cars less than one transition each",
        ),
        ({"seed": -1}, "seed is -1"),
        ({"head": "x" * 2_000}, rf"head is 'x{{10,80}}\.\.\.', but must be one of {', '.join(HEADS)}"),
        ({"optimizer": "sgd"}, "optimizer is 'sgd', but must be one of adam, rmsprop"),
        ({"encoder": "resnet"}, "encoder is 'resnet', but must be one of"),
        ({"encoder_from": "folder", "encoder_mode": "warm"}, "encoder_mode is 'warm', but must be one of frozen, fine"),
    ],
)
def test_settings_that_cannot_learn_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        dataclasses.replace(TINY, **change)


@pytest.mark.parametrize(
    "change", [{}, {"frames": 601, "updates_per_step": 2}, {"learning_starts": 207}, {"num_cars": 7}]
)
def test_a_run_makes_as_many_updates_as_its_settings_say(change: dict[str, Any]) -> None:
    config = dataclasses.replace(TINY, **change)
    model = build_model(config)
    model.learn(config.frames, log_interval=NEVER)
    assert model.updates == config.updates


def test_a_target_that_follows_once_at_the_end_is_what_drives(tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, frames=240, target_rate=1.0, target_update_updates=5)
    assert config.updates == 5
    train(config, tmp_path / "run", silent())
    arrays = read_arrays(checkpoint_folder(tmp_path / "run", 240))
    weights = "{}.q_net.value.0.weight"
    online, driving = (arrays[f"network/{weights.format(name)}"] for name in ("q_net", "q_net_target"))
    assert np.array_equal(online, driving)


def test_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="quick, robust, paper"):
        preset("slow")
