"""The ground's texture: grain that lets a driver see how fast the road goes by, and the shadows that lie on it."""

import numpy as np
from numpy.typing import NDArray

from sim.types import FloatArray

TEXTURE_SIZE = 256  # entries in each direction, a power of two
TEXTURE_STEP = 0.125  # m between two entries; the texture repeats every 32 m
TEXTURE_FADE = 2.0  # 1/m; a pixel 0.5 m wide shows half of the contrast
GRAIN_SCALES = ((0.15, 0.6), (0.8, 0.4))  # size [m] and share of each kind of grain
SHADOW_SCALE = 1.1  # m, size of the gaps between leaves
SHADOW_COVER = 0.35  # share of the ground that lies in full shadow


def make_texture() -> NDArray[np.uint16]:
    """The texture, row by row, the same in every process.

    Returns:
        Shape (TEXTURE_SIZE^2,), dtype uint16: grain in the lower byte, -127..127 as int8, and shadow in the upper one,
        0..255.
    """
    random = np.random.default_rng(0)
    grain = sum(share * np.clip(0.5 * _smooth_noise(random, size), -1.0, 1.0) for size, share in GRAIN_SCALES)
    canopy = _smooth_noise(random, SHADOW_SCALE)
    edge = np.quantile(canopy, 1.0 - SHADOW_COVER)
    shadow = np.clip(0.5 + 1.2 * (canopy - edge), 0.0, 1.0)
    lower = np.rint(127.0 * np.asarray(grain)).astype(np.int8).view(np.uint8)
    upper = np.rint(255.0 * shadow).astype(np.uint16)
    return np.asarray(upper * 256 + lower, dtype=np.uint16).ravel()


def _smooth_noise(random: np.random.Generator, size: float) -> FloatArray:
    """Periodic noise, blurred with a Gaussian of ``size`` [m]; mean 0, standard deviation 1."""
    noise = random.uniform(-1.0, 1.0, (TEXTURE_SIZE, TEXTURE_SIZE))
    frequency = 2.0 * np.pi * np.fft.fftfreq(TEXTURE_SIZE, TEXTURE_STEP)
    response = np.exp(-0.5 * (frequency * size) ** 2)
    smooth = np.fft.ifft2(np.fft.fft2(noise) * np.outer(response, response)).real
    return np.asarray((smooth - smooth.mean()) / smooth.std())


TEXTURE = make_texture()
