"""Who can drive: a policy, a person, a recording, or a driver that needs no learning."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from agents.drives.drive_log import Control, controls_of
from agents.drives.recording import Recording
from agents.policy import Policy, load_policy
from sim.actions import action_table, to_commands
from sim.config import RoadsConfig
from sim.defaults import steering_reach
from sim.drivers import Driver
from sim.errors import UserError
from sim.types import FloatArray
from sim.world import World


class HumanDriver:
    """A person at the keyboard or gamepad, who sets ``steering`` (-1 right to 1 left) and ``throttle`` (0 to 1)."""

    name = "human"

    def __init__(self) -> None:
        self.steering = 0.0
        self.throttle = 0.0

    def commands(self, world: World) -> FloatArray:
        """Commands (1, 2); see ``Driver``."""
        most, fastest = steering_reach(world.config), world.config.actions.speed_limit
        return np.array([[self.steering * most, self.throttle * fastest]])


class RecordedDriver:
    """Repeats a recording."""

    def __init__(self, recording: Recording) -> None:
        """Drives as in ``recording``, in a world that began as its did."""
        self.recording = recording
        self.name = recording.driver
        self.controls = controls_of(recording)


class RecordedFleet:
    """Repeats recordings of several roads, for the scorecard."""

    def __init__(self, recordings: list[Recording]) -> None:
        """Drives each road as its last recording did; every drive must have come to its end."""
        self.name = recordings[-1].driver
        self._commands = {item.road_seed: item.commands for item in recordings}

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        kept = (self._commands[int(seed)] for seed in world.road_seeds)
        return np.stack([log[min(step, len(log) - 1)] for log, step in zip(kept, world.telemetry.steps, strict=True)])


def next_control(driver: Driver | Policy | RecordedDriver, world: World, step: int) -> Control:
    """How a driver drives the next control step, number ``step`` since the start, of a world of one car."""
    if isinstance(driver, RecordedDriver):
        return driver.controls[step]
    if not isinstance(driver, Policy):
        return Control(driver.name, driver.commands(world))
    actions, q_values = world.config.actions, driver.q_values(world.frames, world.vehicle_state)[0]
    action = int(q_values.argmax())
    commands = to_commands(action_table(actions)[[action]], world.telemetry.steering_angle, actions)
    return Control(driver.name, commands, action, q_values)


def require_told(policy: Policy, roads: RoadsConfig) -> None:
    """Makes sure that a policy which observes more than the camera is told on these roads what it was trained with.

    Raises:
        UserError: it knows the navigator's commands and is to drive on roads, or the other way round.
    """
    trained = policy.config
    if trained.observation == "camera" or (trained.roads.kind == "town") == (roads.kind == "town"):
        return
    if roads.kind == "town":
        raise UserError(
            f"{policy.name} was trained on roads and knows no commands of a navigator, so it cannot drive in towns; "
            "name a policy that was trained there, or a driver such as rule-based."
        )
    raise UserError(f"{policy.name} drives by a navigator's commands, which roads do not have; choose --road town.")


def policy_named(name: str, drivers: Iterable[str]) -> Policy:
    """The policy in a folder, whose name stands where one of the ``drivers`` could, too.

    Raises:
        UserError: there is no such folder.
        BundleError: it holds no policy.
    """
    if not Path(name).exists():
        raise UserError(f"Driver {name!r} is unknown; choose one of {', '.join(drivers)}, or a policy's folder.")
    return load_policy(Path(name))
