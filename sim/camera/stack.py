"""Successive frames in one observation, the newest in the last channels.

A car remembers its last frames as they were rendered, in a ring: that of step t lies at place t modulo their number. So
each observation is written once, from frames that nobody else can have changed.
"""

import numpy as np

from sim.kernels import kernel


@kernel
def fill_ring(ring, newest):
    """Begins an episode: all frames of ``ring`` (stack, H, W, channels) become the ``newest`` one."""
    values, size = ring.reshape(ring.size), ring.size // ring.shape[0]
    for place in range(ring.shape[0]):
        for i in range(size):
            values[place * size + i] = values[newest * size + i]


@kernel
def write_stack(ring, newest, observation):
    """Writes the frames of ``ring`` (stack, H, W, channels) to ``observation`` (H, W, stack x channels)."""
    stack, channels = ring.shape[0], ring.shape[3]
    values = observation.reshape(observation.size)
    if stack == 4 and channels == 1:
        _write_words(ring.reshape((stack, ring.size // stack)), newest, values.view(np.uint32))
        return
    for k in range(stack):
        picture = ring[(newest + 1 + k) % stack]
        _write(picture.reshape(picture.size), channels, k * channels, stack * channels, values)


@kernel
def _write_words(ring, newest, words):
    """The commonest stack, four gray frames: the four bytes of a pixel are one little-endian word."""
    first, second = ring[(newest + 1) % 4], ring[(newest + 2) % 4]
    third, last = ring[(newest + 3) % 4], ring[newest]
    for i in range(words.shape[0]):
        older = np.uint32(first[i]) | (np.uint32(second[i]) << np.uint32(8))
        words[i] = older | (np.uint32(third[i]) << np.uint32(16)) | (np.uint32(last[i]) << np.uint32(24))


@kernel
def _write(picture, channels, first, depth, values):
    """Writes the ``channels`` of each pixel of ``picture`` to channels ``first`` and on of ``depth``."""
    for pixel in range(picture.shape[0] // channels):
        for channel in range(channels):
            values[pixel * depth + first + channel] = picture[pixel * channels + channel]
