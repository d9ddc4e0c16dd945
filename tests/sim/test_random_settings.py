"""Any settings at all: either the environment works, or they are refused in a sentence.

DASHCAM_EXAMPLES=10000 tries as many, other ones each time; by default they are few and always the same.
"""

import math
import os
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import sim
from sim.config import EnvConfig
from sim.errors import UserError
from sim.step import advance_share, advance_shares
from sim.types import Telemetry

EXAMPLES = int(os.environ.get("DASHCAM_EXAMPLES", "150"))
STEPS = 12
LONGEST = 600  # characters of a sentence

WRONG = st.sampled_from(
    [None, True, -1, 0, 10**12, 10**400, 1e308, -1e308, math.nan, math.inf, "", "wide", [], {}, [1, "a"]]
)


def number(least: float, most: float) -> st.SearchStrategy[Any]:
    """A number from ``least`` to ``most``: often one of both, and a whole one where that can be."""
    ends = st.sampled_from([least, most])
    whole = st.integers(math.ceil(least), math.floor(most)) if math.ceil(least) <= math.floor(most) else ends
    return st.one_of(st.floats(least, most), ends, whole)


def fields(required: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields; one in twenty has a value that it may not have."""
    often = {
        name: st.integers(0, 19).flatmap(lambda die, of=of: WRONG if die == 0 else of) for name, of in required.items()
    }
    return st.fixed_dictionaries({}, optional=often)


CAMERA = fields(
    {
        "width": st.sampled_from([8, 9, 16, 33, 64, 97, 160]),
        "height": st.sampled_from([8, 11, 16, 36, 44, 96, 120]),
        "color": st.sampled_from(["rgb", "gray"]),
        "stack": st.sampled_from([1, 2, 3, 4, 16]),
        "field_of_view_deg": number(10.0, 150.0),
        "mounting_height_m": number(0.1, 20.0),
        "mounting_forward_m": number(-5.0, 5.0),
        "pitch_down_deg": number(-30.0, 60.0),
    }
)
VEHICLE = fields(
    {
        "l_f": number(0.01, 20.0),
        "l_r": number(0.01, 20.0),
        "steering_max": number(0.01, 1.57),
        "steering_rate_max": number(0.01, 100.0),
        "friction": number(0.01, 10.0),
        "acceleration_max": number(0.01, 100.0),
        "braking_max": number(0.01, 100.0),
        "speed_gain": number(0.01, 100.0),
        "length": number(0.1, 30.0),
        "width": number(0.1, 10.0),
    }
)
ACTIONS = fields(
    {
        "steering": st.sampled_from(["angle", "change"]),
        "steering_commands": st.lists(number(-0.2, 0.2), min_size=1, max_size=5),
        "steering_limit": number(0.2, 1.5),
        "target_speeds": st.lists(number(0.0, 60.0), min_size=1, max_size=4),
    }
)
ROADS = fields(
    {
        "kind": st.sampled_from(["procedural", "straight", "circle", "s-curve"]),
        "first_seed": st.sampled_from([0, 1, 9_999, 1_000_000, 1_999_999]),
        "last_seed": st.sampled_from([0, 999, 9_999, 1_000_000, 1_999_999]),
        "radius_min_m": number(8.0, 40.0),
        "pool_size": st.sampled_from([1, 2, 50]),
        "preload": st.just(False),
    }
)
TASK = fields(
    {
        "start": st.sampled_from(["random", "beginning"]),
        "time_limit_s": st.sampled_from([0.1, 0.15, 0.5, 1, 30.0, 1e6]),
        "start_offset_m": number(0.0, 100.0),
        "start_heading_rad": number(0.0, 3.1),
        "offset_weight": number(0.0, 100.0),
        "heading_weight": number(0.0, 100.0),
        "steering_weight": number(0.0, 100.0),
        "departure_penalty": number(0.0, 100.0),
    }
)
APPEARANCE = fields(
    {"scenery": st.booleans(), **dict.fromkeys(("light", "shadows", "weather", "noise"), number(0.0, 1.0))}
)
SETTINGS = fields(
    {
        "camera": CAMERA,
        "vehicle": VEHICLE,
        "actions": ACTIONS,
        "roads": ROADS,
        "task": TASK,
        "appearance": APPEARANCE,
        "observation": st.sampled_from(["camera", "camera+state"]),
        "continuous": st.booleans(),
    }
)


TOWN_SETTINGS = fields(
    {
        "camera": CAMERA,
        "vehicle": VEHICLE,
        "actions": ACTIONS,
        "roads": st.just({"last_seed": 1}),
        "task": TASK,
        "appearance": APPEARANCE,
        "town": fields(
            {
                "size_m": st.sampled_from([300.0, 500.0]),
                "left_hand": st.booleans(),
                "trip": st.sampled_from(["navigation", "one-turn", "straight"]),
                "trip_min_m": st.sampled_from([20.0, 150.0, 400.0]),
                "trip_max_m": st.sampled_from([20.0, 400.0, 100_000.0]),
                "red_light_penalty": number(0.0, 100.0),
                "stop_sign_penalty": number(0.0, 100.0),
                "blocked_s": number(1.0, 1e6),
            }
        ),
        "observation": st.sampled_from(["camera", "camera+state"]),
        "continuous": st.booleans(),
    }
)


def examples(count: int) -> Any:
    """So many of them, or a share of those that are asked for."""
    return settings(
        max_examples=EXAMPLES * count // 150,
        derandomize="DASHCAM_EXAMPLES" not in os.environ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@examples(150)
@given(SETTINGS, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_settings_work_or_are_refused(chosen: dict[str, Any], cars: int, seed: int) -> None:
    work_or_are_refused(sim.ENV_ID, chosen, cars, seed)


@examples(25)
@given(TOWN_SETTINGS, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_settings_of_towns_work_or_are_refused(chosen: dict[str, Any], cars: int, seed: int) -> None:
    work_or_are_refused(sim.TOWN_ID, chosen, cars, seed)


def work_or_are_refused(env_id: str, chosen: dict[str, Any], cars: int, seed: int) -> None:
    before = kernels()
    try:
        envs = gym.make_vec(env_id, num_envs=cars, **chosen)
    except UserError as error:
        event("refused")
        said = str(error)
        assert said.endswith(".")
        assert said.isprintable()
        assert len(said) < LONGEST
        return
    event("works")
    drive(envs.unwrapped, seed)
    assert kernels() == before, "some settings make kernels compile anew, which takes a minute"


def kernels() -> int:
    """How many versions of the compiled core there are."""
    return sum(len(kernel.signatures) for kernel in (advance_share, advance_shares))  # type: ignore[attr-defined]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """One car and several are different kernels; all else must not be."""
    for cars in (1, 2):
        drive(gym.make_vec(sim.ENV_ID, num_envs=cars).unwrapped, seed=0)


def drive(envs: Any, seed: int) -> None:
    """Some steps with random actions, through resets; everything is finite and in its bounds."""
    most = most_reward(envs.config)
    envs.action_space.seed(seed)
    observations, _ = envs.reset(seed=seed)
    assert envs.observation_space.contains(observations)
    for _ in range(STEPS):
        observations, rewards, _, _, _ = envs.step(envs.action_space.sample())
        assert envs.observation_space.contains(observations)
        assert np.isfinite(rewards).all()
        assert (np.abs(rewards) <= most).all()
        telemetry: Telemetry = envs.world.telemetry
        assert all(np.isfinite(values).all() for values in telemetry)


def most_reward(config: EnvConfig) -> float:
    """The greatest reward of a step, to either side."""
    task, town = config.task, config.town
    penalties = task.offset_weight + task.heading_weight + task.steering_weight + task.departure_penalty
    in_town = town.red_light_penalty + town.stop_sign_penalty if config.roads.kind == "town" else 0.0
    return 1.0 + penalties + in_town + 1e-3
