"""What lies across the streets of a town along their way: cross-sections, and the rhythm of their dashes.

Stop lines and crossings are dashes, too: a single one in a long period, which a row of lines across the street masks.
So each place has one rhythm, and what lies close to a crossing shows no other dashes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.network.network import STOP_TO_YIELD, ZEBRA, Network
from sim.roads.course import CrossSection, Line, Surface
from sim.roads.style import WHITE
from sim.town.style import TownStyle
from sim.town.surfaces import DASHED, MEDIAN, Surfaces

KERB = 0.15  # m wide
LONG = 64.0  # m, period of what is there once
STOP_LINE = 0.5  # m along the street: German RMS
STRIPE = 0.5  # m, of a zebra and between two of them: German RMS
TOOTH, TOOTH_GAP = 0.5, 0.25  # m across, of a line where one gives way
BORDER = 0.5  # m, dashes of a signalled crossing, across, with gaps of the same width
BORDER_WIDTH = 0.15  # m along the street
NEAR = 1.0  # m around stop lines and crossings where no other dashes are
TO_JUNCTION = 3.0  # m between a crossing and a junction where nothing is painted


class Rhythm(NamedTuple):
    """Dashes along a street."""

    period: float = LONG  # m
    length: float = 0.0  # m
    at: float = 0.0  # m, station at which a dash is centred


@dataclass(frozen=True)
class Stretch:
    """What lies across a street up to a station."""

    end: float
    """Station [m]."""
    section: CrossSection
    rhythm: Rhythm


class Across(NamedTuple):
    """Something painted across a street: a stop line or a crossing."""

    begin: float  # m, station
    end: float
    rhythm: Rhythm
    lines: tuple[Line, ...]
    keeps_solid: bool
    """Whether solid lines, medians and parking lanes go on below it."""


def stretches(street: int, surfaces: Surfaces, across: list[Across], style: TownStyle) -> Iterator[Stretch]:
    """What lies across a street from its first point to its last."""
    length = float(surfaces.street_station[surfaces.street_points[street + 1] - 1])
    marks, bands = _rows(surfaces.mark_street, street), _rows(surfaces.band_street, street)
    stations = [*surfaces.mark_begin[marks], *surfaces.mark_end[marks], *surfaces.band_begin[bands]]
    stations += [*surfaces.band_end[bands], *(edge for item in across for edge in (item.begin, item.end)), length]
    begin = 0.0
    for end in sorted({round(float(station), 3) for station in stations}):
        if end > begin:
            middle = 0.5 * (begin + end)
            yield _stretch(street, middle, end, surfaces, (marks, bands), across, style)
            begin = end


def _rows(owners: np.ndarray[tuple[int], np.dtype[np.int32]], street: int) -> slice:
    """The rows of a street in a table sorted by streets."""
    return slice(*np.searchsorted(owners, [street, street + 1]).tolist())


def _stretch(
    street: int,
    middle: float,
    end: float,
    surfaces: Surfaces,
    rows: tuple[slice, slice],
    across: list[Across],
    style: TownStyle,
) -> Stretch:
    lines, rhythm = _lines(middle, surfaces, rows[0])
    bands = rows[1]
    for item in across:
        if item.begin < middle < item.end:
            rhythm = item.rhythm
            lines = [line for line in lines if item.keeps_solid and not line.dashed] + [*item.lines]
            bands = bands if item.keeps_solid else slice(0, 0)
    section = CrossSection(tuple(_surfaces(street, middle, surfaces, bands, style)), tuple(lines))
    return Stretch(end, section, rhythm)


def _lines(station: float, surfaces: Surfaces, rows: slice) -> tuple[list[Line], Rhythm]:
    """The lines along a street at a station, and the rhythm of those that are dashed."""
    begin, end, rhythm = surfaces.mark_begin[rows], surfaces.mark_end[rows], Rhythm()
    lines = []
    for k in (np.flatnonzero((begin < station) & (station < end)) + rows.start).tolist():
        dashed = surfaces.mark_style[k] == DASHED
        if dashed:
            dash, gap = float(surfaces.mark_dash[k]), float(surfaces.mark_gap[k])
            rhythm = Rhythm(dash + gap, dash, float(surfaces.mark_begin[k]))
        lines.append(Line(float(surfaces.mark_lateral[k]), float(surfaces.mark_width[k]), WHITE, bool(dashed)))
    return lines, rhythm


def _surfaces(street: int, station: float, surfaces: Surfaces, rows: slice, style: TownStyle) -> Iterator[Surface]:
    """Pavement, kerb, asphalt and what lies on it, from right to left."""
    right, left = float(surfaces.street_right[street]), float(surfaces.street_left[street])
    pavement = float(surfaces.street_pavement[street])
    yield Surface(right - pavement, style.pavement)
    yield Surface(right - KERB, style.kerb)
    yield Surface(right, style.asphalt)
    for k in range(rows.start, rows.stop):
        if surfaces.band_begin[k] < station < surfaces.band_end[k]:
            median = surfaces.band_kind[k] == MEDIAN
            yield Surface(float(surfaces.band_right[k]), style.median if median else style.parking)
            yield Surface(float(surfaces.band_left[k]), style.asphalt)
    yield Surface(left, style.kerb)
    yield Surface(left + KERB, style.pavement)
    yield Surface(left + pavement, style.ground)


def painted_across(network: Network, surfaces: Surfaces) -> dict[int, list[Across]]:
    """Stop lines and crossings of each street."""
    found: dict[int, list[Across]] = {}
    for street, item in [*_stop_lines(network, surfaces), *_crossings(network, surfaces)]:
        found.setdefault(street, []).append(item)
    for items in found.values():
        items.sort(key=lambda item: item.begin)
    return {street: _apart(items) for street, items in found.items()}


def _stop_lines(network: Network, surfaces: Surfaces) -> Iterator[tuple[int, Across]]:
    for k in range(len(network.stop_lane)):
        lane = int(network.stop_lane[k])
        street = int(network.lane_road[lane])
        if street < 0:
            continue
        first, last = network.lane_points[lane : lane + 2]
        share = network.stop_station[k] / network.lane_length[lane]
        point = first + round(float(share) * (last - 1 - first))
        station, d = _on_street(street, network.x[point], network.y[point], surfaces)
        half = 0.5 * float(network.lane_width[lane])
        low, high = round(d - half, 2), round(d + half, 2)
        yields = network.stop_kind[k] == STOP_TO_YIELD
        lines = _row_of(low, high, TOOTH, TOOTH_GAP) if yields else (_line(low, high),)
        rhythm = Rhythm(LONG, STOP_LINE, station)
        yield street, Across(station - NEAR, station + NEAR, rhythm, lines, True)


def _crossings(network: Network, surfaces: Surfaces) -> Iterator[tuple[int, Across]]:
    for k in range(len(network.crossing_kind)):
        x, y = float(network.crossing_x[k].mean()), float(network.crossing_y[k].mean())
        nearest = int(np.argmin((surfaces.street_x - x) ** 2 + (surfaces.street_y - y) ** 2))
        street = int(np.searchsorted(surfaces.street_points, nearest, side="right")) - 1
        station, _ = _on_street(street, x, y, surfaces)
        right, left = float(surfaces.street_right[street]), float(surfaces.street_left[street])
        width = float(network.crossing_width[k])
        if network.crossing_kind[k] == ZEBRA:
            rhythm, lines = Rhythm(LONG, width, station), _row_of(right + 0.25, left, STRIPE, STRIPE)
        else:
            rhythm = Rhythm(width, BORDER_WIDTH, station - 0.5 * width)
            lines = _row_of(right + 0.25, left, BORDER, BORDER)
        yield street, Across(*_around(station, 0.5 * width + 0.5, street, surfaces), rhythm, lines, False)


def _around(station: float, reach: float, street: int, surfaces: Surfaces) -> tuple[float, float]:
    """Stations around a crossing; to the junction, where that is near."""
    length = float(surfaces.street_station[surfaces.street_points[street + 1] - 1])
    begin, end = station - reach, station + reach
    return (0.0 if begin < TO_JUNCTION else begin), (length if end > length - TO_JUNCTION else end)


def _on_street(street: int, x: float, y: float, surfaces: Surfaces) -> tuple[float, float]:
    """Station and lateral position [m] of a place on a street."""
    first, last = surfaces.street_points[street : street + 2]
    dx, dy = x - surfaces.street_x[first:last], y - surfaces.street_y[first:last]
    k = int(np.argmin(dx * dx + dy * dy))
    cos, sin = np.cos(surfaces.street_heading[first + k]), np.sin(surfaces.street_heading[first + k])
    along, aside = float(cos * dx[k] + sin * dy[k]), float(cos * dy[k] - sin * dx[k])
    return float(surfaces.street_station[first + k]) + along, aside


def _row_of(low: float, high: float, width: float, gap: float) -> tuple[Line, ...]:
    """As many dashes beside each other as fit between two lateral positions [m]."""
    count = max(int((high - low + gap) / (width + gap)), 1)
    begin = 0.5 * (low + high - count * (width + gap) + gap)
    return tuple(Line(begin + k * (width + gap) + 0.5 * width, width, WHITE, dashed=True) for k in range(count))


def _line(low: float, high: float) -> Line:
    return Line(0.5 * (low + high), high - low, WHITE, dashed=True)


def _apart(items: list[Across]) -> list[Across]:
    """The same; those at one station become one, and others end where the next begins."""
    kept: list[Across] = []
    for item in items:
        if kept and abs(kept[-1].begin - item.begin) < STOP_LINE:
            kept[-1] = kept[-1]._replace(lines=(*kept[-1].lines, *item.lines))
        elif kept and kept[-1].end > item.begin:
            middle = 0.5 * (kept[-1].end + item.begin)
            kept[-1] = kept[-1]._replace(end=middle)
            kept.append(item._replace(begin=middle))
        else:
            kept.append(item)
    return kept
