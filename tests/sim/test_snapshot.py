"""A world continues from the arrays of another one, and pictures are taken from anywhere."""

import numpy as np
import pytest

from sim.camera.picture import take_picture
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig
from sim.env import env_config
from sim.errors import UserError
from sim.snapshot import Arrays
from sim.trips import Trip
from sim.world import World

CONFIG = EnvConfig(
    camera=CameraConfig(width=16, height=12, stack=3),
    roads=RoadsConfig(last_seed=30),
    appearance=AppearanceConfig(light=1.0, noise=1.0),
)


IN_TOWN = env_config(
    {
        "camera": CONFIG.camera,
        "roads": {"kind": "town", "last_seed": 1},
        "appearance": CONFIG.appearance,
        "town": {"blocked_s": 1.0},
    }
)
in_both = pytest.mark.parametrize("config", [CONFIG, IN_TOWN], ids=["roads", "towns"])


def driven(config: EnvConfig = CONFIG) -> World:
    world = World(config, num_cars=3)
    world.seed([0, 1, 2])
    world.reset()
    drive(world)
    return world


def drive(world: World) -> None:
    for _ in range(5):
        world.step(np.array([[0.05, 8.0], [-0.1, 9.0], [0.0, 4.0]]))


def snapshot_of(world: World) -> Arrays:
    return {name: array.copy() for name, array in world.snapshot().items()}


@in_both
def test_a_world_continues_from_the_snapshot_of_another(config: EnvConfig) -> None:
    world, other = driven(config), World(config, num_cars=3)
    if world.in_town:
        there = world.town(0).network
        asked = [Trip(lane, 1.0, lane, float(there.lane_length[lane])) for lane in range(2)]
        world.reset(np.array([0, 1]), road_seeds=[int(world.road_seeds[0])] * 2, trips=asked)
        drive(world)
    other.restore(snapshot_of(world))
    for each in (world, other):
        drive(each)
    np.testing.assert_equal(other.snapshot(), world.snapshot())
    np.testing.assert_equal(other.looks, world.looks)
    np.testing.assert_equal(other.route_length, world.route_length)


@pytest.mark.parametrize(
    ("name", "value"),
    [("draws", 1.5), ("road_seeds", 31), ("telemetry.x", np.nan), ("telemetry.steps", -1), ("episode.segment", 10**6)],
)
def test_numbers_that_no_world_has_are_refused(name: str, value: float) -> None:
    arrays = snapshot_of(driven())
    arrays[name].flat[1] = value
    with pytest.raises(UserError, match=f"{name} holds numbers out of their range"):
        World(CONFIG, num_cars=3).restore(arrays)


@pytest.mark.parametrize(
    ("name", "value"), [("trips", -1.0), ("trips", 1e6), ("episode.next_stop", -1), ("episode.idle", -5)]
)
def test_trips_that_no_town_has_are_refused(name: str, value: float) -> None:
    arrays = snapshot_of(driven(IN_TOWN))
    for place in range(min(arrays[name].size, 4)):
        spoilt = {**arrays, name: arrays[name].copy()}
        spoilt[name].flat[place] = value
        with pytest.raises(UserError, match=f"{name} holds numbers out of their range"):
            World(IN_TOWN, num_cars=3).restore(spoilt)


def test_a_picture_from_a_pose_is_what_a_car_there_sees() -> None:
    world, camera = driven(), CameraConfig(width=80, height=60)
    now, core = world.telemetry, world.core
    pose, slot = (float(now.x[1]), float(now.y[1]), float(now.heading[1])), int(core.episode.slot[1])
    seen = world.render(1, camera)
    assert np.array_equal(take_picture(camera, pose, world.looks[1], core.ground, slot, step=5), seen)
    assert not np.array_equal(take_picture(camera, pose, world.looks[1], core.ground, slot, step=6), seen), "noise"
    aside = (pose[0] + 1.0, *pose[1:])
    assert not np.array_equal(take_picture(camera, aside, world.looks[1], core.ground, slot, step=5), seen)
