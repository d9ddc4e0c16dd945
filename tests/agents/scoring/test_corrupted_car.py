"""Worse cars: late commands, slippery tyres, a camera that has sagged; and a policy that drives with them."""

import dataclasses

import numpy as np
import pytest

from agents.policy import Policy, load_policy
from agents.scoring.corrupted import CorruptedDriver
from agents.scoring.evaluate import PolicyDriver, evaluation_config
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.corruptions import SEVERITIES, Corruption, Delay
from sim.vehicle import GRAVITY
from sim.world import World

ROADS = (1_000_000, 1_000_001, 1_000_002)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def world_of(config: EnvConfig, road_seeds: tuple[int, ...] = ROADS) -> World:
    world = World(evaluation_config(dataclasses.replace(config, appearance=AppearanceConfig())), len(road_seeds))
    world.seed(road_seeds)
    world.reset(road_seeds=road_seeds)
    return world


@pytest.mark.parametrize("severity", SEVERITIES)
def test_commands_come_exactly_so_many_steps_late(severity: int) -> None:
    world = World(EnvConfig(task=TaskConfig(start="random")), 2)
    world.seed([0, 1])
    world.reset()
    start = np.stack([world.telemetry.steering_angle, world.telemetry.speed], axis=1)
    delay = Delay(Corruption("latency", severity).delay_steps)
    given, arrived = [], []
    for step in range(12):
        given.append(np.array([[0.01 * step, 5.0], [-0.01 * step, 6.0]]))
        arrived.append(delay(given[-1], world))
        world.step(arrived[-1])
    assert all(np.array_equal(command, start) for command in arrived[:severity])
    assert all(np.array_equal(arrived[step], given[step - severity]) for step in range(severity, 12))


def test_a_car_that_begins_anew_gets_no_commands_of_the_last_episode() -> None:
    world = World(EnvConfig(task=TaskConfig(start="beginning")), 2)
    world.seed([0, 1])
    world.reset()
    delay = Delay(2)
    for step in range(5):
        arrived = delay(np.full((2, 2), 0.01 * (step + 1)), world)
        world.step(arrived)
    world.reset(np.array([1]))
    arrived = delay(np.full((2, 2), 0.06), world)
    assert arrived[0, 0] == pytest.approx(0.04)
    assert np.array_equal(arrived[1], [0.0, 0.0])


def test_slippery_tyres_carry_less() -> None:
    config = EnvConfig(roads=RoadsConfig(kind="straight"), task=TaskConfig(start="beginning"))
    greatest = []
    for severity in SEVERITIES:
        slippery = Corruption("friction", severity).applied_to(config)
        world = World(slippery, 1)
        world.reset()
        strongest = 0.0
        for step in range(160):  # even on ice, 14 s are enough to reach 10 m/s
            world.step(np.array([[0.0 if step < 150 else 0.2, 10.0]]))
            strongest = max(strongest, abs(world.telemetry.yaw_rate[0]) * world.telemetry.speed[0])
        assert strongest <= slippery.vehicle.friction * GRAVITY * 1.02
        greatest.append(strongest)
    assert np.all(np.diff(greatest) < 0.0), greatest


def test_a_sagged_camera_changes_the_world_and_not_the_policy(policy: Policy) -> None:
    sagged = Corruption("camera-pose", 3).applied_to(policy.config)
    assert sagged.camera.pitch_down_deg > policy.config.camera.pitch_down_deg
    assert sagged.camera.mounting_height_m < policy.config.camera.mounting_height_m
    assert dataclasses.replace(sagged, camera=policy.config.camera) == policy.config
    straight, askew = world_of(policy.config), world_of(sagged)
    assert not np.array_equal(straight.frames, askew.frames)
    assert np.array_equal(
        CorruptedDriver(PolicyDriver(policy), Corruption("camera-pose", 3)).commands(askew),
        PolicyDriver(policy).commands(askew),
    )


@pytest.mark.parametrize("camera", [CameraConfig(mounting_height_m=0.15), CameraConfig(pitch_down_deg=58.0)])
def test_low_and_steep_cameras_sag_as_far_as_they_can(camera: CameraConfig) -> None:
    sagged = Corruption("camera-pose", 5).applied_to(EnvConfig(camera=camera)).camera
    assert sagged.mounting_height_m < camera.mounting_height_m
    assert sagged.pitch_down_deg > camera.pitch_down_deg


def test_what_is_about_frames_or_commands_leaves_the_car_as_it_is(policy: Policy) -> None:
    for name in ("fog", "dropped-frames", "latency"):
        assert Corruption(name, 5).applied_to(policy.config) == policy.config  # type: ignore[arg-type]


def test_a_blinded_policy_leaves_the_road_and_a_seeing_one_does_not(policy: Policy) -> None:
    clear, blinded = world_of(policy.config), world_of(policy.config)
    drivers = PolicyDriver(policy), CorruptedDriver(PolicyDriver(policy), Corruption("contrast", 5))
    for _ in range(150):
        for world, driver in zip((clear, blinded), drivers, strict=True):
            world.step(driver.commands(world))
    assert not clear.terminated.any()
    assert np.abs(blinded.telemetry.lateral_offset).mean() > 3.0 * np.abs(clear.telemetry.lateral_offset).mean()


def test_the_same_drive_alone_and_among_others_and_in_the_next_world(policy: Policy) -> None:
    driver = CorruptedDriver(PolicyDriver(policy), Corruption("shot-noise", 2))
    paths = []
    for roads in (ROADS, ROADS[1:2], ROADS):
        world = world_of(policy.config, roads)
        for _ in range(40):
            world.step(driver.commands(world))
        car = roads.index(ROADS[1])
        paths.append((world.telemetry.x[car], world.telemetry.y[car], world.telemetry.heading[car]))
    assert paths[0] == paths[1] == paths[2]
