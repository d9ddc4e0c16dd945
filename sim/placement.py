"""Where a car's episode begins, from numbers that the car's own generator drew."""

from sim.config import EnvConfig
from sim.judge import in_town
from sim.kernels import kernel
from sim.roads.geometry import lane_distance, segment_index, to_map
from sim.task import RUNNING
from sim.types import (
    ROUTE_CLOSED,
    ROUTE_END,
    ROUTE_LANE,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_START,
    ROUTE_STEP,
)

OPEN_ROUTE_MIN = 60.0  # m that are left of an open road, at the least, when a car starts at random
START_DRAWS = 4  # numbers from 0 to 1 that a start takes from the car's generator


def road_seed(config: EnvConfig, draw: float) -> int:
    """One of the configured road seeds, each as likely as the other; ``draw`` lies between 0 and 1."""
    roads = config.roads
    return roads.first_seed + int(draw * (roads.last_seed - roads.first_seed + 1))


@kernel
def start_of(draws, geometry, task):
    """Station of the rear axle [m], lateral offset [m], heading error [rad] and speed [m/s] of a start.

    At the beginning of the route, standing in the lane; or anywhere on it with an error, at any speed.
    """
    first, last = geometry[ROUTE_START], geometry[ROUTE_END]
    if not task.random_start:
        return first, 0.0, 0.0, 0.0
    latest = last if geometry[ROUTE_CLOSED] > 0.0 else max(last - OPEN_ROUTE_MIN, first)
    station = first + draws[0] * (latest - first)
    offset = (2.0 * draws[1] - 1.0) * task.start_offset_m
    heading_error = (2.0 * draws[2] - 1.0) * task.start_heading_rad
    return station, offset, heading_error, draws[3] * task.wanted_speed


@kernel
def place_car(i, draws, core):
    """Puts car ``i`` on its route and begins its episode."""
    telemetry, episode, row = core.telemetry, core.episode, core.episode.route[i]
    segments, geometry = core.route.segments[row], core.route.geometry[row]
    station, offset, heading_error, speed = start_of(draws, geometry, core.task)
    if in_town(core):
        station = geometry[ROUTE_START]
    index = segment_index(geometry, int(station / geometry[ROUTE_STEP]))
    x, y, heading = to_map(segments, index, station, geometry[ROUTE_LANE] + offset)
    telemetry.x[i], telemetry.y[i] = x + geometry[ROUTE_ORIGIN_X], y + geometry[ROUTE_ORIGIN_Y]
    telemetry.heading[i], telemetry.speed[i] = heading + heading_error, speed
    telemetry.steering_angle[i] = telemetry.acceleration[i] = telemetry.yaw_rate[i] = 0.0
    telemetry.progress[i], telemetry.steps[i] = 0.0, 0
    route_start = geometry[ROUTE_START] if geometry[ROUTE_CLOSED] > 0.0 else station
    episode.route_length[i] = lane_distance(segments, geometry, route_start, geometry[ROUTE_END])
    episode.segment[i] = index
    episode.rewards[i] = 0.0
    episode.reward_terms[i, :] = 0.0
    episode.terminated[i] = episode.truncated[i] = False
    episode.ended_by[i] = RUNNING
