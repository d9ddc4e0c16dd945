"""The sky, from the horizon's colour up to the zenith's, and the hills in front of it."""

import numpy as np

from sim.camera.look import LOOK_GAIN, LOOK_HILLS, LOOK_HORIZON, LOOK_PANORAMA, LOOK_ZENITH
from sim.camera.pixels import lay_over, luma, put, to_byte
from sim.kernels import inlined, kernel
from sim.types import Float32Array

PANORAMA_SIZE = 4096  # directions all around, a power of two
HIGHEST_HILL = 0.11  # tangent of the elevation
HILL_WAVES = 24  # sines that add up to the silhouette


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
def render_sky(camera, look, picture):
    """Fills the rows above the horizon of ``picture`` (H, W, channels)."""
    for row in range(camera.first_ground_row):
        share = camera.sky[row]
        red, green, blue = _sky_channel(look, 0, share), _sky_channel(look, 1, share), _sky_channel(look, 2, share)
        if picture.shape[2] == 1:
            _fill_row(picture, row, 0, to_byte(luma(red, green, blue)))
        else:
            _fill_row_rgb(picture, row, to_byte(red), to_byte(green), to_byte(blue))


@kernel
def _sky_channel(look, channel, share):
    horizon, zenith = look[LOOK_HORIZON + channel], look[LOOK_ZENITH + channel]
    return (horizon + share * (zenith - horizon)) * look[LOOK_GAIN + channel]


@inlined
def _fill_row(picture, row, channel, value):
    for column in range(picture.shape[1]):
        picture[np.uint64(row), np.uint64(column), channel] = value


@inlined
def _fill_row_rgb(picture, row, red, green, blue):
    for column in range(picture.shape[1]):
        picture[np.uint64(row), np.uint64(column), 0] = red
        picture[np.uint64(row), np.uint64(column), 1] = green
        picture[np.uint64(row), np.uint64(column), 2] = blue


@kernel
def render_hills(turn, camera, look, picture):
    """Draws the hills over the lowest rows of the sky; ``turn`` is the car's heading in turns."""
    red = look[LOOK_HILLS] * look[LOOK_GAIN]
    green = look[LOOK_HILLS + 1] * look[LOOK_GAIN + 1]
    blue = look[LOOK_HILLS + 2] * look[LOOK_GAIN + 2]
    focal, start = np.float32(camera.focal_length), turn + look[LOOK_PANORAMA]
    for column in range(picture.shape[1]):
        direction = np.int32((start + camera.azimuth[np.uint64(column)]) * np.float32(PANORAMA_SIZE))
        height = camera.panorama[np.uint64(direction & np.int32(PANORAMA_SIZE - 1))]
        for row in range(camera.first_ground_row - 1, -1, -1):
            cover = (height - camera.elevation[np.uint64(row)]) * focal + np.float32(0.5)
            if cover <= np.float32(0.0):
                break
            if cover < np.float32(1.0):
                lay_over(picture, row, column, cover * red, cover * green, cover * blue, cover)
            else:
                put(picture, row, column, red, green, blue)
