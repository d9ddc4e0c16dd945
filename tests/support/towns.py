"""Towns to test on, built once, and what tests read off their arrays."""

import hashlib
from functools import cache

import numpy as np

from sim.network.network import Network
from sim.network.rows import flat_ranges
from sim.town.settings import TownSettings
from sim.town.town import Town, build_town
from sim.types import FloatArray, IntArray

FEW, MANY = range(20), range(50)


@cache
def town(seed: int, left_hand: bool = False) -> Town:
    return build_town(seed, TownSettings(left_hand=left_hand))


def digest(item: Town) -> str:
    """Of all arrays of a town."""
    parts = [*item.network, *item.surfaces, *item.furniture]
    return hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in parts)).hexdigest()


def points_of(network: Network, lane: int) -> slice:
    return slice(int(network.lane_points[lane]), int(network.lane_points[lane + 1]))


def owners(network: Network) -> IntArray:
    """The own lane of each conflict."""
    return flat_ranges(np.diff(network.conflict_starts).astype(np.int64))[0]


def group_of_lanes(network: Network) -> IntArray:
    """The signal group of each connecting lane, or -1: that of the stop line on the lane before it."""
    group = np.full(len(network.lane_length), -1)
    group[network.stop_lane] = network.stop_group
    of_junction = np.full(len(group), -1)
    for lane in np.flatnonzero(network.lane_junction >= 0):
        before = network.predecessors[network.predecessor_starts[lane] : network.predecessor_starts[lane + 1]]
        of_junction[lane] = group[before].max() if len(before) else -1
    return of_junction


def is_inside(polygon: FloatArray, x: FloatArray, y: FloatArray) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether points lie in a polygon (K, 2), by the parity of the edges above each."""
    (ax, ay), (bx, by) = polygon.T, np.roll(polygon, -1, axis=0).T
    spans = (ax[:, None] > x) != (bx[:, None] > x)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = ay[:, None] + (x - ax[:, None]) / (bx - ax)[:, None] * (by - ay)[:, None] > y
    return np.asarray(np.count_nonzero(spans & above, axis=0) % 2 == 1)
