"""Where the time of a step goes: every part of it alone, for 64 cars on one core."""

from collections.abc import Callable
from typing import Any

from agents.benchmarks.timing import median_time
from agents.config import EVERYTHING
from sim.camera.objects import render_objects
from sim.camera.renderer import ground_view, render_ground, scratch_of, view_of
from sim.camera.sensor import add_noise
from sim.camera.sky import render_sky
from sim.config import EnvConfig, RoadsConfig
from sim.judge import judge_car
from sim.kernels import kernel
from sim.step import SEARCH_REACH, integrate_car, locate_car
from sim.world import World

CARS = 64
REPEATS = 40


def profile() -> dict[str, float]:
    """Time of each part per frame [us], RGB 96 x 96, with everything switched on that can be seen."""
    world = World(EnvConfig(appearance=EVERYTHING, roads=RoadsConfig(preload=True)), CARS)
    world.seed(list(range(CARS)))
    world.reset()
    core, frames = world.core, world.frames
    parts: dict[str, Callable[[], Any]] = {
        "physics": lambda: _physics(core),
        "localisation": lambda: _localisation(core),
        "reward and ending": lambda: _judging(core),
        "sky and hills": lambda: _sky(core, frames),
        "ground": lambda: _ground(core, frames),
        "objects": lambda: _objects(core, frames),
        "sensor noise": lambda: _noise(core, frames),
        "reset with its frame": world.reset,
    }
    return {name: 1e6 * median_time(part, REPEATS) / CARS for name, part in parts.items()}


@kernel
def _physics(core):
    for i in range(core.telemetry.x.shape[0]):
        integrate_car(i, 0.0, 8.0, core.telemetry, core.vehicle)


@kernel
def _localisation(core):
    for i in range(core.telemetry.x.shape[0]):
        locate_car(i, core.telemetry, core.episode, core.route, core.vehicle, SEARCH_REACH)


@kernel
def _judging(core):
    for i in range(core.telemetry.x.shape[0]):
        station = core.telemetry.station[i]
        judge_car(i, 0.0, station, 0.0, core)


@kernel
def _view(i, core):
    origin = core.ground.origins[core.episode.slot[i]]
    return view_of(core.telemetry.x[i], core.telemetry.y[i], core.telemetry.heading[i], 1, origin)


@kernel
def _sky(core, frames):
    room = scratch_of(core.scratch, 0)
    for i in range(frames.shape[0]):
        turn, out = _view(i, core).turn, frames[i].reshape(frames[i].size)
        render_sky(turn, core.camera, core.episode.looks[i], room, out)


@kernel
def _ground(core, frames):
    room = scratch_of(core.scratch, 0)
    for i in range(frames.shape[0]):
        below, ground = frames[i, core.camera.first_ground_row :], ground_view(core.ground, core.episode.slot[i])
        look = core.episode.looks[i]
        render_ground(_view(i, core), core.camera, ground, look, room, below.reshape(below.size))


@kernel
def _objects(core, frames):
    room = scratch_of(core.scratch, 0)
    for i in range(frames.shape[0]):
        objects, look = ground_view(core.ground, core.episode.slot[i]).objects, core.episode.looks[i]
        render_objects(_view(i, core), core.camera, objects, look, room.order, room.distances, frames[i])


@kernel
def _noise(core, frames):
    for i in range(frames.shape[0]):
        add_noise(1, core.episode.looks[i], core.camera.noise, frames[i])
