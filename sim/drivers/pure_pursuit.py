"""A driver that knows the road: the ceiling of every comparison.

Pure pursuit (Coulter, "Implementation of the Pure Pursuit Path Tracking Algorithm", CMU-RI-TR-92-01, 1992): with the
target point on the lane's centre at distance D and angle alpha from the rear axle, the arc through it has the steering
angle atan(2 wheelbase sin(alpha) / D). Speed follows the sharpest curvature ahead: v = sqrt(a / |curvature|).
"""

import math

import numpy as np

from sim.kernels import kernel
from sim.roads.geometry import segment_index, to_map
from sim.types import ROAD_LANE, ROAD_ORIGIN_X, ROAD_ORIGIN_Y, ROAD_STEP, SEGMENT_STATION, FloatArray
from sim.world import World

LOOKAHEAD_TIME = 0.6  # s
MIN_LOOKAHEAD = 4.0  # m; shorter ones make the car weave
MAX_LATERAL_ACCELERATION = 3.0  # m/s^2, ISO 11270 for lane keeping


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
    telemetry, episode, wheelbase = core.telemetry, core.episode, core.vehicle.wheelbase
    for i in range(commands.shape[0]):
        slot = episode.slot[i]
        segments, geometry = core.roads.segments[slot], core.roads.geometry[slot]
        lookahead = max(LOOKAHEAD_TIME * telemetry.speed[i], MIN_LOOKAHEAD)
        ahead = segment_index(
            geometry, episode.segment[i] + round((lookahead - core.vehicle.l_r) / geometry[ROAD_STEP])
        )
        x, y, _ = to_map(segments, ahead, float(segments[ahead, SEGMENT_STATION]), geometry[ROAD_LANE])
        dx = x + geometry[ROAD_ORIGIN_X] - telemetry.x[i]
        dy = y + geometry[ROAD_ORIGIN_Y] - telemetry.y[i]
        alpha = math.atan2(dy, dx) - telemetry.heading[i]
        commands[i, 0] = math.atan(2.0 * wheelbase * math.sin(alpha) / math.hypot(dx, dy))
        sharpest = max(abs(telemetry.curvature_ahead[i, 0]), abs(telemetry.curvature_ahead[i, 1]))
        commands[i, 1] = min(speed_limit, math.sqrt(MAX_LATERAL_ACCELERATION / max(sharpest, 1e-6)))
