"""What pays and what ends an episode."""

import numpy as np
import pytest

from sim.config import CONTROL_PERIOD, EnvConfig, RoadsConfig, TaskConfig
from sim.drivers import PurePursuitDriver
from sim.world import ENDINGS, World

STEPS = 200


def world_on(kind: str = "straight", **task: object) -> World:
    config = EnvConfig(
        roads=RoadsConfig(kind=kind),  # type: ignore[arg-type]
        task=TaskConfig(**{"start": "beginning", "time_limit_s": 60.0, **task}),  # type: ignore[arg-type]
    )
    world = World(config, num_cars=1)
    world.seed([0])
    world.reset(road_seeds=[0])
    return world


def total_reward(world: World, steering: float, speed: float, steps: int = STEPS) -> float:
    total = 0.0
    for _ in range(steps):
        world.step(np.array([[steering, speed]]))
        total += float(world.rewards[0])
    return total


def drive_well(world: World, steps: int = STEPS) -> float:
    driver, total = PurePursuitDriver(), 0.0
    for _ in range(steps):
        world.step(driver.commands(world))
        total += float(world.rewards[0])
    return total


@pytest.mark.parametrize("kind", ["straight", "circle", "s-curve"])
def test_standing_circling_and_fleeing_earn_less_than_driving(kind: str) -> None:
    driving = drive_well(world_on(kind))
    assert driving > 0.7 * STEPS
    assert total_reward(world_on(kind), 0.0, 0.0) <= 0.0, "standing still"
    for steering in (-0.5, -0.3, 0.3, 0.5, 1.0):
        assert total_reward(world_on(kind), steering, 4.0) < 0.1 * driving, "circling"
        assert total_reward(world_on(kind), steering, 10.0) < 0.1 * driving, "leaving the road at speed"


def test_driving_against_the_lanes_direction_loses_what_driving_along_it_earns() -> None:
    world = world_on("circle")
    world.telemetry.heading[0] += np.pi
    world.step(np.array([[0.0, 10.0]]))
    total = sum(total_reward(world, -0.0258, 10.0, 1) for _ in range(60))
    assert world.telemetry.progress[0] < -20.0
    assert total < -20.0


def test_full_lock_circles_on_a_wide_lane_gain_nothing() -> None:
    world = world_on("circle", time_limit_s=600.0)
    circling = total_reward(world, 1.0, 2.0, 100)
    assert world.ended_by[0] == 0, "the car can circle without leaving the road"
    assert circling < 0.0


def test_faster_progress_earns_more() -> None:
    assert total_reward(world_on(), 0.0, 4.0) < total_reward(world_on(), 0.0, 7.0) < total_reward(world_on(), 0.0, 10.0)


def test_the_lanes_centre_earns_more_than_its_edge() -> None:
    centered, off = world_on(), world_on()
    off.telemetry.y[0] += 1.0
    assert total_reward(off, 0.0, 10.0) < total_reward(centered, 0.0, 10.0) - 10.0


def test_leaving_the_road_terminates() -> None:
    world = world_on()
    total_reward(world, -0.2, 10.0, 60)
    assert world.terminated[0]
    assert not world.truncated[0]
    assert ENDINGS[world.ended_by[0]] == "off_road"


def test_time_limit_truncates_at_its_very_step() -> None:
    world = world_on(time_limit_s=3.0)
    total_reward(world, 0.0, 4.0, round(3.0 / CONTROL_PERIOD) - 1)
    assert not world.done[0]
    total_reward(world, 0.0, 4.0, 1)
    assert world.truncated[0]
    assert not world.terminated[0]
    assert ENDINGS[world.ended_by[0]] == "time_limit"


def test_completing_the_route_truncates() -> None:
    world = world_on(time_limit_s=600.0)
    drive_well(world, 1000)
    assert world.truncated[0]
    assert not world.terminated[0]
    assert ENDINGS[world.ended_by[0]] == "completed"
    assert world.telemetry.progress[0] == pytest.approx(world.route_length[0], abs=1.1)


def test_a_lap_of_the_circle_is_as_long_as_its_lane() -> None:
    world = world_on("circle", time_limit_s=600.0)
    drive_well(world, 1000)
    assert ENDINGS[world.ended_by[0]] == "completed"
    assert CONTROL_PERIOD * world.telemetry.steps[0] > world.route_length[0] / 10.0


def test_an_ended_episode_stays_as_it_is_and_earns_nothing() -> None:
    world = world_on(time_limit_s=1.0)
    total_reward(world, 0.0, 4.0, 10)
    before = (world.telemetry.x[0], world.frames.copy())
    assert total_reward(world, 0.0, 10.0, 5) == 0.0
    assert world.telemetry.x[0] == before[0]
    assert np.array_equal(world.frames, before[1])


def test_reward_is_bounded_and_the_sum_of_its_terms() -> None:
    config = EnvConfig()
    world = World(config, num_cars=32)
    world.seed(range(32))
    world.reset()
    random = np.random.default_rng(0)
    for _ in range(150):
        world.step(np.stack([random.uniform(-0.2, 0.2, 32), random.uniform(0.0, 10.0, 32)], axis=1))
        assert np.allclose(sum(world.reward_terms.values()), world.rewards, atol=1e-6)
        assert world.rewards.min() >= -2.8
        assert world.rewards.max() <= 1.0
        if world.done.any():
            world.reset(np.flatnonzero(world.done))
