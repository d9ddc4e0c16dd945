"""Writes what the cockpit shows to a film, without a display."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.cockpit.moment import mix_ticks
from agents.cockpit.screen import SIZE, DisplayOptions, Screen
from agents.cockpit.shots import Shot
from agents.cockpit.status import Status
from agents.drives.video import PICTURES_PER_S, FilmWriter, part_of
from agents.files import check_picture_path
from sim.config import CONTROL_PERIOD
from sim.errors import UserError

PICTURES_PER_TICK = round(PICTURES_PER_S * CONTROL_PERIOD)
GIF_SIZE = (640, 360)
GIF_COLORS = 128
GIF_FIRST = 80  # pictures that its colours are taken from
LONGEST_GIF_S = 300.0  # 3,000 pictures, 1 GB while they are written
FILM_ENDINGS = (".mp4", ".gif")


def check_film_path(path: Path) -> None:
    """Makes sure that a film can be written there.

    Raises:
        UserError: unknown ending, a folder that is not there, or a file that cannot be written.
    """
    if not path.parent.is_dir():
        raise UserError(f"A film cannot be written to {path}: there is no folder {path.parent}.")
    check_picture_path(path, FILM_ENDINGS, "film")


def check_gif_length(path: Path, seconds: float) -> None:
    """Makes sure that a GIF fits the memory.

    Raises:
        UserError: it is too long.
    """
    if path.suffix.lower() == ".gif" and seconds > LONGEST_GIF_S:
        raise UserError(
            f"{path} would be {seconds:.0f} s long, but a GIF must be {LONGEST_GIF_S:.0f} s at the most; "
            "choose a name that ends in .mp4."
        )


def record(shots: Iterable[Shot], path: Path, options: DisplayOptions | None = None) -> int:
    """Writes a film, .mp4 (1280 x 720, 30 pictures/s) or .gif (640 x 360, 10 pictures/s).

    It appears under its name when it is complete; if the disk is full, what was written until then is kept.

    Returns:
        The number of pictures.

    Raises:
        UserError: see ``check_film_path``; or the disk is full.
    """
    check_film_path(path)
    if path.suffix.lower() == ".gif":
        return _record_gif(draw_shots(shots, 1, options), path)
    writer = FilmWriter(path, SIZE)
    try:
        for surface in draw_shots(shots, PICTURES_PER_TICK, options):
            writer.add(surface)
    except BaseException:
        writer.discard()
        raise
    return writer.close()


def draw_shots(shots: Iterable[Shot], pictures: int, options: DisplayOptions | None = None) -> Iterator[pygame.Surface]:
    """Draws so many pictures for each control step, the last at its end; each is valid until the next one."""
    screen, last = Screen(), None
    for tick, caption in shots:
        for number in range(1, pictures + 1):
            yield screen.draw(mix_ticks(last or tick, tick, number / pictures), options, Status(caption=caption))
        last = tick


def _record_gif(surfaces: Iterable[pygame.Surface], path: Path) -> int:
    with part_of(path) as part:
        try:
            count = _write_gif(surfaces, part)
            part.replace(path)
        except OSError as error:
            raise UserError(f"The film {path} could not be written: {error.strerror or error}.") from None
    return count


def _write_gif(surfaces: Iterable[pygame.Surface], path: Path) -> int:
    """Colours are those of the first pictures; Pillow keeps all until the end, in a byte a pixel."""
    images = (Image.fromarray(theme.pixels(pygame.transform.smoothscale(surface, GIF_SIZE))) for surface in surfaces)
    first = list(itertools.islice(images, GIF_FIRST))
    palette = _side_by_side(first[:: max(len(first) // 8, 1)]).quantize(GIF_COLORS)
    count = 0

    def frames() -> Iterator[Image.Image]:
        nonlocal count
        for image in itertools.chain(first, images):
            count += 1
            yield image.quantize(palette=palette, dither=Image.Dither.NONE)

    rest = frames()
    next(rest).save(path, save_all=True, append_images=rest, duration=round(1000 * CONTROL_PERIOD), loop=0)
    return count


def _side_by_side(images: list[Image.Image]) -> Image.Image:
    """One picture with the colours of all."""
    row = Image.new("RGB", (GIF_SIZE[0] * len(images), GIF_SIZE[1]))
    for place, image in enumerate(images):
        row.paste(image, (place * GIF_SIZE[0], 0))
    return row
