"""The ground of a place as ribbons: lines along which what lies across changes only now and then.

A road is a ribbon around its centreline; a town's streets end where a junction begins. In a junction, ribbons follow
the kerbs, with the paved area on their left, and patches carry paint.

Places that look alike share a profile of the camera's, also where one looks like the other turned around: a cell may
look along its ribbon or against it. A road too wide for a profile is two ribbons, each with the half to its right.
"""

import itertools
from typing import NamedTuple

import numpy as np

from sim.roads.centerline import Centerline
from sim.roads.course import Course, CrossSection, Line, Surface
from sim.town.sections import Rhythm
from sim.types import EDGE_LEFT, EDGE_RIGHT, Float32Array, FloatArray, Int32Array

PAST_MIDDLE = 2.0  # m beyond the middle of a wide road that either half is painted


class Layer(NamedTuple):
    """What lies along a stretch of a ribbon."""

    end: float  # m, station
    per_metre: float  # dashes
    at: float  # m, station at which one is centred
    section: int  # index of a profile
    turned: bool  # whether that is seen against the ribbon's direction


class Ribbon(NamedTuple):
    """M points along a line, about 1 m apart, and what lies there."""

    x: FloatArray  # (M,), m
    y: FloatArray  # (M,), m
    heading: FloatArray  # (M,), rad
    curvature: FloatArray  # (M,), 1/m
    station: FloatArray  # (M,), m
    right: FloatArray  # (M,), m, lateral position of the paved area's right edge
    left: FloatArray  # (M,), m, of its left edge; infinite for kerbs
    layers: list[Layer]  # from the first point to the last
    reach: float  # m to either side that the map knows
    shift: float = 0.0  # m to the left by which profiles of half a road are shifted; 0: the whole road
    junction: int = -1  # whose kerb or patch it is, -1: none
    patch: bool = False  # whether it lies over the asphalt between kerbs
    drawn: FloatArray | None = None  # (M, 2), m, right and left edge of all that is no ground; None: the paved area


class GroundPlan(NamedTuple):
    """All that is painted, and how it looks."""

    ribbons: list[Ribbon]
    sections: list[CrossSection]
    dashes: list[tuple[float, float]]  # per section: dashes per metre, and the share that they cover
    outlines: FloatArray  # (O, 2), m: paved areas between kerbs, polygons one after the other
    outline_points: Int32Array  # (J + 1,), index of each one's first point
    ground: tuple[float, float, float]  # red, green, blue, 0..255: what lies beyond all ribbons
    look: Float32Array  # (LOOK_FIELDS,), see camera.look
    flooded: list[int] | None = None  # per section, that with asphalt all around; None: no roads overlap


class Profiles:
    """Cross-sections by content."""

    def __init__(self) -> None:
        """Begins without any."""
        self.sections: list[CrossSection] = []
        self.dashes: list[tuple[float, float]] = []
        self._known: dict[tuple[CrossSection, float, float], int] = {}
        self._seen: dict[tuple[CrossSection, float, float], tuple[int, bool]] = {}

    def index(self, section: CrossSection, rhythm: Rhythm) -> int:
        """Index of a cross-section with a rhythm of dashes."""
        key = (section, rhythm.period, rhythm.length)
        if key not in self._known:
            self._known[key] = len(self.sections)
            self.sections.append(section)
            self.dashes.append((1.0 / rhythm.period, rhythm.length / rhythm.period))
        return self._known[key]

    def layer(self, end: float, section: CrossSection, rhythm: Rhythm, may_turn: bool) -> Layer:
        """What lies on a ribbon until the station ``end`` [m]; with ground on either side, it may be turned around."""
        key = (section, rhythm.period, rhythm.length)
        if key not in self._seen:
            seen = min(section, turned(section)) if may_turn else section
            self._seen[key] = self.index(seen, rhythm), seen != section
        return Layer(end, 1.0 / rhythm.period, rhythm.at, *self._seen[key])


def course_ribbon(line: Centerline, course: Course, rhythms: FloatArray, profiles: Profiles) -> Ribbon:
    """The ribbon of a road whose cross-section is known segment by segment.

    Args:
        line: Its centreline, M segments.
        course: What lies across it.
        rhythms: (M, 3), of the dashes at each segment: period [m], length [m], station at which one is centred [m].
        profiles: To which its cross-sections are added.
    """
    new = np.append(True, (np.diff(course.section) != 0) | (np.diff(rhythms, axis=0) != 0.0).any(axis=1))
    begins = np.flatnonzero(new).tolist()
    layers = [
        profiles.layer(end * line.step, course.sections[course.section[begin]], Rhythm(*rhythms[begin].tolist()), False)
        for begin, end in itertools.pairwise([*begins, len(new)])
    ]
    station = line.step * (np.arange(len(new), dtype=np.float64) + 0.5)
    right, left = course.edges[:, EDGE_RIGHT], course.edges[:, EDGE_LEFT]
    return Ribbon(line.x, line.y, line.heading, line.curvature, station, right, left, layers, course.reach)


def turned(section: CrossSection) -> CrossSection:
    """A cross-section as seen against its direction; the ground must be the same on either side."""
    begins = [-surface.begin for surface in section.surfaces][::-1]
    colors = [surface.color for surface in section.surfaces]
    lines = sorted(Line(-line.position, *line[1:]) for line in section.lines)
    return CrossSection(tuple(map(Surface, begins, [*colors[-2::-1], *colors[-1:]])), tuple(lines))


def right_half(section: CrossSection, shift: float) -> CrossSection:
    """What is painted of a wide road's right half: all that is near, so far to the left [m]."""
    surfaces = (
        Surface(round(item.begin + shift, 3), item.color) for item in section.surfaces if item.begin < PAST_MIDDLE
    )
    lines = (Line(round(line.position + shift, 3), *line[1:]) for line in section.lines)
    return CrossSection(tuple(surfaces), tuple(lines))


def extent_of(ribbons: list[Ribbon], margin: float) -> tuple[FloatArray, FloatArray]:
    """Corners (2,) of what ribbons reach, and a ``margin`` [m]."""
    low = [(r.x.min() - r.reach, r.y.min() - r.reach) for r in ribbons]
    high = [(r.x.max() + r.reach, r.y.max() + r.reach) for r in ribbons]
    return np.min(low, axis=0) - margin, np.max(high, axis=0) + margin
