"""Answers keys and gamepads: moves the playhead, changes the driver and what is shown, writes files."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

import pygame

from agents.cockpit.files import Output
from agents.cockpit.handover import DriverOption, Handover
from agents.cockpit.human_input import HumanInput
from agents.cockpit.keys import UserAction, action_of, panel_of
from agents.cockpit.layout import PANELS, panels_of
from agents.cockpit.player import Player
from agents.cockpit.screen import DisplayOptions
from agents.cockpit.status import HINT, Messages, Status

SKIP_S = 5.0  # of driving


class Controller:
    """The state of the window besides what the player plays."""

    def __init__(
        self,
        player: Player,
        folder: Path,
        drivers: Sequence[DriverOption] = (),
        display: DisplayOptions | None = None,
    ) -> None:
        """Controls ``player``; the first of the ``drivers`` drives at first, and files go to ``folder``."""
        self.player = player
        self.display = display or DisplayOptions()
        self.running = True
        self.messages = Messages()
        self.output = Output(folder, self.messages.show)
        self.human = HumanInput()
        self.handover = Handover(player, drivers, self.human, self.messages.show)
        self._handlers = self._make_handlers()

    def status(self) -> Status:
        """What the line at the bottom says."""
        player = self.player
        return Status(
            caption=player.playlist.caption(),
            message=self.messages.text,
            paused=player.paused,
            speed=player.speed,
            behind_s=0.0 if player.live else player.behind_s,
            span_s=player.span_s,
            recording=self.output.film is not None,
            hint=HINT,
        )

    def pass_time(self, seconds: float, held: AbstractSet[int]) -> None:
        """Lets real time pass [s], while keys are ``held``."""
        self.messages.pass_time(seconds)
        if self.handover.human_drives and not self.player.paused:
            self.human.hold(held, seconds * self.player.speed)
        before = self.player.mismatch
        self.player.advance(seconds)
        if self.player.mismatch is not None and before is None:
            self.messages.show(f"from step {self.player.mismatch} on, the frames are not those of the recording")

    def answer(self, event: pygame.event.Event) -> None:
        """Answers a key or a gamepad."""
        used, message = self.human.in_use, self.human.connect(event)
        if message:
            self.messages.show(message)
            if used is not None and self.human.in_use is None and self.handover.human_drives:
                self.player.paused = True  # nobody is left to drive
        elif event.type == pygame.QUIT:
            self._quit()
        elif self.human.moved(event):
            self.handover.take_over()
        elif event.type == pygame.KEYDOWN:
            action = action_of(event.key)
            if action is UserAction.PANEL:
                self._toggle_panel(panel_of(event.key))
            elif action in self._handlers:
                self._handlers[action]()

    def _make_handlers(self) -> dict[UserAction | None, Callable[[], object]]:
        """What is done for each action but those that need a key or the picture."""
        player = self.player
        return {
            UserAction.PAUSE: player.toggle_pause,
            UserAction.STEP: lambda: player.single_step(1),
            UserAction.STEP_BACK: lambda: player.single_step(-1),
            UserAction.SLOWER: lambda: player.change_speed(-1),
            UserAction.FASTER: lambda: player.change_speed(1),
            UserAction.BACK: lambda: player.skip(-SKIP_S),
            UserAction.FORWARD: lambda: player.skip(SKIP_S),
            UserAction.OLDEST: lambda: player.scrub(0.0),
            UserAction.LIVE: player.go_live,
            UserAction.FROM_HERE: player.resume_from_here,
            UserAction.NEXT: lambda: player.move(1),
            UserAction.PREVIOUS: lambda: player.move(-1),
            UserAction.RESTART: player.restart,
            UserAction.SWITCH: self.handover.next_driver,
            UserAction.DRIVE: self.handover.take_over,
            UserAction.GIVE_BACK: self.handover.give_back,
            UserAction.VIEW: self._switch_view,
            UserAction.EXPLAIN: self._toggle_explaining,
            UserAction.ALL_PANELS: self._toggle_all_panels,
            UserAction.SAVE: self._save_replays,
            UserAction.HELP: lambda: self._show(help=not self.display.help),
            UserAction.QUIT: self._quit,
        }

    def _show(self, **changes: Any) -> None:
        self.display = replace(self.display, **changes)

    def _switch_view(self) -> None:
        self._show(view="chase" if self.display.view == "dashboard" else "dashboard")

    def _toggle_all_panels(self) -> None:
        self._show(panels=frozenset() if self.display.panels == set(PANELS) else frozenset(PANELS))

    def _toggle_panel(self, name: str) -> None:
        if name in panels_of(len(self.player.sessions)):
            self._show(panels=self.display.panels ^ {name})
        else:
            self.messages.show(f"there is no panel {name} while two cars are compared")

    def _toggle_explaining(self) -> None:
        self.player.explaining = not self.player.explaining
        if self.player.explaining and not any(session.explainer for session in self.player.sessions):
            self.messages.show("no policy drives or rides along, so there is nothing to explain")

    def _save_replays(self) -> None:
        for session in self.player.sessions:
            self.output.replay(session.log.recording(session.active_driver))

    def _quit(self) -> None:
        self.running = False
