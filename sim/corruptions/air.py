"""What is in the air: fog, by the true distance of the ground that a pixel sees, and rain.

By Koschmieder's law exp(-k x) of a colour passes through x metres of air with the extinction k [1/m], and the air's own
colour takes the place of the rest. The visibility is 3 / k, where 5 % pass. ``sim.camera.haze`` fogs a road when it is
rendered, in the colour of its sky, down to a visibility of 42 m, and ``robust`` trains with that; this fog is gray,
comes in banks, and is two and three times as thick in its last two severities.
"""

import math

import numpy as np

from sim.camera.pixels import to_byte
from sim.camera.projection import FARTHEST
from sim.chance import state_of, unit
from sim.config import CameraConfig
from sim.corruptions.scene import Filter, Scene, at, ground_of, pixels
from sim.kernels import kernel
from sim.types import ByteArray, Float32Array

VISIBILITIES = (90.0, 55.0, 35.0, 20.0, 12.0)  # m, ours; road weather services warn below 50 m
FOG_COLOR = 200.0  # of 255, gray
FOG_TOP = 30.0  # m above the road: as high as the sight out of the fog has to climb
BANK = 50.0  # m from one bank to the next
BANK_DEPTH = 0.3  # share by which banks are thicker, and gaps thinner, than the mean

STREAKS = (20.0, 45.0, 90.0, 150.0, 240.0)  # in a frame of 64 x 44 px; ours
SPRAY = (0.004, 0.008, 0.014, 0.022, 0.03)  # 1/m, extinction by drops and spray; ours
STREAK_LENGTHS = (3.0, 9.0)  # px; 30 cm, the fall of a drop in 1/30 s at 9 m/s, seen from 3 m and from 1 m
STREAK_WIDTH = 0.8  # px
STREAK_COLOR = 215.0  # of 255
STREAK_COVER = 0.5  # share of what is behind a streak that it hides
STEEPEST_WIND = 0.35  # px to the side for each px down
NATIVE_ASPECT = 64.0 / 44.0  # width / height of the frames that streaks are counted for


def make_fog(severity: int, camera: CameraConfig) -> Filter:
    """Veils the ground by its distance and the sky by the fog above; banks come and go along the way."""
    distance = _air(camera)
    extinction = np.float32(3.0 / at(severity, VISIBILITIES))
    return lambda pictures, scene: _fog(pictures, scene.keys, scene.x, scene.y, distance, extinction)


def make_rain(severity: int, camera: CameraConfig) -> Filter:
    """Draws falling drops as bright streaks, others in every frame, slanted by the wind of the day, before spray."""
    distance = _air(camera)
    shape = camera.height / camera.width * NATIVE_ASPECT
    count, scale = round(at(severity, STREAKS) * shape), pixels(camera, 1.0)

    def pour(pictures: ByteArray, scene: Scene) -> None:
        _spray(pictures, distance, np.float32(at(severity, SPRAY)))
        _rain(pictures, scene.keys, scene.moments, count, scale)

    return pour


def _air(camera: CameraConfig) -> Float32Array:
    """How much fog lies before each pixel [m], shape (H x W,): to the ground, the horizon or the fog's top."""
    rows = (np.arange(camera.height) + 0.5 - 0.5 * camera.height) * 2.0 / camera.width
    tangent = math.tan(0.5 * math.radians(camera.field_of_view_deg))
    elevation = np.maximum(-np.arctan(rows * tangent) - math.radians(camera.pitch_down_deg), 1e-3)
    above = np.minimum(FOG_TOP / np.sin(elevation), FARTHEST)[:, None]
    distance = ground_of(camera).distance
    return np.where(np.isinf(distance), above, distance).astype(np.float32).ravel()


@kernel
def _fog(pictures, keys, x, y, distance, extinction):
    for car in range(pictures.shape[0]):
        state = state_of(keys[car], 0)
        angle, phase = 2.0 * math.pi * unit(state), 2.0 * math.pi * unit(state_of(state, 1))
        place = (x[car] * math.cos(angle) + y[car] * math.sin(angle)) / BANK
        thick = np.float32(1.0 + BANK_DEPTH * math.sin(2.0 * math.pi * place + phase))
        _veil(pictures[car], distance, thick * extinction)


@kernel
def _spray(pictures, distance, extinction):
    for car in range(pictures.shape[0]):
        _veil(pictures[car], distance, extinction)


@kernel
def _veil(picture, distance, extinction):
    """Lets each pixel of ``picture`` (H, W, channels) take the fog's colour by what lies before it, (H x W,) [m]."""
    columns, channels = picture.shape[1], picture.shape[2]
    gray = np.float32(FOG_COLOR)
    for pixel in range(distance.shape[0]):
        clear = np.float32(math.exp(-extinction * distance[pixel]))
        for channel in range(channels):
            value = np.float32(picture[pixel // columns, pixel % columns, channel])
            picture[pixel // columns, pixel % columns, channel] = to_byte(gray + clear * (value - gray))


@kernel
def _rain(pictures, keys, moments, count, scale):
    for car in range(pictures.shape[0]):
        wind = STEEPEST_WIND * (2.0 * unit(state_of(keys[car], 0)) - 1.0)
        start = state_of(keys[car], moments[car] + 1)
        for streak in range(count):
            _streak(pictures[car], state_of(start, streak), wind, scale)


@kernel
def _streak(picture, state, wind, scale):
    """Draws one drop: a line of one column's width or more, its sides blended into the columns beside it."""
    rows, columns, _ = picture.shape
    shortest, longest = STREAK_LENGTHS
    length = scale * (shortest + (longest - shortest) * unit(state_of(state, 1)))
    top, left = unit(state_of(state, 2)) * (rows + length) - length, unit(state_of(state, 3)) * columns
    half = 0.5 * scale * STREAK_WIDTH
    for row in range(max(math.ceil(top), 0), min(int(top + length), rows)):
        middle = left + wind * (row - top)
        for column in range(max(math.floor(middle - half), 0), min(math.floor(middle + half) + 1, columns)):
            cover = STREAK_COVER * max(min(column + 1.0, middle + half) - max(column, middle - half), 0.0)
            for channel in range(picture.shape[2]):
                value = np.float32(picture[row, column, channel])
                picture[row, column, channel] = to_byte(value + np.float32(cover) * (np.float32(STREAK_COLOR) - value))
