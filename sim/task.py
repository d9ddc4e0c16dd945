"""What the car should do: follow its lane at the wanted speed. How an episode pays and what ends it.

The reward of a step is the sum of these terms, each reported under its name:

| term      | value                                                                              | range       |
|-----------|------------------------------------------------------------------------------------|-------------|
| progress  | distance along the lane / distance at the wanted speed; outside the lane at most 0 | -1 .. 1     |
| offset    | -offset_weight x (lateral offset / half a lane)^2                                  | -1 .. 0     |
| heading   | -heading_weight x (heading error / 0.5 rad)^2                                      | -0.2 .. 0   |
| steering  | -steering_weight x change of the steering angle / greatest change in a step        | -0.02 .. 0  |
| departure | -departure_penalty in the step in which the car leaves the road                    | -1 or 0     |

Squares are capped at 1. Nothing is earned outside the lane, so cutting a bend never pays. Standing still pays nothing
or less, reversing the direction of travel pays negative progress, and a circle's progress adds up to nothing.

Leaving the road terminates. Completing the route and the time limit truncate: both end the drive from outside, and
what lay ahead was as good as before, so a learner may bootstrap.
"""

import math

from sim.config import CONTROL_PERIOD, EnvConfig
from sim.kernels import kernel
from sim.types import TaskParameters
from sim.vehicle import clamp

REWARD_TERMS = ("progress", "offset", "heading", "steering", "departure")
ENDINGS = ("", "off_road", "completed", "time_limit")
RUNNING, OFF_ROAD, COMPLETED, TIME_LIMIT = range(4)

HEADING_SCALE = 0.5  # rad; an error that takes a car out of its lane within 4 m
END_TOLERANCE = 5.0  # m beyond an open road's ends that still count as on the road


def task_parameters(config: EnvConfig) -> TaskParameters:
    """The task as compiled code takes it."""
    task = config.task
    weights = ("offset_weight", "heading_weight", "steering_weight", "departure_penalty")
    start = ("start_offset_m", "start_heading_rad")
    return TaskParameters(
        wanted_speed=float(config.actions.speed_limit),
        most_steps=math.ceil(task.time_limit_s / CONTROL_PERIOD - 0.5),
        random_start=task.start == "random",
        **{name: float(getattr(task, name)) for name in (*weights, *start)},
    )


@kernel
def progress_term(advance, lateral_offset, lane_width, task):
    """Reward for ``advance`` [m] along the lane in one control step; forward progress counts within the lane alone."""
    most = 1.0 if abs(lateral_offset) <= 0.5 * lane_width else 0.0
    return clamp(advance / (task.wanted_speed * CONTROL_PERIOD), -1.0, most)


@kernel
def offset_term(lateral_offset, lane_width, task):
    """Penalty for distance from the lane's centre [m]."""
    share = min(abs(lateral_offset) / (0.5 * lane_width), 1.0)
    return -task.offset_weight * share * share


@kernel
def heading_term(heading_error, task):
    """Penalty for pointing away from the lane [rad]."""
    share = min(abs(heading_error) / HEADING_SCALE, 1.0)
    return -task.heading_weight * share * share


@kernel
def steering_term(steering_change, vehicle, task):
    """Penalty for turning the wheels by ``steering_change`` [rad] in one control step."""
    return -task.steering_weight * min(abs(steering_change) / (vehicle.steering_rate_max * CONTROL_PERIOD), 1.0)


@kernel
def ending(beside, station, progress, steps, route_length, road_length, closed, task):
    """What ends the episode now: RUNNING, OFF_ROAD, COMPLETED or TIME_LIMIT.

    Args:
        beside: Whether the car's centre is beside the paved surface.
        station: Its station [m].
        progress: Distance along the lane since the start [m].
        steps: Control steps since the start.
        route_length: Distance at which the route is completed [m].
        road_length: Length of the centreline [m].
        closed: Whether the road has no ends.
        task: Parameters of the task.
    """
    beyond_ends = not closed and (station < -END_TOLERANCE or station > road_length + END_TOLERANCE)
    if beside or beyond_ends:
        return OFF_ROAD
    if progress >= route_length:
        return COMPLETED
    if steps >= task.most_steps:
        return TIME_LIMIT
    return RUNNING


@kernel
def signed_advance(station, last_station, road_length, closed):
    """Distance along the centreline from one station to the next [m], the short way round on a closed road."""
    advance = station - last_station
    if closed:
        advance -= road_length * math.floor(advance / road_length + 0.5)
    return advance
