"""A world continues from the arrays of another one, and pictures are taken from anywhere."""

import numpy as np
import pytest

from sim.camera.picture import take_picture
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError
from sim.snapshot import Arrays
from sim.world import World

CONFIG = EnvConfig(
    camera=CameraConfig(width=16, height=12, stack=3),
    roads=RoadsConfig(last_seed=30),
    appearance=AppearanceConfig(light=1.0, noise=1.0),
)


def driven() -> World:
    world = World(CONFIG, num_cars=3)
    world.seed([0, 1, 2])
    world.reset()
    drive(world)
    return world


def drive(world: World) -> None:
    for _ in range(5):
        world.step(np.array([[0.05, 8.0], [-0.1, 9.0], [0.0, 4.0]]))


def snapshot_of(world: World) -> Arrays:
    return {name: array.copy() for name, array in world.snapshot().items()}


def test_a_world_continues_from_the_snapshot_of_another() -> None:
    world, other = driven(), World(CONFIG, num_cars=3)
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


def test_a_picture_from_a_pose_is_what_a_car_there_sees() -> None:
    world, camera = driven(), CameraConfig(width=80, height=60)
    now, core = world.telemetry, world.core
    pose, slot = (float(now.x[1]), float(now.y[1]), float(now.heading[1])), int(core.episode.slot[1])
    seen = world.render(1, camera)
    assert np.array_equal(take_picture(camera, pose, world.looks[1], core.ground, slot, step=5), seen)
    assert not np.array_equal(take_picture(camera, pose, world.looks[1], core.ground, slot, step=6), seen), "noise"
    aside = (pose[0] + 1.0, *pose[1:])
    assert not np.array_equal(take_picture(camera, aside, world.looks[1], core.ground, slot, step=5), seen)
