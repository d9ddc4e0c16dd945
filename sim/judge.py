"""What a step earns on a road and in a town, and whether it ends the episode; a car at a time."""

import math

import numpy as np

from sim.kernels import inlined
from sim.network.network import STOP_ALWAYS, STOP_AT_SIGNAL
from sim.network.signals import GREEN, RED, program_state
from sim.task import (
    BLOCKED,
    COMPLETED,
    OFF_ROAD,
    OFF_ROUTE,
    RED_LIGHT,
    RED_LIGHTS,
    RUNNING,
    STOP_SIGNS,
    TIME_LIMIT,
    ending,
    heading_term,
    offset_term,
    progress_term,
    signed_advance,
    steering_term,
)
from sim.types import (
    EDGE_LANE_WIDTH,
    EDGE_LEFT,
    EDGE_RIGHT,
    ROUTE_CLOSED,
    ROUTE_LANE,
    ROUTE_SEGMENTS,
    ROUTE_STEP,
    SEGMENT_CURVATURE,
)

STANDING = 0.2  # m/s; below it, a car stands
BEFORE_LINE = 3.0  # m from a stop sign's line within which the car's front has to have stood
START_BRAKING = 2.5  # m/s^2
CLOCK_STEPS = 36_000  # an hour, within which a scene's clock begins
IN_QUEUE = 40.0  # m before a red light within which standing has a reason


@inlined
def judge_car(i, d, last_station, steering_change, core):
    """Pays car ``i`` for the step and says whether its episode ended; its centre lies at ``d`` [m]."""
    telemetry, episode, task = core.telemetry, core.episode, core.task
    row, segment = episode.route[i], episode.segment[i]
    geometry, edges = core.route.geometry[row], core.route.edges[row, segment]
    closed = geometry[ROUTE_CLOSED] > 0.0
    road_length = geometry[ROUTE_SEGMENTS] * geometry[ROUTE_STEP]
    lane_per_road = 1.0 - core.route.segments[row, segment, SEGMENT_CURVATURE] * geometry[ROUTE_LANE]
    advance = lane_per_road * signed_advance(telemetry.station[i], last_station, road_length, closed)
    telemetry.progress[i] += advance
    ended = ending(
        d < edges[EDGE_RIGHT] or d > edges[EDGE_LEFT],
        telemetry.station[i],
        telemetry.progress[i],
        telemetry.steps[i],
        episode.route_length[i],
        road_length,
        closed,
        task,
    )
    terms = episode.reward_terms[i]
    lateral_offset, lane_width, wanted_speed = telemetry.lateral_offset[i], edges[EDGE_LANE_WIDTH], task.wanted_speed
    extra = 0.0
    if in_town(core):
        wanted_speed = min(wanted_speed, core.rules.allowed_speeds[row, segment])
        red_light, stop_sign = _cross_lines(i, core)
        ended = _ending_in_town(i, ended, red_light, core)
        terms[5] = -task.red_light_penalty if red_light else 0.0
        terms[6] = -task.stop_sign_penalty if stop_sign else 0.0
        extra = terms[5] + terms[6]
    terms[0] = progress_term(advance, lateral_offset, lane_width, wanted_speed)
    terms[1] = offset_term(lateral_offset, lane_width, task)
    terms[2] = heading_term(telemetry.heading_error[i], task)
    terms[3] = steering_term(steering_change, core.vehicle, task)
    terms[4] = -task.departure_penalty if ended in (OFF_ROAD, OFF_ROUTE) else 0.0
    episode.rewards[i] = terms[0] + terms[1] + terms[2] + terms[3] + terms[4] + extra
    episode.ended_by[i] = ended
    episode.truncated[i] = ended in (COMPLETED, TIME_LIMIT)
    episode.terminated[i] = ended != RUNNING and not episode.truncated[i]


