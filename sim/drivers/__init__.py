"""Drivers that need no learning, to compare with: each turns the world into commands for all cars."""

from collections.abc import Callable
from typing import Protocol

from sim.config import RoadKind
from sim.drivers.noisy import NoisyDriver
from sim.drivers.pure_pursuit import PurePursuitDriver
from sim.drivers.rule_based import BlindDriver, RuleBasedDriver
from sim.drivers.simple import ConstantSpeedDriver, RandomDriver
from sim.types import FloatArray
from sim.world import World

__all__ = [
    "BASELINES",
    "DRIVERS",
    "BlindDriver",
    "ConstantSpeedDriver",
    "Driver",
    "MakeDriver",
    "NoisyDriver",
    "PurePursuitDriver",
    "RandomDriver",
    "RuleBasedDriver",
    "baseline_names",
]


class Driver(Protocol):
    """Turns the state of the world into commands."""

    name: str
    """Name in tables and on the command line."""

    def commands(self, world: World) -> FloatArray:
        """Commands for all cars, shape (N, 2): steering angle [rad], target speed [m/s]."""
        ...


MakeDriver = Callable[[int], Driver]
"""Makes a driver from a seed."""

DRIVERS: dict[str, MakeDriver] = {
    NoisyDriver.name: NoisyDriver,
    RuleBasedDriver.name: lambda seed: RuleBasedDriver(),
    BlindDriver.name: lambda seed: BlindDriver(),
    PurePursuitDriver.name: lambda seed: PurePursuitDriver(),
    ConstantSpeedDriver.name: lambda seed: ConstantSpeedDriver(),
    RandomDriver.name: RandomDriver,
}
"""All drivers by name, as commands take it."""

BASELINES = (PurePursuitDriver.name, ConstantSpeedDriver.name, RandomDriver.name)
"""Names of those that stand beside every policy on roads."""

_IN_TOWNS = (RuleBasedDriver.name, BlindDriver.name, *BASELINES)


def baseline_names(kind: RoadKind) -> tuple[str, ...]:
    """Names of those that stand beside every policy on roads of this kind."""
    return _IN_TOWNS if kind == "town" else BASELINES
