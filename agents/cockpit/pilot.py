"""Carries out what is asked for, by keys, mouse or gamepad: the player moves, wishes change, files are written."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pygame

from agents.cockpit.files import WindowFilm, save_replay, save_screenshot
from agents.cockpit.keys import Ask, asked_by, panel_of
from agents.cockpit.layout import PANELS, panels_of
from agents.cockpit.player import Player
from agents.cockpit.screen import Wishes
from agents.cockpit.status import HINT, Status
from agents.cockpit.wheel import Wheel
from agents.drives.drivers import RecordedDriver
from agents.explaining.explain import Explainer
from agents.policy import Policy
from sim.config import EnvConfig
from sim.defaults import steering_reach
from sim.drivers import Driver
from sim.errors import UserError

SKIP_S = 5.0  # of driving
MESSAGE_S = 6.0  # how long a message is shown


@dataclass(frozen=True)
class Chauffeur:
    """Somebody who can be put at the wheel."""

    driver: Driver | Policy
    config: EnvConfig
    explainer: Explainer | None = None


@dataclass
class Pilot:
    """The state of the window besides what the player plays."""

    player: Player
    folder: Path  # for screenshots, films and replays
    chauffeurs: Sequence[Chauffeur] = ()  # who can be switched to; the first one drives at first
    wheel: Wheel = field(default_factory=Wheel)
    wishes: Wishes = field(default_factory=Wishes)
    running: bool = True
    film: WindowFilm | None = None
    saved: list[Path] = field(default_factory=list)
    _message: str = ""
    _message_left_s: float = 0.0

    def status(self) -> Status:
        """What the line at the bottom says."""
        player = self.player
        return Status(
            caption=player.tour.caption(),
            message=self._message,
            paused=player.paused,
            speed=player.speed,
            behind_s=0.0 if player.live else player.behind_s,
            span_s=player.span_s,
            recording=self.film is not None,
            hint=HINT,
        )

    def say(self, message: str) -> None:
        """Shows a message for some seconds."""
        self._message, self._message_left_s = message, MESSAGE_S

    def pass_time(self, seconds: float, held: AbstractSet[int]) -> None:
        """Lets real time pass [s]: hands act, the simulation goes on, messages fade."""
        self._message_left_s -= seconds
        if self._message_left_s <= 0.0:
            self._message = ""
        if self.player.sessions[0].human is not None and not self.player.paused:
            self.wheel.hold(held, seconds * self.player.speed)
        before = self.player.sessions[0].mismatch
        self.player.advance(seconds)
        mismatch = self.player.sessions[0].mismatch
        if mismatch is not None and before is None:
            self.say(f"from step {mismatch} on, the frames are not those of the recording")

    def answer(self, event: pygame.event.Event) -> None:
        """Answers a key or a gamepad."""
        used, told = self.wheel.in_use, self.wheel.plug(event)
        if told:
            self.say(told)
            if used is not None and self.wheel.in_use is None and self.player.sessions[0].human is not None:
                self.player.paused = True  # nobody is left to drive
        elif event.type == pygame.QUIT:
            self.running = False
        elif self.wheel.moves(event):
            self._take_over()
        elif event.type == pygame.KEYDOWN:
            ask = asked_by(event.key)
            if ask is not None:
                self._carry_out(ask, event.key)

    def _carry_out(self, ask: Ask, code: int) -> None:
        if ask is Ask.PANEL:
            self._switch_panel(panel_of(code))
        else:
            self._deeds()[ask]()

    def _deeds(self) -> dict[Ask, Callable[[], object]]:
        """What is done for each ask but that for a panel."""
        player = self.player
        return {
            Ask.PAUSE: lambda: setattr(player, "paused", not player.paused),
            Ask.STEP: lambda: player.single_step(1),
            Ask.STEP_BACK: lambda: player.single_step(-1),
            Ask.SLOWER: lambda: player.change_speed(-1),
            Ask.FASTER: lambda: player.change_speed(1),
            Ask.BACK: lambda: player.skip(-SKIP_S),
            Ask.FORWARD: lambda: player.skip(SKIP_S),
            Ask.OLDEST: lambda: player.scrub(0.0),
            Ask.LIVE: player.go_live,
            Ask.FROM_HERE: player.drive_on_from_here,
            Ask.NEXT: lambda: player.move(1),
            Ask.PREVIOUS: lambda: player.move(-1),
            Ask.RESTART: player.restart,
            Ask.SWITCH: self._switch_driver,
            Ask.DRIVE: self._take_over,
            Ask.GIVE_BACK: self._give_back,
            Ask.VIEW: self._switch_view,
            Ask.EXPLAIN: self._switch_explaining,
            Ask.ALL_PANELS: self._switch_all_panels,
            Ask.SCREENSHOT: lambda: None,  # by the window, which has the picture
            Ask.RECORD: lambda: None,
            Ask.SAVE: self._save,
            Ask.HELP: lambda: self._wish(help=not self.wishes.help),
            Ask.QUIT: lambda: setattr(self, "running", False),
        }

    def _wish(self, **changes: object) -> None:
        self.wishes = replace(self.wishes, **changes)  # type: ignore[arg-type]

    def _switch_panel(self, name: str) -> None:
        if name in panels_of(len(self.player.sessions)):
            self._wish(panels=self.wishes.panels ^ {name})
        else:
            self.say(f"there is no panel {name} while two cars are compared")

    def _switch_all_panels(self) -> None:
        self._wish(panels=frozenset() if self.wishes.panels == set(PANELS) else frozenset(PANELS))

    def _switch_view(self) -> None:
        self._wish(view="chase" if self.wishes.view == "dashboard" else "dashboard")

    def _switch_explaining(self) -> None:
        player = self.player
        player.explaining = not player.explaining
        if player.explaining and not any(session.explainer for session in player.sessions):
            self.say("no policy looks on here, so there is nothing to explain")

    def _switch_driver(self) -> None:
        driver = self.player.sessions[0].driver
        now = next((number for number, item in enumerate(self.chauffeurs) if item.driver is driver), -1)
        if all(item.driver is driver for item in self.chauffeurs):
            self.say("there is nobody else to drive here")
        else:
            self._seat(self.chauffeurs[(now + 1) % len(self.chauffeurs)])

    def _seat(self, chosen: Chauffeur) -> None:
        if not self.player.live:
            self.player.drive_on_from_here()
        self.player.give_back()
        session = self.player.sessions[0]
        session.switch(chosen.driver, chosen.config, chosen.explainer)
        self.player.look_again()
        other_car = isinstance(chosen.driver, Policy) and chosen.config.vehicle != session.world.config.vehicle
        self.say(f"{chosen.driver.name} drives" + (", in a car that it was not trained in" if other_car else ""))

    def _take_over(self) -> None:
        session = self.player.sessions[0]
        if session.human is not None:
            self.player.paused = False
            return
        moment = self.player.shown()[0]
        most, fastest = steering_reach(moment.config), moment.config.actions.speed_limit
        self.wheel.begin(moment.steering_angle / most, moment.speed / fastest)
        self.player.take_over(self.wheel.human)
        self.player.paused = False
        self.say("you drive; G gives the wheel back")

    def _give_back(self) -> None:
        session = self.player.sessions[0]
        recorded = session.human is not None and isinstance(session.driver, RecordedDriver)
        if recorded and not self.chauffeurs:
            self.say("a recording cannot go on from another place; R starts it again")
        elif recorded:
            self._seat(self.chauffeurs[0])
        else:
            self.player.give_back()
            self.say(f"{session.at_wheel} drives")

    def _save(self) -> None:
        for session in self.player.sessions:
            self.try_to(partial(save_replay, session.log.recording(session.at_wheel), self.folder), "replay")

    def try_to(self, save: Callable[[], Path], what: str) -> None:
        """Writes a file and says where; what goes wrong is said, and the drive goes on."""
        try:
            path = save()
        except UserError as error:
            self.say(str(error))
        else:
            self.saved.append(path)
            self.say(f"{what}: {path}")

    def screenshot(self, surface: pygame.Surface) -> None:
        """Keeps the picture."""
        self.try_to(lambda: save_screenshot(surface, self.folder), "screenshot")

    def switch_film(self, size: tuple[int, int]) -> None:
        """Begins a film of pictures of ``size`` (width, height) [px], or ends it."""
        if self.film is not None:
            film, self.film = self.film, None
            self.try_to(film.close, "film")
            return
        try:
            self.film = WindowFilm(self.folder, size)
        except UserError as error:
            self.say(str(error))
        else:
            self.say(f"recording {self.film.path}; F3 ends it")

    def feed_film(self, surface: pygame.Surface, seconds: float) -> None:
        """Gives the film what has been shown for some time [s]."""
        if self.film is None:
            return
        try:
            self.film.add(surface, seconds)
        except UserError as error:
            self.film = None
            self.say(str(error))
