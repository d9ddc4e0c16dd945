"""Where a car's episode begins, drawn from the car's own generator."""

from dataclasses import dataclass

import numpy as np

from sim.config import EnvConfig
from sim.roads.geometry import segment_index, to_map
from sim.roads.road import Road
from sim.types import ROAD_ORIGIN_X, ROAD_ORIGIN_Y, FloatArray

OPEN_ROUTE_MIN = 60.0  # m that are left of an open road, at the least, when a car starts at random


@dataclass(frozen=True)
class Placement:
    """A start: a pose on the road, a speed and the length of the route from there."""

    station: float  # m, s of the rear axle
    offset: float  # m, from the lane's centre
    heading_error: float  # rad
    speed: float  # m/s
    route_length: float  # m along the lane


def draw_road_seed(config: EnvConfig, random: np.random.Generator) -> int:
    """One of the configured road seeds, each as likely as the other."""
    return int(random.integers(config.roads.first_seed, config.roads.last_seed + 1))


def place(config: EnvConfig, road: Road, random: np.random.Generator) -> Placement:
    """The start of an episode; at the beginning of the road, standing in the lane, or anywhere on it."""
    first, last = road.route_bounds
    if config.task.start == "beginning":
        return Placement(first, 0.0, 0.0, 0.0, road.lane_distance(first, last))
    task = config.task
    station = float(random.uniform(first, last if road.closed else last - OPEN_ROUTE_MIN))
    return Placement(
        station=station,
        offset=float(random.uniform(-task.start_offset_m, task.start_offset_m)),
        heading_error=float(random.uniform(-task.start_heading_rad, task.start_heading_rad)),
        speed=float(random.uniform(0.0, config.actions.speed_limit)),
        route_length=road.lane_distance(first, last) if road.closed else road.lane_distance(station, last),
    )


def pose(placement: Placement, road: Road, segments: FloatArray, geometry: FloatArray) -> tuple[float, float, float]:
    """World position of the rear axle [m] and heading [rad] of a start on a road's rows of ``RoadArrays``."""
    index = int(segment_index(geometry, int(placement.station / road.line.step)))
    x, y, heading = to_map(segments, index, placement.station, road.lane_offset + placement.offset)
    return x + geometry[ROAD_ORIGIN_X], y + geometry[ROAD_ORIGIN_Y], heading + placement.heading_error
