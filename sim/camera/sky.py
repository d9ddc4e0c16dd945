"""The sky, from the horizon's colour up to the zenith's, and the hills in front of it."""

import numpy as np

from sim.camera.look import LOOK_GAIN, LOOK_HILLS, LOOK_HORIZON, LOOK_PANORAMA, LOOK_ZENITH
from sim.camera.pixels import lay_over, luma, put, to_byte
from sim.kernels import kernel
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
def render_sky(camera, look, out):
    """Writes the Q pixels above the horizon to the beginning of ``out`` (uint8): 3 values a pixel, or 1 in gray."""
    red, more_red = _ends_of(look, 0)
    green, more_green = _ends_of(look, 1)
    blue, more_blue = _ends_of(look, 2)
    if camera.gray:
        gray, more_gray = luma(red, green, blue), luma(more_red, more_green, more_blue)
        for i in range(camera.sky.shape[0]):
            out[i] = to_byte(gray + camera.sky[i] * more_gray)
        return
    for i in range(camera.sky.shape[0]):
        share, first = camera.sky[i], np.uint64(3) * np.uint64(i)
        out[first] = to_byte(red + share * more_red)
        out[first + np.uint64(1)] = to_byte(green + share * more_green)
        out[first + np.uint64(2)] = to_byte(blue + share * more_blue)


@kernel
def _ends_of(look, channel):
    """A channel at the horizon, and what it gains up to the zenith's colour."""
    horizon, gain = look[LOOK_HORIZON + channel], look[LOOK_GAIN + channel]
    return horizon * gain, (look[LOOK_ZENITH + channel] - horizon) * gain


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
