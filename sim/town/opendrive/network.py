"""From a map to the network of its lanes."""

import itertools
from typing import NamedTuple

import numpy as np

from sim.network.columns import conflict_columns, link_columns, point_columns, signal_columns
from sim.network.conflicts import Conflicts, find_conflicts
from sim.network.crossings import Crossings
from sim.network.network import LEFT, RIGHT, Network, frozen
from sim.network.priority import Movements, gives_way, is_permitted
from sim.network.rows import Columns, rows_of
from sim.roads.formats.opendrive.links import can_be_driven
from sim.roads.formats.opendrive.model import LanePiece, RoadMap
from sim.roads.formats.opendrive.routes import Router
from sim.roads.formats.opendrive.rules import MapRules
from sim.town.opendrive.crosswalks import Crosswalk, crosswalks_of
from sim.town.opendrive.edges import edge_columns
from sim.town.opendrive.lanes import MapLanes
from sim.town.opendrive.lights import MapLights, Site, make_lights
from sim.town.opendrive.lines import MapLines
from sim.town.opendrive.places import LanePlaces
from sim.town.opendrive.regulate import Regulation, regulate
from sim.town.opendrive.stops import head_columns, heads_of, stop_columns, stop_stations
from sim.town.opendrive.ways import Ways, pairs_of, ways_of
from sim.types import BoolArray, FloatArray

USUAL_LIMIT = 50.0 / 3.6  # m/s, where the file gives none: town


class MapParts(NamedTuple):
    """A network, and what it was made of."""

    network: Network
    lanes: MapLanes
    lines: MapLines
    ways: Ways
    places: LanePlaces
    regulation: Regulation
    lights: MapLights
    crosswalks: list[Crosswalk]
    idle_crosswalks: list[str]


def network_of(router: Router, rules: MapRules, lanes: MapLanes, lines: MapLines, left_hand: bool) -> MapParts:
    """The network of a map.

    Raises:
        UserError: a junction has too many lanes.
    """
    road_map = router.map
    ways, places = ways_of(road_map, rules, lanes, lines), LanePlaces(lanes, lines)
    regulation = regulate(road_map, rules, lanes, ways, places)
    crosswalks, idle = crosswalks_of(road_map, rules, places)
    stations = stop_stations(road_map, rules, regulation, places, crosswalks)
    limit = _limits(lanes, ways)
    conflicts = find_conflicts(lines.lines, lines.width, pairs_of(ways, lines.lines, lines.width))
    moves = _movements(lanes, lines, ways, regulation, left_hand)
    to_edge = {lane: places.length[lane] - station for lane, station in stations.items()}
    site = Site(rules, lanes, ways, regulation, lines.lines.length, limit, to_edge, moves.turn.astype(np.int64))
    permitted = is_permitted(moves, conflicts.lanes)
    lights = make_lights(np.random.default_rng(0), site, conflicts, permitted, crosswalks)
    moves = moves._replace(group=lights.of_way(ways))
    network = Network(
        left_hand=left_hand,
        **point_columns(lines.lines),
        **edge_columns(road_map, lanes, ways, lines),
        **_lane_columns(router, lanes, lines, ways, limit),
        **link_columns(lines.links, len(limit)),
        **_junction_columns(regulation, ways, lines),
        **conflict_columns(conflicts, _who_gives_way(lanes, regulation, lights, moves, conflicts), len(limit)),
        **stop_columns(regulation, stations, lights),
        **signal_columns(lights.groups, lights.junction, lights.counts, lights.cycle, lights.offset),
        **head_columns(heads_of(road_map, regulation, lights, ways, places, stations, left_hand)),
        **_crossing_columns(crosswalks, lights),
    )
    return MapParts(frozen(network), lanes, lines, ways, places, regulation, lights, crosswalks, idle)


def _limits(lanes: MapLanes, ways: Ways) -> FloatArray:
    """Speed limit of every lane [m/s]; of ways through junctions without one, the lesser of those before and after."""
    limit = np.array([given or USUAL_LIMIT for given in lanes.limit])
    outside = limit.copy()
    for lane in np.flatnonzero(ways.junction >= 0).tolist():
        around = [other for other in (*ways.predecessors[lane], *ways.successors[lane]) if ways.junction[other] < 0]
        if not lanes.limit[lane] and around:
            limit[lane] = outside[around].min()
    return limit


