"""What is handed out belongs to the caller: writing to it changes nothing that comes later."""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import sim
from agents.learning.vec_env import DashcamVecEnv
from agents.runtime import Runtime
from sim.config import CameraConfig, EnvConfig

SIZE = {"width": 40, "height": 40}
CAMERAS: list[dict[str, Any]] = [
    {},
    {"stack": 3},
    {"stack": 4, "color": "gray"},
    {"stack": 2, "color": "gray"},
]
SHORT = {"time_limit_s": 1.0}
PLACES: dict[str, dict[str, Any]] = {sim.ENV_ID: {}, sim.TOWN_ID: {"roads": {"last_seed": 0}}}
CARS = 5


def overwrite(handed_out: Any) -> None:
    """Writes to all that can be written to."""
    if isinstance(handed_out, dict):
        handed_out = list(handed_out.values())
    if isinstance(handed_out, np.ndarray) and handed_out.dtype != object:
        if handed_out.flags.writeable and handed_out.dtype.kind in "biuf":
            handed_out[...] = 1
    elif isinstance(handed_out, list | tuple | np.ndarray):
        for item in handed_out:
            overwrite(item)


def kept(handed_out: Any) -> Any:
    """A copy in which nothing is shared."""
    if isinstance(handed_out, dict):
        return {name: kept(value) for name, value in handed_out.items()}
    if isinstance(handed_out, np.ndarray) and handed_out.dtype == object:
        return [kept(item) for item in handed_out]
    return handed_out.copy() if isinstance(handed_out, np.ndarray) else handed_out


def drive(make: Callable[[], Any], begin: Callable[[Any, int], Any], spoil: bool) -> list[Any]:
    """All that an environment hands out on a drive of 25 steps, as it was when it came."""
    envs, seen = make(), []
    handed_out = [begin(envs, -1)]
    for step in range(25):
        seen += kept_all(handed_out)
        if spoil:
            overwrite(handed_out)
        handed_out = [envs.step((np.arange(CARS) * 7 + step) % 21 if envs_of(envs) else (step * 5) % 21)]
        begun = begin(envs, step)
        handed_out += [] if begun is None else [begun]
    return [*seen, *kept_all(handed_out)]


def kept_all(handed_out: list[Any]) -> list[Any]:
    return [[kept(part) for part in parts] for parts in handed_out]


def envs_of(envs: Any) -> bool:
    return hasattr(envs, "num_envs")


def begin_vector(envs: Any, step: int) -> Any:
    """Resets all cars at first, those that ended in between where that is to be done, and two others at step 7."""
    if step == -1:
        return envs.reset(seed=3)
    ended = envs.unwrapped.world.done
    if step == 7 or (envs.autoreset_mode is AutoresetMode.DISABLED and ended.any()):
        mask = ended if step != 7 else ended | np.array([True, False, True, False, False])
        return envs.reset(options={"reset_mask": mask})
    return None


def begin_single(env: Any, step: int) -> Any:
    return env.reset(seed=3) if step in (-1, 9, 18) else None


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
@pytest.mark.parametrize("observation", ["camera", "camera+state"])
@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("env_id", PLACES)
def test_a_vector_environment_does_not_read_what_it_handed_out(
    camera: dict[str, Any], observation: str, mode: AutoresetMode, env_id: str
) -> None:
    def make() -> Any:
        fields = {"camera": {**SIZE, **camera}, "observation": observation, "task": SHORT, **PLACES[env_id]}
        return gym.make_vec(env_id, num_envs=CARS, autoreset_mode=mode, **fields)

    np.testing.assert_equal(drive(make, begin_vector, spoil=True), drive(make, begin_vector, spoil=False))


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
@pytest.mark.parametrize("observation", ["camera", "camera+state"])
@pytest.mark.parametrize("env_id", PLACES)
def test_a_single_environment_does_not_read_what_it_handed_out(
    camera: dict[str, Any], observation: str, env_id: str
) -> None:
    def make() -> Any:
        return gym.make(env_id, camera={**SIZE, **camera}, observation=observation, **PLACES[env_id])

    np.testing.assert_equal(drive(make, begin_single, spoil=True), drive(make, begin_single, spoil=False))


def test_a_car_that_was_never_reset_shows_nothing() -> None:
    envs = gym.make_vec(sim.ENV_ID, num_envs=3, autoreset_mode="Disabled", camera=SIZE)
    envs.reset(options={"reset_mask": np.array([True, False, False])})
    observations, _ = envs.reset(options={"reset_mask": np.array([False, True, False])})
    assert observations[:2].any(axis=(1, 2, 3)).all()
    assert not observations[2].any()


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
def test_live_observations_are_read_only(camera: dict[str, Any]) -> None:
    envs = gym.make_vec(sim.ENV_ID, num_envs=2, copy=False, camera={**SIZE, **camera})
    first, _ = envs.reset(seed=0)
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0
    assert np.shares_memory(first, envs.step(np.array([1, 2]))[0])


@pytest.mark.parametrize("stack", [1, 3])
def test_the_learner_may_change_its_observations(stack: int) -> None:
    def learn(spoil: bool) -> list[Any]:
        cars = DashcamVecEnv(EnvConfig(camera=CameraConfig(**SIZE, stack=stack)), CARS)
        cars.seed(3)
        observations, seen = cars.reset(), []
        for step in range(10):
            if spoil:
                observations["camera"][:] = 0
            cars.step_async(np.full(CARS, step))
            observations, *_ = cars.step_wait()
            seen.append(observations["camera"].copy())
        return seen

    np.testing.assert_equal(learn(spoil=True), learn(spoil=False))


def test_the_frames_of_a_live_camera_stay_as_they_were_pushed() -> None:
    runtime = Runtime.load()
    frames = np.random.default_rng(0).integers(0, 256, (3, *runtime.interface.frame_shape), dtype=np.uint8)
    spoiled, plain = runtime.frame_stack(), runtime.frame_stack()
    for frame in frames:
        stack = spoiled.push(frame)
        assert np.array_equal(stack, plain.push(frame))
        stack[:] = 0
