"""What a driver is."""

from typing import Protocol

from sim.types import FloatArray
from sim.world import World


class Driver(Protocol):
    """Turns the state of the world into commands."""

    name: str
    """Name in tables and on the command line."""

    def commands(self, world: World) -> FloatArray:
        """Commands for all cars, shape (N, 2): steering angle [rad], target speed [m/s]."""
        ...
