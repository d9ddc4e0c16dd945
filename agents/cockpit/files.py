"""What the window writes: screenshots, films and replays, under names that are free."""

import io
from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.drives.recording import ENDING, Recording, save_recording
from agents.drives.video import FilmWriter
from agents.files import require_writable
from perception.whole import write_whole
from sim.errors import UserError


def free_name(folder: Path, stem: str, ending: str) -> Path:
    """The first of STEM-1, STEM-2, ... that is not there yet."""
    number = 1
    while (folder / f"{stem}-{number}{ending}").exists():
        number += 1
    return folder / f"{stem}-{number}{ending}"


def save_screenshot(surface: pygame.Surface, folder: Path) -> Path:
    """Writes a picture as PNG.

    Raises:
        UserError: it cannot be written.
    """
    path = free_name(folder, "screenshot", ".png")
    require_writable(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, png(surface))
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
    return path


def png(surface: pygame.Surface) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(theme.pixels(surface)).save(file, format="PNG", optimize=True)
    return file.getvalue()


def save_replay(recording: Recording, folder: Path) -> Path:
    """Writes a drive as a replay.

    Raises:
        UserError: it cannot be written.
    """
    path = free_name(folder, f"road-{recording.road_seed}", ENDING)
    save_recording(recording, path)
    return path


class WindowFilm:
    """Films what the window shows, at the pace of its clock."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        """Begins a film of pictures of ``size`` (width, height) [px].

        Raises:
            UserError: it cannot be written.
        """
        path = free_name(folder, "film", ".mp4")
        require_writable(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._size, self._writer = size, FilmWriter(path, size)
        self._elapsed_s = 0.0

    @property
    def path(self) -> Path:
        """Where the film will be."""
        return self._writer.path

    def add(self, surface: pygame.Surface, seconds: float) -> None:
        """Takes in what has been shown for some time [s]; a window of another size is scaled.

        Raises:
            UserError: it cannot be written; what was written before is kept.
        """
        self._elapsed_s += seconds
        if self._elapsed_s < self._writer.seconds:
            return
        if surface.get_size() != self._size:
            surface = pygame.transform.smoothscale(surface, self._size)
        while self._writer.seconds <= self._elapsed_s:
            self._writer.add(surface)

    def close(self) -> Path:
        """Ends the film; returns where it is.

        Raises:
            UserError: its end cannot be written; what was written before is kept.
        """
        self._writer.close()
        return self._writer.path
