"""Successive frames in one observation, the newest in the last channels."""

from sim.kernels import kernel


@kernel
def push_frame(observation, picture):
    """Drops the oldest frame of ``observation`` (H, W, stack x channels) and adds ``picture`` (H, W, channels)."""
    values, channels = observation.reshape(observation.size), picture.shape[2]
    for i in range(values.shape[0] - channels):
        values[i] = values[i + channels]
    _write(observation, picture, observation.shape[2] - channels)


@kernel
def fill_stack(observation, picture):
    """Begins an episode with a stack of its first frame."""
    for first in range(0, observation.shape[2], picture.shape[2]):
        _write(observation, picture, first)


@kernel
def _write(observation, picture, first):
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            for channel in range(picture.shape[2]):
                observation[row, column, first + channel] = picture[row, column, channel]
