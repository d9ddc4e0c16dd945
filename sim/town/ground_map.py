"""The ground map of a place with many roads: every cell knows the ribbon that it lies on, as a road's cells know it.

A cell in an area between kerbs belongs to its nearest kerb. Elsewhere it belongs to the ribbon whose paved area it lies
in most deeply; where it lies in none, to the one of whose drawn area that is true, or else to the nearest.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.camera.look import LOOK_FIELDS
from sim.camera.profile import make_profiles
from sim.kernels import inlined, kernel
from sim.machine import require_memory
from sim.roads.cells import FAR, TIGHT_CURVATURE, foot, pack_cell, tight_foot
from sim.town.any_town import AnyTown
from sim.town.ground_plan import plan_ground
from sim.town.opendrive.ground import plan_map
from sim.town.overlaps import FINE, flood, mark_asphalt
from sim.town.ribbons import GroundPlan, Ribbon, extent_of
from sim.town.town import Town
from sim.types import BoolArray, Float32Array, FloatArray, GroundMap, Int32Array, IntArray

CELL, LARGEST_CELL = 1.28, 2.0  # m
MOST_CELLS = 900_000  # 9 MB; beyond, a map has larger cells, as long as they are not too large
CELL_BYTES, WORK_BYTES = 10, 23  # of each cell: in the map, and while it is painted
TO_CORNER = 0.5 * math.sqrt(2.0)  # cells from the centre of one to its corner
END = 1.3  # m beyond its first and last point that a ribbon still reaches where there is nothing else
LEAST_STRETCH = 0.3  # beyond a kerb's centre of curvature, its ground is taken as straight
INTERIOR = 3.0  # m from a kerb, where asphalt is all the same
TO_KERB = 0.75  # m from a kerb to what is painted on the asphalt between kerbs
BEHIND, AROUND = (
    1e3,
    1e6,
)  # m, by which a ribbon that has ended, and a kerb around the cell, count as farther or nearer
BESIDE = 32.0  # m by which what lies beside asphalt counts as farther, where roads overlap
END_BEHIND = 16.0  # m, the same for asphalt beyond a road's end
X, Y, COS, SIN, CURVATURE, STATION, RIGHT, LEFT, DRAWN_RIGHT, DRAWN_LEFT = range(10)


class Table(NamedTuple):
    """R ribbons as compiled code takes them: P points and T layers, one ribbon after the other."""

    starts: Int32Array  # (R + 1,), index of each ribbon's first point
    points: FloatArray  # (P, 10): x and y in the map [m], cosine, sine, curvature, station, edges of asphalt, of all
    layer_starts: Int32Array  # (R + 1,)
    layers: FloatArray  # (T, 3): end [m], dashes per metre, station of a dash [m]
    sections: Int32Array  # (T,), index of the profile
    turned: BoolArray  # (T,), whether it is seen against the ribbon's direction
    widths: FloatArray  # (R, 2): reach and shift [m]
    area: Int32Array  # (R,), between whose kerbs it lies, -1 for roads
    patch: BoolArray  # (R,)
    cell: float  # m
    beside: float  # m by which what lies beside asphalt counts as farther


class Work(NamedTuple):
    """What is known of each cell while a map is painted."""

    area: NDArray[np.int16]  # between whose kerbs it lies, -1: none
    score: Float32Array  # m beyond the paved area's edge
    nearest: Int32Array  # point of the ribbon that is being painted
    distance: Float32Array  # m^2 to it


def ground_rows(town: AnyTown) -> GroundMap:
    """A town's ground as it lies in a slot of the ground maps: the arrays without their first axis."""
    return paint_ground(plan_ground(town) if isinstance(town, Town) else plan_map(town))


