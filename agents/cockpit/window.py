"""The window: shows what the player is at, 60 times a second, and takes keys, mouse and gamepads."""

import os

import pygame

from agents.cockpit import theme
from agents.cockpit.controller import Controller
from agents.cockpit.keys import REPEATED, UserAction, action_of
from agents.cockpit.layout import LEAST_SIZE, lay_out
from agents.cockpit.screen import SIZE, Screen
from agents.cockpit.status import time_line
from sim.errors import UserError
from sim.viewer import open_display

PICTURES_PER_S = 60
ALTERNATIVE = "record a film instead: --record FILE"  # where there is no display
LONGEST_GAP_S = 0.25  # between two pictures; a window that was dragged or a machine that slept loses the rest
REPEAT_DELAY_MS, REPEAT_INTERVAL_MS = 350, 40


def require_display() -> None:
    """Starts pygame's display.

    Raises:
        UserError: there is none, or it does not answer: then SDL would silently draw where nobody sees it.
    """
    open_display(ALTERNATIVE)
    if pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
        pygame.display.quit()
        raise UserError(f"There is no display that answers; check DISPLAY, or {ALTERNATIVE}.")


class Window:
    """Shows a controller's player until it is closed."""

    def __init__(self, controller: Controller) -> None:
        """Opens the window.

        Raises:
            UserError: there is no display.
        """
        require_display()
        pygame.joystick.init()
        pygame.display.set_caption("Dashcam   H: keys")
        pygame.key.set_repeat(REPEAT_DELAY_MS, REPEAT_INTERVAL_MS)
        self._display = pygame.display.set_mode(SIZE, pygame.RESIZABLE)
        self._screen = Screen(self._display.get_size())
        self._controller = controller
        self._held: set[int] = set()  # keys that are down
        self._dragging = False
        self._greet()

    def _greet(self) -> None:
        """Fills the window until the first picture, which waits for the probe to be fitted."""
        self._display.fill(theme.BACKGROUND)
        theme.text(
            self._display, "getting ready ...", self._display.get_rect().center, color=theme.MUTED, align="center"
        )
        pygame.display.flip()

    def run(self) -> None:
        """Shows pictures and answers events until it is closed."""
        clock = pygame.time.Clock()
        try:
            while self._controller.running:
                self.turn(min(clock.tick(PICTURES_PER_S) / 1000.0, LONGEST_GAP_S))
        finally:
            self.close()

    def turn(self, seconds: float) -> None:
        """Answers events and shows one picture, ``seconds`` after the last one."""
        for event in pygame.event.get():
            self._answer(event)
        self._controller.pass_time(seconds, self._held)
        self._show()
        self._controller.output.extend_film(self._screen.surface, seconds)

    def close(self) -> None:
        """Ends a film that is being made, and closes the window."""
        if self._controller.output.film is not None:
            self._controller.output.toggle_film(self._screen.surface.get_size())
        pygame.joystick.quit()
        pygame.display.quit()

    def _show(self) -> None:
        width, height = self._display.get_size()
        self._screen.resize((max(width, LEAST_SIZE[0]), max(height, LEAST_SIZE[1])))
        self._screen.draw(self._controller.player.shown(), self._controller.display, self._controller.status())
        self._display.blit(self._screen.surface, (0, 0))
        pygame.display.flip()

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.VIDEORESIZE:
            self._display = pygame.display.get_surface() or self._display
        elif event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
            self._drag(event)
        elif event.type == pygame.KEYUP:
            self._held.discard(event.key)
        elif event.type == pygame.WINDOWFOCUSLOST:  # keys released elsewhere are not reported here
            self._held.clear()
        elif event.type == pygame.KEYDOWN:
            self._press(event)
        else:
            self._controller.answer(event)

    def _press(self, event: pygame.event.Event) -> None:
        action, repeated = action_of(event.key), event.key in self._held
        self._held.add(event.key)
        if repeated and action not in REPEATED:
            return
        if action is UserAction.SCREENSHOT:
            self._controller.output.screenshot(self._screen.surface)
        elif action is UserAction.RECORD:
            self._controller.output.toggle_film(self._screen.surface.get_size())
        else:
            self._controller.answer(event)

    def _drag(self, event: pygame.event.Event) -> None:
        """Scrubs, while the mouse is held on the time line."""
        player, panels = self._controller.player, self._controller.display.panels
        line = time_line(lay_out(self._screen.surface.get_size(), panels, len(player.sessions)))
        if event.type == pygame.MOUSEBUTTONDOWN:
            self._dragging = event.button == 1 and line.collidepoint(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP:
            self._dragging = False
        if self._dragging:
            player.scrub(min(max((event.pos[0] - line.x) / line.width, 0.0), 1.0))
