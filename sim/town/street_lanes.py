"""Lanes along streets: sections between junctions, turn lanes and changes of the speed limit."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.network.lines import Lines
from sim.network.rows import flat_ranges
from sim.town.streets import Street, StreetLines
from sim.types import FloatArray

TURN_LANE = 46.0  # m before a junction at which its turn lane begins
TAPER = 30.0  # m along which a turn lane leaves the lane beside it
DENSE = 0.5  # m between the points that lanes are made from


@dataclass
class End:
    """The lanes of one end of a street, numbered from the right as seen by their drivers."""

    entering: list[int] = field(default_factory=list)
    """Lanes that lead into the junction, without the turn lane."""
    turn: int = -1
    """Turn lane to the left of them."""
    leaving: list[int] = field(default_factory=list)


@dataclass
class StreetLanes:
    """Lanes of all streets, and how they follow one another; a row of ``rows`` is a lane."""

    rows: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    """Street, stations of begin and end, lateral positions at the begin and from TAPER on [m]."""
    width: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    opposite: list[int] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)
    ends: dict[tuple[int, bool], End] = field(default_factory=dict)
    """By street and whether it is its begin."""


def lay_out(streets: Sequence[Street]) -> StreetLanes:
    """All lanes of all streets."""
    lanes = StreetLanes()
    for index, street in enumerate(streets):
        lanes.ends[index, True], lanes.ends[index, False] = End(), End()
        inner = [_lay_direction(lanes, index, street, forward) for forward in (True, False)]
        if not street.profile.median:
            _note_opposites(lanes, *inner)
    return lanes


def _lay_direction(lanes: StreetLanes, index: int, street: Street, forward: bool) -> list[int]:
    """Lanes of one direction, section by section; returns the innermost ones."""
    profile = street.profile
    count = profile.forward if forward else profile.backward
    if count == 0:
        return []
    begin, end = (street.trim_a, street.end) if forward else (street.end, street.trim_a)
    turn = street.turn_b if forward else street.turn_a
    cuts = _cuts(street, begin, end, turn)
    before: list[int] = []
    inner = []
    for part, (first, last) in enumerate(itertools.pairwise([begin, *cuts, end])):
        laterals = [profile.lane(forward, number) for number in range(count)]
        here = [_add(lanes, (index, first, last, d, d), street) for d in laterals]
        lanes.links += zip(before, here, strict=bool(before))
        inner.append(here[-1])
        if part == 0:
            lanes.ends[index, forward].leaving = list(here)
        if turn and part == len(cuts):
            lanes.ends[index, not forward].turn = len(lanes.rows)
            lanes.links.append((before[-1], len(lanes.rows)))
            here.append(_add(lanes, (index, first, last, laterals[-1], profile.divide), street))
            lanes.width[-1] = min(profile.median, profile.lane_width)
        _note_neighbours(lanes, here)
        before = here
    lanes.ends[index, not forward].entering = here[:count]
    return inner


def _cuts(street: Street, begin: float, end: float, turn: bool) -> list[float]:
    """Stations between two sections, in the direction of travel."""
    cuts = []
    if street.zone:
        cuts.append(street.zone_at)
    if turn:
        cuts.append(end - TURN_LANE if end > begin else end + TURN_LANE)
    return sorted(cuts, reverse=end < begin)


def _add(lanes: StreetLanes, row: tuple[int, float, float, float, float], street: Street) -> int:
    changed = street.zone and 0.5 * (row[1] + row[2]) > street.zone_at
    lanes.rows.append(row)
    lanes.width.append(street.profile.lane_width)
    lanes.limit.append(street.zone if changed else street.profile.limit)
    for side in (lanes.left, lanes.right, lanes.opposite):
        side.append(-1)
    return len(lanes.rows) - 1


def _note_neighbours(lanes: StreetLanes, here: list[int]) -> None:
    for right, left in itertools.pairwise(here):
        lanes.left[right], lanes.right[left] = left, right


def _note_opposites(lanes: StreetLanes, along: list[int], against: list[int]) -> None:
    """For each innermost lane, the one of the other direction at its middle."""
    for own, others in ((along, against), (against, along)):
        for lane in own:
            middle = 0.5 * (lanes.rows[lane][1] + lanes.rows[lane][2])
            for other in others:
                if min(lanes.rows[other][1:3]) <= middle <= max(lanes.rows[other][1:3]):
                    lanes.opposite[lane] = other


def dense_lines(lanes: StreetLanes, lines: StreetLines) -> Lines:
    """Points of the lanes' centre lines, at most 0.5 m apart along the street.

    A lane at lateral position d along a street of curvature c has the curvature c / (1 - c d), and against it the
    opposite. A turn lane goes over from one lateral position to another by 6 u^5 - 15 u^4 + 10 u^3 of their distance.
    """
    table = np.array(lanes.rows)
    street = table[:, 0].astype(np.int64)
    begin, end = table[:, 1], table[:, 2]
    direction = np.sign(end - begin)
    pieces = np.ceil(np.abs(end - begin) / DENSE).astype(np.int64)
    row, index = flat_ranges(pieces + 1)
    s = begin[row] + (end - begin)[row] * (index / pieces[row])
    d, slope, bend = _lateral(np.abs(s - begin[row]), table[row, 3], table[row, 4])
    x, y, heading, curvature = lines.at(street[row], s)
    stretch = 1.0 - curvature * d
    x, y = x - d * np.sin(heading), y + d * np.cos(heading)
    sideways = np.arctan(direction[row] * slope / stretch)
    heading = heading + sideways + np.where(direction[row] < 0.0, np.pi, 0.0)
    curvature = direction[row] * (curvature / stretch + bend * np.cos(sideways) ** 3)
    return Lines(pieces + 1, x, y, heading, curvature)


def _lateral(along: FloatArray, first: FloatArray, then: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lateral position [m] so far from a lane's begin, and its first [-] and second derivative [1/m] by the way."""
    u = np.minimum(along / TAPER, 1.0)
    shift = then - first
    value = first + shift * u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
    slope = shift * 30.0 * u * u * (1.0 - u) ** 2 / TAPER
    bend = shift * 60.0 * u * (1.0 - 3.0 * u + 2.0 * u * u) / TAPER**2
    return value, slope, bend
