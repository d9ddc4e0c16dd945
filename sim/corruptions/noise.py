"""Noise of the sensor: every value of every frame on its own.

A table holds, for each brightness, 256 equally likely values that it may become: the quantiles of its distribution. So
a value costs a byte of chance and a look into the table, whatever the distribution.
"""

from statistics import NormalDist

import numpy as np

from sim.chance import state_of
from sim.config import CameraConfig
from sim.corruptions.scene import Filter, at
from sim.kernels import kernel
from sim.types import FloatArray

DEVIATIONS = (0.04, 0.08, 0.12, 0.15, 0.18)  # standard deviation, of white; Tiny ImageNet-C
PHOTONS = (250.0, 100.0, 50.0, 30.0, 15.0)  # how many make white; Tiny ImageNet-C
QUANTILES = (np.arange(256) + 0.5) / 256.0


def make_gaussian_noise(severity: int, camera: CameraConfig) -> Filter:
    """Adds normal noise, as of a sensor that is hot. ``robust`` trains with deviations of up to 0.047."""
    normal = NormalDist(0.0, 255.0 * at(severity, DEVIATIONS))
    noise = np.array([normal.inv_cdf(share) for share in QUANTILES])
    return _through(np.arange(256.0)[:, None] + noise)


def make_shot_noise(severity: int, camera: CameraConfig) -> Filter:
    """Counts photons, which arrive by chance (Poisson): the noise of little light, strongest where it is bright."""
    photons = at(severity, PHOTONS)
    counts = [_poisson_quantiles(photons * value / 255.0) for value in range(256)]
    return _through(255.0 / photons * np.array(counts))


def _poisson_quantiles(mean: float) -> FloatArray:
    """256 equally likely counts (256,) of a Poisson distribution: P(k) = mean^k exp(-mean) / k!."""
    most = int(mean + 6.0 * np.sqrt(mean) + 10.0)
    ratios = mean / np.arange(1.0, most)
    chances = np.exp(-mean) * np.concatenate([[1.0], np.cumprod(ratios)])
    return np.searchsorted(np.cumsum(chances), QUANTILES).astype(np.float64)


def _through(values: FloatArray) -> Filter:
    """Lets chance pick one of the ``values`` (256, 256) of each brightness."""
    table = np.clip(np.rint(values), 0.0, 255.0).astype(np.uint8)
    return lambda pictures, scene: _draw(pictures.reshape(len(pictures), -1), scene.keys, scene.moments, table)


@kernel
def _draw(pictures, keys, moments, table):
    """Replaces every value of ``pictures`` (N, values); four of them share the bytes of one state."""
    for car in range(pictures.shape[0]):
        start = state_of(keys[car], moments[car])
        values = pictures[car]
        for first in range(0, values.shape[0], 4):
            state = state_of(start, first)
            for i in range(first, min(first + 4, values.shape[0])):
                values[i] = table[values[i], state & np.uint32(255)]
                state = np.uint32(state >> np.uint32(8))
