"""What stands beside the roads of a map: what the file says, and houses and trees where nothing else lies."""

import math
from collections.abc import Iterator

import numpy as np

from sim.roads.formats.opendrive.model import MapRoad, RoadMap
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.opendrive.rules import MapRules
from sim.roads.formats.opendrive.signs import SIGN_LIMIT, SIGN_NO_ENTRY, SIGN_STOP, SIGN_YIELD, Signal
from sim.roads.formats.opendrive.things import HOUSE, TREE, Thing
from sim.town import furniture
from sim.town.furniture import SIGN_HEIGHT, Furniture
from sim.town.lots import CLOSE, DEPTH, FRONT, HEIGHTS, STREET, Occupied, nothing_around, settle
from sim.town.opendrive.network import MapParts
from sim.town.opendrive.ribbons import extent_of
from sim.town.opendrive.stops import unsigned
from sim.town.road_rules import BESIDE_KERB
from sim.types import Float32Array, FloatArray

KINDS = {
    SIGN_STOP: furniture.SIGN_STOP,
    SIGN_YIELD: furniture.SIGN_YIELD,
    SIGN_LIMIT: furniture.SIGN_LIMIT,
    SIGN_NO_ENTRY: furniture.SIGN_NO_ENTRY,
}
BESIDE_ROAD = 1.0  # m beyond a road's edge in which nothing is put
SETBACK = (3.0, 9.0)  # m from a road's edge to a house
TREE_SPACING, TREE_ASIDE = 15.0, (1.8, 7.0)  # m along a road; from its edge
HOUSES_UP_TO = 60.0 / 3.6  # m/s; no houses stand along faster roads
TALL_MAST = 0.4  # m that a mast stands above the middle of its head
MOST_TREES = 20_000


def furnish_map(road_map: RoadMap, rules: MapRules, parts: MapParts, origin: FloatArray) -> Furniture:
    """All of it; what the file does not have is drawn the same way every time."""
    random = np.random.default_rng(0)
    occupied = nothing_around(parts.network.x, parts.network.y)
    for road in road_map.roads.values():
        _occupy(occupied, road, origin)
    given = [_house(road_map, thing, origin) for thing in _things(road_map, rules, HOUSE)]
    settle(_on_map(_table(given, 7).astype(np.float64), occupied), occupied)
    houses = settle(_on_map(_houses(random, road_map, parts, origin), occupied), occupied)
    trees = [_tree(road_map, thing, origin) for thing in _things(road_map, rules, TREE)]
    return Furniture(
        signs=_table([*_signs(road_map, rules, origin), *_missing_signs(parts)], 6),
        masts=_masts(parts, occupied),
        lamps=_table([], 4),
        cars=_table([], 7),
        trees=np.concatenate([_table(trees, 5), _trees(random, road_map, occupied, origin)]),
        houses=np.concatenate([_table(given, 7), houses]),
    )


def _table(rows: list[tuple[float, ...]], columns: int) -> Float32Array:
    return np.array(rows, dtype=np.float32).reshape(-1, columns)


def _on_map(rows: FloatArray, occupied: Occupied) -> FloatArray:
    return rows[occupied.contains(rows[:, 0], rows[:, 1])]


def _things(road_map: RoadMap, rules: MapRules, kind: int) -> Iterator[Thing]:
    return (thing for thing in rules.things if thing.kind == kind and thing.road in road_map.roads)


def _occupy(occupied: Occupied, road: MapRoad, origin: FloatArray) -> None:
    """Marks where a road lies, and a little beyond its edges."""
    extent = extent_of(road)
    if extent is None:
        return
    right, left = extent[0] - BESIDE_ROAD, extent[1] + BESIDE_ROAD
    s = np.linspace(0.0, road.length, math.ceil(road.length / CLOSE) + 1)
    line = reference(road, s)
    for t in np.linspace(right, left, math.ceil((left - right) / CLOSE) + 1).tolist():
        points = line.beside(np.full_like(s, t)) - origin
        inside = occupied.contains(points[:, 0], points[:, 1])
        occupied.cells.ravel()[occupied.place(points[inside, 0], points[inside, 1])] = STREET


def _signs(road_map: RoadMap, rules: MapRules, origin: FloatArray) -> list[tuple[float, ...]]:
    """Signs where the file has them."""
    rows: list[tuple[float, ...]] = []
    for signal in rules.signals:
        if signal.stands and signal.kind in KINDS and signal.road in road_map.roads:
            x, y, heading = _facing(road_map, signal, origin)
            rows.append((x, y, heading, KINDS[signal.kind], signal.limit, signal.height))
    return rows


def _facing(road_map: RoadMap, signal: Signal, origin: FloatArray) -> tuple[float, float, float]:
    """Where a sign stands [m], and the heading [rad] that it faces."""
    road = road_map.roads[signal.road]
    place = reference(road, np.clip(np.array([signal.s]), 0.0, road.length))
    x, y = (place.beside(np.array([signal.t]))[0] - origin).tolist()
    return x, y, float(place.heading[0]) + signal.turned + (0.0 if signal.along is False else math.pi)


