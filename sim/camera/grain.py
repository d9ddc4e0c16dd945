"""The grain of the ground: smooth random brightness that lets a driver see how fast the road goes by."""

import numpy as np

from sim.types import Float32Array, FloatArray

GRAIN_SIZE = 256  # entries in each direction, a power of two
GRAIN_STEP = 0.125  # m between two entries; the grain repeats every 32 m
GRAIN_SCALES = ((0.15, 0.6), (0.8, 0.4))  # size [m] and share of each kind of grain


def make_grain() -> Float32Array:
    """Brightness from about -1 to 1, shape (GRAIN_SIZE, GRAIN_SIZE), the same in every process."""
    random = np.random.default_rng(0)
    grain = sum(
        share * _smooth(random.uniform(-1.0, 1.0, (GRAIN_SIZE, GRAIN_SIZE)), size) for size, share in GRAIN_SCALES
    )
    return np.asarray(grain, dtype=np.float32)


def _smooth(noise: FloatArray, size: float) -> FloatArray:
    """Blurs periodic noise with a Gaussian of ``size`` [m] and scales it to a standard deviation of 0.5."""
    frequency = 2.0 * np.pi * np.fft.fftfreq(GRAIN_SIZE, GRAIN_STEP)
    response = np.exp(-0.5 * (frequency * size) ** 2)
    smooth = np.fft.ifft2(np.fft.fft2(noise) * np.outer(response, response)).real
    return np.asarray(np.clip(0.5 * smooth / smooth.std(), -1.0, 1.0))


GRAIN = make_grain()
