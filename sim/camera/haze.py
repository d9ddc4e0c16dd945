"""Haze: the air takes a share of what is far off, and shows the horizon's colour in its place.

By Koschmieder's law exp(-k x) of a colour passes through x metres of air with the extinction k [1/m].
"""

import math

import numpy as np

from sim.kernels import kernel
from sim.types import Float32Array, FloatArray

CLEAR_VISIBILITY = 160.0  # m through which 37 % of a colour pass on a clear day
THICKEST_VISIBILITY = 14.0  # m in the thickest fog
HAZE_LEVELS = 8  # from a clear day to the thickest fog, each thicker by the same factor
_THICKENING = math.log(CLEAR_VISIBILITY / THICKEST_VISIBILITY) / (HAZE_LEVELS - 1)


@kernel
def extinction(level):
    """Extinction k [1/m] of a level of haze from 0 on."""
    return math.exp(_THICKENING * level) / CLEAR_VISIBILITY


def clearness(distance: FloatArray) -> Float32Array:
    """Share of a colour that passes through ``distance`` (P,) [m] of air; shape (HAZE_LEVELS, P), dtype float32."""
    levels = np.array([extinction(level) for level in range(HAZE_LEVELS)])
    return np.exp(-levels[:, None] * distance).astype(np.float32)
