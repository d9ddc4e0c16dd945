"""Stop lines, signal heads and crossings of a town, as columns of its network."""

import math

import numpy as np

from sim.network.crossings import Crossings
from sim.network.lines import Evened
from sim.network.network import SIGNALS, STOP, STOP_ALWAYS, STOP_AT_SIGNAL, STOP_TO_YIELD
from sim.network.rows import Columns
from sim.town.arms import Arm
from sim.town.junctions import Junction
from sim.town.lights import Lights, stop_offset
from sim.town.rules import CROSSING_AT
from sim.town.street_lanes import StreetLanes
from sim.town.streets import Street, StreetLines
from sim.types import FloatArray

NEAR_HEIGHT, FAR_HEIGHT = 3.0, 5.2  # m, of a head on a mast and of one over the road
BEFORE_RING = 0.8  # m before a ring that cars stop
BESIDE_KERB = 0.7  # m from the kerb to a mast


def stop_columns(
    junctions: list[Junction], lanes: StreetLanes, lights: Lights, evened: Evened, into_rings: list[tuple[int, float]]
) -> Columns:
    """Stop lines: at signals, where an arm gives way, and on ways into rings, given with their first conflict [m]."""
    rows = [(lane, max(met - BEFORE_RING, 0.0), STOP_TO_YIELD, -1) for lane, met in into_rings]
    for junction in junctions:
        for arm in junction.arms if junction.ring is None else ():
            end = lanes.ends[arm.street, arm.at_a]
            kind = stop_kind(junction, arm)
            if kind >= 0:
                for lane in [*end.entering, *([end.turn] if end.turn >= 0 else [])]:
                    station = float(evened.length[lane]) - stop_offset(arm)
                    rows.append((lane, station, kind, lights.of_lane.get(lane, -1)))
    table = np.array(rows).reshape(-1, 4)
    return {
        "stop_lane": table[:, 0].astype(np.int32),
        "stop_station": table[:, 1].astype(np.float32),
        "stop_kind": table[:, 2].astype(np.int8),
        "stop_group": table[:, 3].astype(np.int32),
    }


def stop_kind(junction: Junction, arm: Arm) -> int:
    """What the stop line of an arm is for; -1 where there is none before the junction."""
    if junction.control == SIGNALS:
        return STOP_AT_SIGNAL
    if arm.minor:
        return STOP_ALWAYS if junction.control == STOP else STOP_TO_YIELD
    return -1


def head_columns(junctions: list[Junction], lanes: StreetLanes, lights: Lights) -> Columns:
    """Two heads for each group of vehicles: one at the stop line, one over the far side of the junction."""
    rows: list[tuple[int, float, float, float, float, bool]] = []
    for group, (index, k) in lights.arms.items():
        junction = junctions[index]
        arm = junction.arms[k]
        asides = _asides(lanes, lights, arm, group)
        own = lights.groups[group].late
        aside, height = (asides, FAR_HEIGHT) if own else (arm.left + BESIDE_KERB, NEAR_HEIGHT)
        near = arm.place(junction.middle, arm.trim + stop_offset(arm) - 1.0, aside)
        far = arm.place(junction.middle, -_far_side(junction, arm, asides) - 1.0, asides)
        rows += [(group, *near, height, arm.heading, False), (group, *far, FAR_HEIGHT, arm.heading, True)]
    table = np.array(rows).reshape(-1, 6)
    x, y, height, heading = (column.astype(np.float32) for column in table[:, 1:5].T)
    return {
        "head_group": table[:, 0].astype(np.int32),
        "head_x": x,
        "head_y": y,
        "head_height": height,
        "head_heading": heading,
        "head_far": table[:, 5].astype(np.bool_),
    }


def _asides(lanes: StreetLanes, lights: Lights, arm: Arm, group: int) -> float:
    """Mean lateral position, in the arm, of the lanes that a group rules [m]."""
    end = lanes.ends[arm.street, arm.at_a]
    own = [lane for lane in [*end.entering, end.turn] if lane >= 0 and lights.of_lane[lane] == group]
    mean = sum(lanes.rows[lane][4] for lane in own) / len(own)
    return mean if arm.at_a else -mean


def _far_side(junction: Junction, arm: Arm, aside: float) -> float:
    """How far beyond the middle a straight line from an arm leaves the paved area [m]."""
    cos, sin = math.cos(arm.heading), math.sin(arm.heading)
    dx, dy = junction.outline[:, 0] - junction.x, junction.outline[:, 1] - junction.y
    along, across = dx * cos + dy * sin, dy * cos - dx * sin - aside
    onward, sideways = np.roll(along, -1), np.roll(across, -1)
    crosses = (across > 0.0) != (sideways > 0.0)
    share = across[crosses] / (across[crosses] - sideways[crosses])
    met: FloatArray = along[crosses] + share * (onward - along)[crosses]
    return float(-met.min())


def crossing_columns(
    streets: list[Street],
    junctions: list[Junction],
    lanes: StreetLanes,
    lights: Lights,
    evened: Evened,
    lines: StreetLines,
) -> Columns:
    """Crossings at the mouths of junctions, and zebras between them."""
    table = Crossings()
    for index, junction in enumerate(junctions):
        for k, arm in enumerate(junction.arms):
            if arm.crossing:
                _cross_arm(table, junction, arm, lanes, lights.of_crossing.get((index, k), -1), evened)
    for index, street in enumerate(streets):
        for middle, width in street.crossings:
            _cross_street(table, index, street, (middle, width), lanes, lines)
    return table.columns()


def _cross_arm(table: Crossings, junction: Junction, arm: Arm, lanes: StreetLanes, group: int, evened: Evened) -> None:
    near, far = CROSSING_AT, CROSSING_AT + arm.crossing
    end = lanes.ends[arm.street, arm.at_a]
    entering = [*end.entering, *([end.turn] if end.turn >= 0 else [])]
    length = evened.length
    under = [(lane, float(length[lane]) - far, float(length[lane]) - near) for lane in entering]
    under += [(lane, near, far) for lane in end.leaving]
    middle = arm.trim + 0.5 * (near + far)
    ends = (*arm.place(junction.middle, middle, arm.right), *arm.place(junction.middle, middle, arm.left))
    table.add(ends, arm.crossing, group, under)


def _cross_street(
    table: Crossings,
    index: int,
    street: Street,
    crossing: tuple[float, float],
    lanes: StreetLanes,
    lines: StreetLines,
) -> None:
    """A zebra on a straight street, where the way along a lane is that along the street."""
    middle, width = crossing
    x, y, heading, _ = (float(value[0]) for value in lines.at(np.array([index]), np.array([middle])))
    sides = (street.profile.right_kerb, street.profile.left_kerb)
    ends = [value for d in sides for value in (x - d * math.sin(heading), y + d * math.cos(heading))]
    under = []
    for lane, row in enumerate(lanes.rows):
        if row[0] == index and min(row[1:3]) < middle < max(row[1:3]):
            along = abs(middle - row[1])
            under.append((lane, along - 0.5 * width, along + 0.5 * width))
    table.add((ends[0], ends[1], ends[2], ends[3]), width, -1, under)
