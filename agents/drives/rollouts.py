"""Drives many roads at once and keeps all commands, so that any moment of any drive can be shown afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.drives.recording import Recording
from agents.policy import Policy
from agents.scoring.evaluate import CARS_AT_ONCE, PolicyDriver, drive_roads
from agents.scoring.trajectory import Trajectory
from sim.config import EnvConfig
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import World


@dataclass(frozen=True)
class Rollout:
    """One drive, from its beginning to its end."""

    recording: Recording
    drive: Trajectory

    @property
    def worth(self) -> float:
        """Reward for each metre of the route: low where the drive was bad, and where it ended early."""
        return float(self.drive.reward.sum()) / self.drive.route_length


class _LoggingDriver(PolicyDriver):
    """A policy that drives and whose Q-values are kept."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.q_values: list[Float32Array] = []  # (N, actions) of each step

    def decide(self, frames: ByteArray, world: World) -> FloatArray:
        self.q_values.append(self.policy.q_values(frames, world.vehicle_state))
        return self.carry_out(self.q_values[-1].argmax(axis=1), world)


def roll_out(policy: Policy, config: EnvConfig, road_seeds: Sequence[int]) -> list[Rollout]:
    """Drives every road once in the environment ``config``; a road's seed also draws its day."""
    rollouts: list[Rollout] = []
    for first in range(0, len(road_seeds), CARS_AT_ONCE):
        driver = _LoggingDriver(policy)
        drives = drive_roads(driver, config, road_seeds[first : first + CARS_AT_ONCE])
        q_values = np.stack(driver.q_values, axis=1)  # (N, T, actions)
        rollouts += [
            Rollout(_recording(policy.name, config, drive, values[: drive.steps]), drive)
            for drive, values in zip(drives, q_values, strict=True)
        ]
    return rollouts


def _recording(name: str, config: EnvConfig, drive: Trajectory, q_values: Float32Array) -> Recording:
    return Recording(
        driver=name,
        config=config,
        road_seed=drive.road_seed,
        seed=drive.road_seed,
        commands=drive.commands,
        actions=q_values.argmax(axis=1).astype(np.int16),
        hashes=None,
        q_values=q_values.copy(),
    )
