"""What the window writes: screenshots, films and replays, under names that are free."""

import io
import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.drives.recording import ENDING, Recording, save_recording
from agents.drives.video import FilmWriter
from perception.atomic import write_atomic
from sim.errors import UserError


@contextmanager
def new_file(folder: Path, stem: str, ending: str) -> Iterator[Path]:
    """The first of STEM-1, STEM-2, ... that is not there yet, made empty; removed at the end if it still is.

    Raises:
        UserError: it cannot be made.
    """
    path = folder / f"{stem}-N{ending}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = folder / f"{stem}-{number}{ending}"
            with suppress(FileExistsError):
                path.open("xb").close()  # of several programs, one makes it
                break
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        yield path
    finally:
        with suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()


def save_screenshot(surface: pygame.Surface, folder: Path) -> Path:
    """Writes a picture as PNG.

    Raises:
        UserError: it cannot be written.
    """
    with new_file(folder, "screenshot", ".png") as path:
        try:
            write_atomic(path, png(surface))
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
    with new_file(folder, f"road-{recording.road_seed}", ENDING) as path:
        save_recording(recording, path)
    return path


class WindowFilm:
    """Films what the window shows, at the pace of its clock."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        """Begins a film of pictures of ``size`` (width, height) [px].

        Raises:
            UserError: it cannot be written.
        """
        with ExitStack() as stack:
            path = stack.enter_context(new_file(folder, "film", ".mp4"))
            self._size, self._writer = size, FilmWriter(path, size)
            self._name = stack.pop_all()
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
        try:
            while self._writer.seconds <= self._elapsed_s:
                self._writer.add(surface)
        except UserError:
            self._name.close()
            raise

    def close(self) -> Path:
        """Ends the film; returns where it is.

        Raises:
            UserError: its end cannot be written; what was written before is kept.
        """
        with self._name:
            self._writer.close()
        return self._writer.path
