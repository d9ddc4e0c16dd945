"""One control step of all cars in one compiled call: integrate, locate, judge, render.

Each function below looks after one car; ``advance_share`` is the one loop over them. Whatever a car reads belongs to
that car or is constant during the call, so its result depends neither on the other cars nor on the threads.
"""

import math

import numba
import numpy as np

from sim.camera.arrow import draw_arrow
from sim.camera.look import draw_look
from sim.camera.renderer import render_from, scratch_of
from sim.camera.stack import fill_ring, write_stack
from sim.config import CONTROL_PERIOD, PHYSICS_SUBSTEPS
from sim.forks import was_forked
from sim.judge import begin_trip, in_town, judge_car
from sim.kernels import inlined, kernel, parallel_kernel
from sim.network.network import FOLLOW
from sim.placement import START_DRAWS, place_car
from sim.roads.geometry import nearest_segment, segment_index, to_road, wrap_angle
from sim.task import (
    RUNNING,
    TIME_LIMIT,
)
from sim.types import (
    CURVATURE_LOOKAHEAD,
    ROUTE_LANE,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_STEP,
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_STATION,
    ByteArray,
    Core,
    FloatArray,
    IntArray,
)
from sim.vehicle import acceleration_command, integrate

PHYSICS_PERIOD = CONTROL_PERIOD / PHYSICS_SUBSTEPS
SEARCH_REACH = 12  # segments; a car at 60 m/s passes 6 in a control step
NO_COMMANDS = np.zeros((0, 2))


@inlined
def integrate_car(i, steering_command, target_speed, telemetry, vehicle):
    """Moves car ``i`` through one control step; returns the change of its steering angle [rad]."""
    x, y, heading = telemetry.x[i], telemetry.y[i], telemetry.heading[i]
    speed, steering_angle = telemetry.speed[i], telemetry.steering_angle[i]
    before = steering_angle
    acceleration, yaw_rate = 0.0, 0.0
    for _ in range(PHYSICS_SUBSTEPS):
        wanted = acceleration_command(speed, target_speed, vehicle)
        x, y, heading, speed, steering_angle, acceleration, yaw_rate = integrate(
            x, y, heading, speed, steering_angle, steering_command, wanted, vehicle, PHYSICS_PERIOD
        )
    telemetry.x[i], telemetry.y[i], telemetry.heading[i] = x, y, heading
    telemetry.speed[i], telemetry.steering_angle[i] = speed, steering_angle
    telemetry.acceleration[i], telemetry.yaw_rate[i] = acceleration, yaw_rate
    telemetry.steps[i] += 1
    return steering_angle - before


@inlined
def locate_car(i, telemetry, episode, route, vehicle, reach):
    """Finds car ``i`` on its route, looking ``reach`` segments around its last one; returns its centre's d [m]."""
    row = episode.route[i]
    segments, geometry = route.segments[row], route.geometry[row]
    heading = telemetry.heading[i]
    x = telemetry.x[i] + vehicle.l_r * math.cos(heading) - geometry[ROUTE_ORIGIN_X]
    y = telemetry.y[i] + vehicle.l_r * math.sin(heading) - geometry[ROUTE_ORIGIN_Y]
    index = nearest_segment(segments, geometry, x, y, episode.segment[i], reach)
    s, d = to_road(segments, index, x, y)
    from_middle = s - segments[index, SEGMENT_STATION]
    road_heading = math.atan2(segments[index, SEGMENT_SIN], segments[index, SEGMENT_COS])
    road_heading += from_middle * segments[index, SEGMENT_CURVATURE]
    episode.segment[i] = index
    telemetry.station[i] = s
    telemetry.lateral_offset[i] = d - geometry[ROUTE_LANE]
    telemetry.heading_error[i] = wrap_angle(heading - road_heading)
    for k, distance in enumerate(CURVATURE_LOOKAHEAD):
        ahead = segment_index(geometry, index + round(distance / geometry[ROUTE_STEP]))
        telemetry.curvature_ahead[i, k] = segments[ahead, SEGMENT_CURVATURE]
    return d


@kernel
def see_car(i, told, telemetry, episode, ground, scenery, camera, scratch, history, frames):
    """Renders the newest frame of car ``i``; an episode begins with a stack of that frame.

    The navigator's arrow for the command that is ``told`` lies over it, unless that is FOLLOW.
    """
    if history.shape[0] == 0:
        _render_car(i, told, telemetry, episode, ground, scenery, camera, scratch, frames[i])
        return
    ring = history[i]
    newest = telemetry.steps[i] % ring.shape[0]
    _render_car(i, told, telemetry, episode, ground, scenery, camera, scratch, ring[newest])
    if telemetry.steps[i] == 0:
        fill_ring(ring, newest)
    write_stack(ring, newest, frames[i])


