"""How far the asphalt reaches on either side of every point of the lanes of a map.

On a street, to the edges of the road. Roads overlap in a junction, so there it reaches as far as the roads that lead
through it, into it and out of it have no gap between them.
"""

import numpy as np

from sim.kernels import kernel
from sim.network.rows import Columns, starts_of
from sim.roads.formats.map_section import edges_of
from sim.roads.formats.opendrive.model import RoadMap
from sim.town.opendrive.lanes import MapLanes, Stretch
from sim.town.opendrive.lines import MapLines
from sim.town.opendrive.ways import Ways
from sim.types import FloatArray, IntArray

FARTHEST_EDGE = 20.0  # m; one looks no farther
LEAST_EDGE = 0.1  # m beside a lane that has no width yet
JOINT = 0.3  # m between two roads that is no gap
AROUND = 25  # points, of about 1 m, of the lanes into and out of a junction


def edge_columns(road_map: RoadMap, lanes: MapLanes, ways: Ways, lines: MapLines) -> Columns:
    """Lateral positions of the edges of the paved area, seen from each point."""
    own = np.concatenate(
        [_beside(road_map, lanes.stretches[k], _shares(lines, k)) for k in range(len(lanes.stretches))]
    )
    evened = lines.lines
    frame = np.stack([evened.x, evened.y, np.cos(evened.heading), np.sin(evened.heading)], axis=1)
    across = np.stack([-frame[:, 3], frame[:, 2]], axis=1)
    corners = np.concatenate([frame[:, :2] + own[:, :1] * across, frame[:, :2] + own[:, 1:] * across], axis=1)
    crossing = np.flatnonzero(ways.junction >= 0)
    starts, strips = _strips(ways, lines, crossing)
    room = np.zeros((int(np.diff(evened.starts).sum()), 2))
    edges = own.copy()
    _widen(crossing, evened.starts, frame, corners, starts, strips, room, edges)
    right, left = edges.astype(np.float32).T.copy()
    return {"edge_right": right, "edge_left": left}


def _shares(lines: MapLines, lane: int) -> FloatArray:
    """How much of a lane lies before each of its points."""
    return np.linspace(0.0, 1.0, int(lines.lines.starts[lane + 1] - lines.lines.starts[lane]))


def _beside(road_map: RoadMap, stretches: list[Stretch], shares: FloatArray) -> FloatArray:
    """Edges of a lane's own road, (K, 2) [m]."""
    ways = np.array([stretch.end - stretch.begin for stretch in stretches])
    ends = np.cumsum(ways)
    along = shares * ends[-1]
    held = np.minimum(np.searchsorted(ends, along), len(stretches) - 1)
    edges = np.empty((len(shares), 2))
    for index in np.unique(held).tolist():
        here, (first, last) = held == index, stretches[index].way
        s = first + np.sign(last - first) * (along[here] - ends[index] + ways[index])
        edges[here] = edges_of(road_map, stretches[index].piece, s)[:, 1:]
    return np.stack([np.minimum(edges[:, 0], -LEAST_EDGE), np.maximum(edges[:, 1], LEAST_EDGE)], axis=1)


def _strips(ways: Ways, lines: MapLines, crossing: IntArray) -> tuple[IntArray, IntArray]:
    """For each lane in a junction, the points of all lanes there: where they start, and first and last ones (K, 2)."""
    first, last = lines.lines.starts[:-1].astype(np.int64), lines.lines.starts[1:].astype(np.int64) - 1
    near: dict[int, set[tuple[int, int]]] = {}
    for lane in crossing.tolist():
        found = near.setdefault(int(ways.junction[lane]), set())
        found.add((int(first[lane]), int(last[lane])))
        found |= {(max(int(first[k]), int(last[k]) - AROUND), int(last[k])) for k in ways.predecessors[lane]}
        found |= {(int(first[k]), min(int(last[k]), int(first[k]) + AROUND)) for k in ways.successors[lane]}
    tables = [sorted(near[int(junction)]) for junction in ways.junction[crossing]]
    starts = starts_of([len(table) for table in tables]).astype(np.int64)
    return starts, np.array([row for table in tables for row in table], dtype=np.int64).reshape(-1, 2)


@kernel
def _widen(crossing, lane_starts, frame, corners, starts, strips, room, edges):
    """Writes how far the strips around each point of the lanes in junctions reach to its sides without a gap.

    Strips are chains of quadrilaterals between the ``corners`` of neighbouring points: right x, y, left x, y.
    """
    for k in range(crossing.shape[0]):
        for i in range(lane_starts[crossing[k]], lane_starts[crossing[k] + 1]):
            count = 0
            for strip in range(starts[k], starts[k + 1]):
                for j in range(strips[strip, 0], strips[strip, 1]):
                    low, high = _crossed(frame[i], corners[j], corners[j + 1])
                    if low <= high and count < room.shape[0]:
                        room[count, 0], room[count, 1] = low, high
                        count += 1
            edges[i, 0], edges[i, 1] = _joined(edges[i, 0], edges[i, 1], room, count)


@kernel
def _crossed(pose, near, far):
    """Between which lateral positions a line across the heading crosses a quadrilateral; the first is greater: none."""
    x, y, cos, sin = pose[0], pose[1], pose[2], pose[3]
    low, high = np.inf, -np.inf
    last_x, last_y = near[2] - x, near[3] - y
    for corner in range(4):
        row = near if corner in (0, 3) else far
        side = 0 if corner in (0, 1) else 2
        next_x, next_y = row[side] - x, row[side + 1] - y
        last_ahead, ahead = last_x * cos + last_y * sin, next_x * cos + next_y * sin
        if (last_ahead > 0.0) != (ahead > 0.0):
            share = last_ahead / (last_ahead - ahead)
            lateral = (last_y + share * (next_y - last_y)) * cos - (last_x + share * (next_x - last_x)) * sin
            low, high = min(low, lateral), max(high, lateral)
        last_x, last_y = next_x, next_y
    return low, high


@kernel
def _joined(right, left, room, count):
    """Right and left edge, farther by all stretches that follow on without a gap."""
    grows = True
    while grows:
        grows = False
        for k in range(count):
            low, high = max(room[k, 0], -FARTHEST_EDGE), min(room[k, 1], FARTHEST_EDGE)
            if low <= left + JOINT and high > left:
                left, grows = high, True
            if high >= right - JOINT and low < right:
                right, grows = low, True
    return right, left
