"""Drives many roads at once and keeps what was decided, so that any moment of any drive can be shown afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.drives.recording import Recording
from agents.policy import Policy
from agents.scoring.evaluate import CARS_AT_ONCE
from sim.actions import action_table, to_commands
from sim.config import EnvConfig
from sim.types import BoolArray, Float32Array, FloatArray, IntArray
from sim.world import ENDINGS, World


@dataclass(frozen=True)
class Rollout:
    """One drive, from its beginning to its end."""

    recording: Recording
    offsets: FloatArray  # (T,) m from the lane's centre after each step
    lane_width: float  # m
    total_reward: float
    route_length: float  # m
    ended_by: str

    @property
    def departures(self) -> IntArray:
        """The steps in which the car left its lane, (K,)."""
        outside: BoolArray = np.abs(self.offsets) > 0.5 * self.lane_width
        return np.flatnonzero(outside & ~np.concatenate([[False], outside[:-1]]))

    @property
    def worth(self) -> float:
        """Reward for each metre of the route: low where the drive was bad, and where it ended early."""
        return self.total_reward / self.route_length


def roll_out(policy: Policy, config: EnvConfig, road_seeds: Sequence[int]) -> list[Rollout]:
    """Drives every road once in the environment ``config``; a road's seed also draws its day."""
    rollouts: list[Rollout] = []
    for first in range(0, len(road_seeds), CARS_AT_ONCE):
        rollouts += _drive_together(policy, config, road_seeds[first : first + CARS_AT_ONCE])
    return rollouts


@dataclass(frozen=True)
class _Step:
    """One control step of all cars."""

    commands: FloatArray  # (N, 2)
    actions: IntArray  # (N,)
    q_values: Float32Array  # (N, actions)
    offsets: FloatArray  # (N,) m
    rewards: Float32Array  # (N,)


def _drive_together(policy: Policy, config: EnvConfig, road_seeds: Sequence[int]) -> list[Rollout]:
    world, table = World(config, num_cars=len(road_seeds)), action_table(config.actions)
    world.seed(list(road_seeds))
    world.reset(road_seeds=road_seeds)
    steps: list[_Step] = []
    lasted = np.zeros(len(road_seeds), dtype=np.int64)
    while not world.done.all():
        lasted += ~world.done
        q_values = policy.q_values(world.frames, world.vehicle_state)
        actions = q_values.argmax(axis=1)
        commands = to_commands(table[actions], world.telemetry.steering_angle, config.actions)
        world.step(commands)
        steps.append(_Step(commands, actions, q_values, world.telemetry.lateral_offset.copy(), world.rewards.copy()))
    return [_rollout(policy.name, world, car, steps[: lasted[car]]) for car in range(world.num_cars)]


def _rollout(name: str, world: World, car: int, steps: Sequence[_Step]) -> Rollout:
    seed = int(world.road_seeds[car])
    recording = Recording(
        driver=name,
        config=world.config,
        road_seed=seed,
        seed=seed,
        commands=np.stack([step.commands[car] for step in steps]),
        actions=np.array([step.actions[car] for step in steps], dtype=np.int16),
        hashes=None,
        q_values=np.stack([step.q_values[car] for step in steps]),
    )
    return Rollout(
        recording=recording,
        offsets=np.array([step.offsets[car] for step in steps]),
        lane_width=float(world.lane_width[car]),
        total_reward=float(sum(step.rewards[car] for step in steps)),
        route_length=float(world.route_length[car]),
        ended_by=ENDINGS[world.ended_by[car]],
    )
