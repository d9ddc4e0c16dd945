"""The roads of a map as ribbons: what lies across each, from its one edge to the other, every metre of its way.

Roads of a map overlap, as those that cross a junction do. A place belongs to the ribbon on whose asphalt it lies,
farthest from its edge; where it lies on none, to the one on whose drawn area it does; else to the nearest.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

import numpy as np

from sim.roads.cells import FARTHEST_REACH
from sim.roads.centerline import Centerline
from sim.roads.course import Course, CrossSection, Line, Surface
from sim.roads.formats.map_section import PAVED, SURFACES, road_sections, style_of
from sim.roads.formats.opendrive.lanes import inner, laterals, spread
from sim.roads.formats.opendrive.model import MapRoad, RoadMap, Section
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.sampling import centerline_through, stations
from sim.roads.formats.sections import course_of
from sim.roads.style import RoadStyle
from sim.town.opendrive.paint import Across, paint_across
from sim.types import EDGE_FIELDS, FloatArray

DENSE = 0.25  # m between the points that a ribbon's line goes through
APART = 0.3  # m of ground between lanes, from which on they are ribbons of their own
SHORTEST = 0.1  # m; a shorter road is not drawn
LOOK_STEP = 2.0  # m between the places where a road's width is looked at
DRAWN = PAVED | SURFACES.keys()  # types of lanes that are not ground
ASPHALT = PAVED - SURFACES.keys()


class RoadRibbon(NamedTuple):
    """A road, or a strip of a wide one."""

    road: str
    line: Centerline
    course: Course
    drawn: FloatArray  # (M, 2), m, lateral positions of the right and left edge of all that is no ground
    rhythm: FloatArray  # (M, RHYTHM_FIELDS), of the dashes at each segment: see ``paint``


class _Strip(NamedTuple):
    """A part of a road's width, before all of them share their cross-sections."""

    road: str
    line: Centerline
    sections: list[CrossSection]
    edges: FloatArray
    drawn: FloatArray
    rhythm: FloatArray


def ribbons_of(road_map: RoadMap, origin: FloatArray, across: Mapping[str, list[Across]]) -> list[RoadRibbon]:
    """All roads of a map that have anything to draw, with what is painted across them.

    Cross-sections that look alike are shared by all of them.
    """
    strips = [strip for road in road_map.roads.values() for strip in _strips(road, origin)]
    if not strips:
        return []
    for strip in strips:
        paint_across(strip.line, strip.edges, across.get(strip.road, []), strip.sections, strip.rhythm)
    sections = [section for strip in strips for section in strip.sections]
    whole = course_of(sections, np.concatenate([strip.edges for strip in strips]))
    ends = np.cumsum([0, *(len(strip.sections) for strip in strips)]).tolist()
    return [
        RoadRibbon(
            strip.road,
            strip.line,
            Course(whole.sections, whole.section[a:b], strip.edges),
            strip.drawn,
            strip.rhythm,
        )
        for strip, (a, b) in zip(strips, itertools.pairwise(ends), strict=True)
    ]


def extent_of(road: MapRoad) -> tuple[float, float] | None:
    """How far a road reaches to the right and left of its reference line, t [m]; None where nothing is drawn."""
    windows = _windows(road)
    return (windows[0][0], windows[-1][1]) if windows else None


def _windows(road: MapRoad) -> list[tuple[float, float]]:
    """Between which lateral positions t [m] lanes are drawn, from right to left; what touches anywhere is one."""
    spans = []
    for section in road.sections:
        t = laterals(road, section, spread(section, LOOK_STEP))
        for number, lane in section.lanes.items():
            if number and lane.kind in DRAWN:
                both = np.stack([t[number], t[inner(number)]])
                spans.append((float(both.min()), float(both.max())))
    windows: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if windows and low < windows[-1][1] + APART:
            windows[-1] = windows[-1][0], max(windows[-1][1], high)
        else:
            windows.append((low, high))
    return windows


def _edges(road: MapRoad, section: Section, s: FloatArray, kinds: Set[str], window: tuple[float, float]) -> FloatArray:
    """Where the outermost lanes of some ``kinds`` in a ``window`` of t [m] end to the right and left, (K, 2) [m]."""
    t = laterals(road, section, s)
    low, high = window
    result = np.full((len(s), 2), 0.5 * (low + high))
    chosen = [number for number, lane in section.lanes.items() if number and lane.kind in kinds]
    borders = np.array([np.sort([t[number], t[inner(number)]], axis=0) for number in chosen]).reshape(-1, 2, len(s))
    borders = borders[(borders[:, 1].max(axis=1) > low) & (borders[:, 0].min(axis=1) < high)]
    if len(borders):
        result[:, 0], result[:, 1] = borders[:, 0].min(axis=0), borders[:, 1].max(axis=0)
    return np.asarray(np.clip(result, low, high))


def _strips(road: MapRoad, origin: FloatArray) -> list[_Strip]:
    """A road as one strip, or as several where it is wider than a ribbon, or has ground between its lanes."""
    if road.length < SHORTEST:
        return []
    style = style_of(road.sections, 0.0)
    return [_strip(road, part, style, origin) for window in _windows(road) for part in _parts(window)]


def _parts(window: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """A window in parts that a ribbon is wide enough for."""
    right, left = window
    count = max(math.ceil((left - right) / (2.0 * FARTHEST_REACH)), 1)
    return itertools.pairwise(np.linspace(right, left, count + 1).tolist())


def _strip(road: MapRoad, window: tuple[float, float], style: RoadStyle, origin: FloatArray) -> _Strip:
    """What lies between two lateral positions t [m]."""
    middle = 0.5 * (window[0] + window[1])
    dense = np.linspace(0.0, road.length, max(math.ceil(road.length / DENSE), 1) + 1)
    points = reference(road, dense).beside(np.full_like(dense, middle)) - origin
    line, along = centerline_through(points, closed=False)
    s = np.interp(along, stations(points), dense)
    sections: list[CrossSection] = []
    edges, drawn = np.zeros((len(s), EDGE_FIELDS)), np.zeros((len(s), 2))
    starts = [section.start for section in road.sections]
    held = np.maximum(np.searchsorted(starts, s, side="right") - 1, 0)
    for index in np.unique(held).tolist():
        section, here = road.sections[index], np.flatnonzero(held == index)
        found = road_sections(road, section, s[here], middle, style)
        sections += [_clipped(item, window[0] - middle, window[1] - middle, style) for item in found]
        paved = _edges(road, section, s[here], ASPHALT, window) - middle
        edges[here] = np.column_stack([np.ptp(paved, axis=1), paved])
        drawn[here] = _edges(road, section, s[here], DRAWN, window) - middle
    rhythm = np.tile([style.dash_period, style.dash_length, 0.0], (len(s), 1))
    return _Strip(road.id, line, sections, edges, drawn, rhythm)


def _clipped(section: CrossSection, low: float, high: float, style: RoadStyle) -> CrossSection:
    """The part of a cross-section between two lateral positions [m]; beside it, there is ground."""
    surfaces: list[Surface] = []
    for surface in section.surfaces:
        begin = max(surface.begin, low)
        if begin >= high:
            break
        if surfaces and surfaces[-1].begin == begin:
            surfaces.pop()
        surfaces.append(Surface(begin, surface.color))
    if not surfaces or surfaces[-1].color != style.ground:
        surfaces.append(Surface(high, style.ground))
    lines: tuple[Line, ...] = tuple(line for line in section.lines if low <= line.position <= high)
    return CrossSection(tuple(surfaces), lines)
