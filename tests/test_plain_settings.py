"""What comes from NumPy, or as a path, means the same as plain Python; what is refused has changed nothing."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import sim
from agents.bundles.bundle import REFERENCE, BundleError
from agents.config import CheckpointConfig, TrainConfig
from agents.policy import load_policies, load_policy
from agents.runtime import Runtime
from perception.data_plan import CollectConfig
from perception.settings import PretrainConfig
from sim.config import (
    ActionConfig,
    AppearanceConfig,
    CameraConfig,
    EnvConfig,
    RoadsConfig,
    TaskConfig,
    VehicleConfig,
)
from sim.corruptions import Corruption
from sim.errors import UserError
from sim.fields import LATER, definition
from sim.world import World


@dataclasses.dataclass(frozen=True)
class Grown:
    old: float = 1.0
    new: float = dataclasses.field(default=2.0, metadata=LATER)


def test_what_came_later_counts_only_where_it_is_not_the_default() -> None:
    assert definition(Grown()) == {"old": 1.0}
    assert definition(Grown(new=3.0)) == {"old": 1.0, "new": 3.0}
    vehicle = definition(EnvConfig())["vehicle"]
    assert "l_f" in vehicle
    assert "length" not in vehicle


SMALL = {"width": 40, "height": 40}
WORKED: list[tuple[Callable[[], Any], Callable[[], Any]]] = [
    (
        lambda: CameraConfig(width=np.uint8(200), height=np.int16(100), stack=np.int8(2)),  # type: ignore[arg-type]
        lambda: CameraConfig(width=200, height=100, stack=2),
    ),
    (lambda: CameraConfig(pitch_down_deg=np.float32(12.5)), lambda: CameraConfig(pitch_down_deg=12.5)),
    (lambda: CameraConfig(color=np.str_("gray")), lambda: CameraConfig(color="gray")),  # type: ignore[arg-type]
    (lambda: VehicleConfig(l_f=np.longdouble(1.5)), lambda: VehicleConfig(l_f=1.5)),  # type: ignore[arg-type]
    (
        lambda: ActionConfig(steering_commands=np.array([-0.125, 0.125]), target_speeds=[np.int64(7)]),  # type: ignore[arg-type]
        lambda: ActionConfig(steering_commands=(-0.125, 0.125), target_speeds=(7,)),
    ),
    (
        lambda: RoadsConfig(first_seed=np.array(3), last_seed=np.uint16(9), preload=np.True_),  # type: ignore[arg-type]
        lambda: RoadsConfig(first_seed=3, last_seed=9, preload=True),
    ),
    (
        lambda: RoadsConfig(kind="file", file=Path("a") / "b.csv"),  # type: ignore[arg-type]
        lambda: RoadsConfig(kind="file", file=str(Path("a") / "b.csv")),
    ),
    (lambda: TaskConfig(time_limit_s=np.int8(100)), lambda: TaskConfig(time_limit_s=100)),
    (lambda: AppearanceConfig(light=np.float16(0.5)), lambda: AppearanceConfig(light=0.5)),  # type: ignore[arg-type]
    (
        lambda: TrainConfig(seed=np.int64(3), frames=np.int32(200_000), encoder_from=Path("x")),  # type: ignore[arg-type]
        lambda: TrainConfig(seed=3, frames=200_000, encoder_from="x"),
    ),
    (lambda: CheckpointConfig(checkpoints_kept=np.int64(3)), lambda: CheckpointConfig(checkpoints_kept=3)),  # type: ignore[arg-type]
    (lambda: CollectConfig(frames=np.int16(500)), lambda: CollectConfig(frames=500)),  # type: ignore[arg-type]
    (lambda: PretrainConfig(stack=np.int64(2)), lambda: PretrainConfig(stack=2)),  # type: ignore[arg-type]
    (lambda: Corruption("fog", np.int64(3)), lambda: Corruption("fog", 3)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("given", "plain"), WORKED, ids=range(len(WORKED)))
def test_settings_hold_plain_python(given: Callable[[], Any], plain: Callable[[], Any]) -> None:
    assert given() == plain()
    assert json.dumps(dataclasses.asdict(given())) == json.dumps(dataclasses.asdict(plain()))
    assert repr(given()) == repr(plain())


@pytest.mark.parametrize(
    "broken",
    [
        lambda: CameraConfig(width=np.float64(40.0)),  # type: ignore[arg-type]
        lambda: CameraConfig(width=np.True_),  # type: ignore[arg-type]
        lambda: CameraConfig(width=np.array([40])),  # type: ignore[arg-type]
        lambda: ActionConfig(steering_commands=np.zeros((2, 2))),  # type: ignore[arg-type]
        lambda: RoadsConfig(kind=Path("circle")),  # type: ignore[arg-type]
        lambda: CollectConfig(frames=500.0),  # type: ignore[arg-type]
        lambda: TrainConfig(seed="1"),  # type: ignore[arg-type]
    ],
)
def test_what_means_no_setting_is_refused_in_one_line(broken: Callable[[], Any]) -> None:
    with pytest.raises(UserError, match="must be") as refused:
        broken()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("cars", [np.int16(300), np.array(300)])
def test_sizes_do_not_overflow(cars: Any) -> None:
    envs = gym.make_vec(sim.ENV_ID, num_envs=cars, camera={"width": np.uint8(200), "height": np.uint8(9)})
    assert envs.reset(seed=0)[0].shape == (300, 9, 200, 3)
    assert type(envs.num_envs) is int


@pytest.mark.parametrize("seed", [np.int8(120), np.uint64(120), np.array(120)])
def test_seeds_of_numpy_are_seeds(seed: Any) -> None:
    env, envs = gym.make(sim.ENV_ID, camera=SMALL), gym.make_vec(sim.ENV_ID, num_envs=10, camera=SMALL)
    for each in (env.unwrapped, envs):
        first = each.reset(seed=seed)[0]
        assert np.array_equal(first, each.reset(seed=120)[0])
    worlds = [World(EnvConfig(camera=CameraConfig(**SMALL)), 1) for _ in range(2)]
    for world, number in zip(worlds, (seed, 120), strict=True):
        world.seed([number])
        world.reset()
    assert np.array_equal(worlds[0].frames, worlds[1].frames)


def test_a_seed_for_each_car_may_be_an_array() -> None:
    envs = gym.make_vec(sim.ENV_ID, num_envs=3, camera=SMALL)
    first = envs.reset(seed=np.array([4, 9, 2], dtype=np.uint8))[0]
    assert np.array_equal(first, envs.reset(seed=[4, 9, 2])[0])


REFUSED: list[dict[str, Any]] = [
    {"seed": 9, "options": {"road_seed": -1}},
    {"seed": 9, "options": {"road_seed": [[1], [2, 3]]}},
    {"seed": 9, "options": 5},
    {"seed": -1},
    {"seed": 2.5},
    {"seed": "nine"},
    {"seed": True},
]


@pytest.mark.parametrize("asked", REFUSED, ids=str)
def test_a_refused_reset_of_one_car_changes_nothing(asked: dict[str, Any]) -> None:
    refused, plain = (gym.make(sim.ENV_ID, camera=SMALL).unwrapped for _ in range(2))
    for env in (refused, plain):
        env.reset(seed=4)
    with pytest.raises(UserError, match="must be"):
        refused.reset(**asked)
    np.testing.assert_equal(refused.step(9), plain.step(9))
    np.testing.assert_equal(refused.reset(), plain.reset())


@pytest.mark.parametrize("asked", [*REFUSED, {"seed": [9, -1]}, {"seed": [9, 0.5]}], ids=str)
def test_a_refused_reset_of_many_cars_changes_nothing(asked: dict[str, Any]) -> None:
    refused, plain = (gym.make_vec(sim.ENV_ID, num_envs=2, camera=SMALL) for _ in range(2))
    for envs in (refused, plain):
        envs.reset(seed=4)
    with pytest.raises(UserError, match="must be"):
        refused.reset(**asked)
    np.testing.assert_equal(refused.reset(), plain.reset())


def test_policies_are_found_by_texts_and_paths() -> None:
    named = load_policy(str(REFERENCE))
    assert named.name == load_policy(REFERENCE).name
    assert [policy.name for policy in load_policies([str(REFERENCE)])] == [named.name]
    with pytest.raises(BundleError, match="There is no policy at nowhere/x"):
        load_policy("nowhere/x")


@pytest.mark.parametrize("actions", [[-1], [15], [True], [0.5], [[0]], 0, [[0], [1, 2]], ["left"]])
def test_the_runtime_refuses_what_is_no_action(actions: Any) -> None:
    runtime = Runtime.load()
    with pytest.raises(BundleError, match="Action"):
        runtime.commands(actions, np.zeros((1, 2)))


def test_the_runtime_takes_whole_numbers_of_any_kind() -> None:
    runtime = Runtime.load(threads=np.int64(1))  # type: ignore[arg-type]
    state = np.zeros((2, 2))
    assert np.array_equal(runtime.commands([0, 4], state), runtime.commands(np.array([0, 4], dtype=np.uint8), state))


@pytest.mark.parametrize("angle", [np.float32(100.0), np.int8(100), 100])
def test_a_field_of_view_is_a_number_of_any_kind(angle: Any) -> None:
    runtime = Runtime.load()
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert np.array_equal(runtime.fit(frame, angle), runtime.fit(frame, 100.0))
    with pytest.raises(BundleError, match="The field of view is wide degrees, but must be"):
        runtime.fit(frame, "wide")  # type: ignore[arg-type]


def test_a_policy_takes_the_state_as_any_numbers() -> None:
    policy, state = load_policy(), [[7.0, 0.125], [4.0, 0.0]]
    frames = np.zeros((2, *policy.config.camera.observation_shape), dtype=np.uint8)
    assert np.array_equal(policy.q_values(frames, state), policy.q_values(frames, np.array(state, dtype=np.float32)))
