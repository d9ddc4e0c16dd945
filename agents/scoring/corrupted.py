"""A driver with a worse camera, or in a worse car, than it was made for."""

from typing import Protocol, runtime_checkable

from sim.corruptions import CorruptedView, Corruption, Delay
from sim.drivers import Driver
from sim.types import ByteArray, FloatArray
from sim.world import World


@runtime_checkable
class SeeingDriver(Driver, Protocol):
    """A driver that needs nothing but frames and the car's own state."""

    def decide(self, frames: ByteArray, world: World) -> FloatArray:
        """Commands (N, 2) of cars that see ``frames`` (N, H, W, C x stack) uint8; see ``Driver``."""
        ...


class CorruptedDriver:
    """A driver between a corrupted view, if it looks at all, and commands that may come late.

    A corruption of the car itself needs a world of the car that it makes: ``Corruption.applied_to``.
    """

    def __init__(self, driver: Driver, corruption: Corruption, seed: int = 0) -> None:
        """Lets ``driver`` decide; the corruption's random numbers follow from ``seed``."""
        self.name = driver.name
        self._driver, self._corruption, self._seed = driver, corruption, seed
        self._view: CorruptedView | None = None
        self._delay = Delay(0)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``. Ask once in each step."""
        if self._view is None or self._view.world is not world:
            self._view = CorruptedView(world, self._corruption, self._seed)
            self._delay = Delay(self._corruption.delay_steps)
        if isinstance(self._driver, SeeingDriver):
            return self._delay(self._driver.decide(self._view.look(), world), world)
        return self._delay(self._driver.commands(world), world)


def corrupted(driver: Driver, corruption: Corruption | None) -> Driver:
    """The driver under a corruption, if there is one."""
    return driver if corruption is None else CorruptedDriver(driver, corruption)


def concerns(corruption: Corruption | None, driver: Driver) -> bool:
    """Whether it can change how a driver drives: one that does not use frames is not affected by the camera."""
    return corruption is None or isinstance(driver, SeeingDriver) or not corruption.is_seen
