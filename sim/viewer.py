"""A small window that shows one picture after another: the environment's render mode "human"."""

import os
import sys
from functools import cache
from typing import ClassVar

import numpy as np
import pygame

from sim.config import CONTROL_PERIOD
from sim.errors import UserError
from sim.types import ByteArray


def open_display(way_out: str) -> None:
    """Starts pygame's display.

    Raises:
        UserError: there is no display; ``way_out`` says what to do then.
    """
    if not _has_display():
        raise UserError(f"There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); {way_out}.")
    _start_display(way_out)


def _start_display(way_out: str) -> None:
    try:
        pygame.display.init()
    except pygame.error as error:
        raise UserError(f"There is no display ({error}); {way_out}.") from error


def _has_display() -> bool:
    """Whether somebody could see a window; SDL silently opens one without that, too."""
    return not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    )


@cache
def _say_that_nobody_sees() -> None:
    sentence = 'There is no display, so nobody sees the window of render_mode="human"; "rgb_array" gives pictures.'
    print(sentence, file=sys.stderr)


class Viewer:
    """A window of the size of the pictures that it shows, at the pace of the simulation.

    There is one window in a program, as pygame has it, for all viewers and for whoever else draws with pygame. It is
    opened again when somebody else closed it, and it closes with the last viewer, unless somebody else uses it.
    """

    _open: ClassVar[int] = 0
    _is_ours: ClassVar[bool] = False  # as long as nobody else opened the display or drew in the window
    _shown: ClassVar[ByteArray | None] = None  # what the window must still show if nobody else drew in it

    def __init__(self, width: int, height: int) -> None:
        """Opens a window of width x height [px]; without a display, one that nobody sees, and says so.

        Raises:
            UserError: the display does not answer.
        """
        if not _has_display():
            _say_that_nobody_sees()
        self._size = (width, height)
        self._clock = pygame.time.Clock()
        self._window()
        Viewer._open += 1

    def show(self, picture: ByteArray) -> None:
        """Shows a picture, (height, width, 3) uint8, and waits until the next one is due."""
        window = self._window()
        pygame.event.pump()
        pygame.surfarray.blit_array(window, picture.swapaxes(0, 1))
        pygame.display.flip()
        Viewer._shown = pygame.surfarray.array3d(window)
        self._clock.tick(round(1.0 / CONTROL_PERIOD))

    def close(self) -> None:
        """Closes the window, unless another viewer or somebody else shows something in it. Call it once."""
        Viewer._open -= 1
        Viewer._notice_others()
        if Viewer._open == 0 and Viewer._is_ours:
            pygame.display.quit()

    def _window(self) -> pygame.Surface:
        """The program's window in this viewer's size."""
        Viewer._notice_others()
        if not pygame.display.get_init():
            _start_display('use render_mode="rgb_array"')
            Viewer._is_ours = True
        window = pygame.display.get_surface()
        if window is None or window.get_size() != self._size:
            window = pygame.display.set_mode(self._size)
            pygame.display.set_caption("Dashcam")
            Viewer._shown = pygame.surfarray.array3d(window)
        return window

    @staticmethod
    def _notice_others() -> None:
        """Finds out whether the window shows what no viewer drew: from then on it is somebody else's, too."""
        window = pygame.display.get_surface()
        shown = None if window is None else pygame.surfarray.array3d(window)
        if shown is None or Viewer._shown is None or not np.array_equal(shown, Viewer._shown):
            Viewer._is_ours = False
