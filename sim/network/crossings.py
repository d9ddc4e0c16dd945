"""Crossings of pedestrians, collected one by one."""

import numpy as np

from sim.network.network import SIGNALLED, ZEBRA
from sim.network.rows import Columns, starts_of


class Crossings:
    """Crossings as they are collected; those with a signal group are signalled, others zebras."""

    def __init__(self) -> None:
        """None yet."""
        self.ends: list[tuple[float, float, float, float]] = []
        self.width: list[float] = []
        self.group: list[int] = []
        self.counts: list[int] = []
        self.under: list[tuple[int, float, float]] = []

    def add(
        self,
        ends: tuple[float, float, float, float],
        width: float,
        group: int,
        under: list[tuple[int, float, float]],
    ) -> None:
        """Adds one: x, y of either end [m], its width [m], and lanes with the stations of its begin and end [m]."""
        self.ends.append(ends)
        self.width.append(width)
        self.group.append(group)
        self.counts.append(len(under))
        self.under += under

    def columns(self) -> Columns:
        """All of them as columns of a network."""
        ends = np.array(self.ends, dtype=np.float32).reshape(-1, 4)
        under = np.array(self.under).reshape(-1, 3)
        group = np.array(self.group, dtype=np.int32)
        return {
            "crossing_kind": np.where(group >= 0, SIGNALLED, ZEBRA).astype(np.int8),
            "crossing_x": ends[:, [0, 2]].copy(),
            "crossing_y": ends[:, [1, 3]].copy(),
            "crossing_width": np.array(self.width, dtype=np.float32),
            "crossing_group": group,
            "crossing_lane_starts": starts_of(self.counts),
            "crossing_lanes": under[:, 0].astype(np.int32),
            "crossing_begin": under[:, 1].astype(np.float32),
            "crossing_end": under[:, 2].astype(np.float32),
        }
