"""How far the asphalt reaches on either side of every point of every lane: to the kerbs of its street or junction."""

import math

import numpy as np

from sim.kernels import kernel
from sim.network.lines import Evened
from sim.network.rows import Columns, starts_of
from sim.town.junction_lanes import JunctionLanes
from sim.town.junctions import Junction
from sim.town.street_lanes import StreetLanes
from sim.town.streets import Street, StreetLines
from sim.types import FloatArray, IntArray

FARTHEST_EDGE = 20.0  # m; one looks no farther through the mouth of a street
ISLAND_CORNERS = 60  # of the polygon that stands for a roundabout's island


def edge_columns(
    streets: list[Street],
    junctions: list[Junction],
    street_lanes: StreetLanes,
    lanes: JunctionLanes,
    evened: Evened,
    lines: StreetLines,
) -> Columns:
    """Lateral positions of the edges of the paved area, seen from each point."""
    edges = np.empty((len(evened.x), 2))
    split = int(evened.starts[len(street_lanes.rows)])
    edges[:split] = _on_streets(streets, street_lanes, evened, lines, split)
    _cast(np.concatenate([_kerbs(junction) for junction in junctions]), *_in_junctions(junctions, lanes, evened), edges)
    _take_over(street_lanes, lanes, evened, edges)
    right, left = edges.astype(np.float32).T.copy()
    return {"edge_right": right, "edge_left": left}


def _on_streets(
    streets: list[Street], street_lanes: StreetLanes, evened: Evened, lines: StreetLines, count: int
) -> FloatArray:
    """Edges at the points of streets' lanes (count, 2): kerbs lie at even lateral positions along a street."""
    table = np.array(street_lanes.rows)
    lane = np.repeat(np.arange(len(table)), np.diff(evened.starts[: len(table) + 1]))
    street, begin, end = table[lane, 0].astype(np.int64), table[lane, 1], table[lane, 2]
    s = begin + (end - begin) * evened.station[:count] / evened.length[lane]
    for _ in range(2):
        x, y, heading, _ = lines.at(street, s)
        dx, dy = evened.x[:count] - x, evened.y[:count] - y
        s = s + np.cos(heading) * dx + np.sin(heading) * dy
        d = np.cos(heading) * dy - np.sin(heading) * dx
    kerbs = np.array([(item.profile.right_kerb, item.profile.left_kerb) for item in streets])[street] - d[:, None]
    return np.asarray(np.where((end > begin)[:, None], kerbs, -kerbs[:, ::-1]))


def _kerbs(junction: Junction) -> FloatArray:
    """Kerbs of a junction, of the streets that begin there, and of its island: from (x, y) to (x, y), (K, 4)."""
    ends = np.concatenate([junction.outline, np.roll(junction.outline, -1, axis=0)], axis=1)[junction.kerb]
    beside = [
        (*arm.place(junction.middle, arm.trim, side), *arm.place(junction.middle, arm.trim + FARTHEST_EDGE, side))
        for arm in junction.arms
        for side in (arm.right, arm.left)
    ]
    kerbs = np.concatenate([ends, np.array(beside)])
    if junction.ring is None:
        return kerbs
    angle = np.linspace(0.0, 2.0 * math.pi, ISLAND_CORNERS + 1)
    x, y = junction.x + junction.ring.island * np.cos(angle), junction.y + junction.ring.island * np.sin(angle)
    return np.concatenate([kerbs, np.stack([x[:-1], y[:-1], x[1:], y[1:]], axis=1)])


def _in_junctions(
    junctions: list[Junction], lanes: JunctionLanes, evened: Evened
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Where the kerbs of each junction begin, connecting lanes' points, the junction of each lane, and the points."""
    first = len(evened.length) - len(lanes.curves) - len(lanes.arcs)
    starts = starts_of([len(_kerbs(junction)) for junction in junctions]).astype(np.int64)
    junction = np.array([piece.junction for piece in lanes.curves + lanes.arcs], dtype=np.int64)
    points = np.stack([evened.x, evened.y, np.cos(evened.heading), np.sin(evened.heading)], axis=1)
    return starts, evened.starts[first:].astype(np.int64), junction, points


@kernel
def _cast(kerbs, kerb_starts, lane_starts, junctions, points, edges):
    """Writes, for each point of connecting lanes, where lines to its right and left meet the first kerb.

    A point p with the direction n to its left meets the kerb from a to b at a distance t and a share u of the kerb:
        t = (a - p) x (b - a) / (n x (b - a)),   u = (a - p) x n / (n x (b - a))
    """
    for lane in range(junctions.shape[0]):
        begin, end = kerb_starts[junctions[lane]], kerb_starts[junctions[lane] + 1]
        for i in range(lane_starts[lane], lane_starts[lane + 1]):
            x, y, nx, ny = points[i, 0], points[i, 1], -points[i, 3], points[i, 2]
            right, left = -FARTHEST_EDGE, FARTHEST_EDGE
            for k in range(begin, end):
                ax, ay = kerbs[k, 0] - x, kerbs[k, 1] - y
                bx, by = kerbs[k, 2] - kerbs[k, 0], kerbs[k, 3] - kerbs[k, 1]
                across = nx * by - ny * bx
                if abs(across) < 1e-9:
                    continue
                share = (ax * ny - ay * nx) / across
                if -1e-6 <= share <= 1.0 + 1e-6:
                    distance = (ax * by - ay * bx) / across
                    if distance >= 0.0:
                        left = min(left, distance)
                    else:
                        right = max(right, distance)
            edges[i, 0], edges[i, 1] = right, left


def _take_over(street_lanes: StreetLanes, lanes: JunctionLanes, evened: Evened, edges: FloatArray) -> None:
    """Gives connecting lanes the edges of the street where they begin or end: there, two kerbs meet in a corner."""
    offset = len(street_lanes.rows)
    for number, piece in enumerate(lanes.curves):
        first, last = evened.starts[offset + number], evened.starts[offset + number + 1] - 1
        if piece.begin >= 0:
            edges[first] = edges[evened.starts[piece.begin + 1] - 1]
        if piece.end >= 0:
            edges[last] = edges[evened.starts[piece.end]]