@inlined
def begin_trip(i, core):
    """Sets the scene's clock, and finds the first stop line that lies before car ``i``.

    It starts no faster than it can stop there.
    """
    telemetry, episode, row = core.telemetry, core.episode, core.episode.route[i]
    episode.clock[i] = int(core.draws[i, core.draws.shape[1] - 1] * CLOCK_STEPS)
    episode.next_stop[i], episode.idle[i], episode.stood[i] = 0, 0, False
    episode.infractions[i, :] = 0
    stations, rear = core.rules.stop_stations[row], rear_of(i, core)
    while episode.next_stop[i] < core.rules.stop_counts[row] and stations[episode.next_stop[i]] < rear:
        episode.next_stop[i] += 1
    stopping = math.sqrt(2.0 * START_BRAKING * max(to_line(i, core) - 1.0, 0.0))
    allowed = core.rules.allowed_speeds[row, episode.segment[i]]
    telemetry.speed[i] = min(telemetry.speed[i], allowed, stopping)


@inlined
def in_town(core):
    """Whether the cars drive in towns, with trips of their own."""
    return core.rules.allowed_speeds.shape[0] > 0


@inlined
def rear_of(i, core):
    """Station of the car's rear [m]; the axles lie midway along the body."""
    vehicle = core.vehicle
    return core.telemetry.station[i] - vehicle.l_r + 0.5 * (vehicle.wheelbase - vehicle.length)


@inlined
def _cross_lines(i, core):
    """Lets the car's rear pass stop lines; returns whether it ran a red light, and whether it ran a stop sign."""
    episode, row, rear = core.episode, core.episode.route[i], rear_of(i, core)
    stations, count = core.rules.stop_stations[row], core.rules.stop_counts[row]
    red_light = stop_sign = False
    while episode.next_stop[i] < count and stations[episode.next_stop[i]] < rear:
        kind = core.rules.stop_kinds[row, episode.next_stop[i]]
        red_light = red_light or (kind == STOP_AT_SIGNAL and _shown(i, core) == RED)
        stop_sign = stop_sign or (kind == STOP_ALWAYS and not episode.stood[i])
        episode.next_stop[i] += 1
        episode.stood[i] = False
    episode.infractions[i, RED_LIGHTS] += red_light
    episode.infractions[i, STOP_SIGNS] += stop_sign
    return red_light, stop_sign


@inlined
def _ending_in_town(i, ended, red_light, core):
    """What ends the episode, where the rules of a town hold as well; counts how long the car stands for nothing."""
    episode = core.episode
    standing = core.telemetry.speed[i] < STANDING
    episode.stood[i] = episode.stood[i] or (standing and -1.0 <= to_line(i, core) <= BEFORE_LINE)
    episode.idle[i] = episode.idle[i] + 1 if standing and not _waits(i, core) else 0
    if ended == OFF_ROAD and core.rules.inside[episode.route[i], episode.segment[i]]:
        return OFF_ROUTE
    if ended == OFF_ROAD or not (red_light or episode.idle[i] > core.task.most_idle_steps):
        return ended
    return RED_LIGHT if red_light else BLOCKED


@inlined
def to_line(i, core):
    """Way from the car's front to the next stop line [m], negative beyond it; infinite without one."""
    row, stop = core.episode.route[i], core.episode.next_stop[i]
    if stop >= core.rules.stop_counts[row]:
        return np.inf
    return core.rules.stop_stations[row, stop] - rear_of(i, core) - core.vehicle.length


@inlined
def _waits(i, core):
    """Whether a signal that is not green lies ahead."""
    row, stop = core.episode.route[i], core.episode.next_stop[i]
    if to_line(i, core) > IN_QUEUE or core.rules.stop_kinds[row, stop] != STOP_AT_SIGNAL:
        return False
    return _shown(i, core) != GREEN


@inlined
def _shown(i, core):
    """What the signal at the next stop line shows now."""
    row, stop, slot = core.episode.route[i], core.episode.next_stop[i], core.episode.slot[i]
    now = core.episode.clock[i] + core.telemetry.steps[i]
    return program_state(core.scenery.programs[slot, core.rules.stop_groups[row, stop]], now)
