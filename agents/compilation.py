"""Compiles what all commands use, two parts at a time, where it would else happen when each is first needed."""

import multiprocessing
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

import numpy as np
from gymnasium import spaces

from agents.learning.observed import observed_space
from agents.learning.replay import FrameReplay, gather_stacks
from sim.compilation import ONE_CAR, ROADS, SEVERAL_CARS, SMALL, SMALL_TOWN, TOWNS, Part, missing, say
from sim.config import CameraConfig
from sim.drivers.pure_pursuit import PurePursuitDriver, pursue
from sim.drivers.rule_based import RuleBasedDriver, follow_route
from sim.observation import describe
from sim.world import World

PROCESSES = 2


def compile_all() -> None:
    """Compiles every part that is missing; says on the standard error how far it is."""
    names = [part.name for part in missing(list(ALL.values()))]
    if not names:
        say("Everything is compiled.")
        return
    say(f"Compiling {len(names)} parts of Dashcam for this machine, once: a minute or more ...")
    begin = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for stage in ([name for name in names if name not in BUILT_ON_OTHERS], BUILT_ON_OTHERS & set(names)):
            _tell({pool.submit(compile_named, name): name for name in stage}, begin)


def compile_named(name: str) -> None:
    """Compiles one part in this process."""
    ALL[name].use()


def _tell(work: dict[Future[None], str], begin: float) -> None:
    for part in as_completed(work):
        part.result()
        say(f"  {work[part]}: after {time.perf_counter() - begin:.0f} s")


def _fill_replay() -> None:
    space = observed_space(SMALL)
    seen = {name: np.stack([part.sample()] * 2) for name, part in space.items()}
    replay = FrameReplay(64, space, spaces.Discrete(2), n_envs=2)
    for _ in range(4):
        replay.add(seen, None, np.zeros(2, np.int64), np.zeros(2, np.float32), np.zeros(2, np.bool_), [{}, {}])
    replay.sample(2)


def _look_around() -> None:
    world = World(SMALL, num_cars=1)
    world.reset()
    world.render(0, CameraConfig())
    PurePursuitDriver().commands(world)


def _look_around_in_town() -> None:
    world = World(SMALL_TOWN, num_cars=1)
    world.reset()
    describe(world)
    RuleBasedDriver().commands(world)


ALL = {
    part.name: part
    for part in (
        *(ONE_CAR, TOWNS, ROADS),  # what takes longest begins first
        Part("replay", gather_stacks, 3.0, _fill_replay),
        SEVERAL_CARS,
        Part("films and drivers", pursue, 3.0, _look_around),
        Part("drivers in towns", follow_route, 4.0, _look_around_in_town),
    )
}
BUILT_ON_OTHERS = {SEVERAL_CARS.name, "films and drivers", "drivers in towns"}
