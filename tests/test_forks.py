"""Children that are forked from a program that drove or learned already drive and learn as it does, bit for bit."""

import dataclasses
import hashlib
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import SubprocVecEnv

import sim
from agents.config import preset
from agents.learning.build import NEVER, build_model
from agents.learning.dqn import DrivingDQN
from agents.policy import load_policy
from perception.shards import SMALLEST_BATCH, map_shards
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.env import env_config
from sim.world import World

CONFIG = EnvConfig(camera=CameraConfig(width=48, height=36, stack=2), roads=RoadsConfig(pool_size=8, preload=False))
CARS, LONGEST = 5, 60.0  # s
SMALL_RUN = dataclasses.replace(
    preset("quick"), num_cars=8, frames=256, learning_starts=32, batch_size=32, buffer_frames=256
)


def in_a_child(ask: Callable[[], Any], method: str = "fork") -> Any:
    """What ``ask`` gives in a child; fails where the child dies or does not answer."""
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=answer, args=(ask, sender))
    child.start()
    sender.close()
    try:
        assert receiver.poll(LONGEST), "the child waits for ever"
        return receiver.recv()
    except EOFError:
        child.join()
        pytest.fail(f"the child ended with {child.exitcode}")
    finally:
        child.kill()
        child.join()


def answer(ask: Callable[[], Any], sender: Any) -> None:
    sender.send(ask())


def drive(world: World, steps: int = 30) -> str:
    """SHA-256 of what all cars see, through resets."""
    digest, random = hashlib.sha256(), np.random.default_rng(0)
    for _ in range(steps):
        world.step(random.uniform((-0.3, 5.0), (0.3, 30.0), (world.num_cars, 2)), restart=True)
        digest.update(world.frames.tobytes() + world.rewards.tobytes())
    return digest.hexdigest()


IN_TOWN = env_config({"camera": CONFIG.camera, "roads": {"kind": "town", "last_seed": 1}})


def begun(config: EnvConfig = CONFIG) -> World:
    world = World(config, CARS)
    world.seed(list(range(CARS)))
    world.reset()
    return world


def drive_anew() -> str:
    return drive(begun())


def drive_through_towns() -> str:
    return drive(begun(IN_TOWN))


def test_cars_of_a_child_see_the_same_towns() -> None:
    expected = drive_through_towns()
    assert in_a_child(drive_through_towns) == expected


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_cars_of_a_child_see_what_those_of_the_parent_do(method: str) -> None:
    expected = drive_anew()
    assert in_a_child(drive_anew, method) == expected


def test_a_child_of_a_child_drives() -> None:
    expected = drive_anew()
    assert in_a_child(lambda: in_a_child(drive_anew)) == expected


def test_an_inherited_world_goes_on_in_both() -> None:
    world = begun()
    drive(world, steps=5)
    assert in_a_child(lambda: drive(world)) == drive(world)


@pytest.fixture
def envs() -> Iterator[list[Any]]:
    """Environments to close at the end."""
    opened: list[Any] = []
    yield opened
    for env in opened:
        env.close()


def test_vector_environments_of_workers_step(envs: list[Any]) -> None:
    drive_anew()
    alone = gym.make_vec(sim.ENV_ID, num_envs=2, vectorization_mode="sync")
    workers = gym.make_vec(sim.ENV_ID, num_envs=2, vectorization_mode="async")
    envs += [alone, workers]
    for env in (alone, workers):
        env.reset(seed=3)
    for one, other in zip(alone.step([1, 5])[:2], workers.step([1, 5])[:2], strict=True):
        assert np.array_equal(one, other)
    subprocesses = make_vec_env(sim.ENV_ID, 2, vec_env_cls=SubprocVecEnv, vec_env_kwargs={"start_method": "fork"})
    envs.append(subprocesses)
    subprocesses.reset()
    assert np.isfinite(subprocesses.step(np.array([1, 5]))[1]).all()


class Frames(torch.utils.data.IterableDataset[torch.Tensor]):
    """Frames of a vector environment that every worker makes."""

    def __iter__(self) -> Iterator[torch.Tensor]:
        world = begun()
        for _ in range(3):
            world.step(np.zeros((CARS, 2)))
            yield torch.from_numpy(world.frames.copy())


def test_workers_of_a_data_loader_drive() -> None:
    expected = list(Frames())
    loader = torch.utils.data.DataLoader(Frames(), batch_size=None, num_workers=2, timeout=LONGEST)
    batches = list(loader)
    assert len(batches) == 2 * len(expected)
    assert all(any(torch.equal(batch, frames) for frames in expected) for batch in batches)


def totals() -> list[float]:
    return map_shards(lambda shard: float(torch.arange(100.0)[shard].sum()), 4 * SMALLEST_BATCH)


def test_shards_have_threads_in_a_child() -> None:
    expected = totals()
    assert in_a_child(totals) == expected


def test_a_child_uses_no_threads_of_pytorch_that_it_has_not() -> None:
    threads, numbers = torch.get_num_threads(), torch.ones(2**20)
    try:
        torch.set_num_threads(2)
        numbers.exp().sum()
        assert in_a_child(lambda: float(numbers.exp().min())) == float(numbers.exp().min())
    finally:
        torch.set_num_threads(threads)


def test_a_policy_answers_in_a_child() -> None:
    policy = load_policy(None)
    frames = np.random.default_rng(0).integers(256, size=(64, *policy.config.camera.observation_shape), dtype=np.uint8)
    states = np.zeros((64, 2), dtype=np.float32)
    expected = policy.q_values(frames, states)
    assert np.array_equal(in_a_child(lambda: policy.q_values(frames, states)), expected)


def test_a_learner_goes_on_in_a_child_as_in_the_parent() -> None:
    model = build_model(SMALL_RUN)
    model.learn(64, log_interval=NEVER)
    assert in_a_child(lambda: weights_after_learning(model)) == weights_after_learning(model)


def weights_after_learning(model: DrivingDQN) -> str:
    model.learn(64, log_interval=NEVER, reset_num_timesteps=False)
    digest = hashlib.sha256()
    for values in model.policy.state_dict().values():
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()