def _movements(lanes: MapLanes, lines: MapLines, ways: Ways, regulation: Regulation, left_hand: bool) -> Movements:
    """What right of way depends on, of every lane; in a mirror where traffic keeps to the left."""
    numbers: dict[tuple[str, bool], int] = {}
    source = [int(before) if before >= 0 else lane for lane, before in enumerate(ways.source)]
    control = np.array([*regulation.control, -1], dtype=np.int8)
    mirrored = np.arange(4)
    if left_hand:
        mirrored[[LEFT, RIGHT]] = RIGHT, LEFT
    heading = lines.lines.heading[lines.lines.starts[:-1]]
    return Movements(
        control=control[ways.junction],
        rank=np.array([int(lane in regulation.minor) for lane in source]),
        turn=mirrored[ways.turn].astype(np.int8),
        heading=-heading if left_hand else heading,
        approach=np.array([numbers.setdefault((lanes.road(k), lanes.along(k)), len(numbers)) for k in source]),
        group=np.full(len(source), -1),
    )


def _who_gives_way(
    lanes: MapLanes, regulation: Regulation, lights: MapLights, moves: Movements, conflicts: Conflicts
) -> BoolArray:
    """Whether either lane of each conflict gives way, (K, 2): also by the file's own priorities."""
    green = np.array([group.green for group in lights.groups] + [(0, 0)])
    unlit = (moves.group[conflicts.lanes] < 0).any(axis=1)
    a, b = (green[moves.group[conflicts.lanes[:, side]]] for side in (0, 1))
    together = np.maximum(a[:, 0], b[:, 0]) < np.minimum(a[:, 1], b[:, 1])
    verdict = gives_way(moves, conflicts.lanes, together | unlit)
    for row, (one, other) in enumerate(conflicts.lanes.tolist()):
        if not (together | unlit)[row] and moves.group[one] >= 0:
            continue
        if (lanes.road(one), lanes.road(other)) in regulation.first:
            verdict[row] = False, True
        elif (lanes.road(other), lanes.road(one)) in regulation.first:
            verdict[row] = True, False
    return verdict


def _lane_columns(router: Router, lanes: MapLanes, lines: MapLines, ways: Ways, limit: FloatArray) -> Columns:
    numbers: dict[str, int] = {}
    roads = [numbers.setdefault(lanes.road(lane), len(numbers)) for lane in range(len(limit))]
    return {
        "lane_length": lines.lines.length.astype(np.float32),
        "lane_width": lines.width.astype(np.float32),
        "lane_limit": limit.astype(np.float32),
        "lane_left": np.array(lanes.left, dtype=np.int32),
        "lane_right": np.array(lanes.right, dtype=np.int32),
        "lane_opposite": _opposites(router.map, lanes),
        "lane_road": np.where(ways.junction < 0, roads, -1).astype(np.int32),
        "lane_junction": ways.junction.astype(np.int32),
        "lane_turn": ways.turn.astype(np.int8),
    }


def _opposites(road_map: RoadMap, lanes: MapLanes) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """The lane beside each that runs the other way, at its middle."""
    holding: dict[LanePiece, list[tuple[float, float, int]]] = {}
    for lane, stretches in enumerate(lanes.stretches):
        for stretch in stretches:
            holding.setdefault(stretch.piece, []).append((stretch.begin, stretch.end, lane))
    result = np.full(len(lanes.stretches), -1, dtype=np.int32)
    for lane, stretches in enumerate(lanes.stretches):
        low, high = min(item.begin for item in stretches), max(item.end for item in stretches)
        middle = 0.5 * (low + high)
        piece = next(item.piece for item in stretches if item.begin <= middle <= item.end)
        for number in _numbers_beside(piece.lane):
            if can_be_driven(road_map, piece.road, piece.section, number):
                for begin, end, other in holding.get(piece._replace(lane=number, along=not piece.along), ()):
                    if begin <= middle <= end:
                        result[lane] = other
    return result


def _numbers_beside(number: int) -> tuple[int, int]:
    """The lanes next to one, past lane 0, which has no width."""
    return number - 1 or -1, number + 1 or 1


def _junction_columns(regulation: Regulation, ways: Ways, lines: MapLines) -> Columns:
    crossing = np.flatnonzero(ways.junction >= 0)
    starts, found = rows_of(zip(ways.junction[crossing].tolist(), crossing.tolist(), strict=True), len(ways.names))
    middle = (lines.lines.starts[:-1] + lines.lines.starts[1:] - 1) // 2
    places = np.stack([lines.lines.x, lines.lines.y], axis=1)[middle]
    x, y = (
        np.array([places[found[a:b], axis].mean() for a, b in itertools.pairwise(starts.tolist())]) for axis in (0, 1)
    )
    return {
        "junction_control": np.array(regulation.control, dtype=np.int8),
        "junction_x": x.astype(np.float32),
        "junction_y": y.astype(np.float32),
        "junction_lane_starts": starts,
        "junction_lanes": found,
    }


def _crossing_columns(crosswalks: list[Crosswalk], lights: MapLights) -> Columns:
    table = Crossings()
    for number, crosswalk in enumerate(crosswalks):
        table.add(crosswalk.ends, crosswalk.width, lights.of_crossing.get(number, -1), crosswalk.under)
    return table.columns()
