"""Runs with different seeds, and the parts of one run, share no random numbers."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import sim
from agents.benchmarks.stock import _cars
from agents.config import TrainConfig
from agents.learning.build import build_model
from agents.learning.vec_env import DashcamVecEnv
from sim.config import CameraConfig, EnvConfig, TaskConfig
from sim.world import World
from tests.support.tiny_run import TINY
from tools.soak.drive import cars_seed
from tools.soak.trials import Trials

ENV = EnvConfig(camera=CameraConfig(width=36, height=36, color="gray"), task=TaskConfig(time_limit_s=0.3))


PLACES: dict[str, dict[str, Any]] = {sim.ENV_ID: {}, sim.TOWN_ID: {"roads": {"last_seed": 1}}}


def episodes(cars: Any, resets: int = 6) -> set[tuple[float, ...]]:
    """How the episodes of all cars began: road, place and speed."""
    world: World = cars.unwrapped.world
    found = set()
    for _ in range(resets):
        found |= set(zip(world.road_seeds, world.telemetry.x, world.telemetry.y, world.telemetry.speed, strict=True))
        cars.reset()
    return found


@pytest.mark.parametrize(("env_id", "apart"), [*((sim.ENV_ID, apart) for apart in (1, 4, 100)), (sim.TOWN_ID, 1)])
def test_cars_of_two_seeds_share_no_episode(env_id: str, apart: int) -> None:
    envs = gym.make_vec(env_id, num_envs=8, camera=ENV.camera, task=ENV.task, **PLACES[env_id])
    of_seeds = []
    for seed in (3, 3 + apart):
        envs.reset(seed=seed)
        of_seeds.append(episodes(envs))
    assert not of_seeds[0] & of_seeds[1]
    assert [len(some) for some in of_seeds] == [48, 48]


@pytest.mark.parametrize("apart", [1, 7])
def test_training_runs_of_two_seeds_share_no_episode(apart: int) -> None:
    of_seeds = []
    for seed in (0, apart):
        cars = DashcamVecEnv(ENV, 8)
        cars.seed(seed)
        cars.reset()
        of_seeds.append(episodes(cars))
    assert not of_seeds[0] & of_seeds[1]


def test_a_car_of_a_seed_drives_the_same_in_training_and_through_gymnasium() -> None:
    cars, envs = DashcamVecEnv(ENV, 3), gym.make_vec(sim.ENV_ID, num_envs=5, camera=ENV.camera, task=ENV.task)
    cars.seed(11)
    cars.reset()
    envs.reset(seed=11)
    assert episodes(cars, resets=4) < episodes(envs, resets=4)


def test_cars_without_a_seed_differ_from_run_to_run() -> None:
    first, second = DashcamVecEnv(ENV, 4), DashcamVecEnv(ENV, 4)
    for cars in (first, second):
        cars.seed()
        cars.reset()
    assert not episodes(first) & episodes(second)


def streams(config: TrainConfig) -> Iterator[int]:
    """What tells each of the streams apart that a learner draws from."""
    model = build_model(config)
    for generator in (
        *model.cars.generators,
        model.action_random,
        model.action_space.np_random,
        model.replay.random,
    ):
        yield generator.bit_generator.state["state"]["inc"]  # it stays the same, whatever is drawn


def test_no_two_streams_of_neighbouring_runs_are_the_same() -> None:
    found = [stream for seed in range(3) for stream in streams(dataclasses.replace(TINY, seed=seed))]
    assert len(set(found)) == len(found) == 3 * (TINY.num_cars + 3)


def test_runs_of_stock_learners_share_no_seed_of_a_car() -> None:
    cars = _cars(ENV, 8)
    seeds: list[int | None] = [own for seed in range(3) for own in cars.seed(seed)]
    assert len(set(seeds)) == 24


def test_processes_of_a_soak_share_no_cars(tmp_path: Any) -> None:
    trials = Trials(0, tmp_path / "circuit.csv", tmp_path / "map.xodr")
    drawn = [trials.draw() for _ in range(4)]
    assert len({cars_seed(seed, trial) for seed in range(4) for trial in drawn}) == 16


def test_a_car_draws_what_the_documentation_says() -> None:
    envs = gym.make_vec(sim.ENV_ID, num_envs=3, camera=ENV.camera).unwrapped
    envs.reset(seed=5)
    child = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(2,)))
    assert np.array_equal(envs.world.draws[2], child.random(envs.world.draws.shape[1]))
