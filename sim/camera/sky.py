"""The sky, from the horizon's colour up to the zenith's, and the hills in front of it."""

import numpy as np

from sim.camera.look import LOOK_GAIN, LOOK_HILLS, LOOK_HORIZON, LOOK_PANORAMA, LOOK_SCENERY, LOOK_ZENITH
from sim.camera.pixels import luma, to_byte
from sim.kernels import fma, inlined, kernel
from sim.types import Float32Array

PANORAMA_SIZE = 4096  # directions all around, a power of two
HIGHEST_HILL = 0.11  # tangent of the elevation
HILL_WAVES = 24  # sines that add up to the silhouette

_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_HIGHEST_HILL = np.float32(HIGHEST_HILL)


def make_panorama() -> Float32Array:
    """Tangent of the hills' elevation in every direction, shape (PANORAMA_SIZE,), the same in every process."""
    random = np.random.default_rng(0)
    turn = np.arange(PANORAMA_SIZE) / PANORAMA_SIZE
    waves = np.arange(1, HILL_WAVES + 1)
    phases = random.uniform(0.0, 1.0, HILL_WAVES)
    heights = random.uniform(0.5, 1.0, HILL_WAVES) / waves**0.8
    silhouette = heights @ np.sin(2.0 * np.pi * (waves[:, None] * turn + phases[:, None]))
    share = (silhouette - silhouette.min()) / np.ptp(silhouette)
    return np.asarray(HIGHEST_HILL * share**1.5, dtype=np.float32)


@kernel
def render_sky(turn, camera, look, scratch, out):
    """Writes the rows above the horizon, from ingredients that are laid out once as the values of a row.

    Args:
        turn: The car's heading in turns.
        camera: ``CameraArrays``.
        look: (LOOK_FIELDS,) the look of the episode.
        scratch: ``Scratch`` of this worker.
        out: (H x W x channels,) uint8, its beginning is written.
    """
    channels, hills = 1 if camera.gray else 3, look[LOOK_SCENERY] > 0.0
    values, focal = channels * camera.azimuth.shape[0], np.float32(camera.focal_length)
    _mix_colors(camera, look, channels, scratch)
    if hills:
        _find_hills(turn + look[LOOK_PANORAMA], camera, channels, scratch)
    for row in range(camera.first_ground_row):
        start, share = np.uint64(row * values), camera.sky[row]
        foot = fma(-camera.elevation[row], focal, _HALF)
        if hills and fma(_HIGHEST_HILL, focal, foot) > _ZERO:
            _paint_hills(share, focal, foot, values, start, scratch, out)
        else:
            for i in range(values):
                out[start + np.uint64(i)] = to_byte(fma(share, scratch.zenith[i], scratch.horizon[i]))


@inlined
def _mix_colors(camera, look, channels, scratch):
    """The colours of the horizon, of what the zenith adds to it, and of the hills."""
    for channel in range(channels):
        horizon = _in_daylight(look, LOOK_HORIZON, channel, camera.gray)
        zenith = _in_daylight(look, LOOK_ZENITH, channel, camera.gray) - horizon
        hill = _in_daylight(look, LOOK_HILLS, channel, camera.gray)
        for column in range(camera.azimuth.shape[0]):
            i = column * channels + channel
            scratch.horizon[i], scratch.zenith[i], scratch.hill[i] = horizon, zenith, hill


@kernel
def _in_daylight(look, color, channel, gray):
    """A channel of the colour that begins at column ``color`` of a look, or its luma."""
    if gray:
        gain = LOOK_GAIN
        return luma(look[color] * look[gain], look[color + 1] * look[gain + 1], look[color + 2] * look[gain + 2])
    return look[color + channel] * look[LOOK_GAIN + channel]


@inlined
def _find_hills(start, camera, channels, scratch):
    """Tangent of the hills' elevation in every column; ``start`` is where the panorama begins, in turns."""
    for column in range(camera.azimuth.shape[0]):
        direction = np.int32((start + camera.azimuth[np.uint64(column)]) * np.float32(PANORAMA_SIZE))
        height = camera.panorama[np.uint64(direction & np.int32(PANORAMA_SIZE - 1))]
        for channel in range(channels):
            scratch.height[column * channels + channel] = height


@inlined
def _paint_hills(share, focal, foot, values, start, scratch, out):
    """Writes a row that hills reach; they cover a pixel as far as they reach into it."""
    for i in range(values):
        sky = fma(share, scratch.zenith[i], scratch.horizon[i])
        cover = min(max(fma(scratch.height[i], focal, foot), _ZERO), _ONE)
        out[start + np.uint64(i)] = to_byte(fma(cover, scratch.hill[i] - sky, sky))
