"""Writes pictures to an mp4 as they come, so that what is on the disk can be played even if the disk fills up."""

from pathlib import Path

import imageio_ffmpeg
import pygame

from sim.errors import UserError

PICTURES_PER_S = 30
# Films are drawn faster than the slower presets encode; flat panels cost few bits in any case.
ENCODING = ["-preset", "veryfast", "-crf", "23", "-movflags", "hybrid_fragmented", "-g", str(PICTURES_PER_S)]
LEAST_BYTES = 4096  # of a file that holds a picture


class FilmWriter:
    """An H.264 film of surfaces; appears under its name when it is closed."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Starts the encoder for pictures of ``size`` (width, height) [px]; odd sizes lose a row or column."""
        self.path = path
        self.pictures = 0
        self._size = (size[0] // 2 * 2, size[1] // 2 * 2)
        self._temporary = path.with_name(f".{path.stem}.part{path.suffix}")
        self._writer = imageio_ffmpeg.write_frames(
            str(self._temporary),
            self._size,
            fps=PICTURES_PER_S,
            codec="libx264",
            quality=None,
            macro_block_size=2,
            ffmpeg_log_level="quiet",
            output_params=ENCODING,
        )
        self._writer.send(None)

    @property
    def seconds(self) -> float:
        """Length so far [s]."""
        return self.pictures / PICTURES_PER_S

    def add(self, surface: pygame.Surface) -> None:
        """Adds a picture of the size that was announced.

        Raises:
            UserError: it cannot be written; what was written before is kept.
        """
        try:
            self._writer.send(pygame.image.tobytes(surface.subsurface((0, 0), self._size), "RGB"))
        except OSError:
            raise UserError(self._give_up()) from None
        self.pictures += 1

    def close(self) -> int:
        """Ends the film, and returns its number of pictures.

        Raises:
            UserError: its end cannot be written; what was written before is kept.
        """
        try:
            self._writer.close()
            self._temporary.replace(self.path)
        except OSError:
            raise UserError(self._give_up()) from None
        return self.pictures

    def discard(self) -> None:
        """Ends the film without keeping it."""
        self._writer.close()
        self._temporary.unlink(missing_ok=True)

    def _give_up(self) -> str:
        """Keeps what can be played; says so."""
        self._writer.close()
        told = f"The film {self.path} broke off after {self.seconds:.1f} s, since the disk is full or cannot be written"
        try:
            if self._temporary.is_file() and self._temporary.stat().st_size >= LEAST_BYTES:
                self._temporary.replace(self.path)
                return f"{told}; what was written until then is kept."
            self._temporary.unlink(missing_ok=True)
        except OSError:
            pass
        return f"{told}; nothing of it is left."
