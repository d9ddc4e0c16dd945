"""A road as people and evaluation see it, and its form in the arrays of the compiled core."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.roads.cells import CELL_SIZE, FINE_CELL_SIZE, MOST_FINE_CELLS, TIGHT_CURVATURE
from sim.roads.centerline import Centerline
from sim.roads.course import Course
from sim.roads.roadside import no_objects
from sim.roads.style import RoadStyle
from sim.types import Float32Array, FloatArray

OPEN_START = 10.0  # m of an open road behind the start of the route
ROUNDING = 1e-6  # 1/m
OPEN_END = 50.0  # m of an open road beyond the end of the route, so that the camera still sees road


@dataclass(frozen=True, eq=False)
class Road:
    """A road, and the lane of it that is driven."""

    seed: int
    line: Centerline
    style: RoadStyle
    course: Course
    """What lies across it, and where its lane is."""
    objects: Float32Array = field(default_factory=no_objects)
    """What stands beside it, in the world; (K, OBJECT_FIELDS), see ``roads.roadside``."""
    panorama: float = 0.0
    """By how much the hills around it are turned, 0..1 turn."""
    name: str = ""
    """What people call it, where it comes from a file."""
    origin: tuple[float, float] = (0.0, 0.0)
    """What was taken off the file's coordinates [m]."""

    @property
    def length(self) -> float:
        """Length of the centreline [m]."""
        return self.line.length

    @property
    def closed(self) -> bool:
        """Whether the end meets the start."""
        return self.line.closed

    @property
    def lane_width(self) -> float:
        """Width of the driving lane [m]; the median of a road whose widths vary."""
        return self.style.lane_width

    @property
    def half_width(self) -> float:
        """Greatest distance from the centreline to the edge of the paved surface [m]."""
        return float(np.abs(self.edges[:, 1:]).max())

    @property
    def lane_offset(self) -> float:
        """Lateral position of the driving lane's centre [m], negative: to the right."""
        return self.course.lane_offset

    @property
    def edges(self) -> FloatArray:
        """Width of the driving lane and lateral positions of the paved edges; shape (M, EDGE_FIELDS) [m]."""
        return self.course.edges

    @property
    def points(self) -> FloatArray:
        """Centreline, shape (M, 2) [m]."""
        return self.offset_points(0.0)

    def offset_points(self, d: float) -> FloatArray:
        """The line at lateral position ``d`` [m], shape (M, 2) [m]."""
        line = self.line
        return np.stack([line.x - d * np.sin(line.heading), line.y + d * np.cos(line.heading)], axis=1)

    def lane_points(self) -> FloatArray:
        """The driving lane's centre, shape (M, 2) [m]."""
        return self.offset_points(self.lane_offset)

    @cached_property
    def route_bounds(self) -> tuple[float, float]:
        """First and last station [m] between which a route begins and ends."""
        return (0.0, self.length) if self.closed else (OPEN_START, self.length - OPEN_END)

    def lane_distance(self, start: float, end: float) -> float:
        """Length of the driving lane between two stations [m]: the integral of 1 - curvature x lane offset."""
        stretch = 1.0 - self.line.curvature * self.lane_offset
        stations = self.line.step * np.arange(len(stretch) + 1)
        lengths = np.concatenate([[0.0], np.cumsum(stretch) * self.line.step])
        return float(np.interp(end, stations, lengths) - np.interp(start, stations, lengths))


def segment_rows(line: Centerline, origin: FloatArray) -> Float32Array:
    """Rows of ``RouteArrays.segments``, shape (M, SEGMENT_FIELDS), positions relative to ``origin`` (2,) [m]."""
    stations = (np.arange(len(line.x)) + 0.5) * line.step
    columns = (
        line.x - origin[0],
        line.y - origin[1],
        np.cos(line.heading),
        np.sin(line.heading),
        line.curvature,
        stations,
        line.heading - line.heading[0],
    )
    return np.stack(columns, axis=1).astype(np.float32)


def map_extent(line: Centerline, reach: float) -> tuple[FloatArray, tuple[int, int, float]]:
    """The map that knows ``reach`` [m] around a line.

    Returns:
        World position (2,) [m] of its corner; its columns and rows, and the edge of its cells [m].
    """
    fine = _extent(line, reach, FINE_CELL_SIZE)
    tight = float(np.abs(line.curvature).max()) > TIGHT_CURVATURE + ROUNDING
    return fine if tight and fine[1][0] * fine[1][1] <= MOST_FINE_CELLS else _extent(line, reach, CELL_SIZE)


def _extent(line: Centerline, reach: float, cell: float) -> tuple[FloatArray, tuple[int, int, float]]:
    margin = reach + 2.0 * cell  # the outermost cells are out of reach
    low = np.array([line.x.min(), line.y.min()]) - margin
    high = np.array([line.x.max(), line.y.max()]) + margin
    columns, rows = np.ceil((high - low) / cell).astype(np.int64).tolist()
    return low, (columns, rows, cell)
