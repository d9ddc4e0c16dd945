"""What a camera on a car sees, rendered from a moment: now, earlier or between two control steps."""

import dataclasses
import math
from typing import Any

from agents.cockpit.moment import Moment
from sim.camera.look import LOOK_NOISE
from sim.camera.picture import take_picture
from sim.config import CameraConfig, RoadsConfig, TownConfig
from sim.pool import RoadPool
from sim.town_pool import TownPool
from sim.types import ByteArray

FIELD_OF_VIEW_DEG = 80.0
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
    """Renders roads and towns for people, and keeps the last one."""

    def __init__(self) -> None:
        self._places: tuple[RoadsConfig, TownConfig] | None = None

    def render(self, moment: Moment, camera: CameraConfig, pose: tuple[float, float, float]) -> ByteArray:
        """What ``camera`` sees from a pose (x, y [m], heading [rad]) where the moment is; (height, width, 3) uint8."""
        look = moment.look.copy()
        look[LOOK_NOISE] = 0.0  # that is the sensor's; people look through the windscreen
        slot = self._slot(moment)
        if moment.guide is None:
            return take_picture(camera, pose, look, self._pool.ground, slot)
        clock, scenery = moment.guide.clock, self._pool.scenery
        return take_picture(camera, pose, look, self._pool.ground, slot, clock=clock, scenery=scenery)

    def _slot(self, moment: Moment) -> int:
        """Where the moment's road or town is in the pool."""
        config = moment.config
        roads = dataclasses.replace(config.roads, pool_size=1)
        if self._places != (roads, config.town):
            self._places = (roads, config.town)
            self._pool: Any = TownPool(config, 1, 1) if roads.kind == "town" else RoadPool(roads, slots=1)
        slot: int = self._pool.acquire(moment.road_seed)
        self._pool.release(slot)  # it stays until another one is needed
        return slot
