"""The environment of towns: trips that are asked for, and what is refused in a sentence."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import sim
from sim.errors import UserError
from tests.support.towns import town

FIELDS: dict[str, Any] = {"camera": {"width": 40, "height": 40}, "roads": {"last_seed": 1}}
NOWHERE = (1e5, 1e5)


def middle(lane: int, seed: int = 0) -> tuple[float, float]:
    """The middle of a lane of a town."""
    network = town(seed).network
    point = int(network.lane_points[lane : lane + 2].mean())
    return float(network.x[point]), float(network.y[point])


def streets(seed: int = 0) -> np.ndarray:
    """Lanes outside junctions that are long enough to be told apart."""
    network = town(seed).network
    return np.flatnonzero((network.lane_junction < 0) & (network.lane_length > 40.0))


START, GOAL = (middle(int(lane)) for lane in streets()[[0, -1]])


def test_a_trip_leads_from_the_start_to_the_goal_that_are_asked_for() -> None:
    env = gym.make(sim.TOWN_ID, **FIELDS)
    first, info = env.reset(seed=0, options={"road_seed": 0, "start": START, "goal": GOAL})
    assert np.hypot(info["x"] - START[0], info["y"] - START[1]) < 2.0
    trip = env.unwrapped.world.core.route.geometry[0]  # type: ignore[attr-defined]
    assert info["route_length"] > 40.0
    assert trip.any()
    again, _ = env.reset(seed=0, options={"road_seed": 0, "start": np.array(START), "goal": list(GOAL)})
    assert np.array_equal(first, again)
    turned, other = env.reset(seed=0, options={"road_seed": 0, "start": GOAL, "goal": START})
    assert np.hypot(other["x"] - GOAL[0], other["y"] - GOAL[1]) < 2.0
    assert not np.array_equal(first, turned)


def test_every_car_can_have_a_trip_of_its_own() -> None:
    envs = gym.make_vec(sim.TOWN_ID, num_envs=2, **FIELDS)
    _, infos = envs.reset(seed=0, options={"road_seed": 0, "start": [START, GOAL], "goal": [GOAL, START]})
    places = np.stack([infos["x"], infos["y"]], axis=1)
    assert np.hypot(*(places - [START, GOAL]).T).max() < 2.0
    _, infos = envs.reset(seed=0, options={"road_seed": 0, "start": START, "goal": GOAL})
    assert infos["route_length"][0] == infos["route_length"][1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"start": START, "goal": GOAL}, r"need options\['road_seed'\], which names the town"),
        ({"road_seed": 0, "start": START}, "must be given together"),
        ({"road_seed": 0, "goal": GOAL}, "must be given together"),
        ({"road_seed": 0, "start": NOWHERE, "goal": GOAL}, r"The start \(100000, 100000\) is more than 5 m from every"),
        ({"road_seed": 0, "start": START, "goal": NOWHERE}, "The goal .* is more than 5 m from every lane"),
        ({"road_seed": 0, "start": START, "goal": (np.nan, 0.0)}, r"options\['goal'\] must be x and y .*, all finite"),
        ({"road_seed": 0, "start": START, "goal": "home"}, r"options\['goal'\] must be x and y"),
        ({"road_seed": 0, "start": [START] * 3, "goal": GOAL}, r"options\['start'\] must be x and y"),
        ({"road_seed": 0, "start": [[1.0], [2.0, 3.0]], "goal": GOAL}, r"options\['start'\] must be x and y"),
    ],
)
@pytest.mark.parametrize("cars", [None, 2])
def test_trips_that_cannot_be_driven_are_refused_and_nothing_changes(
    options: dict[str, Any], sentence: str, cars: int | None
) -> None:
    asked, plain = (
        gym.make(sim.TOWN_ID, **FIELDS) if cars is None else gym.make_vec(sim.TOWN_ID, num_envs=cars, **FIELDS)
        for _ in range(2)
    )
    for env in (asked, plain):
        env.reset(seed=3)
    with pytest.raises(UserError, match=sentence) as refused:
        asked.reset(seed=9, options=options)
    assert "\n" not in str(refused.value)
    assert np.array_equal(asked.reset()[0], plain.reset()[0])


def test_roads_have_no_trips() -> None:
    env = gym.make(sim.ENV_ID, camera=FIELDS["camera"])
    with pytest.raises(UserError, match="are for towns"):
        env.reset(options={"road_seed": 0, "start": START, "goal": GOAL})


def test_towns_are_the_only_places_of_their_environment() -> None:
    with pytest.raises(UserError, match="needs roads of the kind town, but roads kind is 'circle'"):
        gym.make(sim.TOWN_ID, roads={"kind": "circle"})
