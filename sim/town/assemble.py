"""From streets and junctions to the arrays of a network, for traffic on the right."""

from typing import NamedTuple

import numpy as np

from sim.network.columns import conflict_columns, link_columns, point_columns, signal_columns
from sim.network.conflicts import Conflicts, find_conflicts
from sim.network.lines import Evened, even_out, joined
from sim.network.network import Network
from sim.network.priority import ENTERING, Movements, gives_way, is_permitted
from sim.network.rows import Columns, rows_of
from sim.town.curves import arcs, join_poses
from sim.town.edges import edge_columns
from sim.town.junction_lanes import JunctionLanes, Piece, connect
from sim.town.junctions import Junction
from sim.town.lights import Lights, group_lanes, write_programs
from sim.town.road_rules import crossing_columns, head_columns, stop_columns
from sim.town.street_lanes import StreetLanes, dense_lines, lay_out
from sim.town.streets import Street, StreetLines
from sim.types import FloatArray, IntArray

RING_LIMIT = 30.0 / 3.6  # m/s


class Parts(NamedTuple):
    """A town for traffic on the right, before its furniture."""

    network: Network
    streets: list[Street]
    junctions: list[Junction]
    street_lanes: StreetLanes
    junction_lanes: JunctionLanes
    lights: Lights
    lines: StreetLines


def assemble(random: np.random.Generator, streets: list[Street], junctions: list[Junction]) -> Parts:
    """Lays the lanes, connects them, finds conflicts and makes signals."""
    lines = StreetLines.of(streets)
    street_lanes = lay_out(streets)
    lanes = connect(junctions, street_lanes.ends)
    evened = _geometry(street_lanes, lanes, lines)
    width = _widths(street_lanes, lanes)
    links = _links(street_lanes, lanes)
    pairs = _pairs(street_lanes, lanes, links)
    conflicts = find_conflicts(evened, width, pairs)
    lights = group_lanes(random, junctions, street_lanes.ends, street_lanes.limit)
    movements = _movements(street_lanes, lanes, junctions, lights, evened)
    local = conflicts.lanes - len(street_lanes.rows)
    crossing = (local < len(lanes.curves)).all(axis=1)
    permitted = is_permitted(movements, local[crossing])
    write_programs(
        random,
        lights,
        junctions,
        lanes.curves,
        Conflicts(local[crossing], conflicts.stations[crossing]),
        permitted,
        evened.length[len(street_lanes.rows) :],
    )
    ways = gives_way(movements, local, _together(lights, movements, local))
    network = Network(
        left_hand=False,
        **point_columns(evened),
        **edge_columns(streets, junctions, street_lanes, lanes, evened, lines),
        **_lane_columns(street_lanes, lanes, evened, width),
        **link_columns(links, len(width)),
        **_junction_columns(junctions, street_lanes, lanes),
        **conflict_columns(conflicts, ways, len(width)),
        **stop_columns(junctions, street_lanes, lights, evened, _into_rings(street_lanes, lanes, conflicts)),
        **signal_columns(lights.groups, lights.junction, lights.counts, lights.cycle, lights.offset),
        **head_columns(junctions, street_lanes, lights),
        **crossing_columns(streets, junctions, street_lanes, lights, evened, lines),
    )
    return Parts(network, streets, junctions, street_lanes, lanes, lights, lines)


def _geometry(street_lanes: StreetLanes, lanes: JunctionLanes, lines: StreetLines) -> Evened:
    streets = dense_lines(street_lanes, lines)
    last = np.cumsum(streets.counts) - 1
    first = last - streets.counts + 1
    rows = np.stack([streets.x, streets.y, streets.heading], axis=1)
    begin = np.array([piece.begin_pose for piece in lanes.curves])
    end = np.array([piece.end_pose for piece in lanes.curves])
    from_lane = np.array([piece.begin for piece in lanes.curves])
    to_lane = np.array([piece.end for piece in lanes.curves])
    begin[from_lane >= 0] = rows[last[from_lane[from_lane >= 0]]]
    end[to_lane >= 0] = rows[first[to_lane[to_lane >= 0]]]
    parts = [streets, join_poses(begin, end, np.array([piece.straight for piece in lanes.curves]))]
    return even_out(joined([*parts, arcs(np.array(lanes.circles))] if lanes.circles else parts))


def _widths(street_lanes: StreetLanes, lanes: JunctionLanes) -> FloatArray:
    """Width of every lane [m]; a connecting lane is as wide as the narrower of the two that it joins."""

    def of(piece: Piece) -> float:
        return min(street_lanes.width[lane] for lane in (piece.begin, piece.end) if lane >= 0)

    return np.array([*street_lanes.width, *(of(piece) for piece in lanes.curves), *lanes.arc_width])


def _links(street_lanes: StreetLanes, lanes: JunctionLanes) -> IntArray:
    """Pairs (lane, successor), (K, 2)."""
    offset = (0, len(street_lanes.rows), len(street_lanes.rows) + len(lanes.curves))
    beyond = [(offset[a.kind] + a.number, offset[b.kind] + b.number) for a, b in lanes.links]
    return np.array([*street_lanes.links, *beyond], dtype=np.int64)


