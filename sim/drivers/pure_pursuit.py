"""A driver that knows the road: the ceiling of every comparison.

Pure pursuit (Coulter, "Implementation of the Pure Pursuit Path Tracking Algorithm", CMU-RI-TR-92-01, 1992): with the
target point on the lane's centre at distance D and angle alpha from the rear axle, the arc through it has the steering
angle atan(2 wheelbase sin(alpha) / D). Speed follows the sharpest curvature ahead: v = sqrt(a / |curvature|).

Turns of files are tighter than any bend that is drawn, and need more care: the car is as slow in them that it can turn
its wheels in time, and early enough: v^2 = a / |curvature| + 2 b s, for a turn in the distance s and braking with b.
"""

import math

import numpy as np

from sim.kernels import kernel
from sim.roads.geometry import segment_index, to_map
from sim.types import (
    ROUTE_LANE,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_STEP,
    SEGMENT_CURVATURE,
    SEGMENT_STATION,
    FloatArray,
)
from sim.world import World

LOOKAHEAD_TIME = 0.6  # s
MIN_LOOKAHEAD = 4.0  # m; shorter ones make the car weave
MAX_LATERAL_ACCELERATION = 3.0  # m/s^2, ISO 11270 for lane keeping
TURN_CURVATURE = 1.0 / 12.0  # 1/m; what is tighter is a turn
TURN_LATERAL_ACCELERATION = 2.2  # m/s^2; the wheels then have time for 0.5 rad on the first metres of a right angle
TURN_BRAKING, TURN_MARGIN = 2.5, 3.0  # m/s^2, m; the speed controller follows a falling target by some metres
TURN_LOOKAHEAD = 25  # segments of about 1 m; braking from 10 m/s takes 20 m
CAR = 3  # segments behind the car's centre on which its rear axle still turns


class PurePursuitDriver:
    """Steers for a point on the lane's centre ahead and slows down for bends."""

    name = "pure-pursuit"

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        commands = np.empty((world.num_cars, 2))
        pursue(world.core, world.config.actions.speed_limit, commands)
        return commands


@kernel
def pursue(core, speed_limit, commands):
    """Writes the commands of every car to ``commands`` (N, 2)."""
    telemetry, episode = core.telemetry, core.episode
    for i in range(commands.shape[0]):
        segments, geometry = core.route.segments[episode.route[i]], core.route.geometry[episode.route[i]]
        commands[i, 0] = pursuit_angle(i, core)
        sharpest = max(abs(telemetry.curvature_ahead[i, 0]), abs(telemetry.curvature_ahead[i, 1]))
        fastest = min(speed_limit, math.sqrt(MAX_LATERAL_ACCELERATION / max(sharpest, 1e-6)))
        commands[i, 1] = min(fastest, _turn_speed(segments, geometry, episode.segment[i]))


@kernel
def pursuit_angle(i, core):
    """Steering angle [rad] towards the point on the lane's centre that car ``i`` aims at."""
    telemetry, episode = core.telemetry, core.episode
    segments, geometry = core.route.segments[episode.route[i]], core.route.geometry[episode.route[i]]
    lookahead = max(LOOKAHEAD_TIME * telemetry.speed[i], MIN_LOOKAHEAD)
    ahead = segment_index(geometry, episode.segment[i] + round((lookahead - core.vehicle.l_r) / geometry[ROUTE_STEP]))
    x, y, _ = to_map(segments, ahead, float(segments[ahead, SEGMENT_STATION]), geometry[ROUTE_LANE])
    dx = x + geometry[ROUTE_ORIGIN_X] - telemetry.x[i]
    dy = y + geometry[ROUTE_ORIGIN_Y] - telemetry.y[i]
    alpha = math.atan2(dy, dx) - telemetry.heading[i]
    return math.atan(2.0 * core.vehicle.wheelbase * math.sin(alpha) / math.hypot(dx, dy))


@kernel
def _turn_speed(segments, geometry, here):
    """Speed [m/s] from which the car can slow down for all tight turns around the segment ``here``."""
    squared = np.inf
    for k in range(-CAR, TURN_LOOKAHEAD):
        curvature = abs(segments[segment_index(geometry, here + k), SEGMENT_CURVATURE])
        if curvature > TURN_CURVATURE:
            room = max(k * geometry[ROUTE_STEP] - TURN_MARGIN, 0.0)
            squared = min(squared, TURN_LATERAL_ACCELERATION / curvature + 2.0 * TURN_BRAKING * room)
    return math.sqrt(squared)
