"""How a frame's ground is cut into spans, and spans into blocks: see ``camera.ground``."""

import numpy as np

from sim.types import Float32Array, FloatArray, IntArray

SPAN = 4  # pixels
LONGEST_SPAN = 2.0  # m, a cell of the map; what its cell knows holds for all of such a span
BLOCK_SIZE = 768  # pixels, a multiple of SPAN


def count_single(width: FloatArray) -> int:
    """How many pixels, from the first one on, are spans of their own; their ground is ``width`` (rows, W) [m] wide."""
    if width.shape[1] % SPAN:
        return int(width.size)
    return int(np.count_nonzero(width[:, 0] * SPAN > LONGEST_SPAN) * width.shape[1])


def middles(field: Float32Array, single: int) -> Float32Array:
    """Values in the middles of all spans (S,), from those of the pixels (P,); the first ``single`` stand alone."""
    return np.append(field[:single], field[single:].reshape(-1, SPAN).mean(axis=1, dtype=np.float32))


def make_blocks(single: int, pixels: int) -> IntArray:
    """Blocks of spans of one length; shape (B, 4), dtype int64: first pixel, pixels, first span, spans."""
    blocks = []
    span = 0
    for start, end, length in ((0, single, 1), (single, pixels, SPAN)):
        for first in range(start, end, BLOCK_SIZE):
            count = min(BLOCK_SIZE, end - first)
            blocks.append((first, count, span, count // length))
            span += count // length
    return np.array(blocks, dtype=np.int64).reshape(-1, 4)
