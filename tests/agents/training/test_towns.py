"""Learning, scoring and deploying in towns: what agents observe there, and what their drives are worth."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from fastapi.testclient import TestClient

from agents.commands.train import train_defaults
from agents.deploy.export import export_bundle, rendered_observations
from agents.deploy.serve import create_app
from agents.policy import load_policy
from agents.runtime import Runtime
from agents.scoring.exam import exam_roads
from agents.scoring.scorecard import SCHEMA
from agents.training.train import resume, train
from sim.actions import action_table
from sim.drivers import baseline_names
from sim.env import env_config
from sim.errors import UserError
from sim.task import ENDINGS
from sim.world import World
from tests.support.command_line import run
from tests.support.tiny_learner import TINY
from tests.support.tiny_run import WHOLE, silent

TOWN = env_config(
    {
        "camera": TINY.env.camera,
        "roads": {"kind": "town", "last_seed": 1},
        "task": {"time_limit_s": 4.0},
        "town": {"trip_min_m": 60.0, "trip_max_m": 90.0},
        "observation": "camera+state",
    }
)
CONFIG = dataclasses.replace(TINY, env=TOWN, learning_starts=160, frames=480, evaluation_frames=240)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that never stopped."""
    folder = tmp_path_factory.mktemp("towns") / "whole"
    train(CONFIG, folder, silent(), WHOLE)
    return folder


def test_a_run_in_towns_resumes_bit_for_bit(learned: Path, tmp_path: Path) -> None:
    train(dataclasses.replace(CONFIG, frames=240), tmp_path / "halves", silent(), WHOLE)
    resume(CONFIG, tmp_path / "halves", silent(), WHOLE)
    weights = [(folder / "policy" / "weights.safetensors").read_bytes() for folder in (learned, tmp_path / "halves")]
    assert weights[0] == weights[1]


def test_towns_of_an_evaluation_are_new_ones() -> None:
    towns = exam_roads(TOWN.roads, "test", 5)
    assert towns.seeds == tuple(range(1_000_000, 1_000_005))
    assert (towns.unseen, towns.called) == (True, "unseen towns")


def test_the_runtime_decides_as_the_policy_on_what_the_navigator_tells(learned: Path, tmp_path: Path) -> None:
    policy = load_policy(learned)
    export_bundle(policy, learned / "policy", tmp_path / "bundle")
    runtime = Runtime.load(tmp_path / "bundle")
    frames, state = rendered_observations(TOWN, 50)
    assert state.shape == (50, 7)
    assert runtime.act(frames, state) == pytest.approx(policy_commands(policy, frames, state))
    with pytest.raises(ValueError, match=r"shape \(50, 2\), but \(50, 7\) is needed"):
        runtime.act(frames, state[:, :2])
    told = policy.q_values(frames, state * [1, 1, 0, 0, 0, 0, 0])
    assert not np.allclose(policy.q_values(frames, state), told), "what is told reaches the network"


def test_the_service_takes_a_command_and_the_way_to_the_junction(learned: Path, tmp_path: Path) -> None:
    export_bundle(load_policy(learned), learned / "policy", tmp_path / "bundle")
    runtime, frames = Runtime.load(tmp_path / "bundle"), rendered_observations(TOWN, 50)[0][:1]
    height, width, channels = runtime.interface.frame_shape
    stack = frames[0].reshape(height, width, -1, channels).transpose(2, 0, 1, 3)
    words = {"speed_mps": 3.0, "steering_angle_rad": 0.1, "command": "left", "junction_distance_m": 12.0}

    def ask(**changes: Any) -> Any:
        given = {name: value for name, value in {**words, **changes}.items() if value is not None}
        kind = {"Content-Type": "application/octet-stream"}
        return client.post("/act", params=given, content=stack.tobytes(), headers=kind)

    with TestClient(create_app(tmp_path / "bundle")) as client:
        assert client.get("/policy").json()["state"] == list(words)
        answer = ask().json()
        expected = runtime.q_values(frames, [[3.0, 0.1, 0.0, 1.0, 0.0, 0.0, 12.0]])[0]
        assert answer["q_values"] == pytest.approx(expected.tolist(), abs=1e-5)
        for wrong, sentence in (
            ({"command": None}, "parameter command is missing"),
            ({"command": "back"}, "command is 'back', but must be one of follow, left, right, straight"),
            ({"junction_distance_m": None}, "parameter junction_distance_m is missing"),
            ({"junction_distance_m": 31.0}, "must be a number from 0.0 to 30.0"),
        ):
            refused = ask(**wrong)
            assert refused.status_code == 422
            assert sentence in refused.json()["detail"]


def policy_commands(policy: Any, frames: Any, state: Any) -> Any:
    return action_table(policy.config.actions)[policy.act(frames, state)]


def test_a_policy_is_scored_in_towns_beside_drivers_who_know_them(
    learned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scores"
    assert run("evaluate", str(learned), "--road", "town", "--road-seeds", "1000000:1000002", "--report", str(out)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "rules/km" in said
    assert "rule-based: 3 completed" in said
    card = json.loads((out / "scorecard.json").read_text())
    jsonschema.validate(card, json.loads(SCHEMA.read_text()))
    names = [item["driver"] for item in card["drivers"]]
    assert names == ["whole", *reversed(baseline_names("town"))]
    assert {"red_lights", "stop_signs"} <= set(card["drivers"][0]["roads"][0])
    assert {row["ended_by"] for item in card["drivers"] for row in item["roads"]} <= set(ENDINGS)
    page = (out / "report.html").read_text()
    assert "town 1000000" in page
    assert 'data-figure="map-0-0"' in page


def test_a_policy_of_towns_is_told_to_stay_there(learned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", str(learned), "--road-seeds", "1000000") == 2
    assert "drive it in towns with --road town" in " ".join(capsys.readouterr().err.split())


def test_a_policy_of_roads_ignores_the_navigator() -> None:
    policy = load_policy()
    config = dataclasses.replace(policy.config, roads=TOWN.roads)
    world = World(config, 2)
    world.reset()
    state = world.vehicle_state
    assert np.array_equal(policy.act(world.frames, state), policy.act(world.frames, state[:, :2]))


def test_training_in_towns_begins_with_what_towns_need() -> None:
    env = train_defaults(["train", "--env.roads.kind", "town"]).config.env
    assert 0.0 in env.actions.target_speeds
    assert (env.roads.kind, env.task.time_limit_s) == ("town", 120.0)
    assert env.actions.steering_limit == env.vehicle.steering_max


def test_a_town_policy_of_a_damaged_state_is_refused(learned: Path) -> None:
    policy = load_policy(learned)
    with pytest.raises(UserError, match="a navigator tells it the way"):
        policy.act(np.zeros((1, *TOWN.camera.observation_shape), dtype=np.uint8), np.zeros((1, 2)))
