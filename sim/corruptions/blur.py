"""Blur: every pixel becomes a weighted mean of its surroundings, the frame's rim going on beyond it."""

import math

import numpy as np

from sim.camera.pixels import to_byte
from sim.chance import state_of
from sim.config import CameraConfig
from sim.corruptions.scene import Filter, at, pixels
from sim.kernels import allocating_kernel
from sim.types import Float32Array, FloatArray

RADII = (0.75, 1.0, 1.5, 2.5, 3.0)  # px; Tiny ImageNet-C but for its first, 0.5, which would lie within one pixel
SMEARS = (2.1, 3.1, 4.2, 5.2, 6.3)  # px; as long as to spread a point as far as Tiny ImageNet-C's 1 to 3 px do
DIRECTIONS = 16
STEEPEST = math.radians(45.0)  # from the horizontal; ImageNet-C
SUBPIXELS = 8  # in each direction, to weigh parts of pixels


def make_defocus_blur(severity: int, camera: CameraConfig) -> Filter:
    """Spreads every point over a disc, as a lens out of focus does."""
    radius = pixels(camera, at(severity, RADII))
    places = _grid(radius)
    inside = places[np.hypot(places[:, 0], places[:, 1]) <= radius]
    return _blur_with(_weights(inside)[None])


def make_motion_blur(severity: int, camera: CameraConfig) -> Filter:
    """Smears every frame along a line, as a camera that shakes does; the direction changes from frame to frame.

    ImageNet-C smears with half a Gaussian of deviation s, which spreads by 0.6 s; a camera that turns evenly during the
    exposure smears evenly, and a line of length 2.1 s spreads as far.
    """
    length = pixels(camera, at(severity, SMEARS))
    along = length * ((np.arange(64) + 0.5) / 64.0 - 0.5)
    angles = STEEPEST * (2.0 * np.arange(DIRECTIONS) / (DIRECTIONS - 1) - 1.0)
    return _blur_with(
        _padded([_weights(np.outer(along, (math.sin(angle), math.cos(angle))), blend=True) for angle in angles])
    )


def _grid(radius: float) -> FloatArray:
    """Places (K, 2) that lie evenly over the pixels within ``radius`` of the middle of one [px]."""
    reach = math.ceil(radius) + 0.5
    along = np.arange(-reach, reach, 1.0 / SUBPIXELS) + 0.5 / SUBPIXELS
    return np.stack(np.meshgrid(along, along), axis=2).reshape(-1, 2)


def _weights(places: FloatArray, *, blend: bool = False) -> Float32Array:
    """Share (2 R + 1, 2 R + 1) of ``places`` (K, 2), row and column [px], that lie in each pixel around the middle one.

    With ``blend``, a place counts for the four pixels around it by its distance from each.
    """
    reach = math.ceil(float(np.abs(places).max()))
    weights = np.zeros((2 * reach + 3, 2 * reach + 3))
    corner = np.floor(places if blend else places + 0.5).astype(int)
    rest = places - corner if blend else np.zeros_like(places)
    for row in (0, 1):
        for column in (0, 1):
            share = np.abs(1 - row - rest[:, 0]) * np.abs(1 - column - rest[:, 1])
            np.add.at(weights, (corner[:, 0] + row + reach + 1, corner[:, 1] + column + reach + 1), share)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _padded(kernels: list[Float32Array]) -> Float32Array:
    """Kernels of odd sizes around their middles, in one array (K, size, size)."""
    size = max(len(kernel) for kernel in kernels)
    return np.stack([np.pad(kernel, (size - len(kernel)) // 2) for kernel in kernels])


def _blur_with(kernels: Float32Array) -> Filter:
    """Weighs with one of ``kernels`` (K, size, size), chosen by chance for each frame."""
    return lambda pictures, scene: _blur(pictures, scene.keys, scene.moments, kernels)


@allocating_kernel
def _blur(pictures, keys, moments, kernels):
    cars, height, width, channels = pictures.shape
    size = kernels.shape[1]
    reach = size // 2
    wide = np.empty((height + 2 * reach, (width + 2 * reach) * channels), dtype=np.float32)
    total = np.empty(width * channels, dtype=np.float32)
    for car in range(cars):
        weights = kernels[state_of(keys[car], moments[car]) % np.uint32(kernels.shape[0])]
        _widen(pictures[car], reach, wide)
        for row in range(height):
            total[:] = np.float32(0.0)
            for i in range(size):
                for j in range(size):
                    if weights[i, j] > np.float32(0.0):
                        _add(total, wide[row + i, j * channels :], weights[i, j])
            for k in range(total.shape[0]):
                pictures[car, row, k // channels, k % channels] = to_byte(total[k])


@allocating_kernel
def _widen(picture, reach, wide):
    """Copies a picture (H, W, channels) to the middle of ``wide`` and lets its rim go on around it."""
    height, width, channels = picture.shape
    for row in range(wide.shape[0]):
        inner = min(max(row - reach, 0), height - 1)
        for column in range(width + 2 * reach):
            for channel in range(channels):
                value = picture[inner, min(max(column - reach, 0), width - 1), channel]
                wide[row, column * channels + channel] = np.float32(value)


@allocating_kernel
def _add(total, values, weight):
    for k in range(total.shape[0]):
        total[k] += weight * values[k]
