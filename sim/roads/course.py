"""What lies across a road along its way: cross-sections of surfaces and lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.roads.cells import FARTHEST_REACH, MAP_REACH
from sim.roads.style import WHITE, Color, RoadStyle
from sim.types import EDGE_FIELDS, FloatArray, IntArray

MOST_SECTIONS = 1024  # different ones on a road; their profiles take 16 MB


class Surface(NamedTuple):
    """What begins at a lateral position and reaches to the next one on the left."""

    begin: float  # m
    color: Color


class Line(NamedTuple):
    """A painted line."""

    position: float  # m, its middle
    width: float  # m
    color: Color
    dashed: bool = False  # all dashes of a cross-section have one rhythm, all of a map one colour


class CrossSection(NamedTuple):
    """What lies across a road at some place; to the right of the first surface is the ground of the road's style."""

    surfaces: tuple[Surface, ...]  # from right to left
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Course:
    """The cross-sections of a road, and where its driving lane lies; M is the number of the centreline's segments."""

    sections: Sequence[CrossSection]
    section: IntArray  # (M,), which of them holds at each segment
    edges: FloatArray  # (M, EDGE_FIELDS): see sim.types
    lane_offset: float = 0.0
    """Lateral position of the driving lane's centre [m]."""
    reach: float = FARTHEST_REACH
    """How far from the centreline the camera's map knows the road [m]."""


def two_lanes(style: RoadStyle, segments: int) -> Course:
    """A road of one width, whose right-hand lane of two is driven."""
    width, half_width = style.lane_width, style.half_width
    if style.center_line == "double":
        center = [Line(side * style.line_width, style.line_width, style.center_color) for side in (-1.0, 1.0)]
    else:
        center = [Line(0.0, style.line_width, style.center_color, style.center_line == "dashed")]
    section = CrossSection(
        (Surface(-half_width, style.asphalt), Surface(half_width, style.ground)),
        (*(Line(side * width, style.line_width, WHITE) for side in (-1.0, 1.0)), *center),
    )
    edges = np.broadcast_to([width, -half_width, half_width], (segments, EDGE_FIELDS))  # which take no memory
    return Course((section,), np.broadcast_to(0, segments), edges, lane_offset=-0.5 * width, reach=MAP_REACH)
