"""What the window writes: screenshots, films and replays, under names that are not taken."""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.drives.recording import ENDING, Recording, save_recording
from agents.drives.video import FilmWriter
from agents.words import place_noun
from perception.atomic import write_atomic
from sim.errors import UserError


@contextmanager
def new_file(folder: Path, stem: str, ending: str) -> Iterator[Path]:
    """The first of STEM-1, STEM-2, ... that does not exist yet, made empty; removed at the end if it still is.

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


def png(surface: pygame.Surface) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(theme.pixels(surface)).save(file, format="PNG", optimize=True)
    return file.getvalue()


class Output:
    """Writes to one folder, and reports each file and each failure, so that the drive continues in any case."""

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        """Writes to ``folder``, which is made when it is first needed."""
        self.folder, self._report = folder, report
        self.saved: list[Path] = []
        self.film: WindowFilm | None = None  # that is being made

    def screenshot(self, surface: pygame.Surface) -> None:
        """Writes a picture as PNG."""
        self._save(
            lambda: self._write("screenshot", ".png", lambda path: write_atomic(path, png(surface))), "screenshot"
        )

    def replay(self, recording: Recording) -> None:
        """Writes a drive."""
        name = f"{place_noun(recording.config.roads)}-{recording.road_seed}"
        self._save(lambda: self._write(name, ENDING, lambda path: save_recording(recording, path)), "replay")

    def toggle_film(self, size: tuple[int, int]) -> None:
        """Starts a film of pictures of ``size`` (width, height) [px], or ends it."""
        if self.film is not None:
            film, self.film = self.film, None
            self._save(film.close, "film")
            return
        try:
            self.film = WindowFilm(self.folder, size)
        except UserError as error:
            self._report(str(error))
        else:
            self._report(f"recording {self.film.path}; F3 ends it")

    def extend_film(self, surface: pygame.Surface, seconds: float) -> None:
        """Adds what has been shown for some time [s] to the film, if one is being made."""
        if self.film is None:
            return
        try:
            self.film.add(surface, seconds)
        except UserError as error:
            self.film = None
            self._report(str(error))

    def _write(self, stem: str, ending: str, write: Callable[[Path], object]) -> Path:
        with new_file(self.folder, stem, ending) as path:
            write(path)
        return path

    def _save(self, save: Callable[[], Path], what: str) -> None:
        try:
            path = save()
        except UserError as error:
            self._report(str(error))
        except OSError as error:
            self._report(f"{error.filename} cannot be written: {error.strerror or error}.")
        else:
            self.saved.append(path)
            self._report(f"{what}: {path}")


class WindowFilm:
    """Films what the window shows, in real time."""

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