@kernel
def _render_car(i, told, telemetry, episode, ground, scenery, camera, scratch, picture):
    """Renders what the camera on car ``i`` sees now, with a worker's ``scratch``."""
    pose, slot = (telemetry.x[i], telemetry.y[i], telemetry.heading[i]), episode.slot[i]
    step = telemetry.steps[i]
    clock = episode.clock[i] + step
    render_from(pose, step, clock, ground, scenery, slot, episode.looks[i], camera, scratch, picture)
    if told != FOLLOW:
        draw_arrow(camera.arrows[told - 1], picture)


@inlined
def told_by_arrow(i, core):
    """The command that an arrow in the frame of car ``i`` tells, FOLLOW where there is none."""
    if not core.task.arrow:
        return FOLLOW
    return np.int64(core.rules.commands[core.episode.route[i], core.episode.segment[i]])


@inlined
def drive_car(i, commands, core):
    """Integrates, locates and judges car ``i``."""
    steering_change = integrate_car(i, commands[i, 0], commands[i, 1], core.telemetry, core.vehicle)
    last_station = core.telemetry.station[i]
    d = locate_car(i, core.telemetry, core.episode, core.route, core.vehicle, SEARCH_REACH)
    judge_car(i, d, last_station, steering_change, core)


@inlined
def begin_car(i, core):
    """Places car ``i`` and draws how its road looks today, from its row of ``core.draws``."""
    draws, looks = core.draws[i, 1:], core.episode.looks
    place_car(i, draws, core)
    draw_look(core.ground.looks[core.episode.slot[i]], core.appearance, draws[START_DRAWS:], looks[i])
    locate_car(i, core.telemetry, core.episode, core.route, core.vehicle, SEARCH_REACH)
    if in_town(core):
        begin_trip(i, core)


@inlined
def _advance_car(i, drive, restart, anew, commands, core, room, frames):
    """One control step of car ``i``; see ``advance``."""
    running = core.episode.ended_by[i] == RUNNING
    if running and drive:
        drive_car(i, commands, core)
    elif restart and not running:
        begin_car(i, core)
    elif drive:
        core.episode.rewards[i] = 0.0
        core.episode.reward_terms[i, :] = 0.0
    if anew or (running and drive) or (restart and not running):
        told = told_by_arrow(i, core)
        see_car(
            i,
            told,
            core.telemetry,
            core.episode,
            core.ground,
            core.scenery,
            core.camera,
            room,
            core.history,
            frames,
        )


@kernel
def advance_share(worker, workers, cars, drive, restart, anew, commands, core, frames):
    """One control step of a worker's share of ``cars``."""
    room = scratch_of(core.scratch, worker)
    for k in range(worker * len(cars) // workers, (worker + 1) * len(cars) // workers):
        _advance_car(cars[k], drive, restart, anew, commands, core, room, frames)


def _advance_shares(
    cars,
    restart,
    anew,
    commands,
    frames,
    draws,
    telemetry,
    episode,
    ground,
    route,
    rules,
    scenery,
    vehicle,
    task,
    appearance,
    camera,
    scratch,
    history,
):
    """One control step of ``cars``, of which every worker looks after its share.

    The loop over cars is a function of its own: Numba counts references in the body of a parallel loop, and threads
    that count the same ones wait for each other. It takes the worker's number as the serial form does, so that it need
    not be compiled for a parallel loop's unsigned numbers, too. The fields of ``Core`` come one by one because such a
    loop takes no tuples of tuples.
    """
    workers = scratch.cell.shape[0]
    for worker in numba.prange(workers):
        core = Core(
            draws,
            telemetry,
            episode,
            ground,
            route,
            rules,
            scenery,
            vehicle,
            task,
            appearance,
            camera,
            scratch,
            history,
        )
        advance_share(np.int64(worker), workers, cars, True, restart, anew, commands, core, frames)


advance_shares = parallel_kernel(_advance_shares)


def advance(cars: IntArray, restart: bool, anew: bool, commands: FloatArray, core: Core, frames: ByteArray) -> None:
    """One control step of ``cars`` (K,), on as many threads as ``core.scratch`` has room for.

    A car whose episode has ended begins a new one from its row of ``core.draws`` if ``restart`` is true; otherwise it
    stays as it is, earns nothing, and is rendered only if all frames are made ``anew``. One car needs no threads:
    starting them costs more than it saves.
    """
    if core.scratch.cell.shape[0] == 1 or was_forked():
        advance_share(0, 1, cars, True, restart, anew, commands, core, frames)
    else:
        advance_shares(cars, restart, anew, commands, frames, *core)


def begin(cars: IntArray, core: Core, frames: ByteArray) -> None:
    """Begins episodes of ``cars`` (K,) from their rows of ``core.draws`` on the roads that they were given."""
    cars = np.array(cars, dtype=np.int64)
    core.episode.ended_by[cars] = TIME_LIMIT
    advance_share(0, 1, cars, False, True, False, NO_COMMANDS, core, frames)


def see(cars: IntArray, core: Core, frames: ByteArray) -> None:
    """Renders what ``cars`` (K,) see now."""
    advance_share(0, 1, np.array(cars, dtype=np.int64), False, False, True, NO_COMMANDS, core, frames)
