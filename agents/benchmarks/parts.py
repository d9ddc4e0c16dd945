"""Where the time of a step goes: every part of it alone, for 64 cars on one core."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from sim.camera.objects import render_objects
from sim.camera.renderer import render_ground, road_view, scratch_of, view_of
from sim.camera.sensor import add_noise
from sim.camera.sky import render_sky
from sim.config import AppearanceConfig, EnvConfig, RoadsConfig
from sim.kernels import kernel
from sim.step import SEARCH_REACH, integrate_car, judge_car, locate_car
from sim.world import World

CARS = 64
REPEATS = 40


def profile() -> dict[str, float]:
    """Time of each part per frame [us], RGB 96 x 96, with everything switched on that can be seen."""
    appearance = AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0)
    world = World(EnvConfig(appearance=appearance, roads=RoadsConfig(preload=True)), CARS)
    world.seed(list(range(CARS)))
    world.reset()
    telemetry, episode, roads, vehicle = world.compiled_state
    camera, scratch = world.compiled_camera
    seen = (telemetry, episode, roads, camera, scratch, world.frames)
    parts: dict[str, Callable[[], Any]] = {
        "physics": lambda: _physics(telemetry, vehicle),
        "localisation": lambda: _localisation(telemetry, episode, roads, vehicle),
        "reward and ending": lambda: _judging(telemetry, episode, roads, vehicle, world.compiled_task),
        "sky and hills": lambda: _sky(*seen),
        "ground": lambda: _ground(*seen),
        "objects": lambda: _objects(*seen),
        "sensor noise": lambda: _noise(*seen),
        "reset with its frame": world.reset,
    }
    return {name: _microseconds(part) for name, part in parts.items()}


def _microseconds(part: Callable[[], Any]) -> float:
    part()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        part()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times) / CARS


@kernel
def _physics(telemetry, vehicle):
    for i in range(telemetry.x.shape[0]):
        integrate_car(i, 0.0, 8.0, telemetry, vehicle)


@kernel
def _localisation(telemetry, episode, roads, vehicle):
    for i in range(telemetry.x.shape[0]):
        locate_car(i, telemetry, episode, roads, vehicle, SEARCH_REACH)


@kernel
def _judging(telemetry, episode, roads, vehicle, task):
    for i in range(telemetry.x.shape[0]):
        judge_car(i, 0.0, telemetry.station[i], 0.0, telemetry, episode, roads, vehicle, task)


@kernel
def _view(i, telemetry, episode, roads):
    geometry = roads.geometry[episode.slot[i]]
    return view_of(telemetry.x[i], telemetry.y[i], telemetry.heading[i], 1, geometry)


@kernel
def _sky(telemetry, episode, roads, camera, scratch, frames):
    room = scratch_of(scratch, 0)
    for i in range(frames.shape[0]):
        turn, out = _view(i, telemetry, episode, roads).turn, frames[i].reshape(frames[i].size)
        render_sky(turn, camera, episode.looks[i], room, out)


@kernel
def _ground(telemetry, episode, roads, camera, scratch, frames):
    room = scratch_of(scratch, 0)
    for i in range(frames.shape[0]):
        ground, road = frames[i, camera.first_ground_row :], road_view(roads, episode.slot[i])
        view = _view(i, telemetry, episode, roads)
        render_ground(view, camera, road, episode.looks[i], room, ground.reshape(ground.size))


@kernel
def _objects(telemetry, episode, roads, camera, scratch, frames):
    room = scratch_of(scratch, 0)
    for i in range(frames.shape[0]):
        objects, view = road_view(roads, episode.slot[i]).objects, _view(i, telemetry, episode, roads)
        render_objects(view, camera, objects, episode.looks[i], room.order, room.distances, frames[i])


@kernel
def _noise(telemetry, episode, roads, camera, scratch, frames):
    for i in range(frames.shape[0]):
        add_noise(1, episode.looks[i], camera.noise, frames[i])
