"""What a camera on a car sees, rendered from a moment: now, earlier or between two control steps."""

import dataclasses
import math
from functools import lru_cache

import numpy as np

from agents.cockpit.moment import Moment
from sim.camera.look import LOOK_NOISE
from sim.camera.projection import camera_arrays
from sim.camera.renderer import make_scratch
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig
from sim.step import look_through
from sim.types import ByteArray, CameraArrays, Scratch
from sim.world import World

FIELD_OF_VIEW_DEG = 80.0
BLIND = CameraConfig(width=8, height=8)  # of the world that only keeps the road
CHASE_DISTANCE = 7.5  # m from the camera to the car's centre
CHASE_HEIGHT = 2.9  # m
CHASE_PITCH_DEG = 12.0
CHASE_LAG = 0.35  # s by which the camera's heading follows the car's


def dashboard_camera(moment: Moment, size: tuple[int, int]) -> CameraConfig:
    """A large camera of ``size`` (width, height) [px] where the network's own is mounted."""
    own = moment.config.camera
    return CameraConfig(
        width=size[0],
        height=size[1],
        field_of_view_deg=FIELD_OF_VIEW_DEG,
        mounting_height_m=own.mounting_height_m,
        mounting_forward_m=own.mounting_forward_m,
    )


def chase_camera(size: tuple[int, int]) -> CameraConfig:
    """A camera of ``size`` (width, height) [px] that flies at the place that ``chase_pose`` gives."""
    return CameraConfig(
        width=size[0],
        height=size[1],
        field_of_view_deg=FIELD_OF_VIEW_DEG,
        mounting_height_m=CHASE_HEIGHT,
        mounting_forward_m=0.0,
        pitch_down_deg=CHASE_PITCH_DEG,
    )


def chase_pose(moment: Moment) -> tuple[float, float, float]:
    """Place [m] and heading [rad] of a camera that follows the car and swings out in bends."""
    heading = moment.heading - CHASE_LAG * moment.yaw_rate
    ahead = moment.config.vehicle.l_r
    x = moment.x + ahead * math.cos(moment.heading) - CHASE_DISTANCE * math.cos(heading)
    y = moment.y + ahead * math.sin(moment.heading) - CHASE_DISTANCE * math.sin(heading)
    return x, y, heading


class Spectator:
    """Renders roads for people; one world of one car, which is put where it is wanted, keeps the last road."""

    def __init__(self) -> None:
        """Begins without a road."""
        self._world: World | None = None

    def render(self, moment: Moment, camera: CameraConfig, pose: tuple[float, float, float]) -> ByteArray:
        """What ``camera`` sees from a pose (x, y [m], heading [rad]) on the moment's road; (height, width, 3) uint8.

        The picture is overwritten by the next one of this size.
        """
        world = self._on_road(moment)
        telemetry, episode = world.telemetry, world.core.episode
        telemetry.x[0], telemetry.y[0], telemetry.heading[0] = pose
        episode.looks[0] = moment.look
        episode.looks[0, LOOK_NOISE] = 0.0  # that is the sensor's; people look through the windscreen
        arrays, scratch, picture = _lens(camera)
        look_through(0, telemetry, episode, world.core.roads, arrays, scratch, picture)
        return picture

    def _on_road(self, moment: Moment) -> World:
        roads = dataclasses.replace(moment.config.roads, pool_size=1)
        if self._world is None or self._world.config.roads != roads:
            self._world = World(_blind(roads), num_cars=1)
        if self._world.road_seeds[0] != moment.road.seed:
            self._world.reset(road_seeds=[moment.road.seed])
        return self._world


def _blind(roads: RoadsConfig) -> EnvConfig:
    return EnvConfig(camera=BLIND, roads=roads, appearance=AppearanceConfig(scenery=False))


@lru_cache(maxsize=4)
def _lens(camera: CameraConfig) -> tuple[CameraArrays, Scratch, ByteArray]:
    """All that is the same in every picture of a camera, and room for the picture."""
    shape = camera.frame_shape
    return camera_arrays(camera), make_scratch(1, shape), np.zeros(shape, dtype=np.uint8)