def paint_ground(plan: GroundPlan) -> GroundMap:
    """The ground map of a plan, without anything that stands on it: the arrays without their first axis.

    Raises:
        UserError: the memory does not suffice.
    """
    low, high = extent_of(plan.ribbons, 2.0 * CELL)
    cell = float(np.clip(math.sqrt(np.prod(high - low) / MOST_CELLS), CELL, LARGEST_CELL))
    columns, rows = np.ceil((high - low) / cell).astype(np.int64).tolist()
    require_memory(columns * rows * (CELL_BYTES + WORK_BYTES), "The map of this town", "drive a smaller one")
    cells = np.full(columns * rows, FAR, dtype=np.uint64)
    sections = np.zeros(columns * rows, dtype=np.uint16)
    work = _work(columns * rows)
    mark_areas(plan.outlines - low, plan.outline_points, columns, rows, cell, work.area)
    table = _table(plan.ribbons, low, cell, 0.0 if plan.flooded is None else BESIDE)
    pave_areas(work.area, _asphalt(table, len(plan.outline_points) - 1), cells, sections)
    paint_ribbons(table, columns, rows, work, cells, sections)
    if plan.flooded is not None:
        _hide_edges(table, columns, rows, work, np.array(plan.flooded), sections)
    return GroundMap(
        cells=cells,
        sections=sections,
        profiles=make_profiles(plan.sections, plan.ground),
        dashes=np.array(plan.dashes, dtype=np.float32),
        looks=plan.look,
        objects=np.zeros((0, 0), dtype=np.float32),
        sizes=np.array([columns, rows, 0]),
        origins=low,
        cell_sizes=np.array(cell, dtype=np.float32),
    )


def empty_ground(slots: int) -> GroundMap:
    """Ground maps without room, which grows with the first town."""
    return GroundMap(
        cells=np.empty((slots, 0), dtype=np.uint64),
        sections=np.empty((slots, 0), dtype=np.uint16),
        profiles=np.empty((slots, 0), dtype=np.uint32),
        dashes=np.empty((slots, 0, 2), dtype=np.float32),
        looks=np.empty((slots, LOOK_FIELDS), dtype=np.float32),
        objects=np.zeros((slots, 0, 0), dtype=np.float32),
        sizes=np.empty((slots, 3), dtype=np.int64),
        origins=np.empty((slots, 2)),
        cell_sizes=np.empty(slots, dtype=np.float32),
    )


def _work(cells: int) -> Work:
    return Work(
        np.full(cells, -1, dtype=np.int16),
        np.full(cells, np.inf, dtype=np.float32),
        np.empty(cells, dtype=np.int32),
        np.empty(cells, dtype=np.float32),
    )


def _table(ribbons: list[Ribbon], origin: FloatArray, cell: float, beside: float) -> Table:
    x, y, heading, curvature, station, right, left = (
        np.concatenate([ribbon[column] for ribbon in ribbons]) for column in range(7)
    )
    drawn = np.concatenate([np.stack([r.right, r.left], axis=1) if r.drawn is None else r.drawn for r in ribbons])
    columns = (x - origin[0], y - origin[1], np.cos(heading), np.sin(heading), curvature, station, right, left)
    layers = [layer for ribbon in ribbons for layer in ribbon.layers]
    return Table(
        np.cumsum([0, *(len(ribbon.x) for ribbon in ribbons)]).astype(np.int32),
        np.stack([*columns, *drawn.T], axis=1),
        np.cumsum([0, *(len(ribbon.layers) for ribbon in ribbons)]).astype(np.int32),
        np.array([layer[:3] for layer in layers]),
        np.array([layer.section for layer in layers], dtype=np.int32),
        np.array([layer.turned for layer in layers]),
        np.array([(ribbon.reach, ribbon.shift) for ribbon in ribbons]),
        np.array([ribbon.junction for ribbon in ribbons], dtype=np.int32),
        np.array([ribbon.patch for ribbon in ribbons]),
        cell,
        beside,
    )


def _asphalt(table: Table, areas: int) -> Int32Array:
    """The section along the kerbs of each area; shape (J,)."""
    sections = np.zeros(areas, dtype=np.int32)
    kerbs = np.flatnonzero((table.area >= 0) & ~table.patch)[::-1]  # the first of an area counts
    sections[table.area[kerbs]] = table.sections[table.layer_starts[kerbs]]
    return sections


