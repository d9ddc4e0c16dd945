"""Successive frames in one observation, the newest in the last channels."""

import numpy as np

from sim.kernels import kernel


@kernel
def push_frame(observation, picture):
    """Adds ``picture`` to the frames of ``observation`` (H, W, stack x channels) in place of the oldest.

    Every value moves forward, over one that has been read already.
    """
    values, new, channels = observation.reshape(observation.size), picture.reshape(picture.size), picture.shape[2]
    if observation.shape[2] == 4 and channels == 1:
        _push_bytes(values.view(np.uint32), new)
        return
    for i in range(values.shape[0] - channels):
        values[i] = values[i + channels]
    _write(values, new, channels, observation.shape[2] - channels, observation.shape[2])


@kernel
def fill_stack(observation, picture):
    """Begins an episode with a stack of its first frame."""
    values, new, channels = observation.reshape(observation.size), picture.reshape(picture.size), picture.shape[2]
    for first in range(0, observation.shape[2], channels):
        _write(values, new, channels, first, observation.shape[2])


@kernel
def _push_bytes(words, new):
    """The commonest stack, four gray frames: the four bytes of a pixel are one little-endian word."""
    for i in range(words.shape[0]):
        words[i] = (words[i] >> np.uint32(8)) | (np.uint32(new[i]) << np.uint32(24))


@kernel
def _write(values, new, channels, first, depth):
    """Writes the ``channels`` of each new pixel to channels ``first`` and on of ``depth``."""
    for pixel in range(new.shape[0] // channels):
        for channel in range(channels):
            values[pixel * depth + first + channel] = new[pixel * channels + channel]
