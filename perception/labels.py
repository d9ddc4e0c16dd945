"""Labels of frames: names, units and the classes of bends.

Signs are those of ``sim.types``: left is positive, so a positive curvature bends to the left.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LATERAL_OFFSET, HEADING_ERROR, LANE_WIDTH = "lateral_offset_m", "heading_error_rad", "lane_width_m"
CURVATURES = ("curvature_5m", "curvature_10m", "curvature_20m", "curvature_40m")  # 1/m, so far ahead
COMMAND, STOP_DISTANCE, SIGNAL, SPEED_LIMIT = "command", "stop_distance_m", "signal", "speed_limit_mps"  # in towns
SIGNALS = ("none", "red", "yellow", "green")  # classes, in the order of their numbers
BENDS = ("left", "straight", "right")  # classes, in the order of their numbers

BEND_CURVATURE = 1.0 / 200.0  # 1/m; a gentler bend drifts by less than half a lane of 3.5 m within 25 m
CLEAR_BELOW, CLEAR_ABOVE = 0.5, 1.5  # shares of BEND_CURVATURE between which a bend is a boundary case


@dataclass(frozen=True)
class Target:
    """A number to be estimated: the network gives (value - mean) / scale, which is about -1 to 1."""

    name: str
    """Name of its column, with its unit."""
    mean: float
    """Value [of that unit] that the network's 0 stands for."""
    scale: float
    """Difference [of that unit] that the network's 1 stands for."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0.0):
            raise ValueError(f"{self.name} has mean {self.mean} and scale {self.scale}")


TARGETS = (
    Target(LATERAL_OFFSET, 0.0, 1.0),
    Target(HEADING_ERROR, 0.0, 0.1),
    *(Target(name, 0.0, 0.02) for name in CURVATURES),
    Target(LANE_WIDTH, 3.5, 0.3),
)


def bend_curvature(curvatures: NDArray[np.floating]) -> NDArray[np.floating]:
    """The curvature that decides the class [1/m], (N,), of the four ahead (N, 4): the mean of those at 10 and 20 m."""
    return np.asarray(0.5 * (curvatures[:, 1] + curvatures[:, 2]))


def bend_classes(curvatures: NDArray[np.floating]) -> NDArray[np.int64]:
    """Indices into ``BENDS`` (N,) of the curvatures ahead (N, 4) [1/m]: a bend is one of a radius below 200 m."""
    ahead = bend_curvature(curvatures)
    return np.where(ahead > BEND_CURVATURE, 0, np.where(ahead < -BEND_CURVATURE, 2, 1)).astype(np.int64)


def bend_is_clear(curvatures: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether the curvature is below half or above 1.5 of that which parts bends from straights, (N,) bool."""
    share = np.abs(bend_curvature(curvatures)) / BEND_CURVATURE
    return np.asarray((share <= CLEAR_BELOW) | (share >= CLEAR_ABOVE))