def _hide_edges(
    table: Table, columns: int, rows: int, work: Work, flooded: IntArray, sections: NDArray[np.uint16]
) -> None:
    """Hides the edges of roads on other roads' asphalt."""
    asphalt = np.zeros((FINE * rows, FINE * columns), dtype=np.bool_)
    x, y, cos, sin = (table.points[:, column].copy() for column in (X, Y, COS, SIN))
    mark_asphalt(x, y, cos, sin, table.points[:, [RIGHT, LEFT]], table.starts, table.cell / FINE, asphalt)
    flood(asphalt, columns, table.cell, work.score, flooded, sections)


@kernel
def mark_areas(outlines, starts, columns, rows, cell, area):
    """Writes in which polygon each cell's centre lies; ``outlines`` (O, 2) are in the map [m].

    Every edge of a polygon flips the cells to the right of it; what was flipped an odd number of times lies inside.
    """
    for number in range(len(starts) - 1):
        first, last = starts[number], starts[number + 1]
        low_x, high_x, low_y, high_y = np.inf, -np.inf, np.inf, -np.inf
        for k in range(first, last):
            low_x, high_x = min(low_x, outlines[k, 0]), max(high_x, outlines[k, 0])
            low_y, high_y = min(low_y, outlines[k, 1]), max(high_y, outlines[k, 1])
        first_column, last_column = max(int(low_x / cell), 0), min(int(high_x / cell) + 1, columns)
        for row in range(max(int(low_y / cell), 0), min(int(high_y / cell) + 1, rows)):
            y = (row + 0.5) * cell
            for k in range(first, last):
                before = k - 1 if k > first else last - 1
                ay, by = outlines[before, 1], outlines[k, 1]
                if (ay > y) != (by > y):
                    x = outlines[before, 0] + (y - ay) / (by - ay) * (outlines[k, 0] - outlines[before, 0])
                    start = max(math.ceil(x / cell - 0.5), first_column)
                    for column in range(start, last_column):
                        place = row * columns + column
                        area[place] = -1 if area[place] == number else number


@kernel
def pave_areas(area, asphalt, cells, sections):
    """Makes every cell between kerbs one that lies well inside them."""
    for place in range(len(area)):
        if area[place] >= 0:
            cells[place] = pack_cell(INTERIOR, 0.5, 0.0, 0.0, 1.0)
            sections[place] = asphalt[area[place]]


@kernel
def paint_ribbons(table, columns, rows, work, cells, sections):
    """Fills the map, ribbon by ribbon."""
    for ribbon in range(len(table.area)):
        low_column, low_row, high_column, high_row = _find_nearest(table, ribbon, columns, rows, work)
        for row in range(low_row, high_row):
            for column in range(low_column, high_column):
                place = row * columns + column
                around = work.area[place]
                if work.distance[place] < np.inf and (around < 0 or around == table.area[ribbon]):
                    x, y = (column + 0.5) * table.cell, (row + 0.5) * table.cell
                    _offer(table, ribbon, x, y, place, work, cells, sections)


@kernel
def _find_nearest(table, ribbon, columns, rows, work):
    """Writes the nearest of every second point of a ribbon to each cell in its reach; returns the cells' bounds."""
    first, last, points = table.starts[ribbon], table.starts[ribbon + 1], table.points
    span = int((table.widths[ribbon, 0] + 1.0) / table.cell) + 1
    if table.area[ribbon] >= 0:
        span = max(span, int((INTERIOR + 1.0) / table.cell) + 1)
    low_column, low_row, high_column, high_row = columns, rows, 0, 0
    for k in range(first, last):
        column, row = int(points[k, X] / table.cell), int(points[k, Y] / table.cell)
        low_column, high_column = min(low_column, column - span), max(high_column, column + span + 1)
        low_row, high_row = min(low_row, row - span), max(high_row, row + span + 1)
    low_column, low_row = max(low_column, 0), max(low_row, 0)
    high_column, high_row = min(high_column, columns), min(high_row, rows)
    for row in range(low_row, high_row):
        work.distance[row * columns + low_column : row * columns + high_column] = np.inf
    for k in range(first, last, 2):
        x, y = np.float32(points[k, X]), np.float32(points[k, Y])
        column, row = int(points[k, X] / table.cell), int(points[k, Y] / table.cell)
        for r in range(max(row - span, 0), min(row + span + 1, rows)):
            dy = np.float32((r + 0.5) * table.cell) - y
            for c in range(max(column - span, 0), min(column + span + 1, columns)):
                dx = np.float32((c + 0.5) * table.cell) - x
                square, place = dx * dx + dy * dy, r * columns + c
                if square < work.distance[place]:
                    work.distance[place], work.nearest[place] = square, k
    return low_column, low_row, high_column, high_row


