"""Compiles the simulation where that was not done before, and says how far it is."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.config import EnvConfig, RoadsConfig, TownConfig
from sim.core import draws_of, make_core
from sim.network.routes import write_route
from sim.numba_private import is_compiled
from sim.pool import RoadPool
from sim.roads.cells import paint_cells
from sim.step import NO_COMMANDS, advance, advance_share, advance_shares
from sim.town_pool import TownPool

SMALL = EnvConfig(roads=RoadsConfig(pool_size=1, preload=False))
SMALL_TOWN = EnvConfig(roads=RoadsConfig(kind="town", last_seed=0), town=TownConfig(size_m=300.0))


class Part(NamedTuple):
    """Something that is compiled by using it once."""

    name: str
    kernel: Any
    """The one that is compiled last."""
    seconds: float
    """How long that takes on the machine of docs/performance.md, when the parts before are there."""
    use: Callable[[], object]


def missing(parts: Sequence[Part]) -> list[Part]:
    """Those that were not compiled before."""
    return [part for part in parts if not is_compiled(part.kernel)]


def compile_simulation(threads: bool, in_town: bool = False) -> None:
    """Compiles what a world needs, with threads or without, unless it is compiled; says so on the standard error."""
    parts = missing([TOWNS if in_town else ROADS, ONE_CAR, *([SEVERAL_CARS] if threads else [])])
    expected, done, begin = sum(part.seconds for part in parts), 0.0, time.perf_counter()
    if parts:
        say(f"Dashcam compiles its simulation for this machine, once: {expected:.0f} s or more ...")
    for part in parts:
        part.use()
        done += part.seconds
        passed = time.perf_counter() - begin
        rest = f", about {passed / done * (expected - done):.0f} s to go" if done < expected else ""
        say(f"  {part.name}: after {passed:.0f} s{rest}")


def say(line: str) -> None:
    """Tells the user on the standard error, now."""
    print(line, file=sys.stderr, flush=True)


def build_road() -> None:
    """Compiles what lays out and draws roads."""
    RoadPool(SMALL.roads, 1).acquire(0)


def drive(cars: int) -> None:
    """Compiles a control step, on a thread for each of the cars; there need not be a road for that."""
    core = make_core(SMALL, cars, cars, RoadPool(SMALL.roads, 1).arrays())
    frames = np.zeros((cars, *SMALL.camera.observation_shape), dtype=np.uint8)
    advance(np.empty(0, dtype=np.int64), True, False, NO_COMMANDS, core, frames)


def build_small_town() -> None:
    """Compiles what lays out and paints towns, and finds ways through them."""
    pool = TownPool(SMALL_TOWN, 1, 1)
    pool.lay_route(0, pool.acquire(0), np.full(draws_of(SMALL_TOWN), 0.5), None)


ROADS = Part("roads", paint_cells, 4.0, build_road)
TOWNS = Part("towns and routes", write_route, 28.0, build_small_town)
ONE_CAR = Part("one car and its camera", advance_share, 60.0, lambda: drive(1))
SEVERAL_CARS = Part("several cars on threads", advance_shares, 26.0, lambda: drive(2))
