"""Who drives the first car: one of several drivers in turn, or a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.cockpit.human_input import HumanInput
from agents.cockpit.player import Player
from agents.drives.drivers import RecordedDriver
from agents.explaining.explain import Explainer
from agents.policy import Policy
from sim.config import EnvConfig
from sim.defaults import steering_reach
from sim.drivers import Driver


@dataclass(frozen=True)
class DriverOption:
    """A driver that can be chosen."""

    driver: Driver | Policy
    config: EnvConfig  # what it was made for
    explainer: Explainer | None = None  # of the policy that drives or rides along


class Handover:
    """Changes the driver of a player's first car, and reports it."""

    def __init__(
        self, player: Player, options: Sequence[DriverOption], human: HumanInput, report: Callable[[str], None]
    ) -> None:
        """Chooses among ``options``, of which the first drives at first, or a person at ``human``."""
        self.options = options
        self._player, self._human, self._report = player, human, report
        self._session = player.sessions[0]

    @property
    def human_drives(self) -> bool:
        """Whether a person drives."""
        return self._session.human is not None

    def next_driver(self) -> None:
        """The next driver drives from now on."""
        drivers = [option.driver for option in self.options]
        now = next((number for number, driver in enumerate(drivers) if driver is self._session.driver), -1)
        if all(driver is self._session.driver for driver in drivers):
            self._report("there is nobody else to drive here")
        else:
            self._choose(self.options[(now + 1) % len(drivers)])

    def take_over(self) -> None:
        """A person drives, from what is shown on."""
        self._player.paused = False
        if self.human_drives:
            return
        moment = self._player.shown()[0]
        most, fastest = steering_reach(moment.config), moment.config.actions.speed_limit
        self._human.begin(moment.steering_angle / most, moment.speed / fastest)
        self._player.take_over(self._human.driver)
        self._report("you drive; G gives the wheel back")

    def give_back(self) -> None:
        """The driver from whom a person took over drives again, or in place of a recording the first option."""
        recorded = self.human_drives and isinstance(self._session.driver, RecordedDriver)
        if recorded and not self.options:
            self._report("a recording cannot continue from another place; R restarts it")
        elif recorded:
            self._choose(self.options[0])
        else:
            self._player.give_back()
            self._report(f"{self._session.active_driver} drives")

    def _choose(self, option: DriverOption) -> None:
        self._player.resume_if_past()
        self._player.give_back()
        self._session.switch(option.driver, option.config, option.explainer)
        self._player.refresh()
        other_car = isinstance(option.driver, Policy) and option.config.vehicle != self._session.world.config.vehicle
        self._report(f"{option.driver.name} drives" + (", in a car that it was not trained in" if other_car else ""))
