"""The car and its commands where nobody chooses them: files and towns turn more tightly than roads that are drawn.

A car whose rear axle has the track b, and whose wheelbase is l, turns within a circle of diameter D when the middle of
its rear axle goes round with the radius r, and then its wheels stand at the angle

    r = sqrt((D / 2)^2 - l^2) - b / 2,    angle = atan(l / r)

for it is the outer front wheel that touches the circle.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from sim.config import ActionConfig, EnvConfig, RoadsConfig, TaskConfig, VehicleConfig

TURNING_CIRCLE = 11.6  # m between kerbs; BMW 2 Series coupe, motortrend.com/cars/bmw/2-series/specs: 38.2 ft
REAR_TRACK = 1.4  # m, as of small saloons of that wheelbase; the inner rear wheel then goes round with 3.8 m
TIGHTEST_TURN = 2.5  # m, radius of a lane; round a right angle, pure pursuit then keeps within 0.9 m of its middle
FILE_SPEEDS = (2.5, 6.0, 10.0)  # m/s; the slowest takes the tightest turns with 2 m/s^2


def full_lock(wheelbase: float) -> float:
    """Steering angle with which a car turns within the turning circle [rad]."""
    return math.atan(wheelbase / (math.sqrt(0.25 * TURNING_CIRCLE**2 - wheelbase**2) - 0.5 * REAR_TRACK))


FULL_LOCK = round(full_lock(VehicleConfig().wheelbase), 2)  # rad
FILE_VEHICLE = VehicleConfig(steering_max=FULL_LOCK)
TURNING_RADIUS = math.hypot(FILE_VEHICLE.wheelbase / math.tan(FULL_LOCK), FILE_VEHICLE.l_r)  # m, of the car's centre
FILE_ACTIONS = ActionConfig(
    steering_commands=(-FULL_LOCK, -0.2, -0.06, 0.0, 0.06, 0.2, FULL_LOCK),
    steering_limit=FULL_LOCK,
    target_speeds=FILE_SPEEDS,
)


TOWN_SPEEDS = (0.0, 3.5, 8.0, 13.5)  # m/s: standing, turning, and just within 30 and 50 km/h
TOWN_ACTIONS = dataclasses.replace(FILE_ACTIONS, target_speeds=TOWN_SPEEDS)
TOWN_ROADS = RoadsConfig(kind="town", last_seed=99)
TOWN_TASK = TaskConfig(time_limit_s=120.0, start_offset_m=0.5, start_heading_rad=0.1)
_CAR = {"vehicle": FILE_VEHICLE}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "file": {**_CAR, "actions": FILE_ACTIONS},
    "town": {
        **_CAR,
        "actions": TOWN_ACTIONS,
        "roads": TOWN_ROADS,
        "task": TOWN_TASK,
    },
}
"""Groups of settings that differ from those of ``EnvConfig``, by the kind of roads."""


def completed(fields: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The fields of an ``EnvConfig`` on this kind of roads, with the defaults for what they leave out."""
    result = dict(fields)
    for name, default in DEFAULTS.get(kind, {}).items():
        given = fields.get(name, {})
        result[name] = {**vars(default), **given} if isinstance(given, Mapping) else given
    return result


def turning_tightly(config: EnvConfig) -> EnvConfig:
    """The same environment with a car that turns within the turning circle, and may slow down for it."""
    actions = dataclasses.replace(config.actions, steering_limit=FULL_LOCK, target_speeds=FILE_SPEEDS)
    if actions.steering == "angle":
        actions = dataclasses.replace(actions, steering_commands=FILE_ACTIONS.steering_commands)
    return dataclasses.replace(config, vehicle=FILE_VEHICLE, actions=actions)


def through_towns(config: EnvConfig) -> EnvConfig:
    """The same environment in towns, with such a car, which may also stand, and with a town's task."""
    tight, task = turning_tightly(config), config.task
    actions = dataclasses.replace(tight.actions, target_speeds=TOWN_SPEEDS)
    roads = dataclasses.replace(config.roads, kind="town", last_seed=TOWN_ROADS.last_seed)
    starts = ("time_limit_s", "start_offset_m", "start_heading_rad")
    task = dataclasses.replace(task, **{name: getattr(TOWN_TASK, name) for name in starts})
    return dataclasses.replace(tight, actions=actions, roads=roads, task=task)


def steering_reach(config: EnvConfig) -> float:
    """How far a person may turn the wheels [rad]."""
    return FULL_LOCK if config.roads.kind in DEFAULTS else config.actions.steering_limit
