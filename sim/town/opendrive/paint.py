"""Stop lines and crossings on the roads of a map: a row of lines across the road, shown by one dash along it.

So each place of a road has one rhythm of dashes, and what lies close to a crossing shows no other dashes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.network.network import STOP_TO_YIELD, ZEBRA, Network
from sim.roads.centerline import Centerline
from sim.roads.course import CrossSection, Line
from sim.town.across import BORDER_WIDTH, STOP_LINE, STRIPE, TOOTH, TOOTH_GAP, row_of
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.places import LanePlaces
from sim.town.sections import LONG
from sim.types import FloatArray

NEAR = 1.0  # m around a stop line in which no other dashes are
BESIDE_STRIPES = 0.5  # m around a crossing
RHYTHM_FIELDS = 3  # period [m], length of a dash [m], station at which one is centred [m]


class Across(NamedTuple):
    """A stop line or crossing on a road."""

    ends: FloatArray  # (2, 2), m, on the ground, at both edges of what is crossed
    reach: float  # m along the road, to either side
    period: float  # m
    length: float  # m
    ahead: float  # m from its middle to a dash
    width: float  # m across, of each line; 0: as wide as it is
    gap: float  # m between two lines
    solid: bool  # whether solid lines along the road go on below it


def across_roads(network: Network, lanes: MapLanes, places: LanePlaces) -> dict[str, list[Across]]:
    """All that is painted across the roads of a map, by road."""
    found: dict[str, list[Across]] = {}
    for lane, station, kind in zip(
        network.stop_lane.tolist(), network.stop_station.tolist(), network.stop_kind.tolist(), strict=True
    ):
        found.setdefault(lanes.road(lane), []).append(_stop(places, lane, station, kind == STOP_TO_YIELD))
    for crossing in range(len(network.crossing_kind)):
        rows = slice(network.crossing_lane_starts[crossing], network.crossing_lane_starts[crossing + 1])
        for road in dict.fromkeys(lanes.road(lane) for lane in network.crossing_lanes[rows].tolist()):
            found.setdefault(road, []).append(_crossing(network, crossing))
    return found


def _stop(places: LanePlaces, lane: int, station: float, gives_way: bool) -> Across:
    x, y, heading = places.pose(lane, station)
    aside = 0.5 * places.width[lane] * np.array([-np.sin(heading), np.cos(heading)])
    ends = np.array([x, y]) + np.array([-aside, aside])
    row = (TOOTH, TOOTH_GAP) if gives_way else (0.0, 0.0)
    return Across(ends, NEAR, LONG, STOP_LINE, 0.0, *row, True)


def _crossing(network: Network, crossing: int) -> Across:
    ends = np.stack([network.crossing_x[crossing], network.crossing_y[crossing]], axis=1).astype(np.float64)
    width = float(network.crossing_width[crossing])
    reach = 0.5 * width + BESIDE_STRIPES
    if network.crossing_kind[crossing] == ZEBRA:
        return Across(ends, reach, LONG, width, 0.0, STRIPE, STRIPE, False)
    return Across(ends, reach, width, BORDER_WIDTH, 0.5 * width, STRIPE, STRIPE, False)


class _Painted(NamedTuple):
    """What is painted at one station of a line."""

    station: float  # m
    item: Across
    lines: list[Line]


def paint_across(
    line: Centerline, edges: FloatArray, items: list[Across], sections: list[CrossSection], rhythm: FloatArray
) -> None:
    """Paints on a ribbon of M segments: writes into its ``sections`` and its ``rhythm`` (M, RHYTHM_FIELDS).

    Args:
        line: Its line.
        edges: (M, EDGE_FIELDS) [m]; nothing is painted beyond its paved edges.
        items: What is painted on its road.
        sections: A cross-section a segment.
        rhythm: Of the dashes of each segment.
    """
    stations = (np.arange(len(line.x)) + 0.5) * line.step
    nearest = np.full(len(stations), np.inf)
    for station, item, lines in _at_stations(_painted(line, edges, items)):
        away = np.abs(stations - station)
        for k in np.flatnonzero((away <= item.reach) & (away < nearest)).tolist():
            nearest[k] = away[k]
            kept = [old for old in sections[k].lines if item.solid and not old.dashed]
            sections[k] = CrossSection(sections[k].surfaces, (*kept, *lines))
            rhythm[k] = item.period, item.length, station + item.ahead


def _painted(line: Centerline, edges: FloatArray, items: list[Across]) -> Iterator[_Painted]:
    for item in items:
        (first, a), (second, b) = (_beside(line, point) for point in item.ends)
        station = 0.5 * (first + second)
        right, left = edges[min(int(station / line.step), len(edges) - 1), 1:].tolist()
        low, high = max(min(a, b), right), min(max(a, b), left)
        if high - low > TOOTH and -1.0 < station < line.length + 1.0:
            yield _Painted(station, item, list(row_of(low, high, item.width or high - low, item.gap)))


def _beside(line: Centerline, point: FloatArray) -> tuple[float, float]:
    """Station and lateral position [m] of a place."""
    dx, dy = point[0] - line.x, point[1] - line.y
    k = int(np.argmin(dx * dx + dy * dy))
    cos, sin = np.cos(line.heading[k]), np.sin(line.heading[k])
    return float((k + 0.5) * line.step + cos * dx[k] + sin * dy[k]), float(cos * dy[k] - sin * dx[k])


def _at_stations(painted: Iterator[_Painted]) -> list[_Painted]:
    """The same along the line; what lies at one station, such as the stop lines of two lanes, is one."""
    kept: list[_Painted] = []
    for one in sorted(painted, key=lambda one: one.station):
        if kept and one.station - kept[-1].station < STOP_LINE and one.item[1:] == kept[-1].item[1:]:
            kept[-1].lines.extend(one.lines)
        else:
            kept.append(one)
    return kept
