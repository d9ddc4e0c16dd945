"""Bands, marks and arrows on the streets of a town.

Dashes follow the German RMS: 3 m with gaps of 6 m, and 6 m with gaps of 3 m as a warning; lines are 0.12 m wide, those
of turn lanes 0.25 m.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.rows import ARROW_LEFT, ARROW_RIGHT, ARROW_STRAIGHT
from sim.network.network import LEFT, RIGHT, STRAIGHT
from sim.network.rows import Columns
from sim.town.assemble import Parts
from sim.town.lights import stop_offset
from sim.town.street_lanes import TAPER, TURN_LANE
from sim.town.streets import ARTERIAL, LOCAL, Street
from sim.town.surfaces import DASHED, MEDIAN, PARKING, SOLID

NARROW, BROAD = 0.12, 0.25  # m
DASH, GAP = 3.0, 6.0  # m
WARNING_DASH, WARNING_GAP = 6.0, 3.0  # m
NO_PASSING = 20.0  # m before a junction in which lines between lanes are solid
ARROWS_AT = (7.0, 25.0)  # m before the stop line


class Mark(NamedTuple):
    """A line along a street; stations are those of the street's centreline, from the middle of junction ``a``."""

    street: int
    style: int
    begin: float
    end: float
    lateral: float
    width: float = NARROW
    dash: float = 0.0
    gap: float = 0.0


def band_columns(streets: list[Street]) -> Columns:
    """Parking lanes and medians."""
    rows: list[tuple[float, ...]] = []
    for index, street in enumerate(streets):
        profile, first, last = street.profile, street.trim_a, street.end
        if profile.parking_right:
            rows.append((index, PARKING, first, last, profile.right_kerb, profile.right_kerb + profile.parking_right))
        if profile.parking_left:
            rows.append((index, PARKING, first, last, profile.left_kerb - profile.parking_left, profile.left_kerb))
        if profile.median:
            begin, end = _closed_median(street)
            half = 0.5 * profile.median
            rows.append((index, MEDIAN, begin, end, profile.divide - half, profile.divide + half))
    table = np.array(rows).reshape(-1, 6)
    trims = np.array([street.trim_a for street in streets])[table[:, 0].astype(np.int64)]
    return {
        "band_street": table[:, 0].astype(np.int32),
        "band_kind": table[:, 1].astype(np.int8),
        "band_begin": (table[:, 2] - trims).astype(np.float32),
        "band_end": (table[:, 3] - trims).astype(np.float32),
        "band_right": table[:, 4].astype(np.float32),
        "band_left": table[:, 5].astype(np.float32),
    }


def _closed_median(street: Street) -> tuple[float, float]:
    """Stations between which the median is hatched: not beside turn lanes."""
    begin = street.trim_a + (TURN_LANE - 0.5 * TAPER if street.turn_a else 0.0)
    end = street.end - (TURN_LANE - 0.5 * TAPER if street.turn_b else 0.0)
    return begin, end


def mark_columns(streets: list[Street]) -> Columns:
    """All lines along streets."""
    marks = [mark for index, street in enumerate(streets) for mark in _marks_of(index, street)]
    table = np.array(marks).reshape(-1, 8)
    trims = np.array([street.trim_a for street in streets])[table[:, 0].astype(np.int64)]
    lateral, width, dash, gap = (column.astype(np.float32) for column in table[:, 4:].T)
    return {
        "mark_street": table[:, 0].astype(np.int32),
        "mark_style": table[:, 1].astype(np.int8),
        "mark_begin": (table[:, 2] - trims).astype(np.float32),
        "mark_end": (table[:, 3] - trims).astype(np.float32),
        "mark_lateral": lateral,
        "mark_width": width,
        "mark_dash": dash,
        "mark_gap": gap,
    }


def _marks_of(index: int, street: Street) -> list[Mark]:
    profile, first, last = street.profile, street.trim_a, street.end
    marks = []
    if profile.parking_right:
        marks.append(Mark(index, SOLID, first, last, profile.right_kerb + profile.parking_right))
    if profile.parking_left:
        marks.append(Mark(index, SOLID, first, last, profile.left_kerb - profile.parking_left))
    for forward in (True, False):
        marks += _between_lanes(index, street, forward)
    if profile.median:
        marks += _beside_median(index, street)
    elif not profile.one_way:
        marks += _centre(index, street)
    return marks


