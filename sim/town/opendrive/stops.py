"""Stop lines before the junctions of a map, and the heads of its lights."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.network.network import STOP_TO_YIELD, STRAIGHT, Network
from sim.network.rows import Columns
from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.opendrive.rules import MapRules
from sim.roads.formats.opendrive.signs import STOP_LINE, Signal
from sim.roads.formats.opendrive.things import Thing
from sim.town.lights import STOP_AT_EDGE, STOP_BEFORE_CROSSING
from sim.town.opendrive.crosswalks import Crosswalk
from sim.town.opendrive.lights import AT_JUNCTION, MapLights
from sim.town.opendrive.places import LanePlaces
from sim.town.opendrive.regulate import Regulation
from sim.town.opendrive.ways import Ways
from sim.town.road_rules import BESIDE_KERB, FAR_HEIGHT, NEAR_HEIGHT
from sim.types import FloatArray

BEFORE_HEAD = 1.0  # m from the stop line to a light that stands beside it
BEYOND = 8.0  # m beyond its stop line, from which on a head stands on the far side
THIN = 0.3  # m; a stop line of which the file gives no length is as long as this


class Head(NamedTuple):
    """A head of a light."""

    group: int
    x: float  # m
    y: float  # m
    height: float  # m
    heading: float  # rad, to where it shines
    far: bool


def stop_stations(
    road_map: RoadMap,
    rules: MapRules,
    regulation: Regulation,
    places: LanePlaces,
    crosswalks: Sequence[Crosswalk],
) -> dict[int, float]:
    """Where to stop on each lane that has a stop line [m]."""
    painted = dict(_painted(road_map, rules, places))
    crossed: dict[int, float] = {}
    for lane, begin, _ in (item for crosswalk in crosswalks for item in crosswalk.under):
        if places.length[lane] - begin < AT_JUNCTION:
            crossed[lane] = min(begin, crossed.get(lane, math.inf))
    stations = {}
    for lane in regulation.stops:
        usual = places.length[lane] - STOP_AT_EDGE
        beside = [station - BEFORE_HEAD for station in _lights_beside(regulation, places, lane)]
        station = min([usual, *beside, crossed.get(lane, math.inf) - STOP_BEFORE_CROSSING])
        stations[lane] = min(max(painted.get(lane, station), 0.0), places.length[lane])
    return stations


def _painted(road_map: RoadMap, rules: MapRules, places: LanePlaces) -> Iterator[tuple[int, float]]:
    """Lanes with a stop line of their own, and where it begins [m]."""
    for thing in rules.things:
        if thing.kind != STOP_LINE or thing.road not in road_map.roads:
            continue
        if len(thing.corners) or max(thing.length, thing.width) > THIN:
            outline = thing.outline(road_map.roads[thing.road]) - places.origin
            yield from ((lane, begin) for lane, begin, _ in places.under(outline) if _is_for(thing, places, lane))
        else:
            yield from ((lane, s) for lane, s in places.at(thing.road, thing.s) if _is_for(thing, places, lane))
    for signal in rules.signals:
        if signal.kind == STOP_LINE:
            for lane, station in places.at(signal.road, signal.s):
                piece = places.piece(lane)
                if signal.is_for(piece.lane) and signal.along in (None, piece.along):
                    yield lane, station


def _is_for(thing: Thing, places: LanePlaces, lane: int) -> bool:
    """Whether a stop line is for a lane."""
    piece = places.piece(lane)
    named = not thing.lanes or any(min(pair) <= piece.lane <= max(pair) for pair in thing.lanes)
    return named and (piece.road != thing.road or thing.along in (None, piece.along))


def _lights_beside(regulation: Regulation, places: LanePlaces, lane: int) -> Iterator[float]:
    """Where the lights for a lane stand on its own road, as stations along it [m]."""
    for signal in regulation.lights.get(lane, ()):
        yield from (station for other, station in places.at(signal.road, signal.s) if other == lane)


def heads_of(
    road_map: RoadMap,
    regulation: Regulation,
    lights: MapLights,
    ways: Ways,
    places: LanePlaces,
    stations: Mapping[int, float],
    left_hand: bool,
) -> list[Head]:
    """The heads that the file places; for a group of which it places none, one at the stop line and one beyond."""
    groups: dict[int, list[int]] = {}
    for lane, group in lights.of_lane.items():
        groups.setdefault(group, []).append(lane)
    heads = []
    for group, lanes in groups.items():
        signals = {signal.id: signal for lane in lanes for signal in regulation.lights[lane] if signal.stands}
        stop = places.pose(lanes[0], stations[lanes[0]])
        placed = [_placed(road_map, signal, group, places.origin, stop) for signal in signals.values()]
        heads += placed or _by_rule(group, lanes, ways, places, stations, left_hand)
    return heads


def _placed(road_map: RoadMap, signal: Signal, group: int, origin: FloatArray, stop: tuple[float, ...]) -> Head:
    road = road_map.roads[signal.road]
    place = reference(road, np.clip(np.array([signal.s]), 0.0, road.length))
    x, y = (place.beside(np.array([signal.t]))[0] - origin).tolist()
    heading = float(place.heading[0]) + signal.turned + (0.0 if signal.along is False else math.pi)
    ahead = (x - stop[0]) * math.cos(stop[2]) + (y - stop[1]) * math.sin(stop[2])
    return Head(group, x, y, signal.height, heading, ahead > BEYOND)


def _by_rule(
    group: int, lanes: list[int], ways: Ways, places: LanePlaces, stations: Mapping[int, float], left_hand: bool
) -> list[Head]:
    side = 1.0 if left_hand else -1.0
    lane = max(lanes, key=lambda item: side * places.piece(item).lane * (1 if places.piece(item).along else -1))
    near = places.pose(lane, min(stations[lane] + BEFORE_HEAD, places.length[lane]))
    aside = side * (0.5 * places.width[lane] + BESIDE_KERB)
    x, y = near.x - aside * math.sin(near.heading), near.y + aside * math.cos(near.heading)
    heads = [Head(group, x, y, NEAR_HEIGHT, near.heading + math.pi, False)]
    onward = [way for item in lanes for way in ways.onward(item, ways.into(item))]
    way = next((item for item in onward if ways.turn[item] == STRAIGHT), -1)
    if way >= 0:
        far = places.pose(way, places.length[way])
        heads.append(Head(group, far.x, far.y, FAR_HEIGHT, near.heading + math.pi, True))
    return heads


def stop_columns(regulation: Regulation, stations: Mapping[int, float], lights: MapLights) -> Columns:
    """Stop lines as fields of a network."""
    lanes = list(regulation.stops)
    return {
        "stop_lane": np.array(lanes, dtype=np.int32),
        "stop_station": np.array([stations[lane] for lane in lanes], dtype=np.float32),
        "stop_kind": np.array([regulation.stops[lane] for lane in lanes], dtype=np.int8),
        "stop_group": np.array([lights.of_lane.get(lane, -1) for lane in lanes], dtype=np.int32),
    }


def head_columns(heads: list[Head]) -> Columns:
    """Heads as fields of a network."""
    table = np.array(heads, dtype=np.float64).reshape(-1, 6)
    x, y, height, heading = (column.astype(np.float32) for column in table[:, 1:5].T)
    return {
        "head_group": table[:, 0].astype(np.int32),
        "head_x": x,
        "head_y": y,
        "head_height": height,
        "head_heading": heading,
        "head_far": table[:, 5].astype(np.bool_),
    }


def unsigned(regulation: Regulation, network: Network) -> Iterator[tuple[int, float]]:
    """The outermost lane of each road that must give way without a sign of its own, and where it stops [m]."""
    outwards = network.lane_left if network.left_hand else network.lane_right
    for lane, kind, station in zip(
        network.stop_lane.tolist(), network.stop_kind.tolist(), network.stop_station.tolist(), strict=True
    ):
        if kind == STOP_TO_YIELD and outwards[lane] < 0 and lane not in regulation.signed:
            yield lane, station
