"""What is painted across the streets of a town: stop lines, rows of teeth where one gives way, and crossings."""

import itertools
from collections.abc import Iterator

import numpy as np

from sim.network.network import STOP_TO_YIELD, ZEBRA, Network
from sim.roads.course import Line
from sim.roads.style import WHITE
from sim.town.sections import LONG, Across, Rhythm
from sim.town.surfaces import Surfaces

STOP_LINE = 0.5  # m along the street: German RMS
STRIPE = 0.5  # m, of a zebra and between two of them: German RMS
TOOTH, TOOTH_GAP = 0.5, 0.25  # m across, of a line where one gives way
BORDER = 0.5  # m, dashes of a signalled crossing, across, with gaps of the same width
BORDER_WIDTH = 0.15  # m along the street
TO_KERB = 0.25  # m from a crossing's paint to the kerb
NEAR = 0.92  # m around paint that are looked up with it: half a cell's diagonal
TO_JUNCTION = 3.0  # m between a crossing and a junction where nothing is painted


def painted_across(network: Network, surfaces: Surfaces) -> dict[int, list[Across]]:
    """Stop lines and crossings of each street, one after the other."""
    found: dict[int, list[Across]] = {}
    for street, item in [*_stop_lines(network, surfaces), *_crossings(network, surfaces)]:
        found.setdefault(street, []).append(item)
    return {street: _apart(sorted(items, key=_begin)) for street, items in found.items()}


def stop_place(network: Network, stop: int) -> tuple[float, float, float]:
    """x, y [m] and heading [rad] of a lane at a stop line."""
    lane = int(network.stop_lane[stop])
    first, last = network.lane_points[lane : lane + 2].tolist()
    place = float(network.stop_station[stop] / network.lane_length[lane]) * (last - 1 - first)
    before = min(first + int(place), last - 2)
    share = first + place - before
    x, y, cos, sin = (
        float((1.0 - share) * column[before] + share * column[before + 1])
        for column in (network.x, network.y, network.cos, network.sin)
    )
    return x, y, float(np.arctan2(sin, cos))


def teeth(low: float, high: float) -> tuple[Line, ...]:
    """A line of teeth between two lateral positions [m]."""
    return row_of(low, high, TOOTH, TOOTH_GAP)


def _begin(item: Across) -> float:
    return item.begin


def _stop_lines(network: Network, surfaces: Surfaces) -> Iterator[tuple[int, Across]]:
    for stop, lane in enumerate(network.stop_lane.tolist()):
        street = int(network.lane_road[lane])
        if street < 0:
            continue
        x, y, _ = stop_place(network, stop)
        station, d = _on_street(street, x, y, surfaces)
        half = 0.5 * float(network.lane_width[lane])
        low, high = round(d - half, 2), round(d + half, 2)
        lines = teeth(low, high) if network.stop_kind[stop] == STOP_TO_YIELD else (_line(low, high),)
        reach = 0.5 * STOP_LINE + NEAR
        yield street, Across(station - reach, station + reach, Rhythm(LONG, STOP_LINE, station), lines, True)


def _crossings(network: Network, surfaces: Surfaces) -> Iterator[tuple[int, Across]]:
    rows = zip(
        network.crossing_kind.tolist(),
        network.crossing_x.mean(axis=1).tolist(),
        network.crossing_y.mean(axis=1).tolist(),
        network.crossing_width.tolist(),
        network.lane_road[network.crossing_lanes[network.crossing_lane_starts[:-1]]].tolist(),
        strict=True,
    )
    for kind, x, y, width, street in rows:
        station, _ = _on_street(street, x, y, surfaces)
        low = round(float(surfaces.street_right[street]), 3) + TO_KERB
        high = round(float(surfaces.street_left[street]), 3) - TO_KERB
        if kind == ZEBRA:
            rhythm, lines = Rhythm(LONG, width, station), row_of(low, high, STRIPE, STRIPE)
        else:
            rhythm = Rhythm(width, BORDER_WIDTH, station - 0.5 * width)
            lines = row_of(low, high, BORDER, BORDER)
        yield street, Across(*_around(station, 0.5 * width + NEAR, street, surfaces), rhythm, lines, False)


def _around(station: float, reach: float, street: int, surfaces: Surfaces) -> tuple[float, float]:
    """Stations around a crossing; to the junction, where that is near."""
    length = float(surfaces.street_station[surfaces.street_points[street + 1] - 1])
    begin, end = station - reach, station + reach
    return (0.0 if begin < TO_JUNCTION else begin), (length if end > length - TO_JUNCTION else end)


def _on_street(street: int, x: float, y: float, surfaces: Surfaces) -> tuple[float, float]:
    """Station and lateral position [m] of a place on a street."""
    first, last = surfaces.street_points[street : street + 2].tolist()
    dx, dy = x - surfaces.street_x[first:last], y - surfaces.street_y[first:last]
    k = int(np.argmin(dx * dx + dy * dy))
    heading = float(surfaces.street_heading[first + k])
    cos, sin = np.cos(heading), np.sin(heading)
    along, aside = float(cos * dx[k] + sin * dy[k]), float(cos * dy[k] - sin * dx[k])
    return float(surfaces.street_station[first + k]) + along, aside


def row_of(low: float, high: float, width: float, gap: float) -> tuple[Line, ...]:
    """As many dashes beside each other as fit between two lateral positions [m]."""
    count = max(int((high - low + gap) / (width + gap)), 1)
    first = 0.5 * (low + high) - 0.5 * (count - 1) * (width + gap)
    return tuple(Line(round(first + k * (width + gap), 3), width, WHITE, dashed=True) for k in range(count))


def _line(low: float, high: float) -> Line:
    return Line(round(0.5 * (low + high), 3), round(high - low, 3), WHITE, dashed=True)


def _apart(items: list[Across]) -> list[Across]:
    """The same; those at one station become one, and others end where the next begins."""
    kept: list[Across] = []
    for item in items:
        if kept and abs(kept[-1].begin - item.begin) < STOP_LINE:
            kept[-1] = kept[-1]._replace(lines=_joined([*kept[-1].lines, *item.lines]))
        elif kept and kept[-1].end > item.begin:
            middle = 0.5 * (kept[-1].end + item.begin)
            kept[-1] = kept[-1]._replace(end=middle)
            kept.append(item._replace(begin=middle))
        else:
            kept.append(item)
    return kept


def _joined(lines: list[Line]) -> tuple[Line, ...]:
    """The same, from right to left; those that touch become one."""
    lines.sort()
    joined = lines[:1]
    for before, line in itertools.pairwise(lines):
        gap = line.position - before.position - 0.5 * (line.width + before.width)
        if abs(gap) < 0.05:
            low = joined[-1].position - 0.5 * joined[-1].width
            joined[-1] = _line(low, line.position + 0.5 * line.width)
        else:
            joined.append(line)
    return tuple(joined)
