"""How the junctions of a map are ruled: by lights, by signs, by the file's priorities, or by right before left."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sim.network.network import SIGNALS, STOP, STOP_ALWAYS, STOP_AT_SIGNAL, STOP_TO_YIELD, STRAIGHT, UNCONTROLLED, YIELD
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.rules import MapRules
from sim.roads.formats.opendrive.signs import LIGHT, SIGN_STOP, SIGN_YIELD, STOP_LINE, Signal
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.places import LanePlaces
from sim.town.opendrive.ways import Ways

REACH = 50.0  # m before a junction that a light or sign may stand
Approach = tuple[str, bool]  # a road that leads into a junction, and whether it does so along its stations


@dataclass
class Regulation:
    """What holds where lanes lead into junctions."""

    control: list[int] = field(default_factory=list)
    """Of each junction."""
    lights: dict[int, list[Signal]] = field(default_factory=dict)
    """Of each lane that leads into a junction."""
    stops: dict[int, int] = field(default_factory=dict)
    """Kind of stop line of each lane that has one."""
    minor: set[int] = field(default_factory=set)
    """Lanes that lead into a junction on a minor road."""
    first: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of connecting roads of which the first goes first."""
    lines: dict[int, list[Signal]] = field(default_factory=dict)
    """Signs of stop lines, by lane."""
    signed: set[int] = field(default_factory=set)
    """Lanes before which a stop or yield sign stands."""
    idle: list[Signal] = field(default_factory=list)
    """Lights and signs that rule no lane before a junction."""


def regulate(road_map: RoadMap, rules: MapRules, lanes: MapLanes, ways: Ways, places: LanePlaces) -> Regulation:
    """Finds what the lights and signs of a file, its controllers and its priorities say."""
    result = Regulation()
    signs: dict[int, int] = {}
    for signal in rules.signals:
        if signal.kind not in (LIGHT, SIGN_STOP, SIGN_YIELD, STOP_LINE):
            continue
        ruled = list(dict.fromkeys(_ruled(road_map, lanes, ways, places, signal)))
        if not ruled:
            result.idle.append(signal)
        for lane in ruled:
            if signal.kind == LIGHT:
                result.lights.setdefault(lane, []).append(signal)
            elif signal.kind == STOP_LINE:
                result.lines.setdefault(lane, []).append(signal)
            elif signs.get(lane) != STOP_ALWAYS:
                signs[lane] = STOP_ALWAYS if signal.kind == SIGN_STOP else STOP_TO_YIELD
    result.signed |= signs.keys()
    for index, name in enumerate(ways.names):
        _rule_junction(result, rules, lanes, ways, index, name, signs)
    return result


def _ruled(road_map: RoadMap, lanes: MapLanes, ways: Ways, places: LanePlaces, signal: Signal) -> Iterator[int]:
    """The lanes before a junction that a signal is for: on its road, or those that lead to the way that it is on."""
    if signal.road not in road_map.roads:
        return
    for lane, station in _named(lanes, places, signal):
        if ways.junction[lane] >= 0:
            if ways.source[lane] >= 0:
                yield int(ways.source[lane])
            continue
        left = REACH - (places.length[lane] - station)
        while left > 0.0 and ways.into(lane) < 0 and len(ways.successors[lane]) == 1:
            lane = ways.successors[lane][0]
            left -= places.length[lane]
        if left > 0.0 and ways.into(lane) >= 0:
            yield lane


def _named(lanes: MapLanes, places: LanePlaces, signal: Signal) -> list[tuple[int, float]]:
    """The lanes beside a signal that it is for, and where it stands along each [m].

    Some files turn the orientation around: lanes that they name and that run the other way count if no others do.
    """
    there = [
        (lane, station) for lane, station in places.at(signal.road, signal.s) if signal.is_for(places.piece(lane).lane)
    ]
    facing = [(lane, station) for lane, station in there if signal.along in (None, lanes.along(lane))]
    return facing or (there if signal.lanes else [])


def _rule_junction(
    result: Regulation, rules: MapRules, lanes: MapLanes, ways: Ways, index: int, name: str, signs: dict[int, int]
) -> None:
    entering, own = ways.entering[index], rules.junctions.get(name)
    if own is not None and own.controllers and not any(lane in result.lights for lane in entering):
        result.lights |= {lane: [] for lane in entering}  # a light for each approach, which the file does not place
    lit = {lane for lane in entering if lane in result.lights}
    priorities = set(own.priorities) if own is not None else set()
    result.first |= priorities
    by_ring = _before_ring(rules, lanes, entering, name, ways)
    low = {lane for lane in entering if _is_low(lanes, ways, lane, index, {pair[1] for pair in priorities})} | by_ring
    said = {lane: signs.get(lane, STOP_TO_YIELD if lane in low else -1) for lane in entering if lane not in lit}
    minor = {lane: kind for lane, kind in said.items() if kind >= 0}
    if lit:
        result.control.append(SIGNALS)
        result.stops |= dict.fromkeys(lit, STOP_AT_SIGNAL)
        minor = {lane: minor.get(lane, STOP_TO_YIELD) for lane in entering if lane not in lit}
    elif STOP_ALWAYS in minor.values():
        result.control.append(STOP)
    else:
        result.control.append(YIELD if minor else UNCONTROLLED)
    result.stops |= minor
    result.minor |= minor.keys()


def _is_low(lanes: MapLanes, ways: Ways, lane: int, index: int, low: set[str]) -> bool:
    """Whether a lane lies on a minor road: whoever goes straight on gives way; or, if nobody does, whoever turns."""
    onward = ways.onward(lane, index)
    straight = [way for way in onward if ways.turn[way] == STRAIGHT] or onward
    return bool(straight) and all(lanes.road(way) in low for way in straight)


def _before_ring(rules: MapRules, lanes: MapLanes, entering: tuple[int, ...], name: str, ways: Ways) -> set[int]:
    """The lanes that lead into a roundabout from outside: they do not come from another of its junctions."""
    group = next((group for group in rules.roundabouts if name in group), None)
    if group is None:
        return set()
    numbers = {ways.names.index(other) for other in group if other in ways.names}

    def on_ring(lane: int) -> bool:
        seen: set[int] = set()
        while ways.junction[lane] < 0 and lane not in seen and ways.predecessors[lane]:
            seen.add(lane)
            lane = ways.predecessors[lane][0]
        return int(ways.junction[lane]) in numbers

    return {lane for lane in entering if not on_ring(lane)}
