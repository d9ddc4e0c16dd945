"""Writes moments to a film, without a display."""

from collections.abc import Iterable
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from agents import cockpit
from agents.files import require_writable
from agents.session import Moment
from sim.config import CONTROL_PERIOD
from sim.errors import UserError
from sim.types import ByteArray

FRAMES_PER_SECOND = round(1.0 / CONTROL_PERIOD)
GIF_SIZE = (640, 360)
GIF_COLORS = 128
ENDINGS = (".mp4", ".gif")


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


def record(moments: Iterable[Moment], path: Path) -> int:
    """Writes a film, .mp4 (H.264, 1280 x 720) or .gif (640 x 360); it appears under its name when it is whole.

    Returns:
        The number of pictures.

    Raises:
        UserError: see ``check_film_path``.
    """
    check_film_path(path)
    pictures = (cockpit.pixels(cockpit.draw(moment)) for moment in moments)
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        count = (_write_mp4 if path.suffix.lower() == ".mp4" else _write_gif)(pictures, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _write_mp4(pictures: Iterable[ByteArray], path: Path) -> int:
    writer = imageio_ffmpeg.write_frames(
        str(path), cockpit.SIZE, fps=FRAMES_PER_SECOND, codec="libx264", pix_fmt_out="yuv420p", quality=7
    )
    writer.send(None)
    count = 0
    try:
        for picture in pictures:
            writer.send(picture)
            count += 1
    finally:
        writer.close()
    return count


def _write_gif(pictures: Iterable[ByteArray], path: Path) -> int:
    images = [Image.fromarray(picture).resize(GIF_SIZE, Image.Resampling.LANCZOS) for picture in pictures]
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
