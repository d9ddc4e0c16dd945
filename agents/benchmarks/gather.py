"""The limit: how long it takes to only look up as many pixels as a frame has below the horizon."""

import numpy as np

from agents.benchmarks.timing import median_time
from sim.camera.projection import camera_arrays
from sim.config import CameraConfig
from sim.kernels import kernel
from sim.types import WordArray

TEXELS = 2048  # in each direction
TEXELS_PER_METER = 8.0
POSES = 64
REPEATS = 30


def gather_limit(camera: CameraConfig) -> float:
    """Time per frame [us] of one core that gathers the ground's pixels from a picture of it, at known places.

    The picture shows 256 m x 256 m with 4 bytes for every 12.5 cm; the places are those that a camera sees from 64
    poses. No renderer that draws ground from a picture can be faster.
    """
    random = np.random.default_rng(0)
    picture = random.integers(0, 2**32, TEXELS * TEXELS, dtype=np.uint32)
    places = np.stack([_places(camera, *random.uniform((80.0, 80.0, 0.0), (176.0, 176.0, 6.28))) for _ in range(POSES)])
    pixels = np.empty_like(places)
    return 1e6 * median_time(lambda: _gather(picture, places, pixels), REPEATS) / POSES


def _places(camera: CameraConfig, x: float, y: float, heading: float) -> WordArray:
    arrays = camera_arrays(camera)
    cos, sin = np.cos(heading), np.sin(heading)
    columns = (x + cos * arrays.forward - sin * arrays.left) * TEXELS_PER_METER
    rows = (y + sin * arrays.forward + cos * arrays.left) * TEXELS_PER_METER
    clipped = [np.clip(values, 0, TEXELS - 1).astype(np.uint32) for values in (rows, columns)]
    return np.asarray(clipped[0] * np.uint32(TEXELS) + clipped[1], dtype=np.uint32)


@kernel
def _gather(picture, places, pixels):
    for pose in range(places.shape[0]):
        for i in range(places.shape[1]):
            pixels[pose, np.uint64(i)] = picture[places[pose, np.uint64(i)]]
