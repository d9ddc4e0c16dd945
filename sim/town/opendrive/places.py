"""Where stations of a road and places on the ground lie on the lanes of a map's network."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from sim.roads.formats.opendrive.model import LanePiece
from sim.town.check import is_inside
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.lines import MapLines
from sim.types import BoolArray, FloatArray

FINE = 0.1  # m between the places of a lane that are looked at
CLOSE = 0.5  # m; a station so little beyond a road's end is at its end


class Pose(NamedTuple):
    """A place on a lane."""

    x: float  # m
    y: float  # m
    heading: float  # rad


class LanePlaces:
    """The lanes of a network by road, and the places along them."""

    def __init__(self, lanes: MapLanes, found: MapLines) -> None:
        """Of all lanes."""
        lines = found.lines
        self._lanes, self._lines = lanes, lines
        self.length: list[float] = lines.length.tolist()
        self.width: list[float] = found.width.tolist()
        self.origin = found.origin
        self._by_road: dict[str, list[int]] = {}
        for lane in range(len(lanes.stretches)):
            self._by_road.setdefault(lanes.road(lane), []).append(lane)
        first = lines.starts[:-1]
        corners = [
            (np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)) for values in (lines.x, lines.y)
        ]
        self._low, self._high = (np.stack([corners[0][k], corners[1][k]], axis=1) for k in range(2))

    def piece(self, lane: int) -> LanePiece:
        """The first piece of a lane."""
        return self._lanes.stretches[lane][0].piece

    def at(self, road: str, s: float) -> Iterator[tuple[int, float]]:
        """The lanes of a road that lie at a station [m], and the stations along them [m]."""
        here = self._by_road.get(road, [])
        ends = [stretch.end for lane in here for stretch in self._lanes.stretches[lane]]
        if not ends or not -CLOSE <= s <= max(ends) + CLOSE:
            return
        s = min(max(s, 0.0), max(ends))
        for lane in here:
            stretches = self._lanes.stretches[lane]
            ways = np.array([stretch.end - stretch.begin for stretch in stretches])
            before = np.cumsum(ways) - ways
            for stretch, along in zip(stretches, before.tolist(), strict=True):
                if stretch.begin <= s <= stretch.end:
                    share = (along + abs(s - stretch.way[0])) / float(ways.sum())
                    yield lane, share * self.length[lane]
                    break

    def pose(self, lane: int, station: float) -> Pose:
        """A place on a lane."""
        rows = slice(self._lines.starts[lane], self._lines.starts[lane + 1])
        at = self._lines.station[rows]
        columns = (self._lines.x[rows], self._lines.y[rows], self._lines.heading[rows])
        return Pose(*(float(np.interp(station, at, column)) for column in columns))

    def under(self, outline: FloatArray) -> list[tuple[int, float, float]]:
        """The lanes whose middle runs through an outline (K, 2) [m], from where to where [m]."""
        low, high = outline.min(axis=0), outline.max(axis=0)
        found = []
        for lane in np.flatnonzero(((self._low <= high) & (self._high >= low)).all(axis=1)).tolist():
            stations = np.linspace(0.0, self.length[lane], int(self.length[lane] / FINE) + 2)
            rows = slice(self._lines.starts[lane], self._lines.starts[lane + 1])
            at = self._lines.station[rows]
            x, y = (np.interp(stations, at, values[rows]) for values in (self._lines.x, self._lines.y))
            inside = stations[is_inside(outline, x, y)]
            if len(inside):
                found.append((lane, float(inside[0]), float(inside[-1])))
        return found

    def on_lanes(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Whether places (K,) [m] lie on a lane."""
        tree = cKDTree(np.stack([self._lines.x, self._lines.y], axis=1))
        lane = np.repeat(np.arange(len(self.length)), np.diff(self._lines.starts))
        half = 0.5 * np.array(self.width)[lane]
        near = tree.query_ball_point(np.stack([x, y], axis=1), float(half.max()))
        return np.array(
            [
                bool((np.hypot(self._lines.x[rows] - px, self._lines.y[rows] - py) < half[rows]).any())
                for rows, px, py in zip(near, x.tolist(), y.tolist(), strict=True)
            ],
            dtype=np.bool_,
        )
