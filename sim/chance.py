"""Numbers by chance that are the same for a car whatever else happens: each follows from a state of 32 bits alone."""

import numpy as np

from sim.kernels import kernel

GOLDEN = np.uint32(0x9E3779B9)  # 2^32 / the golden ratio: multiples of it fall far from each other
_PER_DRAW = np.float32(2.0**-24)


@kernel
def scramble(state):
    """A uint32 that looks unrelated to its neighbours': the finaliser of MurmurHash3."""
    state = np.uint32((state ^ (state >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    state = np.uint32((state ^ (state >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(state ^ (state >> np.uint32(16)))


@kernel
def state_of(key, count):
    """The state that belongs to a car's ``key`` (uint32) and a ``count`` of steps, cells or things (a whole number)."""
    return scramble(np.uint32(np.uint32(key) + np.uint32(np.uint32(count) * GOLDEN)))


@kernel
def unit(state):
    """A state as a number from 0 to 1 (exclusive), float32."""
    return np.float32(np.uint32(state) >> np.uint32(8)) * _PER_DRAW
