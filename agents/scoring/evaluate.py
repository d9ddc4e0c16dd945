"""Drives fixed roads with a driver and scores it, always beside the drivers that need no learning."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, TextColumn

from agents.policy import Policy
from agents.scoring.corrupted import concerns, corrupted
from agents.scoring.metrics import RoadScore, Totals, score, totals
from agents.scoring.own_task import own_exam_task
from agents.scoring.suites import Suite
from agents.scoring.trajectory import Recorder, Trajectory
from sim.actions import action_table, to_commands
from sim.config import TEST_ROAD_SEEDS, CameraConfig, EnvConfig, RoadKind
from sim.drivers import DRIVERS, Driver, baseline_names
from sim.errors import UserError
from sim.types import ByteArray, FloatArray, IntArray
from sim.world import World

CARS_AT_ONCE = 100
BLIND = CameraConfig(width=8, height=8, color="gray")  # for drivers that do not look


class PolicyDriver:
    """A policy at the wheel."""

    def __init__(self, policy: Policy) -> None:
        """Drives with ``policy``, whose camera the world must have."""
        self.policy = policy
        self.name = policy.name
        self._table = action_table(policy.config.actions)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return self.decide(world.frames, world)

    def decide(self, frames: ByteArray, world: World) -> FloatArray:
        """Commands (N, 2) of cars that see ``frames`` (N, H, W, C x stack) uint8, which may differ from the world's."""
        return self.carry_out(self.policy.act(frames, world.vehicle_state), world)

    def carry_out(self, actions: IntArray, world: World) -> FloatArray:
        """Commands (N, 2) for ``actions`` (N,)."""
        return to_commands(self._table[actions], world.telemetry.steering_angle, self.policy.config.actions)


@dataclass(frozen=True)
class Scores:
    """A driver's results."""

    driver: str
    totals: Totals
    roads: list[RoadScore]
    """A row per drive, cell after cell."""
    trajectories: list[Trajectory] = field(default_factory=list, compare=False, repr=False)
    """The drive of each row, if they were asked for."""

    def by_cell(self) -> dict[str, Totals]:
        """The totals of each cell of the suite, by its label."""
        labels = dict.fromkeys(row.cell for row in self.roads)
        return {label: totals([row for row in self.roads if row.cell == label]) for label in labels}


def evaluation_config(config: EnvConfig) -> EnvConfig:
    """The same car, camera, day and kind of roads, from the beginning of a road and with time to drive it to its end.

    Raises:
        UserError: the roads are in a file that cannot be read.
    """
    roads = dataclasses.replace(config.roads, pool_size=1, preload=False)
    if roads.kind != "file":
        roads = dataclasses.replace(roads, first_seed=TEST_ROAD_SEEDS[0], last_seed=TEST_ROAD_SEEDS[1])
    return dataclasses.replace(config, roads=roads, task=own_exam_task(config, roads))


def drive(driver: Driver, config: EnvConfig, road_seeds: Sequence[int]) -> Scores:
    """Drives every road once from beginning to end, as it looks in the driver's own environment.

    Args:
        driver: Who drives.
        config: Car, camera, appearance and kind of roads; start and time limit are those of evaluation.
        road_seeds: Which of these roads, at least one.

    Raises:
        UserError: there are no roads.
    """
    if len(road_seeds) == 0:
        raise UserError("There are no roads to evaluate on; give a range of road seeds such as 1000000:1000099.")
    drives = drive_roads(driver, evaluation_config(config), road_seeds)
    rows = [score(item) for item in drives]
    return Scores(driver.name, totals(rows), rows)


def evaluate(
    policies: Sequence[Policy], suite: Suite, console: Console, *, keep_trajectories: bool = False
) -> list[Scores]:
    """The scores of policies, and of the drivers that stand beside them, while a bar shows how far it is.

    Those drivers have the actions of the first policy, and its car where each has its own; as they do not look, they
    need no camera.
    """
    blind = dataclasses.replace(policies[0].config, camera=BLIND)
    drivers: list[tuple[Driver, EnvConfig]] = [(PolicyDriver(policy), policy.config) for policy in policies]
    drivers += [(driver, blind) for driver in baselines(suite.kind)]
    scores = []
    columns = (TextColumn("{task.description}", markup=False), *Progress.get_default_columns()[1:])
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=suite.roads * len(drivers))
        for driver, config in drivers:
            bar.update(task, description=f"{driver.name} on {suite.name}")
            tell = functools.partial(bar.advance, task)
            scores.append(drive_suite(driver, config, suite, keep_trajectories=keep_trajectories, tell=tell))
    return scores


def drive_suite(
    driver: Driver,
    config: EnvConfig,
    suite: Suite,
    *,
    keep_trajectories: bool = False,
    tell: Callable[[int], object] = lambda roads: None,
) -> Scores:
    """Drives every road of a suite once, under its conditions; without those that only worsen what it does not see.

    Args:
        driver: Who drives.
        config: Its camera, actions and observation, and its car and task where the suite has none; all else is the
            suite's.
        suite: What is driven.
        keep_trajectories: Whether the result holds the drives themselves.
        tell: Called with the number of roads that are done.
    """
    rows: list[RoadScore] = []
    kept: list[Trajectory] = []
    for cell in suite.cells:
        if concerns(cell.corruption, driver):
            drives = drive_roads(corrupted(driver, cell.corruption), cell.environment(config), cell.road_seeds)
            rows += [score(item, cell.label) for item in drives]
            kept += drives if keep_trajectories else []
        tell(len(cell.road_seeds))
    return Scores(driver.name, totals(rows), rows, kept)


def drive_roads(driver: Driver, config: EnvConfig, road_seeds: Sequence[int]) -> list[Trajectory]:
    """Drives every road once; a road's seed also draws its day, so it looks the same alone as among others."""
    drives: list[Trajectory] = []
    for first in range(0, len(road_seeds), CARS_AT_ONCE):
        drives += _drive_together(driver, config, road_seeds[first : first + CARS_AT_ONCE])
    return drives


def start_drives(config: EnvConfig, road_seeds: Sequence[int]) -> World:
    """A world with a car on each road, on the day that the road's seed draws."""
    world = World(config, num_cars=len(road_seeds))
    world.seed(road_seeds)
    world.reset(road_seeds=road_seeds)
    return world


def _drive_together(driver: Driver, config: EnvConfig, road_seeds: Sequence[int]) -> list[Trajectory]:
    world = start_drives(config, road_seeds)
    recorder = Recorder(world)
    while not world.done.all():
        running = ~world.done
        commands = driver.commands(world)
        world.step(commands)
        recorder.observe(commands, running)
    return recorder.trajectories()


def baselines(kind: RoadKind) -> list[Driver]:
    """The drivers that stand beside every result on roads of this kind."""
    return [DRIVERS[name](0) for name in reversed(baseline_names(kind))]
