"""Who can drive besides a policy: a person, a recording, and the drivers that need no learning, by name."""

import numpy as np

from agents.drives.drive_log import Decision, decisions_of
from agents.drives.recording import Recording
from sim.defaults import steering_reach
from sim.drivers import ConstantSpeedDriver, Driver, PurePursuitDriver, RandomDriver
from sim.errors import UserError
from sim.types import FloatArray
from sim.world import World

DRIVERS: dict[str, type] = {driver.name: driver for driver in (PurePursuitDriver, ConstantSpeedDriver, RandomDriver)}


class HumanDriver:
    """Somebody at the keyboard or gamepad, who sets ``steering`` (-1 right to 1 left) and ``throttle`` (0 to 1)."""

    name = "human"

    def __init__(self) -> None:
        """Hands off the wheel, feet off the pedals."""
        self.steering = 0.0
        self.throttle = 0.0

    def commands(self, world: World) -> FloatArray:
        """Commands (1, 2); see ``Driver``."""
        most, fastest = steering_reach(world.config), world.config.actions.speed_limit
        return np.array([[self.steering * most, self.throttle * fastest]])


class RecordedDriver:
    """Does again what was done in a recording."""

    def __init__(self, recording: Recording) -> None:
        """Drives as in ``recording``, in a world that began as its did."""
        self.recording = recording
        self.name = recording.driver
        self._decisions = decisions_of(recording)

    @property
    def steps(self) -> int:
        """How many steps were recorded."""
        return len(self._decisions)

    def decision(self, step: int) -> Decision:
        """What was decided in a step."""
        return self._decisions[step]


class RecordedFleet:
    """Does again what was done on several roads, for the scorecard."""

    def __init__(self, recordings: list[Recording]) -> None:
        """Drives each road as its last recording did; every drive must have come to its end."""
        self.name = recordings[-1].driver
        self._commands = {item.road_seed: item.commands for item in recordings}

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        kept = (self._commands[int(seed)] for seed in world.road_seeds)
        return np.stack([log[min(step, len(log) - 1)] for log, step in zip(kept, world.telemetry.steps, strict=True)])


def make_driver(name: str) -> Driver:
    """A driver that needs no policy, by its name.

    Raises:
        UserError: unknown name.
    """
    if name == HumanDriver.name:
        return HumanDriver()
    if name not in DRIVERS:
        raise UserError(f"Driver {name!r} is unknown; choose one of policy, human, {', '.join(DRIVERS)}.")
    driver: Driver = DRIVERS[name]()
    return driver
