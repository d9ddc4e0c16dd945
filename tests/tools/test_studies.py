"""Studies: finished runs are kept, missing ones are trained; and the learners of the ablation."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from agents.config import TrainConfig
from agents.learning.build import NEVER, build_model
from sim.config import CameraConfig, EnvConfig
from sim.errors import UserError
from tests.support.tiny_learner import TINY
from tools.studies.ablation import LEARNERS, DoubleTargets, OneCoin, settings
from tools.studies.study import study


def test_a_study_takes_what_is_finished_and_trains_the_rest(tmp_path: Path) -> None:
    tiny = TrainConfig(
        env=EnvConfig(camera=CameraConfig(width=36, height=36, color="gray")), num_cars=4, frames=64, learning_starts=8,
        batch_size=4, buffer_frames=200, evaluation_frames=32, evaluation_roads=1, stop_success_rate=None,
    )  # fmt: skip
    console = Console(file=io.StringIO())
    first = study({"a": tiny}, range(1), tmp_path, console)
    written = (tmp_path / "a-seed-0" / "log.csv").stat().st_mtime_ns
    (tmp_path / "a-seed-1.part").mkdir()
    second = study({"a": tiny}, range(2), tmp_path, console)
    assert second["a"][0] == first["a"][0]
    assert (tmp_path / "a-seed-0" / "log.csv").stat().st_mtime_ns == written, "it was not trained again"
    assert [point.frames for point in second["a"][1].points] == [32, 64]
    assert not (tmp_path / "a-seed-1.part").exists()
    with pytest.raises(UserError, match="holds a run with other settings"):
        study({"a": dataclasses.replace(tiny, discount=0.9)}, range(1), tmp_path, console)


def test_double_targets_value_the_action_that_the_online_network_chooses() -> None:
    model = build_model(TINY, DoubleTargets)
    model.learn(400, log_interval=NEVER)
    observations = model.replay.sample(32).next_observations
    with torch.no_grad():
        chosen, values = model.q_net(observations).argmax(dim=1), model.q_net_target(observations)
        assert torch.equal(model.next_values(observations)[:, 0], values[range(32), chosen])


def test_one_coin_decides_for_all_cars() -> None:
    model = build_model(TINY, OneCoin)
    model.exploration_rate = 0.5
    draws = np.array([model.draw_explorers(8) for _ in range(100)])
    assert (draws.all(axis=1) | ~draws.any(axis=1)).all()
    assert 0.3 < draws.mean() < 0.7


def test_every_learner_of_the_ablation_has_a_setting() -> None:
    assert LEARNERS.keys() <= settings().keys()
