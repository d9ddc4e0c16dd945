"""A car that is not what the policy takes it for: its camera sits askew, its tyres slip, or commands come late.

Wet roads give a friction of 0.5 to 0.7, snow 0.2 and ice 0.1: Wong, "Theory of Ground Vehicles". Other values are ours.
"""

import dataclasses

import numpy as np

from sim.config import CAMERA_HEIGHTS, CAMERA_PITCHES, EnvConfig
from sim.corruptions.scene import at
from sim.types import FloatArray
from sim.world import World

SAGS = (1.5, 3.0, 4.5, 6.0, 8.0)  # deg by which the camera looks lower
DROPS = (0.05, 0.1, 0.15, 0.2, 0.3)  # m by which it sits lower
GRIPS = (0.5, 0.4, 0.3, 0.2, 0.12)  # friction [-]
DELAYS = (1.0, 2.0, 3.0, 4.0, 5.0)  # control steps; 0.1 to 0.5 s


def lower_camera(config: EnvConfig, severity: int) -> EnvConfig:
    """The car with a camera that has sagged as far as a camera can: it looks further down, from lower."""
    camera = dataclasses.replace(
        config.camera,
        pitch_down_deg=min(config.camera.pitch_down_deg + at(severity, SAGS), CAMERA_PITCHES[1]),
        mounting_height_m=max(config.camera.mounting_height_m - at(severity, DROPS), CAMERA_HEIGHTS[0]),
    )
    return dataclasses.replace(config, camera=camera)


def lose_grip(config: EnvConfig, severity: int) -> EnvConfig:
    """The car on a slippery road."""
    friction = min(config.vehicle.friction, at(severity, GRIPS))
    return dataclasses.replace(config, vehicle=dataclasses.replace(config.vehicle, friction=friction))


class Delay:
    """Hands on commands some steps after they were given; until the first arrives, a car goes on as it began."""

    def __init__(self, steps: int) -> None:
        """Holds back for ``steps`` control steps, 0 or more."""
        self._steps = steps
        self._given: list[FloatArray] = []

    def __call__(self, commands: FloatArray, world: World) -> FloatArray:
        """The commands (N, 2) that arrive now: steering angle [rad], target speed [m/s]. Call it once in each step."""
        begins = world.telemetry.steps == 0
        as_it_is = np.stack([world.telemetry.steering_angle, world.telemetry.speed], axis=1)
        waiting = self._given or [as_it_is] * self._steps
        self._given = [np.where(begins[:, None], as_it_is, earlier) for earlier in waiting] + [commands.copy()]
        return self._given.pop(0)
