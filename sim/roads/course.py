"""How a road changes along its way: cross-sections of surfaces and lines, where roads come from files."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.roads.style import Color
from sim.types import FloatArray, IntArray

MOST_SECTIONS = 1024  # different ones on a road; their profiles take 16 MB


@dataclass(frozen=True)
class Surface:
    """What begins at a lateral position and reaches to the next one on the left."""

    begin: float  # m
    color: Color


@dataclass(frozen=True)
class Line:
    """A painted line."""

    position: float  # m, its middle
    width: float  # m
    color: Color
    dashed: bool = False
    """All dashes of a road have one colour and one rhythm, those of its style."""


@dataclass(frozen=True)
class CrossSection:
    """What lies across a road at some place; to the right of the first surface is the ground of the road's style."""

    surfaces: tuple[Surface, ...]  # from right to left
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Course:
    """A road whose driving lane lies around the centreline and whose widths vary; M is the number of its segments."""

    sections: Sequence[CrossSection]
    section: IntArray  # (M,), which of them holds at each segment
    edges: FloatArray  # (M, EDGE_FIELDS): see sim.types
    name: str = ""
    """What people call the road."""
    origin: tuple[float, float] = (0.0, 0.0)
    """What was taken off the file's coordinates [m]."""