def _pairs(street_lanes: StreetLanes, lanes: JunctionLanes, links: IntArray) -> IntArray:
    """Pairs of lanes of one junction that neither begin in the same lane nor follow one another; (K, 2)."""
    offset, total = len(street_lanes.rows), len(street_lanes.rows) + len(lanes.curves) + len(lanes.arcs)
    junction = np.array([piece.junction for piece in lanes.curves + lanes.arcs])
    order = np.argsort(junction, kind="stable")
    counts = np.bincount(junction)
    starts = np.cumsum(counts) - counts
    found = [
        np.stack(np.triu_indices(count, 1), axis=1) + start
        for count, start in zip(counts.tolist(), starts.tolist(), strict=True)
    ]
    pairs = np.sort(order[np.concatenate(found)], axis=1) + offset
    by_begin = links[np.argsort(links[:, 0], kind="stable")]
    apart = [np.sort(links, axis=1)]
    for gap in range(1, int(np.bincount(links[:, 0]).max())):
        same = by_begin[gap:, 0] == by_begin[:-gap, 0]
        apart.append(np.sort(np.stack([by_begin[gap:, 1], by_begin[:-gap, 1]], axis=1)[same], axis=1))
    excluded = np.concatenate(apart)
    codes = excluded[:, 0] * total + excluded[:, 1]
    return pairs[~np.isin(pairs[:, 0] * total + pairs[:, 1], codes)]


def _movements(
    street_lanes: StreetLanes, lanes: JunctionLanes, junctions: list[Junction], lights: Lights, evened: Evened
) -> Movements:
    pieces = lanes.curves + lanes.arcs
    first = evened.starts[len(street_lanes.rows) : -1]
    arm_offset = np.concatenate([[0], np.cumsum([len(junction.arms) for junction in junctions])]).tolist()
    approach = [arm_offset[p.junction] + p.arm if p.arm >= 0 else -1 - k for k, p in enumerate(pieces)]
    return Movements(
        control=np.array([junctions[piece.junction].control for piece in pieces], dtype=np.int8),
        rank=np.array([piece.rank for piece in pieces]),
        turn=np.array([piece.turn for piece in pieces], dtype=np.int8),
        heading=evened.heading[first],
        approach=np.array(approach),
        group=np.array([lights.of_lane.get(piece.begin, -1) for piece in pieces]),
    )


def _together(lights: Lights, movements: Movements, pairs: IntArray) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether the lanes of each pair are ever green at once."""
    green = np.array([group.green for group in lights.groups] + [(0, 0)])
    a, b = green[movements.group[pairs[:, 0]]], green[movements.group[pairs[:, 1]]]
    return np.asarray(np.maximum(a[:, 0], b[:, 0]) < np.minimum(a[:, 1], b[:, 1]))


def _into_rings(street_lanes: StreetLanes, lanes: JunctionLanes, conflicts: Conflicts) -> list[tuple[int, float]]:
    """Ways into roundabouts, and the station [m] at which each first meets another lane."""
    met: dict[int, float] = {}
    for pair, stations in zip(conflicts.lanes.tolist(), conflicts.stations[:, [0, 2]].tolist(), strict=True):
        for lane, station in zip(pair, stations, strict=True):
            met[lane] = min(met.get(lane, station), station)
    offset = len(street_lanes.rows)
    return [(offset + k, met[offset + k]) for k, p in enumerate(lanes.curves) if p.rank == ENTERING]


def _lane_columns(street_lanes: StreetLanes, lanes: JunctionLanes, evened: Evened, width: FloatArray) -> Columns:
    pieces = lanes.curves + lanes.arcs
    none = [-1] * len(pieces)
    left, right = (np.array(side + none, dtype=np.int32) for side in (street_lanes.left, street_lanes.right))
    offset = len(street_lanes.rows) + len(lanes.curves)
    for outer, inner in lanes.beside:
        left[offset + outer], right[offset + inner] = offset + inner, offset + outer
    limits = street_lanes.limit
    of_curves = [min(limits[lane] for lane in (p.begin, p.end) if lane >= 0) for p in lanes.curves]
    return {
        "lane_length": evened.length.astype(np.float32),
        "lane_width": width.astype(np.float32),
        "lane_limit": np.array([*limits, *of_curves, *[RING_LIMIT] * len(lanes.arcs)], dtype=np.float32),
        "lane_left": left,
        "lane_right": right,
        "lane_opposite": np.array(street_lanes.opposite + none, dtype=np.int32),
        "lane_road": np.array([int(row[0]) for row in street_lanes.rows] + none, dtype=np.int32),
        "lane_junction": np.array([-1] * len(street_lanes.rows) + [p.junction for p in pieces], dtype=np.int32),
        "lane_turn": np.array([0] * len(street_lanes.rows) + [p.turn for p in pieces], dtype=np.int8),
    }


def _junction_columns(junctions: list[Junction], street_lanes: StreetLanes, lanes: JunctionLanes) -> Columns:
    pieces = lanes.curves + lanes.arcs
    of_junction = [(piece.junction, len(street_lanes.rows) + k) for k, piece in enumerate(pieces)]
    starts, found = rows_of(of_junction, len(junctions))
    return {
        "junction_control": np.array([junction.control for junction in junctions], dtype=np.int8),
        "junction_x": np.array([junction.x for junction in junctions], dtype=np.float32),
        "junction_y": np.array([junction.y for junction in junctions], dtype=np.float32),
        "junction_lane_starts": starts,
        "junction_lanes": found,
    }
