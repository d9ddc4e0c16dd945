"""The car against closed forms: circles, stopping distances, limits, symmetry."""

import math

import numpy as np
import pytest

from sim.config import VehicleConfig
from sim.vehicle import acceleration_command, integrate, vehicle_parameters

VEHICLE = vehicle_parameters(VehicleConfig())
DT = 0.02

State = tuple[float, float, float, float, float]  # x, y, heading, speed, steering angle


def drive(state: State, steering: float, acceleration: float, seconds: float) -> list[State]:
    """States after each step of ``seconds`` with a constant command."""
    path = [state]
    for _ in range(round(seconds / DT)):
        path.append(integrate(*path[-1], steering, acceleration, VEHICLE, DT)[:5])
    return path


@pytest.mark.parametrize("steering", [0.05, 0.2, -0.1])
def test_constant_steering_drives_a_circle_of_the_textbook_radius(steering: float) -> None:
    radius = VEHICLE.wheelbase / math.tan(steering)
    speed = 5.0
    path = drive((0.0, 0.0, 0.0, speed, steering), steering, 0.0, 2.0 * math.pi * abs(radius) / speed)
    distances = [math.hypot(x, y - radius) for x, y, *_ in path]
    assert np.allclose(distances, abs(radius), rtol=1e-3)
    assert math.hypot(path[-1][0], path[-1][1]) < 0.2, "the circle closes"


def test_braking_distance_is_speed_squared_over_twice_the_deceleration() -> None:
    speed, deceleration = 20.0, 4.0
    path = drive((0.0, 0.0, 0.0, speed, 0.0), 0.0, -deceleration, 10.0)
    assert path[-1][3] == 0.0, "stands, and does not roll backwards"
    assert path[-1][0] == pytest.approx(speed**2 / (2.0 * deceleration), rel=0.01)


def test_left_and_right_are_mirror_images() -> None:
    for left, right in zip(
        drive((0.0, 0.0, 0.0, 8.0, 0.0), 0.15, 1.0, 4.0), drive((0.0, 0.0, 0.0, 8.0, 0.0), -0.15, 1.0, 4.0), strict=True
    ):
        x, y, heading, speed, steering = left
        assert right == (x, -y, -heading, speed, -steering)


def test_positive_steering_turns_left() -> None:
    x, y, heading, *_ = drive((0.0, 0.0, 0.0, 5.0, 0.0), 0.1, 0.0, 2.0)[-1]
    assert x > 0.0
    assert y > 0.0
    assert heading > 0.0


def test_wheels_turn_no_faster_than_their_limit() -> None:
    angles = [state[4] for state in drive((0.0, 0.0, 0.0, 5.0, 0.0), 1.0, 0.0, 4.0)]
    assert max(np.diff(angles)) == pytest.approx(VEHICLE.steering_rate_max * DT)
    assert angles[-1] == pytest.approx(1.0)


def test_wheels_stop_at_their_lock() -> None:
    assert drive((0.0, 0.0, 0.0, 0.0, 0.0), 5.0, 0.0, 5.0)[-1][4] == pytest.approx(VEHICLE.steering_max)


def test_tyres_bound_the_lateral_acceleration() -> None:
    speed = 30.0
    _, _, _, _, _, _, yaw_rate = integrate(0.0, 0.0, 0.0, speed, 0.3, 0.3, 0.0, VEHICLE, DT)
    assert yaw_rate * speed == pytest.approx(VEHICLE.grip)
    slow = 5.0
    _, _, _, _, _, _, yaw_rate = integrate(0.0, 0.0, 0.0, slow, 0.1, 0.1, 0.0, VEHICLE, DT)
    assert yaw_rate == pytest.approx(slow * math.tan(0.1) / VEHICLE.wheelbase), "slow bends are kinematic"


def test_braking_leaves_less_grip_for_the_bend() -> None:
    *_, acceleration, yaw_rate = integrate(0.0, 0.0, 0.0, 30.0, 0.3, 0.3, -4.0, VEHICLE, DT)
    speed = 30.0 + 0.5 * acceleration * DT
    assert math.hypot(acceleration, yaw_rate * speed) == pytest.approx(VEHICLE.grip)


@pytest.mark.parametrize("target", [0.0, 4.0, 10.0])
def test_speed_controller_reaches_its_target_without_overshoot(target: float) -> None:
    speed, seen = 7.0, []
    for _ in range(500):
        speed = max(speed + acceleration_command(speed, target, VEHICLE) * DT, 0.0)
        seen.append(speed)
    assert seen[-1] == pytest.approx(target, abs=1e-3)
    assert min(seen) >= min(7.0, target) - 1e-9
    assert max(seen) <= max(7.0, target) + 1e-9
