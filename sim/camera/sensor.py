"""The sensor's noise: a fixed supply of it, read from another place in every row and every frame."""

import numpy as np
from numpy.typing import NDArray

from sim.camera.look import LOOK_NOISE, LOOK_NOISE_SEED
from sim.chance import GOLDEN, scramble
from sim.config import MAX_FRAME_SIZE
from sim.kernels import inlined, kernel

NOISE_STARTS = 65_536  # places where a row may begin to read, a power of two
NOISE_DEVIATION = 32.0  # standard deviation of the supply
LEVEL_BITS = 7  # noise is scaled by a whole number of 128ths
HALF_LEVEL = np.int16(1 << (LEVEL_BITS - 1))  # rounds to the nearest


def make_noise() -> NDArray[np.int8]:
    """Normal noise, shape (NOISE_STARTS + the longest row,), the same in every process."""
    random = np.random.default_rng(0)
    noise = random.normal(0.0, NOISE_DEVIATION, NOISE_STARTS + 3 * MAX_FRAME_SIZE)
    return np.clip(np.rint(noise), -127, 127).astype(np.int8)


@kernel
def add_noise(step, look, noise, picture):
    """Adds the noise of an episode's ``step`` to ``picture`` (H, W, channels) uint8."""
    level = np.int16(look[LOOK_NOISE] / NOISE_DEVIATION * (1 << LEVEL_BITS) + 0.5)
    if level == 0:
        return
    state = scramble(np.uint32(look[LOOK_NOISE_SEED]) + np.uint32(step) * GOLDEN)
    length = picture.shape[1] * picture.shape[2]
    rows = picture.reshape((picture.shape[0], length))
    for row in range(rows.shape[0]):
        state = scramble(state + np.uint32(row))
        start = np.int64(state & np.uint32(NOISE_STARTS - 1))
        _add_to_row(rows[row], noise[start : start + length], level)


@inlined
def _add_to_row(row, noise, level):
    for i in range(row.shape[0]):
        scaled = np.int16(np.int16(np.int16(noise[i]) * level) + HALF_LEVEL)
        value = np.int16(row[i]) + np.int16(scaled >> np.int16(LEVEL_BITS))
        row[i] = np.uint8(min(max(np.int16(value), np.int16(0)), np.int16(255)))
