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

In a town, the wanted speed is the one that a careful driver may drive at each place (limit, bends), and two terms are
added:

| term      | value                                                                              | range       |
|-----------|------------------------------------------------------------------------------------|-------------|
| red_light | -red_light_penalty in the step in which the car's rear crosses the line at red     | -1 or 0     |
| stop_sign | -stop_sign_penalty where it crosses a stop sign's line without having stood there   | -0.25 or 0  |

Waiting earns nothing and costs nothing. Running a red light and leaving the route inside a junction terminate as well,
and so does standing for long where no signal is red.
"""

import math

from sim.config import CONTROL_PERIOD, EnvConfig
from sim.kernels import kernel
from sim.types import TaskParameters
from sim.vehicle import clamp

REWARD_TERMS = ("progress", "offset", "heading", "steering", "departure")
TOWN_REWARD_TERMS = (*REWARD_TERMS, "red_light", "stop_sign")
ENDINGS = ("", "off_road", "completed", "time_limit", "off_route", "red_light", "blocked")
RUNNING, OFF_ROAD, COMPLETED, TIME_LIMIT, OFF_ROUTE, RED_LIGHT, BLOCKED = range(7)
INFRACTIONS = ("red_light", "stop_sign")
RED_LIGHTS, STOP_SIGNS = range(2)

HEADING_SCALE = 0.5  # rad; an error that takes a car out of its lane within 4 m
END_TOLERANCE = 5.0  # m beyond an open road's ends that still count as on the road


def task_parameters(config: EnvConfig) -> TaskParameters:
    """The task as compiled code takes it."""
    task = config.task
    weights = ("offset_weight", "heading_weight", "steering_weight", "departure_penalty")
    start = ("start_offset_m", "start_heading_rad")
    return TaskParameters(
        wanted_speed=float(config.actions.speed_limit),
        most_steps=whole_steps(task.time_limit_s),
        random_start=task.start == "random",
        arrow=config.roads.kind == "town" and config.observation == "camera",
        red_light_penalty=float(config.town.red_light_penalty),
        stop_sign_penalty=float(config.town.stop_sign_penalty),
        most_idle_steps=whole_steps(config.town.blocked_s),
        **{name: float(getattr(task, name)) for name in (*weights, *start)},
    )


def reward_terms(config: EnvConfig) -> tuple[str, ...]:
    """Names of the reward's terms."""
    return TOWN_REWARD_TERMS if config.roads.kind == "town" else REWARD_TERMS


def whole_steps(seconds: float) -> int:
    """Control steps that last about so long."""
    return math.ceil(seconds / CONTROL_PERIOD - 0.5)


@kernel
def progress_term(advance, lateral_offset, lane_width, wanted_speed):
    """Reward for ``advance`` [m] along the lane in one control step; forward progress counts within the lane alone."""
    most = 1.0 if abs(lateral_offset) <= 0.5 * lane_width else 0.0
    return clamp(advance / (wanted_speed * CONTROL_PERIOD), -1.0, most)


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