def _centre(index: int, street: Street) -> list[Mark]:
    """Double and solid on arterials; else dashed, with longer dashes before junctions, and none on narrow streets."""
    first, last, middle = street.trim_a, street.end, street.profile.divide
    if street.profile.rank == ARTERIAL:
        return [Mark(index, SOLID, first, last, middle + side * NARROW) for side in (-1.0, 1.0)]
    if street.profile.rank == LOCAL and street.profile.lane_width < 2.9:
        return []
    near = min(NO_PASSING, (last - first) / 3.0)
    return [
        Mark(index, DASHED, first, first + near, middle, NARROW, WARNING_DASH, WARNING_GAP),
        Mark(index, DASHED, first + near, last - near, middle, NARROW, DASH, GAP),
        Mark(index, DASHED, last - near, last, middle, NARROW, WARNING_DASH, WARNING_GAP),
    ]


def _between_lanes(index: int, street: Street, forward: bool) -> list[Mark]:
    """Dashed between lanes of one direction, solid before the junction that they lead to."""
    profile, first, last = street.profile, street.trim_a, street.end
    marks = []
    for number in range((profile.forward if forward else profile.backward) - 1):
        lateral = 0.5 * (profile.lane(forward, number) + profile.lane(forward, number + 1))
        near = min(NO_PASSING, 0.5 * (last - first))
        turn = last - near if forward else first + near
        solid, dashed = ((turn, last), (first, turn)) if forward else ((first, turn), (turn, last))
        marks += [Mark(index, SOLID, *solid, lateral), Mark(index, DASHED, *dashed, lateral, NARROW, DASH, GAP)]
    return marks


def _beside_median(index: int, street: Street) -> list[Mark]:
    """Solid along either edge; dashed where one leaves into a turn lane."""
    profile, first, last = street.profile, street.trim_a, street.end
    right, left = profile.divide - 0.5 * profile.median, profile.divide + 0.5 * profile.median
    marks = []
    open_a, open_b = first, last
    if street.turn_a:
        open_a = first + TURN_LANE
        marks += [
            Mark(index, SOLID, first, open_a - TAPER, left, BROAD),
            Mark(index, DASHED, open_a - TAPER, open_a, left, BROAD, 0.5 * DASH, 0.5 * DASH),
        ]
    if street.turn_b:
        open_b = last - TURN_LANE
        marks += [
            Mark(index, SOLID, open_b + TAPER, last, right, BROAD),
            Mark(index, DASHED, open_b, open_b + TAPER, right, BROAD, 0.5 * DASH, 0.5 * DASH),
        ]
    marks += [Mark(index, SOLID, open_a, last, left), Mark(index, SOLID, first, open_b, right)]
    return marks


def arrow_columns(parts: Parts) -> Columns:
    """Arrows on lanes beside others, twice before the stop line."""
    bits = {LEFT: ARROW_LEFT, RIGHT: ARROW_RIGHT, STRAIGHT: ARROW_STRAIGHT}
    turns: dict[int, int] = {}
    for piece in parts.junction_lanes.curves:
        if piece.begin >= 0 and piece.arm >= 0:
            turns[piece.begin] = turns.get(piece.begin, 0) | bits[piece.turn]
    rows = []
    network = parts.network
    for junction in parts.junctions:
        for arm in junction.arms if junction.ring is None else ():
            end = parts.street_lanes.ends[arm.street, arm.at_a]
            lanes = [*end.entering, *([end.turn] if end.turn >= 0 else [])]
            for lane in lanes if len(lanes) > 1 else ():
                last = int(network.lane_points[lane + 1]) - 1
                for before in ARROWS_AT if lane != end.turn else ARROWS_AT[:1]:
                    point = max(last - round(stop_offset(arm) + before), int(network.lane_points[lane]))
                    heading = np.arctan2(network.sin[point], network.cos[point])
                    rows.append((network.x[point], network.y[point], heading, turns.get(lane, 0)))
    table = np.array(rows, dtype=np.float32).reshape(-1, 4)
    return {
        "arrow_x": table[:, 0].copy(),
        "arrow_y": table[:, 1].copy(),
        "arrow_heading": table[:, 2].copy(),
        "arrow_turns": table[:, 3].astype(np.int8),
    }
