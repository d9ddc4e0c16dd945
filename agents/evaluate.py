"""Drives fixed roads with a driver and scores it, always beside the drivers that need no learning."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from agents.metrics import Recorder, RoadScore, Totals, totals
from agents.policy import Policy
from agents.road_files import longest_route
from sim.actions import action_table, to_commands
from sim.config import TEST_ROAD_SEEDS, EnvConfig, RoadKind, RoadsConfig
from sim.drivers import ConstantSpeedDriver, Driver, PurePursuitDriver, RandomDriver
from sim.errors import UserError
from sim.types import FloatArray
from sim.world import World

TEST_SEEDS = range(TEST_ROAD_SEEDS[0], TEST_ROAD_SEEDS[0] + 100)  # the roads that scores are reported on
SLOWEST_MPS = 3.0  # m/s; whoever is slower on a road of 1 km runs into the time limit
TIME_LIMIT_S = 1000.0 / SLOWEST_MPS
CARS_AT_ONCE = 100


class PolicyDriver:
    """A policy at the wheel."""

    def __init__(self, policy: Policy) -> None:
        """Drives with ``policy``, whose camera the world must have."""
        self.policy = policy
        self.name = policy.name
        self._table = action_table(policy.config.actions)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        actions = self.policy.act(world.frames, world.vehicle_state)
        return to_commands(self._table[actions], world.telemetry.steering_angle, self.policy.config.actions)


@dataclass(frozen=True)
class Scores:
    """A driver's results."""

    driver: str
    totals: Totals
    roads: list[RoadScore]


def evaluation_config(config: EnvConfig, kind: RoadKind = "procedural") -> EnvConfig:
    """The same car and camera at the beginning of a road, with time enough to drive it to its end.

    The kind "file" takes the file that ``config`` names.
    """
    roads, time_limit_s = config.roads, TIME_LIMIT_S
    if kind == "file":
        time_limit_s = max(longest_route(roads) / SLOWEST_MPS, TIME_LIMIT_S)
    else:
        roads = RoadsConfig(kind=kind, first_seed=TEST_ROAD_SEEDS[0], last_seed=TEST_ROAD_SEEDS[1], pool_size=1)
    task = dataclasses.replace(config.task, start="beginning", time_limit_s=time_limit_s)
    return dataclasses.replace(config, roads=roads, task=task)


def drive(driver: Driver, config: EnvConfig, road_seeds: Sequence[int], kind: RoadKind = "procedural") -> Scores:
    """Drives every road once from beginning to end.

    Args:
        driver: Who drives.
        config: Car and camera; start, time limit and roads are those of evaluation.
        road_seeds: The roads, at least one.
        kind: What kind of roads.

    Raises:
        UserError: there are no roads.
    """
    if len(road_seeds) == 0:
        raise UserError("There are no roads to evaluate on; give a range of road seeds such as 1000000:1000099.")
    rows: list[RoadScore] = []
    for first in range(0, len(road_seeds), CARS_AT_ONCE):
        rows += _drive_together(driver, evaluation_config(config, kind), road_seeds[first : first + CARS_AT_ONCE])
    return Scores(driver.name, totals(rows), rows)


def _drive_together(driver: Driver, config: EnvConfig, road_seeds: Sequence[int]) -> list[RoadScore]:
    world = World(config, num_cars=len(road_seeds))
    world.seed(list(range(len(road_seeds))))
    world.reset(road_seeds=road_seeds)
    recorder = Recorder(world)
    while not world.done.all():
        running = ~world.done
        world.step(driver.commands(world))
        recorder.observe(running)
    return recorder.rows()


def baselines() -> list[Driver]:
    """The drivers that stand beside every result."""
    return [RandomDriver(), ConstantSpeedDriver(), PurePursuitDriver()]
