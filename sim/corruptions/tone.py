"""Other tones: too bright, too flat, too dark. What becomes of a pixel depends on its own brightness alone.

``robust`` trains with light from 0.61 to 1.65 times a clear day's, as a factor. Here brightness is added, contrast is
taken away, and a curve darkens the middle: none of the three is a factor.
"""

import numpy as np

from sim.config import CameraConfig
from sim.corruptions.scene import Filter, Scene, at
from sim.types import ByteArray, FloatArray

BRIGHTER = (0.1, 0.2, 0.3, 0.4, 0.5)  # of white, added; Tiny ImageNet-C
CONTRASTS = (0.4, 0.3, 0.2, 0.1, 0.05)  # share that is left; Tiny ImageNet-C
GAMMAS = (1.5, 2.0, 2.5, 3.2, 4.0)  # exponents, ours: 128 of 255 becomes 91, 64, 46, 28 and 16


def make_brightness(severity: int, camera: CameraConfig) -> Filter:
    """Adds to every channel. ImageNet-C adds to the value of HSV instead, which leaves grays the same as here."""
    return _through(np.arange(256.0) + 255.0 * at(severity, BRIGHTER))


def make_gamma(severity: int, camera: CameraConfig) -> Filter:
    """Bends the tone curve: v becomes v^gamma, for v from 0 to 1."""
    return _through(255.0 * (np.arange(256.0) / 255.0) ** at(severity, GAMMAS))


def make_contrast(severity: int, camera: CameraConfig) -> Filter:
    """Draws every channel towards its mean over the frame, as ImageNet-C does."""
    share = np.float32(at(severity, CONTRASTS))

    def flatten(pictures: ByteArray, scene: Scene) -> None:
        # The sum of bytes is exact, so that the mean does not depend on the order of addition.
        total = pictures.sum(axis=(1, 2), keepdims=True, dtype=np.uint64)
        mean = (total / (pictures.shape[1] * pictures.shape[2])).astype(np.float32)
        pictures[:] = np.rint(share * pictures + (np.float32(1.0) - share) * mean)

    return flatten


def _through(values: FloatArray) -> Filter:
    """Looks every pixel up in ``values`` (256,)."""
    table = np.clip(np.rint(values), 0.0, 255.0).astype(np.uint8)

    def look_up(pictures: ByteArray, scene: Scene) -> None:
        pictures[:] = table[pictures]

    return look_up
