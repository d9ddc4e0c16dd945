"""Copies of an environment and what it keeps of roads: as small as what is used, and they drive on as the original."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import psutil
import pytest

import sim
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.pool import SLOT_BYTES
from sim.world import World

SMALL = {"width": 40, "height": 40}
DUPLICATES: list[Callable[[Any], Any]] = [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))]  # noqa: S301
MEGABYTE = 1_000_000


def memory() -> int:
    return int(psutil.Process().memory_info().rss)


def drive_on(env: Any, steps: int = 40) -> list[Any]:
    """What is seen in some episodes on new roads."""
    seen = []
    for step in range(steps):
        observation, reward, terminated, truncated, info = env.step(step % 21)
        seen += [observation, reward, info["progress"], info["road_seed"]]
        if terminated or truncated or step % 10 == 9:
            seen.append(env.reset()[0])
    return seen


@pytest.mark.parametrize("duplicate", DUPLICATES)
@pytest.mark.parametrize("camera", [SMALL, {**SMALL, "stack": 3}], ids=str)
@pytest.mark.parametrize(("env_id", "last"), [(sim.ENV_ID, 30), (sim.TOWN_ID, 3)])
def test_a_copy_of_one_car_drives_on_as_the_original(
    duplicate: Callable[[Any], Any], camera: dict[str, Any], env_id: str, last: int
) -> None:
    env = gym.make(env_id, camera=camera, roads={"last_seed": last, "pool_size": 3})
    env.reset(seed=4)
    for _ in range(3):
        env.step(9)
    twin = duplicate(env)
    assert twin.unwrapped.world.core.ground is not env.unwrapped.world.core.ground  # type: ignore[attr-defined]
    np.testing.assert_equal(drive_on(twin), drive_on(env))


def test_a_copy_takes_as_much_as_is_used() -> None:
    fresh = gym.make_vec(sim.ENV_ID, num_envs=4)
    assert len(pickle.dumps(fresh)) < 5 * MEGABYTE
    fresh.reset(seed=0)
    assert len(pickle.dumps(fresh)) < 5 * MEGABYTE + 4 * SLOT_BYTES
    before = memory()
    copies = [copy.deepcopy(fresh) for _ in range(4)]
    assert memory() - before < len(copies) * (5 * MEGABYTE + 4 * SLOT_BYTES)


@pytest.mark.parametrize("duplicate", DUPLICATES)
def test_a_copy_of_an_environment_with_a_window_opens_its_own(duplicate: Callable[[Any], Any]) -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL, render_mode="human")
    env.reset(seed=0)
    twin = duplicate(env)
    assert np.array_equal(env.step(9)[0], twin.step(9)[0])
    twin.close()
    env.step(9)
    env.close()


def test_many_resets_of_one_car_take_no_more_memory() -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL)
    env.reset(seed=0)
    before = memory()
    for _ in range(600):
        env.reset()
    assert memory() - before < 20 * MEGABYTE


@pytest.mark.parametrize(
    ("roads", "cars", "kept"),
    [({}, 1, 8), ({}, 2, 32), ({}, 4, 100), ({"preload": True}, 1, 100), ({"pool_size": 40}, 1, 40)],
    ids=str,
)
def test_as_many_roads_stay_as_pay(roads: dict[str, Any], cars: int, kept: int) -> None:
    config = EnvConfig(camera=CameraConfig(**SMALL), roads=RoadsConfig(last_seed=99, **roads))
    world = World(config, cars)
    for first in range(0, 100, cars):
        world.reset(road_seeds=range(first, first + cars))
    assert len(world.kept_roads()) == min(kept + cars, 100)
