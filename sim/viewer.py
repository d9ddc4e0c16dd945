"""A small window that shows one picture after another: the environment's render mode "human"."""

import os
import sys
from typing import ClassVar

import pygame

from sim.config import CONTROL_PERIOD
from sim.errors import UserError
from sim.types import ByteArray


def open_display(way_out: str) -> None:
    """Starts pygame's display.

    Raises:
        UserError: there is no display; ``way_out`` says what to do then.
    """
    headless = sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    )
    try:
        if headless:  # SDL would silently open a window that nobody sees
            raise pygame.error("neither DISPLAY nor WAYLAND_DISPLAY is set")
        pygame.display.init()
    except pygame.error as error:
        raise UserError(f"There is no display ({error}); {way_out}.") from error


class Viewer:
    """A window of the size of the pictures that it shows, at the pace of the simulation.

    There is one window for all viewers of a program, as pygame has it; it closes with the last of them.
    """

    _open: ClassVar[int] = 0

    def __init__(self, width: int, height: int) -> None:
        """Opens a window of width x height [px].

        Raises:
            UserError: there is no display.
        """
        open_display('use render_mode="rgb_array"')
        Viewer._open += 1
        pygame.display.set_caption("Dashcam")
        self._screen = pygame.display.set_mode((width, height))
        self._clock = pygame.time.Clock()

    def show(self, picture: ByteArray) -> None:
        """Shows a picture, (height, width, 3) uint8, and waits until the next one is due."""
        pygame.event.pump()
        pygame.surfarray.blit_array(self._screen, picture.swapaxes(0, 1))
        pygame.display.flip()
        self._clock.tick(round(1.0 / CONTROL_PERIOD))

    def close(self) -> None:
        """Closes the window, unless another viewer shows something in it. Call it once."""
        Viewer._open -= 1
        if Viewer._open == 0:
            pygame.display.quit()
