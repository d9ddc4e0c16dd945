"""Frames as PNG files (ISO/IEC 15948), many at a time and fast.

Rows are stored unfiltered and compressed by Intel's ISA-L, four to eight times as fast as general encoders at about
the same size. Any program reads the files; ``decode`` reads these alone.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np
from isal import igzip_lib, isal_zlib

from sim.errors import UserError
from sim.types import ByteArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES = {1: 0, 3: 2}  # of PNG, by channels: gray and RGB
LEVEL = 1  # of 0 to 3; 2 and 3 give nothing here


def encode(frames: ByteArray) -> list[bytes]:
    """A PNG file for each of ``frames`` (N, H, W, 1 or 3), uint8."""
    count, height, width, channels = frames.shape
    rows = np.zeros((count, height, 1 + width * channels), dtype=np.uint8)  # each after the number of its filter, 0
    rows[:, :, 1:] = frames.reshape(count, height, width * channels)
    start, end = _start(height, width, channels), _chunk(b"IEND", b"")
    return [start + _chunk(b"IDAT", isal_zlib.compress(picture, LEVEL)) + end for picture in rows]


def decode(files: Sequence[bytes], shape: tuple[int, int, int]) -> ByteArray:
    """The pictures (N, H, W, C), uint8, of files that ``encode`` wrote, of the shape (H, W, C).

    Raises:
        UserError: a file is another one, or of another shape.
    """
    height, width, channels = shape
    start = _start(height, width, channels)
    row_shape = (height, 1 + width * channels)
    pixels = b"".join([_pixels(data, start, math.prod(row_shape)) for data in files])
    rows = np.frombuffer(pixels, dtype=np.uint8).reshape(len(files), *row_shape)
    if rows[:, :, 0].any():
        raise UserError(_FOREIGN)
    return np.ascontiguousarray(rows[:, :, 1:]).reshape(len(files), *shape)


_FOREIGN = "A picture is not one that dashcam collect wrote; collect the frames again."


def _pixels(data: bytes, start: bytes, size: int) -> bytes:
    (length,) = struct.unpack_from(">I", data, len(start)) if len(data) > len(start) + 8 else (0,)
    first = len(start) + 8
    sound = data.startswith(start) and data[first - 4 : first] == b"IDAT" and length <= len(data) - first
    if not sound:
        raise UserError(_FOREIGN)
    try:
        pixels = isal_zlib.decompressobj().decompress(data[first : first + length], size + 1)
    except igzip_lib.IsalError as error:  # type: ignore[misc]  # its stub takes the class for an instance
        raise UserError(_FOREIGN) from error
    if len(pixels) != size:
        raise UserError(_FOREIGN)
    return pixels


def _start(height: int, width: int, channels: int) -> bytes:
    """All that comes before the pixels: 8 bits a channel, not interlaced."""
    return SIGNATURE + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, COLOR_TYPES[channels], 0, 0, 0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", isal_zlib.crc32(kind + data))
