"""The car: a single-track model whose steering and acceleration are limited, and a controller that tracks a command."""

import math

from sim.config import VehicleConfig
from sim.kernels import kernel
from sim.types import VehicleParameters

GRAVITY = 9.81  # m/s^2


def vehicle_parameters(config: VehicleConfig) -> VehicleParameters:
    """The car as compiled code takes it."""
    limits = {name: float(getattr(config, name)) for name in VehicleParameters._fields if name != "grip"}
    return VehicleParameters(grip=float(config.friction * GRAVITY), **limits)


@kernel
def clamp(value, low, high):
    """Value held between two bounds."""
    return min(max(value, low), high)


@kernel
def acceleration_command(speed, target_speed, vehicle):
    """Speed controller: a = gain (target - speed), within comfortable limits [m/s^2]."""
    return clamp(vehicle.speed_gain * (target_speed - speed), -vehicle.braking_max, vehicle.acceleration_max)


@kernel
def integrate(x, y, heading, speed, steering_angle, steering_command, acceleration, vehicle, dt):
    """One step of the kinematic single-track model with the tyres' grip as a bound.

    CommonRoad's model KS, reference point at the rear axle, with wheelbase l:
        steering' = clip((command - steering) / dt, +-steering_rate_max)
        speed'    = acceleration, never below standstill
        yaw rate  = speed tan(steering) / l
        x' = speed cos(heading),  y' = speed sin(heading)
    The tyres carry at most friction x g in all (circle of Kamm), so the lateral acceleration speed x yaw rate is held
    at sqrt(grip^2 - acceleration^2): too fast for a bend, the car runs wide. Position is integrated with the midpoint
    of speed and heading over the step.

    Returns:
        x [m], y [m], heading [rad], speed [m/s], steering angle [rad], acceleration [m/s^2] and yaw rate [rad/s] after
        the step.
    """
    command = clamp(steering_command, -vehicle.steering_max, vehicle.steering_max)
    most = vehicle.steering_rate_max * dt
    steering_angle += clamp(command - steering_angle, -most, most)
    acceleration = clamp(acceleration, -vehicle.grip, vehicle.grip)
    new_speed = max(speed + acceleration * dt, 0.0)
    middle_speed = 0.5 * (speed + new_speed)
    yaw_rate = middle_speed * math.tan(steering_angle) / vehicle.wheelbase
    lateral_grip = math.sqrt(vehicle.grip * vehicle.grip - acceleration * acceleration)
    if abs(yaw_rate) * middle_speed > lateral_grip:
        yaw_rate = math.copysign(lateral_grip / middle_speed, yaw_rate)
    middle_heading = heading + 0.5 * yaw_rate * dt
    x += middle_speed * math.cos(middle_heading) * dt
    y += middle_speed * math.sin(middle_heading) * dt
    return x, y, heading + yaw_rate * dt, new_speed, steering_angle, (new_speed - speed) / dt, yaw_rate