@inlined
def _nearest_of_three(table, ribbon, k, x, y):
    """A point of a ribbon or one of its neighbours, whichever is nearest to (x, y) [m]."""
    best, best_distance = k, np.inf
    for other in range(max(k - 1, table.starts[ribbon]), min(k + 2, table.starts[ribbon + 1])):
        dx, dy = x - table.points[other, X], y - table.points[other, Y]
        distance = dx * dx + dy * dy
        if distance < best_distance:
            best, best_distance = other, distance
    return best, best_distance


@inlined
def _offer(table, ribbon, x, y, place, work, cells, sections):
    """Writes a cell with the centre (x, y) [m], unless another ribbon has more right to it."""
    k, square = _nearest_of_three(table, ribbon, work.nearest[place], x, y)
    point = table.points[k]
    dx, dy = x - point[X], y - point[Y]
    u, v = point[COS] * dx + point[SIN] * dy, point[COS] * dy - point[SIN] * dx
    beyond = (k == table.starts[ribbon] and u < 0.0) or (k == table.starts[ribbon + 1] - 1 and u > 0.0)
    score = _score(table, ribbon, point, u, v, beyond, math.sqrt(square), work.area[place] >= 0, work.score[place])
    if score < work.score[place]:
        work.score[place] = score
        _write(table, ribbon, k, u, v, place, cells, sections)


@inlined
def _score(table, ribbon, point, u, v, beyond, distance, between, best):
    """How little right a ribbon has to a cell that lies at (u, v) [m] in the frame of its nearest point.

    ``between``: whether the cell lies between kerbs; ``best``: the least score so far; inf: none at all.
    """
    reach, shift = table.widths[ribbon]
    if table.patch[ribbon]:
        slack = TO_CORNER * table.cell
        near = abs(v) < point[LEFT] + slack and abs(u) < slack and best > TO_KERB - AROUND
        return -2.0 * AROUND if between and near else np.inf
    if between:
        return distance - AROUND if distance < INTERIOR or v < 0.0 else np.inf
    if (beyond and abs(u) > END) or (shift > 0.0 and v > 0.0):
        return np.inf
    score = max(point[RIGHT] - v, v - point[LEFT])
    if score >= 0.0:
        score = max(point[DRAWN_RIGHT] - v, v - point[DRAWN_LEFT]) + table.beside
    if score > reach + table.beside or (table.area[ribbon] >= 0 and v > table.cell):
        return np.inf
    if not beyond:
        return score
    return score + (END_BEHIND if score < 0.0 < table.beside else BEHIND)


@inlined
def _write(table, ribbon, k, u, v, place, cells, sections):
    """Writes the cell at (u, v) [m] in the frame of a ribbon's point."""
    point, curvature = table.points[k], table.points[k, CURVATURE]
    if 1.0 - curvature * v < LEAST_STRETCH:
        along, d, turn_sine, turn_cosine, curvature = u, v, 0.0, 1.0, 0.0
    elif abs(curvature) > TIGHT_CURVATURE:
        along, d, turn_sine, turn_cosine = tight_foot(curvature, u, v)
    else:
        along, d, turn_sine, turn_cosine = foot(curvature, u, v)
    station, layer = point[STATION] + along, table.layer_starts[ribbon]
    while layer < table.layer_starts[ribbon + 1] - 1 and station > table.layers[layer, 0]:
        layer += 1
    phase = (station - table.layers[layer, 2]) * table.layers[layer, 1]
    way = -1.0 if table.turned[layer] else 1.0
    sections[place] = table.sections[layer]
    cells[place] = pack_cell(
        way * d + table.widths[ribbon, 1],
        way * phase - math.floor(way * phase),
        way * curvature / (1.0 - curvature * d),
        way * (point[SIN] * turn_cosine + turn_sine * point[COS]),
        way * (point[COS] * turn_cosine - turn_sine * point[SIN]),
    )
