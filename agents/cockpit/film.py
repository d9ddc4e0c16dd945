"""Writes what the cockpit shows to a film, without a display."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.cockpit.moment import Beat, Moment, mix_beats
from agents.cockpit.screen import SIZE, Screen, Wishes
from agents.cockpit.status import Status
from agents.drives.video import PICTURES_PER_S, FilmWriter
from agents.files import require_writable
from sim.config import CONTROL_PERIOD
from sim.errors import UserError

PICTURES_PER_BEAT = round(PICTURES_PER_S * CONTROL_PERIOD)
GIF_SIZE = (640, 360)
GIF_COLORS = 128
ENDINGS = (".mp4", ".gif")

Shot = tuple[Beat, str]  # what is shown for one control step, and its caption


def check_film_path(path: Path) -> None:
    """Refuses what could not be written in the end.

    Raises:
        UserError: unknown ending, a folder that is not there, or a file that cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f"A film cannot be written to {path}: its name must end in {' or '.join(ENDINGS)}.")
    if not path.parent.is_dir():
        raise UserError(f"A film cannot be written to {path}: there is no folder {path.parent}.")
    require_writable(path)


def record(moments: Iterable[Moment | Beat], path: Path, wishes: Wishes | None = None) -> int:
    """Writes a film of one car's moments, or of beats of several cars; see ``record_shots``."""
    return record_shots((((item,) if isinstance(item, Moment) else item, "") for item in moments), path, wishes)


def record_shots(shots: Iterable[Shot], path: Path, wishes: Wishes | None = None) -> int:
    """Writes a film, .mp4 (1280 x 720, 30 pictures/s) or .gif (640 x 360, 10 pictures/s).

    It appears under its name when it is whole; if the disk is full, what was written until then is kept.

    Returns:
        The number of pictures.

    Raises:
        UserError: see ``check_film_path``; or the disk is full.
    """
    check_film_path(path)
    if path.suffix.lower() == ".gif":
        return _record_gif(draw_shots(shots, 1, wishes), path)
    writer = FilmWriter(path, SIZE)
    try:
        for surface in draw_shots(shots, PICTURES_PER_BEAT, wishes):
            writer.add(surface)
    except BaseException:
        writer.discard()
        raise
    return writer.close()


def draw_shots(shots: Iterable[Shot], pictures: int, wishes: Wishes | None = None) -> Iterator[pygame.Surface]:
    """Draws so many pictures for each control step, the last at its end; each is valid until the next one."""
    screen, last = Screen(), None
    for beat, caption in shots:
        for number in range(1, pictures + 1):
            yield screen.draw(mix_beats(last or beat, beat, number / pictures), wishes, Status(caption=caption))
        last = beat


def _record_gif(surfaces: Iterable[pygame.Surface], path: Path) -> int:
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        count = _write_gif(surfaces, temporary)
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"The film {path} could not be written: {error.strerror or error}.") from None
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _write_gif(surfaces: Iterable[pygame.Surface], path: Path) -> int:
    images = [Image.fromarray(theme.pixels(pygame.transform.smoothscale(surface, GIF_SIZE))) for surface in surfaces]
    palette = _side_by_side(images[:: max(len(images) // 8, 1)]).quantize(GIF_COLORS)
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=round(1000 * CONTROL_PERIOD), loop=0)
    return len(frames)


def _side_by_side(images: list[Image.Image]) -> Image.Image:
    """One picture with the colours of all."""
    row = Image.new("RGB", (GIF_SIZE[0] * len(images), GIF_SIZE[1]))
    for place, image in enumerate(images):
        row.paste(image, (place * GIF_SIZE[0], 0))
    return row