def _missing_signs(parts: MapParts) -> list[tuple[float, ...]]:
    """Signs for who has to give way by the file's priorities alone."""
    side = 1.0 if parts.network.left_hand else -1.0
    rows: list[tuple[float, ...]] = []
    for lane, station in unsigned(parts.regulation, parts.network):
        pose = parts.places.pose(lane, station)
        aside = side * (0.5 * parts.places.width[lane] + BESIDE_KERB)
        x, y = pose.x - aside * math.sin(pose.heading), pose.y + aside * math.cos(pose.heading)
        rows.append((x, y, pose.heading + math.pi, furniture.SIGN_YIELD, 0.0, SIGN_HEIGHT + 0.35))
    return rows


def _masts(parts: MapParts, occupied: Occupied) -> Float32Array:
    """One below each head that does not hang over a road."""
    network = parts.network
    x, y = network.head_x.astype(np.float64), network.head_y.astype(np.float64)
    beside = ~parts.places.on_lanes(x, y)
    columns = [network.head_x, network.head_y, network.head_heading, network.head_height + np.float32(TALL_MAST)]
    return np.unique(np.stack(columns, axis=1)[beside], axis=0)


def _house(road_map: RoadMap, thing: Thing, origin: FloatArray) -> tuple[float, ...]:
    """A house of the file: the side that looks at its road is the front."""
    road = road_map.roads[thing.road]
    place = reference(road, np.clip(np.array([thing.s]), 0.0, road.length))
    corners = thing.outline(road) - origin
    middle = 0.5 * (corners.min(axis=0) + corners.max(axis=0))
    to_road = float(place.heading[0]) - math.copysign(0.5 * math.pi, thing.t)
    angle = float(place.heading[0]) + thing.heading
    angle += 0.5 * math.pi * round((to_road - angle) / (0.5 * math.pi))
    deep, front = (np.ptp(corners @ np.array([np.cos(a), np.sin(a)])) for a in (angle, angle + 0.5 * math.pi))
    x, y = middle + 0.5 * deep * np.array([math.cos(angle), math.sin(angle)])
    return float(x), float(y), angle, float(front), float(deep), max(thing.height, 2.5), 0.5


def _tree(road_map: RoadMap, thing: Thing, origin: FloatArray) -> tuple[float, ...]:
    road = road_map.roads[thing.road]
    place = reference(road, np.clip(np.array([thing.s]), 0.0, road.length))
    x, y = (place.beside(np.array([thing.t]))[0] - origin).tolist()
    width = max(thing.width, thing.length, 2.0)
    return x, y, 0.0, width, max(thing.height, width)


def _beside_roads(
    random: np.random.Generator, road_map: RoadMap, origin: FloatArray, spacing: float, aside: tuple[float, float]
) -> Iterator[tuple[MapRoad, FloatArray, FloatArray]]:
    """Places along both sides of the roads between junctions: the road, (K, 2) [m], and headings to the road (K,)."""
    for road in road_map.roads.values():
        extent = extent_of(road)
        if extent is None or road.junction is not None:
            continue
        for edge, outward in zip(extent, (-1.0, 1.0), strict=True):
            count = int(road.length / spacing)
            s = (np.arange(count) + random.uniform(0.2, 0.8, count)) * spacing
            line = reference(road, np.minimum(s, road.length))
            points = line.beside(edge + outward * random.uniform(*aside, count)) - origin
            yield road, points, line.heading - outward * 0.5 * math.pi


def _houses(random: np.random.Generator, road_map: RoadMap, parts: MapParts, origin: FloatArray) -> FloatArray:
    """Houses (K, 7) along roads that are not fast, whether there is room for them or not."""
    fast = {parts.lanes.road(lane) for lane in np.flatnonzero(parts.network.lane_limit > HOUSES_UP_TO).tolist()}
    tables = [np.empty((0, 7))]
    for road, points, heading in _beside_roads(random, road_map, origin, FRONT[1] + 2.0, SETBACK):
        count = 0 if road.id in fast else len(points)
        front, depth, height = (random.uniform(*bounds, count) for bounds in (FRONT, DEPTH, HEIGHTS[1]))
        columns = [points[:count, 0], points[:count, 1], heading[:count], front, depth, height, random.random(count)]
        tables.append(np.stack(columns, axis=1))
    return np.concatenate(tables)


def _trees(random: np.random.Generator, road_map: RoadMap, occupied: Occupied, origin: FloatArray) -> Float32Array:
    tables = [np.empty((0, 2))]
    tables += [points for _, points, _ in _beside_roads(random, road_map, origin, TREE_SPACING, TREE_ASIDE)]
    points = _on_map(np.concatenate(tables), occupied)
    points = points[occupied.is_free(points[:, 0], points[:, 1])][:MOST_TREES]
    width = random.uniform(2.6, 5.6, len(points))
    columns = [points[:, 0], points[:, 1], np.zeros(len(points)), width, 1.35 * width]
    return np.stack(columns, axis=1).astype(np.float32)
