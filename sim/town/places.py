"""Places along the kerbs of all streets at even distances."""

from typing import NamedTuple

import numpy as np

from sim.network.rows import flat_ranges
from sim.town.assemble import Parts
from sim.types import BoolArray, FloatArray, IntArray


class Spots(NamedTuple):
    """Places beside kerbs; arrays (K,)."""

    x: FloatArray  # m
    y: FloatArray  # m
    inward: FloatArray  # rad, towards the street
    traffic: FloatArray  # rad, direction of the traffic beside it
    side: IntArray  # 2 x street + 0 for its right side, + 1 for its left one
    rank: IntArray  # class of the street
    to_end: FloatArray  # m along the street to the nearer junction
    pavement: FloatArray  # m, width of the pavement
    parking: FloatArray  # m, width of the parking lane; 0: none


def along_kerbs(parts: Parts, spacing: float, beyond: float, first: float, alternate: bool) -> Spots:
    """Spots every ``spacing`` [m] from ``first`` on, ``beyond`` the kerb (negative: on the street).

    Where they ``alternate``, the left side's lie in the middle between those of the right side.
    """
    profiles = [street.profile for street in parts.streets for _ in range(2)]
    begin, end = np.array([(street.trim_a, street.end) for street in parts.streets]).repeat(2, axis=0).T
    start = np.full(len(begin), first)
    start[1::2] += 0.5 * spacing if alternate else 0.0
    counts = np.maximum(np.floor((end - begin - start) / spacing).astype(np.int64) + 1, 0)
    side, index = flat_ranges(counts)
    s = begin[side] + start[side] + index * spacing
    kerb = np.array([p.left_kerb if k % 2 else p.right_kerb for k, p in enumerate(profiles)])
    parking = np.array([p.parking_left if k % 2 else p.parking_right for k, p in enumerate(profiles)])
    against = np.array([(p.backward > 0) if k % 2 else (p.forward == 0) for k, p in enumerate(profiles)])
    outward = np.where(side % 2 == 1, 1.0, -1.0)
    x, y, heading, _ = parts.lines.at(side // 2, s)
    d = kerb[side] + outward * beyond
    return Spots(
        x=x - d * np.sin(heading),
        y=y + d * np.cos(heading),
        inward=heading - outward * 0.5 * np.pi,
        traffic=heading + np.where(against[side], np.pi, 0.0),
        side=side,
        rank=np.array([p.rank for p in profiles])[side],
        to_end=np.minimum(s - begin[side], end[side] - s),
        pavement=np.array([p.pavement for p in profiles])[side],
        parking=parking[side],
    )


def free_of_crossings(parts: Parts, x: FloatArray, y: FloatArray, distance: float) -> BoolArray:
    """Whether places are so far [m] from either end of every crossing."""
    network = parts.network
    dx = x[:, None] - network.crossing_x.ravel()
    dy = y[:, None] - network.crossing_y.ravel()
    return np.asarray((dx * dx + dy * dy > distance * distance).all(axis=1))
