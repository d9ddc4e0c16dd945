"""Signals of a town: which lanes share a signal, and programs made from the conflicts of each junction."""

from dataclasses import dataclass, field

import numpy as np

from sim.network.conflicts import Conflicts
from sim.network.network import PEDESTRIANS, SIGNALS, STRAIGHT, VEHICLES
from sim.network.signals import ENTERING_SPEED, Clash, Group, clearing_seconds, make_program
from sim.town.arms import Arm
from sim.town.junction_lanes import Piece
from sim.town.junctions import Junction
from sim.town.rules import CROSSING_AT
from sim.town.street_lanes import End
from sim.types import BoolArray, FloatArray

STOP_BEFORE_CROSSING = 1.5  # m
STOP_AT_EDGE = 0.3  # m before the junction, where nobody crosses
GREEN_S = (8.0, 20.0)  # s; least and greatest green of a stage


@dataclass
class Lights:
    """Signal groups of a town, those of a junction one after the other."""

    groups: list[Group] = field(default_factory=list)
    junction: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """Groups of each junction."""
    cycle: list[int] = field(default_factory=list)
    """Steps; 0 without signals."""
    offset: list[int] = field(default_factory=list)
    of_lane: dict[int, int] = field(default_factory=dict)
    """Group of each street lane that ends at signals."""
    of_crossing: dict[tuple[int, int], int] = field(default_factory=dict)
    """Group of each crossing, by junction and arm."""
    arms: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Junction and arm of each group of vehicles."""


def stop_offset(arm: Arm) -> float:
    """Distance from the stop line to the junction's edge [m]."""
    return CROSSING_AT + arm.crossing + STOP_BEFORE_CROSSING if arm.crossing else STOP_AT_EDGE


def group_lanes(
    random: np.random.Generator, junctions: list[Junction], ends: dict[tuple[int, bool], End], limit: list[float]
) -> Lights:
    """Makes the groups: one for each arm, one more for its turn lane at some junctions, and one for each crossing."""
    lights = Lights()
    own_lefts = (random.random(len(junctions)) < 0.5).tolist()
    for index, junction in enumerate(junctions):
        before = len(lights.groups)
        if junction.control == SIGNALS:
            for k, arm in enumerate(junction.arms):
                _group_arm(lights, (index, k), arm, ends[arm.street, arm.at_a], limit, own_lefts[index])
        lights.counts.append(len(lights.groups) - before)
    return lights


def _group_arm(lights: Lights, place: tuple[int, int], arm: Arm, end: End, limit: list[float], own_left: bool) -> None:
    if end.entering:
        main = _add(lights, place, Group(VEHICLES, limit[end.entering[0]]))
        lights.arms[main] = place
        lights.of_lane |= dict.fromkeys(end.entering, main)
        if end.turn >= 0:
            group = _add(lights, place, Group(VEHICLES, limit[end.turn], late=True)) if own_left else main
            lights.of_lane[end.turn] = group
            lights.arms[group] = place
    if arm.crossing:
        lights.of_crossing[place] = _add(lights, place, Group(PEDESTRIANS, walk=arm.left - arm.right))


def _add(lights: Lights, place: tuple[int, int], group: Group) -> int:
    lights.groups.append(group)
    lights.junction.append(place[0])
    return len(lights.groups) - 1


def write_programs(
    random: np.random.Generator,
    lights: Lights,
    junctions: list[Junction],
    curves: list[Piece],
    conflicts: Conflicts,
    permitted: BoolArray,
    lengths: FloatArray,
) -> None:
    """Makes the programs of all junctions; curves, ``conflicts`` and ``lengths`` number the curves alone."""
    clashes = [Clash() for _ in junctions]
    for (a, b), stations, allowed in zip(
        conflicts.lanes.tolist(), conflicts.stations.tolist(), permitted.tolist(), strict=True
    ):
        one, other = lights.of_lane.get(curves[a].begin, -1), lights.of_lane.get(curves[b].begin, -1)
        if one < 0 or other < 0 or one == other:
            continue
        clash = clashes[curves[a].junction]
        if not allowed or lights.groups[one].late or lights.groups[other].late:
            clash.part(one, other)
        _add_clash(clash, junctions, (one, curves[a], *stations[:2]), (other, curves[b], *stations[2:]))
        _add_clash(clash, junctions, (other, curves[b], *stations[2:]), (one, curves[a], *stations[:2]))
    for index, piece in enumerate(curves):
        _clash_with_walkers(lights, clashes[piece.junction], junctions[piece.junction], piece, float(lengths[index]))
    _time(random, lights, clashes)


def _add_clash(
    clash: Clash,
    junctions: list[Junction],
    ends: tuple[int, Piece, float, float],
    begins: tuple[int, Piece, float, float],
) -> None:
    group, piece, _, leaves = ends
    other, entering, arrives, _ = begins
    arms = junctions[piece.junction].arms
    clearing = clearing_seconds(stop_offset(arms[piece.arm]) + leaves, piece.turn != STRAIGHT)
    clash.add(group, other, clearing, (stop_offset(arms[entering.arm]) + arrives) / ENTERING_SPEED)


def _clash_with_walkers(lights: Lights, clash: Clash, junction: Junction, piece: Piece, length: float) -> None:
    """People cross neither before cars that start there nor before such as come straight on or with an arrow."""
    group = lights.of_lane.get(piece.begin, -1)
    if group < 0:
        return
    before = stop_offset(junction.arms[piece.arm])
    turns = piece.turn != STRAIGHT
    walkers = lights.of_crossing.get((piece.junction, piece.arm), -1)
    if walkers >= 0:
        clash.add(group, walkers, clearing_seconds(before, turns))
        clash.part(group, walkers)
    walkers = lights.of_crossing.get((piece.junction, piece.to_arm), -1)
    if walkers >= 0:
        beyond = before + length + CROSSING_AT + junction.arms[piece.to_arm].crossing
        clash.add(group, walkers, clearing_seconds(beyond, turns))
        if not turns or lights.groups[group].late:
            clash.part(group, walkers)


def _time(random: np.random.Generator, lights: Lights, clashes: list[Clash]) -> None:
    first = 0
    greens = random.uniform(*GREEN_S, (len(clashes), 3)).tolist()
    shares = random.random(len(clashes)).tolist()
    for index, count in enumerate(lights.counts):
        here = range(first, first + count)
        local = clashes[index].within(first, count)
        cycle = make_program([lights.groups[i] for i in here], local, greens[index]) if count else 0
        lights.cycle.append(cycle)
        lights.offset.append(int(shares[index] * cycle))
        first += count
