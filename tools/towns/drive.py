"""Drives routes through towns and says how they ended: unseen procedural towns, or OpenDRIVE maps, a row for each.

python -m tools.towns.drive                                            # 500 unseen towns, a route in each
python -m tools.towns.drive Town01.xodr --routes 100 --driver rule-based
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import tyro
from rich.progress import track

from agents.console import figures_table, plain_console
from agents.roads.files import road_files
from agents.scoring.evaluate import BLIND
from sim.config import CONTROL_PERIOD, TEST_ROAD_SEEDS, AppearanceConfig, EnvConfig, RoadsConfig, TownConfig
from sim.defaults import DEFAULTS
from sim.drivers import DRIVERS, Driver
from sim.errors import UserError
from sim.task import RED_LIGHTS, STOP_SIGNS
from sim.types import BoolArray, FloatArray
from sim.world import ENDINGS, World

AT_ONCE = 50  # cars
TOO_FAST = 0.5  # m/s over the limit that count
WANTED = 0.95  # share of routes that a driver has to do faultlessly
COLUMNS = ("routes", "done", "at red", "no stop", "off lane", "stood s", "fast s")


@dataclass
class DriveOptions:
    """What is driven, and by whom."""

    files: tyro.conf.Positional[tuple[str, ...]] = ()
    """OpenDRIVE maps, or folders of them; by default, unseen procedural towns."""
    routes: Annotated[int, tyro.conf.arg(help="Routes through each map, or procedural towns with a route each.")] = 0
    driver: str = "rule-based"
    """Driver by name."""
    left_hand: bool = False
    """Whether traffic keeps to the left in procedural towns."""


@dataclass
class Drives:
    """What came out of some routes; arrays have shape (routes,)."""

    ended_by: list[str] = field(default_factory=list)
    infractions: list[FloatArray] = field(default_factory=list)
    outside: list[bool] = field(default_factory=list)
    """Whether the car was ever more than half a lane off its route."""
    stood: list[float] = field(default_factory=list)
    """Time for which nothing was in the way [s]."""
    too_fast: list[float] = field(default_factory=list)
    """Time over the limit [s]."""
    where: list[str] = field(default_factory=list)
    """From where to where, lane and station [m], and where the car was in the end."""

    def faultless(self) -> BoolArray:
        """Which routes were completed within the lane and without an infraction."""
        completed = np.array([ending == "completed" for ending in self.ended_by])
        return np.asarray(completed & (np.sum(self.infractions, axis=1) == 0) & ~np.array(self.outside))


def main(options: DriveOptions) -> None:
    """Prints the table and what went wrong; exits with 1 if that was more than a route in twenty."""
    driver = DRIVERS[options.driver](0) if options.driver in DRIVERS else None
    if driver is None:
        sys.exit(f"There is no driver {options.driver!r}; choose one of {', '.join(DRIVERS)}.")
    table = figures_table("town", *COLUMNS, title=f"Routes of {driver.name} through towns")
    table.columns[0].max_width = 24
    faults, enough = [], True
    for path in [str(path) for path in road_files(options.files)] if options.files else [None]:
        try:
            drives = drive(driver, _config(path, options.left_hand), options.routes or (100 if path else 500))
        except UserError as error:
            faults.append(f"Refused: {error}")
            continue
        name = path.rsplit("/")[-1] if path else "procedural"
        table.add_row(name, *_row(drives))
        faultless = drives.faultless()
        enough = enough and bool(faultless.mean() >= WANTED)
        faults += [f"{name}: {drives.where[k]}" for k in np.flatnonzero(~faultless)]
        faults.append(f"{name}: {dict(Counter(drives.ended_by))}")
    plain_console().print(table)
    for sentence in faults:
        print(sentence)
    sys.exit(0 if enough else 1)


def _config(path: str | None, left_hand: bool) -> EnvConfig:
    """A town that nobody looks at."""
    first, last = (0, 0) if path else TEST_ROAD_SEEDS
    roads = RoadsConfig(kind="town", file=path, first_seed=first, last_seed=last, pool_size=1)
    defaults = {**DEFAULTS["town"], "roads": roads}
    return EnvConfig(
        camera=BLIND, town=TownConfig(left_hand=left_hand), appearance=AppearanceConfig(scenery=False), **defaults
    )


def drive(driver: Driver, config: EnvConfig, routes: int) -> Drives:
    """Drives a route for each of so many seeds, which are those of the towns as well."""
    drives, first = Drives(), config.roads.first_seed
    batches = range(first, first + routes, AT_ONCE)
    for begin in track(batches, "driving", console=plain_console(stderr=True), transient=True):
        seeds = range(begin, min(begin + AT_ONCE, first + routes))
        world = World(config, num_cars=len(seeds))
        world.seed(seeds)
        world.reset(road_seeds=seeds)
        _drive_together(driver, world, drives)
    return drives


def _drive_together(driver: Driver, world: World, drives: Drives) -> None:
    outside, stood, too_fast = (np.zeros(world.num_cars) for _ in range(3))
    cars, episode, core = np.arange(world.num_cars), world.core.episode, world.core
    while not world.done.all():
        running = ~world.done
        world.step(driver.commands(world))
        outside += running & (np.abs(world.telemetry.lateral_offset) > 0.5 * world.lane_width)
        stood += running & (episode.idle > 0)
        too_fast += running & (world.telemetry.speed > core.rules.limits[episode.route, episode.segment] + TOO_FAST)
    drives.ended_by += [ENDINGS[ending] for ending in world.ended_by]
    drives.infractions += list(episode.infractions.astype(np.float64))
    drives.outside += (outside > 0).tolist()
    drives.stood += (CONTROL_PERIOD * stood).tolist()
    drives.too_fast += (CONTROL_PERIOD * too_fast).tolist()
    drives.where += [_told(world, int(car), bool(outside[car])) for car in cars]


def _told(world: World, car: int, outside: bool) -> str:
    """What became of a route, in words."""
    start, station, goal, goal_station = world.snapshot()["trips"][car].tolist()
    now = world.telemetry
    return (
        f"route {world.road_seeds[car]} from lane {start:.0f} at {station:.0f} m to lane {goal:.0f} at "
        f"{goal_station:.0f} m: {ENDINGS[world.ended_by[car]]}{', out of the lane on the way' if outside else ''}, "
        f"after {now.progress[car]:.0f} of {world.route_length[car]:.0f} m at ({now.x[car]:.0f}, {now.y[car]:.0f})"
    )


def _row(drives: Drives) -> tuple[str, ...]:
    done = sum(ending == "completed" for ending in drives.ended_by)
    infractions = np.sum(drives.infractions, axis=0).astype(np.int64)[[RED_LIGHTS, STOP_SIGNS]].tolist()
    numbers = (len(drives.ended_by), done, *infractions, sum(drives.outside))
    return (*map(str, numbers), f"{sum(drives.stood):.1f}", f"{sum(drives.too_fast):.1f}")


if __name__ == "__main__":
    main(tyro.cli(DriveOptions))
