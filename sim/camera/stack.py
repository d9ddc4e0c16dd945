"""Successive frames in one observation, the newest in the last channels."""

from sim.kernels import kernel


@kernel
def push_frame(last, observation, picture):
    """Writes to ``observation`` (H, W, stack x channels) all frames of ``last`` but the oldest, and ``picture``.

    Both may be the same array: every value moves forward, over one that has been read already.
    """
    values, old, channels = observation.reshape(observation.size), last.reshape(last.size), picture.shape[2]
    for i in range(values.shape[0] - channels):
        values[i] = old[i + channels]
    _write(observation, picture, observation.shape[2] - channels)


@kernel
def keep_frames(last, observation):
    """Leaves all frames as they are."""
    observation[:] = last


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
