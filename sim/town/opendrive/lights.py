"""Lights of a map: which lanes share a signal, and programs by rule, for files have none."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.network.conflicts import Conflicts
from sim.network.network import LEFT, PEDESTRIANS, SIGNALS, STRAIGHT, VEHICLES
from sim.network.signals import ENTERING_SPEED, Clash, Group, clearing_seconds, make_program
from sim.roads.formats.opendrive.rules import MapRules
from sim.town.lights import GREEN_S
from sim.town.opendrive.crosswalks import Crosswalk
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.regulate import Regulation
from sim.town.opendrive.ways import Ways
from sim.types import BoolArray, FloatArray, IntArray

AT_JUNCTION = 25.0  # m from a junction within which a crossing gets lights with it
Key = tuple[str, ...]


class Site(NamedTuple):
    """What lights depend on."""

    rules: MapRules
    lanes: MapLanes
    ways: Ways
    regulation: Regulation
    length: FloatArray  # (L,), m
    limit: FloatArray  # (L,), m/s
    to_edge: dict[int, float]
    """m from the stop line to the end of each lane that has one."""
    turn: IntArray  # (L,), as if traffic kept to the right


@dataclass
class MapLights:
    """Signal groups, those of a junction one after the other."""

    groups: list[Group] = field(default_factory=list)
    junction: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    cycle: list[int] = field(default_factory=list)
    offset: list[int] = field(default_factory=list)
    of_lane: dict[int, int] = field(default_factory=dict)
    """Group of each lane that ends at lights."""
    of_crossing: dict[int, int] = field(default_factory=dict)
    split: list[str] = field(default_factory=list)
    """Controllers whose lanes may not be green at once."""

    def of_way(self, ways: Ways) -> IntArray:
        """Group of each way through a junction, (L,); -1 for others."""
        return np.array([self.of_lane.get(int(lane), -1) for lane in ways.source], dtype=np.int64)


def make_lights(
    random: np.random.Generator,
    site: Site,
    conflicts: Conflicts,
    permitted: BoolArray,
    crosswalks: Sequence[Crosswalk],
) -> MapLights:
    """Makes groups and programs of all junctions; ``permitted`` (K,) says which conflicts may be green at once."""
    lights = MapLights()
    apart = {frozenset(pair) for pair, allowed in zip(_sources(site, conflicts), permitted, strict=True) if not allowed}
    at_junction = [_junction_of(site, crosswalk) for crosswalk in crosswalks]
    for index in range(len(site.ways.names)):
        before = len(lights.groups)
        if site.regulation.control[index] == SIGNALS:
            _group_lanes(lights, site, index, apart)
            for number in (k for k, own in enumerate(at_junction) if own == index):
                lights.of_crossing[number] = len(lights.groups)
                _add(lights, index, Group(PEDESTRIANS, walk=crosswalks[number].walk))
        lights.counts.append(len(lights.groups) - before)
    clash = Clash()
    _clash_ways(lights, clash, site, conflicts, permitted)
    for number, group in lights.of_crossing.items():
        _clash_walkers(lights, clash, site, crosswalks[number], group)
    _time(random, lights, clash)
    return lights


def _sources(site: Site, conflicts: Conflicts) -> list[list[int]]:
    return [[int(lane) for lane in row] for row in site.ways.source[conflicts.lanes].reshape(-1, 2)]


def _add(lights: MapLights, junction: int, group: Group) -> None:
    lights.groups.append(group)
    lights.junction.append(junction)


def _group_lanes(lights: MapLights, site: Site, index: int, apart: set[frozenset[int]]) -> None:
    """One group for each controller that the file has, and else for each approach."""
    keys: dict[Key, list[int]] = {}
    for lane in site.ways.entering[index]:
        if lane in site.regulation.lights:
            keys.setdefault(_key(site, index, lane), []).append(lane)
    for key, together in keys.items():
        clashing = any(frozenset(pair) in apart for pair in itertools.combinations(together, 2))
        parts = _by_approach(site, together) if clashing else [together]
        if len(parts) > 1:
            lights.split.append(key[-1])
        for part in parts:
            lights.of_lane |= dict.fromkeys(part, len(lights.groups))
            turns = {site.turn[way] for lane in part for way in site.ways.onward(lane, index)}
            _add(lights, index, Group(VEHICLES, float(site.limit[part].max()), late=turns == {LEFT}))


def _key(site: Site, index: int, lane: int) -> Key:
    names = {signal.id for signal in site.regulation.lights[lane]}
    own = site.rules.junctions.get(site.ways.names[index])
    known = [*(own.controllers if own else ()), *site.rules.controllers]
    controller = next((name for name in known if names & site.rules.controllers.get(name, frozenset())), None)
    return (controller,) if controller is not None else _approach(site, lane)


def _approach(site: Site, lane: int) -> Key:
    return "road", site.lanes.road(lane), str(site.lanes.along(lane))


def _by_approach(site: Site, lanes: list[int]) -> list[list[int]]:
    parts: dict[Key, list[int]] = {}
    for lane in lanes:
        parts.setdefault(_approach(site, lane), []).append(lane)
    return list(parts.values())


def _clash_ways(lights: MapLights, clash: Clash, site: Site, conflicts: Conflicts, permitted: BoolArray) -> None:
    group = lights.of_way(site.ways)
    for (a, b), stations, allowed in zip(
        conflicts.lanes.tolist(), conflicts.stations.tolist(), permitted.tolist(), strict=True
    ):
        one, other = int(group[a]), int(group[b])
        if one < 0 or other < 0 or one == other:
            continue
        if not allowed or lights.groups[one].late or lights.groups[other].late:
            clash.part(one, other)
        begin_a, end_a, begin_b, end_b = stations
        clash.add(one, other, _clearing(site, a, end_a), _entering(site, b, begin_b))
        clash.add(other, one, _clearing(site, b, end_b), _entering(site, a, begin_a))


def _way(site: Site, way: int) -> float:
    """From the stop line to where a way begins [m]."""
    return site.to_edge.get(int(site.ways.source[way]), 0.0) + float(site.ways.before[way])


def _clearing(site: Site, way: int, station: float) -> float:
    return clearing_seconds(_way(site, way) + station, site.turn[way] != STRAIGHT)


def _entering(site: Site, way: int, station: float) -> float:
    return (_way(site, way) + station) / ENTERING_SPEED


def _junction_of(site: Site, crosswalk: Crosswalk) -> int:
    """The junction with lights that a crossing lies at, or -1."""
    for lane, begin, end in crosswalk.under:
        before = [int(site.ways.junction[item]) for item in site.ways.predecessors[lane]] if end < AT_JUNCTION else []
        ahead = [site.ways.into(lane)] if site.length[lane] - begin < AT_JUNCTION else []
        for junction in (int(site.ways.junction[lane]), *ahead, *before):
            if junction >= 0 and site.regulation.control[junction] == SIGNALS:
                return junction
    return -1


def _clash_walkers(lights: MapLights, clash: Clash, site: Site, crosswalk: Crosswalk, walkers: int) -> None:
    """People cross neither before cars that start there nor before such as come straight on or with an arrow."""
    groups = lights.of_way(site.ways)
    under = {lane: end for lane, _, end in crosswalk.under}
    for way in np.flatnonzero(site.ways.junction == lights.junction[walkers]).tolist():
        group = int(groups[way])
        if group < 0:
            continue
        source, length = int(site.ways.source[way]), float(site.length[way])
        turns = site.turn[way] != STRAIGHT
        if source in under:
            clash.add(
                group, walkers, clearing_seconds(_way(site, way) - float(site.length[source]) + under[source], turns)
            )
            clash.part(group, walkers)
        beyond = [under[way]] if way in under else []
        beyond += [length + under[after] for after in site.ways.successors[way] if after in under]
        for station in beyond:
            clash.add(group, walkers, _clearing(site, way, station))
            if not turns or lights.groups[group].late or station < 0.5 * length:
                clash.part(group, walkers)


def _time(random: np.random.Generator, lights: MapLights, clash: Clash) -> None:
    first = 0
    for count in lights.counts:
        groups = lights.groups[first : first + count]
        greens, share = random.uniform(*GREEN_S, 3).tolist(), float(random.random())
        cycle = make_program(groups, _within(clash, first, count), greens) if count else 0
        lights.cycle.append(cycle)
        lights.offset.append(int(share * cycle))
        first += count


def _within(clash: Clash, first: int, count: int) -> Clash:
    """What concerns the groups of one junction."""
    inside = range(first, first + count)
    here = Clash({key: gap for key, gap in clash.gaps.items() if key[0] in inside}, set())
    here.apart = {pair for pair in clash.apart if pair[0] in inside}
    return here.within(first, count)
