"""The ground of a town as ribbons: lines along which what lies across changes only now and then.

A street is a ribbon around its centreline, cut where a junction begins. In a junction, ribbons follow the kerbs, with
the paved area on their left; a roundabout's island has one, too.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from sim.roads.cells import FARTHEST_REACH
from sim.roads.course import CrossSection, Line, Surface
from sim.town.sections import KERB, LONG, Across, Rhythm, painted_across, stretches
from sim.town.style import TownStyle
from sim.town.surfaces import Surfaces
from sim.town.town import Town
from sim.types import BoolArray, FloatArray, IntArray

STEP = 1.0  # m between two points, about
TIGHTEST = 0.2  # 1/m, of kerbs
BEYOND = 1.0  # m of a pavement's ground that the map knows


class Ribbon(NamedTuple):
    """M points along a line, about 1 m apart."""

    x: FloatArray  # (M,), m
    y: FloatArray  # (M,), m
    heading: FloatArray  # (M,), rad
    curvature: FloatArray  # (M,), 1/m
    phase: FloatArray  # (M,), of the dashes, in periods
    period: FloatArray  # (M,), m
    section: IntArray  # (M, 2): index of the profile to the right of the line, and to its left
    right: float  # m, lateral position of the paved area's right edge
    left: float  # m, of its left edge; infinite for kerbs
    reach: float  # m to either side that the map knows
    shift: float  # m: on its right, profiles are painted so far to the left of where they lie, and the other way round
    junction: int  # whose kerb it is, -1 for streets


class Profiles:
    """Cross-sections by content: places that look alike share a profile."""

    def __init__(self) -> None:
        """Begins without any."""
        self.sections: list[CrossSection] = []
        self.dashes: list[tuple[float, float]] = []
        self._known: dict[tuple[CrossSection, float, float], int] = {}

    def index(self, section: CrossSection, rhythm: Rhythm) -> int:
        """Index of a cross-section with a rhythm of dashes."""
        key = (section, rhythm.period, rhythm.length)
        if key not in self._known:
            self._known[key] = len(self.sections)
            self.sections.append(key[0])
            self.dashes.append((1.0 / rhythm.period, rhythm.length / rhythm.period))
        return self._known[key]


def make_ribbons(town: Town, style: TownStyle, profiles: Profiles) -> list[Ribbon]:
    """All ribbons of a town; what lies across them is added to ``profiles``."""
    surfaces = town.surfaces
    across = painted_across(town.network, surfaces)
    streets = range(len(surfaces.street_right))
    ribbons = [_street(k, surfaces, across.get(k, []), style, profiles) for k in streets]
    for junction in range(len(surfaces.junction_pavement)):
        ribbons += _kerbs(junction, surfaces, style, profiles)
        if surfaces.ring_outer[junction] > 0.0:
            ribbons.append(_island(junction, town, style, profiles))
    return ribbons


def _street(street: int, surfaces: Surfaces, across: list[Across], style: TownStyle, profiles: Profiles) -> Ribbon:
    first, last = surfaces.street_points[street : street + 2].tolist()
    station = surfaces.street_station[first:last].astype(np.float64)
    right, left = float(surfaces.street_right[street]), float(surfaces.street_left[street])
    reach = max(-right, left) + float(surfaces.street_pavement[street]) + BEYOND
    shift = 0.0 if reach < FARTHEST_REACH else 0.5 * reach
    section, phase = np.zeros((last - first, 2), dtype=np.int64), np.zeros(last - first)
    period, begin = np.full(last - first, LONG), -1.0
    for stretch in stretches(street, surfaces, across, style):
        here = station > begin  # up to its end; the next one writes over the rest
        begin = stretch.end
        sides = [_shifted(stretch.section, side) for side in (shift, -shift)]
        section[here] = [profiles.index(side, stretch.rhythm) for side in sides]
        phase[here] = (station[here] - stretch.rhythm.at) / stretch.rhythm.period
        period[here] = stretch.rhythm.period
    points = (surfaces.street_x, surfaces.street_y, surfaces.street_heading, surfaces.street_curvature)
    x, y, heading, curvature = (part[first:last].astype(np.float64) for part in points)
    return Ribbon(x, y, heading, curvature, phase, period, section, right, left, reach, shift, -1)


def _shifted(section: CrossSection, shift: float) -> CrossSection:
    """The same, so far to the left [m]."""
    if shift == 0.0:
        return section
    surfaces = (Surface(item.begin + shift, item.color) for item in section.surfaces)
    lines = (Line(item.position + shift, item.width, item.color, item.dashed) for item in section.lines)
    return CrossSection(tuple(surfaces), tuple(lines))


def _kerbs(junction: int, surfaces: Surfaces, style: TownStyle, profiles: Profiles) -> Iterable[Ribbon]:
    first, last = surfaces.outline_points[junction : junction + 2].tolist()
    points = np.stack([surfaces.outline_x[first:last], surfaces.outline_y[first:last]], axis=1).astype(np.float64)
    kerb = surfaces.outline_kerb[first:last]
    if _area(points) < 0.0:  # clockwise, as in mirrored towns
        points, kerb = points[::-1], np.roll(kerb[::-1], -1)
    pavement = float(surfaces.junction_pavement[junction])
    section = CrossSection(
        (Surface(-pavement, style.pavement), Surface(-KERB, style.kerb), Surface(0.0, style.asphalt)), ()
    )
    index = profiles.index(section, Rhythm())
    for run in _runs(kerb):
        line = np.concatenate([points[run], points[[(run[-1] + 1) % len(points)]]])
        yield _along(line, index, (0.0, math.inf), pavement + BEYOND, junction)


def _area(points: FloatArray) -> float:
    """Twice the area of a polygon [m^2], negative if it runs clockwise."""
    x, y = points.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _runs(kerb: BoolArray) -> Iterable[list[int]]:
    """Runs of edges that are kerbs, around the polygon."""
    count = len(kerb)
    if kerb.all():
        yield list(range(count))
        return
    start = int(np.flatnonzero(~kerb)[0])
    run: list[int] = []
    for k in range(start, start + count + 1):
        if k < start + count and kerb[k % count]:
            run.append(k % count)
        elif run:
            yield run
            run = []


def _along(line: FloatArray, section: int, edges: tuple[float, float], reach: float, junction: int) -> Ribbon:
    """A ribbon along a chain of points (K, 2) [m]."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    line, steps = line[np.append(True, steps > 0.01)], steps[steps > 0.01]
    corners = np.unwrap(np.arctan2(*np.diff(line, axis=0).T[::-1]))
    ends = np.append(0.0, np.cumsum(steps))
    count = max(math.ceil(ends[-1] / STEP), 2) + 1
    station = np.linspace(0.0, ends[-1], count)
    x, y = (np.interp(station, ends, axis) for axis in line.T)
    heading = np.interp(station, 0.5 * (ends[1:] + ends[:-1]), corners)
    curvature = np.clip(np.gradient(heading, station), -TIGHTEST, TIGHTEST)
    periods, phase = np.full(count, LONG), np.full(count, 0.5)
    sections = np.full((count, 2), section)
    return Ribbon(x, y, heading, curvature, phase, periods, sections, *edges, reach, 0.0, junction)


def _island(junction: int, town: Town, style: TownStyle, profiles: Profiles) -> Ribbon:
    """The island of a roundabout: its kerb runs clockwise, with the ring on its left."""
    surfaces, network = town.surfaces, town.network
    radius = float(surfaces.ring_island[junction])
    angle = np.linspace(2.0 * math.pi, 0.0, math.ceil(2.0 * math.pi * radius) + 1)
    x = float(network.junction_x[junction]) + radius * np.cos(angle)
    y = float(network.junction_y[junction]) + radius * np.sin(angle)
    section = CrossSection((Surface(-radius, style.median), Surface(-0.5, style.kerb), Surface(0.0, style.asphalt)), ())
    index = profiles.index(section, Rhythm())
    count = len(angle)
    heading, curvature = angle - 0.5 * math.pi, np.full(count, -1.0 / radius)
    periods, phase, sections = np.full(count, LONG), np.full(count, 0.5), np.full((count, 2), index)
    return Ribbon(x, y, heading, curvature, phase, periods, sections, 0.0, math.inf, radius, 0.0, junction)
