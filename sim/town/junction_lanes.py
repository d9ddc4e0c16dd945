"""Connecting lanes of all junctions: curves from street to street, and the rings of roundabouts.

Lanes are numbered: streets' lanes first, then curves, then arcs of rings. While they are collected, a curve is named by
its index, an arc of a ring by its index, and ``Ref`` says which.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from sim.network.network import FOLLOW, RIGHT, ROUNDABOUT
from sim.network.priority import ENTERING, LEAVING, ON_RING
from sim.town.arms import Arm
from sim.town.junctions import Junction
from sim.town.movements import movements_from
from sim.town.rings import Ring
from sim.town.street_lanes import End

STREET, CURVE, ARC = range(3)
Pose = tuple[float, float, float]


class Ref(NamedTuple):
    """A lane, by its kind and its index among those of this kind."""

    kind: int
    number: int


@dataclass
class Piece:
    """What is known of a connecting lane."""

    junction: int
    arm: int
    """Arm that it comes from; -1 on a ring."""
    to_arm: int
    turn: int
    rank: int
    begin: int = -1
    """Street lane that it begins at, or -1."""
    end: int = -1
    begin_pose: Pose = (0.0, 0.0, 0.0)
    """Where it begins, if at no street lane: x, y [m], heading [rad]."""
    end_pose: Pose = (0.0, 0.0, 0.0)
    straight: tuple[float, float] = (0.0, 0.0)
    """How far it goes straight on at its begin and before its end, beside a kerb that does [m]."""


@dataclass
class JunctionLanes:
    """Connecting lanes of all junctions."""

    curves: list[Piece] = field(default_factory=list)
    arcs: list[Piece] = field(default_factory=list)
    circles: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    """Of each arc: centre x, y, radius [m], first angle and angle turned [rad]."""
    arc_width: list[float] = field(default_factory=list)
    links: list[tuple[Ref, Ref]] = field(default_factory=list)
    beside: list[tuple[int, int]] = field(default_factory=list)
    """Arcs side by side: outer and inner."""


def connect(junctions: list[Junction], ends: dict[tuple[int, bool], End]) -> JunctionLanes:
    """Connecting lanes of all junctions, given the lanes at the ends of their streets."""
    lanes = JunctionLanes()
    for index, junction in enumerate(junctions):
        here = [ends[arm.street, arm.at_a] for arm in junction.arms]
        if junction.control == ROUNDABOUT:
            _connect_ring(lanes, index, junction, here)
        else:
            _connect_arms(lanes, index, junction, here)
    return lanes


def _connect_arms(lanes: JunctionLanes, index: int, junction: Junction, ends: list[End]) -> None:
    for k, arm in enumerate(junction.arms):
        if not arm.entering:
            continue
        for item in movements_from(junction.arms, ends, k):
            piece = Piece(index, k, item.to_arm, item.turn, int(arm.minor), item.from_lane, item.to_lane)
            piece.straight = _beside_kerbs(junction.arms, k, item.to_arm)
            _add_curve(lanes, piece)


def _beside_kerbs(arms: list[Arm], k: int, to: int) -> tuple[float, float]:
    """How far a way from arm ``k`` to another goes straight on beside the kerb of the corner between them [m].

    That is so around the corner to its right, and around the one to its left where no oncoming traffic lies between.
    """
    arm, following = arms[k], arms[to]
    if to == (k + 1) % len(arms) and arm.left_corner:
        return arm.trim - arm.left_corner, following.trim - following.right_corner
    if to == (k - 1) % len(arms) and arm.right_corner and not (arm.leaving and following.entering):
        return arm.trim - arm.right_corner, following.trim - following.left_corner
    return 0.0, 0.0


def _add_curve(lanes: JunctionLanes, piece: Piece) -> Ref:
    """Adds a curve, linked to the street lanes that it begins and ends at."""
    ref = Ref(CURVE, len(lanes.curves))
    lanes.curves.append(piece)
    if piece.begin >= 0:
        lanes.links.append((Ref(STREET, piece.begin), ref))
    if piece.end >= 0:
        lanes.links.append((ref, Ref(STREET, piece.end)))
    return ref


class _Event(NamedTuple):
    """A place on a ring where lanes part or meet."""

    angle: float  # rad, seen from the middle
    arm: int
    enters: bool


def _connect_ring(lanes: JunctionLanes, index: int, junction: Junction, ends: list[End]) -> None:
    """Arcs of every ring lane from event to event, counter-clockwise, and the ways in and out."""
    ring = junction.ring
    assert ring is not None
    events = [event for k, arm in enumerate(junction.arms) for event in _events(k, arm)]
    first = len(lanes.arcs)
    for lane in range(ring.lanes):
        for n, event in enumerate(events):
            turn = (events[(n + 1) % len(events)].angle - event.angle) % (2.0 * math.pi)
            lanes.circles.append((junction.x, junction.y, ring.radius(lane), event.angle, turn))
            lanes.arc_width.append(ring.lane_width)
            lanes.arcs.append(Piece(index, -1, -1, FOLLOW, ON_RING))
            here, onward = first + lane * len(events) + n, first + lane * len(events) + (n + 1) % len(events)
            lanes.links.append((Ref(ARC, here), Ref(ARC, onward)))
            if lane > 0:
                lanes.beside.append((here - len(events), here))
    for n, event in enumerate(events):
        before = (n - 1) % len(events)
        for lane in range(ring.lanes):
            offset = first + lane * len(events)
            if event.enters:
                _enter(lanes, index, junction, ends, event, lane, Ref(ARC, offset + n))
            else:
                _leave(lanes, index, junction, ends, event, lane, Ref(ARC, offset + before))


def _events(k: int, arm: Arm) -> list[_Event]:
    leave = [_Event(arm.heading - arm.angle, k, False)] if arm.leaving else []
    return leave + ([_Event(arm.heading + arm.angle, k, True)] if arm.entering else [])


def _pose(junction: Junction, ring: Ring, event: _Event, lane: int) -> Pose:
    radius = ring.radius(lane)
    x, y = junction.x + radius * math.cos(event.angle), junction.y + radius * math.sin(event.angle)
    return x, y, event.angle + 0.5 * math.pi


def _enter(
    lanes: JunctionLanes, index: int, junction: Junction, ends: list[End], event: _Event, lane: int, arc: Ref
) -> None:
    entering = ends[event.arm].entering
    if lane >= len(entering):
        return
    assert junction.ring is not None
    piece = Piece(index, event.arm, -1, RIGHT, ENTERING, begin=entering[lane])
    piece.end_pose = _pose(junction, junction.ring, event, lane)
    lanes.links.append((_add_curve(lanes, piece), arc))


def _leave(
    lanes: JunctionLanes, index: int, junction: Junction, ends: list[End], event: _Event, lane: int, arc: Ref
) -> None:
    leaving = ends[event.arm].leaving
    if lane >= len(leaving):
        return
    assert junction.ring is not None
    piece = Piece(index, -1, event.arm, RIGHT, LEAVING, end=leaving[lane])
    piece.begin_pose = _pose(junction, junction.ring, event, lane)
    lanes.links.append((arc, _add_curve(lanes, piece)))
