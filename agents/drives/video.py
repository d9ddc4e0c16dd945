"""Writes pictures to an mp4 as they come, so that what is on the disk can be played even if the disk fills up."""

import contextlib
import queue
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pygame

from agents.locks import held
from sim.errors import UserError

PICTURES_PER_S = 30
# Films are drawn faster than slower presets encode; flat panels cost few bits in any case.
ENCODING = ("-c:v", "libx264", "-preset", "superfast", "-crf", "26", "-pix_fmt", "yuv420p", "-g", str(PICTURES_PER_S))
FASTER = ("-sws_flags", "fast_bilinear", "-x264-params", "me=dia:subme=0")  # a quarter less time for 2 % more bytes
WAITING = 4  # pictures that may wait for the encoder
LEAST_BYTES = 4096  # of a file that holds a picture


@contextlib.contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write a film to, for this program alone; it is removed if it is still there at the end.

    Raises:
        UserError: another program films to ``path``, or it cannot be written.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    with contextlib.ExitStack() as stack:
        try:
            part.touch()
            stack.enter_context(held(part, f"Another program films to {path}; choose another name."))
        except OSError as error:
            raise UserError(f"A film cannot be written to {path}: {error.strerror}.") from None
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)


class FilmWriter:
    """An H.264 film of surfaces; appears under its name when it is closed. A thread feeds the encoder."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Starts the encoder for pictures of ``size`` (width, height) [px]; odd sizes lose a row or column."""
        self.path = path
        self.pictures = 0
        self._size = size
        with contextlib.ExitStack() as part:
            self._temporary = part.enter_context(part_of(path))
            self._process = self._start_encoder()
            self._part = part.pop_all()
        self._waiting: queue.Queue[bytes | None] = queue.Queue(WAITING)
        self._broken = False
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def _start_encoder(self) -> "subprocess.Popen[bytes]":
        width, height = self._size
        pictures = f"-f rawvideo -pix_fmt bgr0 -s {width}x{height} -r {PICTURES_PER_S} -i -".split()
        even = ["-vf", f"crop={width // 2 * 2}:{height // 2 * 2}:0:0"]
        words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-y", *pictures, *even, *ENCODING, *FASTER]
        return subprocess.Popen(  # noqa: S603
            [*words, "-movflags", "hybrid_fragmented", f"file:{self._temporary}"],  # else a:b.mp4 would be a protocol
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us, who end the film
        )

    def _feed(self) -> None:
        """Passes pictures on until there is none; after a failure it only takes them away."""
        assert self._process.stdin is not None
        while (picture := self._waiting.get()) is not None:
            if not self._broken:
                try:
                    self._process.stdin.write(picture)
                except OSError:
                    self._broken = True

    @property
    def seconds(self) -> float:
        """Length so far [s]."""
        return self.pictures / PICTURES_PER_S

    def add(self, surface: pygame.Surface) -> None:
        """Adds a picture of the size that was announced, as ``Screen`` draws them: 32 bits a pixel.

        Raises:
            UserError: it cannot be written; what was written before is kept.
        """
        if self._broken:
            raise UserError(self._give_up())
        self._waiting.put(surface.get_buffer().raw)
        self.pictures += 1

    def close(self) -> int:
        """Ends the film, and returns its number of pictures.

        Raises:
            UserError: its end cannot be written; what was written before is kept.
        """
        if not self._end():
            raise UserError(self._give_up())
        self._temporary.replace(self.path)
        self._part.close()
        return self.pictures

    def discard(self) -> None:
        """Ends the film without keeping it."""
        self._end()
        self._part.close()

    def _end(self) -> bool:
        """Lets the encoder finish; whether all went well."""
        if self._feeder.is_alive():
            self._waiting.put(None)
            self._feeder.join()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        return self._process.wait() == 0 and not self._broken

    def _give_up(self) -> str:
        """Keeps what can be played; says so."""
        self._end()
        told = f"The film {self.path} broke off after {self.seconds:.1f} s, since the disk is full or cannot be written"
        try:
            if self._temporary.is_file() and self._temporary.stat().st_size >= LEAST_BYTES:
                self._temporary.replace(self.path)
                return f"{told}; what was written until then is kept."
        except OSError:
            pass
        finally:
            self._part.close()
        return f"{told}; nothing of it is left."
