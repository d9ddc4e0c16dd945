"""The ground map of a town: every cell knows the ribbon that it lies on, as a road's cells know their road.

A cell inside a junction belongs to its nearest kerb. Elsewhere it belongs to the ribbon whose paved area it lies on, or
is nearest to.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.camera.look import LOOK_FIELDS, road_look
from sim.camera.profile import PROFILE_ENTRIES, PROFILE_LEVELS, make_profiles
from sim.kernels import kernel
from sim.roads.cells import FAR, TIGHT_CURVATURE, foot, pack_cell, tight_foot
from sim.town.ribbons import Profiles, Ribbon, make_ribbons
from sim.town.style import draw_town_style
from sim.town.town import Town
from sim.types import FloatArray, GroundMap, IntArray

CELL = 1.25  # m
MARGIN = 16.0  # m around the streets that the map knows
END = 1.3  # m beyond its first and last point that a ribbon still reaches
LEAST_STRETCH = 0.3  # beyond a kerb's centre of curvature, its ground is taken as straight
INTERIOR = 3.0  # m; a junction's ground that is farther from a kerb's ends is all the same
_PROFILE = PROFILE_LEVELS * PROFILE_ENTRIES


class RibbonTable(NamedTuple):
    """R ribbons as compiled code takes them: P points, one ribbon after the other."""

    starts: IntArray  # (R + 1,)
    points: FloatArray  # (P, 7): x and y in the map [m], cosine, sine, curvature, phase, period
    sections: IntArray  # (P, 2)
    widths: FloatArray  # (R, 4): right and left edge, reach, shift [m]
    junction: IntArray  # (R,)


class MapWork(NamedTuple):
    """What is known of each cell while a map is painted."""

    score: FloatArray  # m beyond the paved area's edge
    junction: IntArray  # that it lies in, -1 for none
    nearest: IntArray  # point of the ribbon that is being painted
    distance: FloatArray  # m^2 to it


def ground_rows(town: Town) -> GroundMap:
    """A town's ground as it lies in a slot of the ground maps: the arrays without their first axis."""
    style, profiles = draw_town_style(town.seed), Profiles()
    ribbons = make_ribbons(town, style, profiles)
    origin, columns, rows = _extent(ribbons)
    cells = np.full(columns * rows, FAR, dtype=np.uint64)
    sections = np.zeros(columns * rows, dtype=np.uint16)
    work = MapWork(
        np.full(columns * rows, np.inf),
        np.full(columns * rows, -1),
        np.zeros(columns * rows, dtype=np.int64),
        np.zeros(columns * rows),
    )
    outlines = np.stack([town.surfaces.outline_x, town.surfaces.outline_y], axis=1) - origin
    mark_junctions(outlines, town.surfaces.outline_points, columns, rows, work.junction)
    table = _table(ribbons, origin)
    pave_junctions(work.junction, _kerb_sections(table), cells, sections)
    paint_ribbons(table, columns, rows, work, cells, sections)
    return GroundMap(
        cells=cells,
        sections=sections,
        profiles=make_profiles(profiles.sections, style.ground),
        dashes=np.array(profiles.dashes, dtype=np.float32),
        looks=road_look(style.road(), style.panorama),
        objects=np.zeros((0, 0), dtype=np.float32),
        sizes=np.array([columns, rows, 0]),
        origins=origin,
        cell_sizes=np.array(CELL, dtype=np.float32),
    )


def _extent(ribbons: list[Ribbon]) -> tuple[FloatArray, int, int]:
    """World position (2,) [m] of the map's corner, and its columns and rows."""
    points = np.concatenate([np.stack([ribbon.x, ribbon.y], axis=1) for ribbon in ribbons])
    low, high = points.min(axis=0) - MARGIN, points.max(axis=0) + MARGIN
    columns, rows = np.ceil((high - low) / CELL).astype(np.int64).tolist()
    return low, columns, rows


def _table(ribbons: list[Ribbon], origin: FloatArray) -> RibbonTable:
    columns = [
        np.stack(
            [
                ribbon.x - origin[0],
                ribbon.y - origin[1],
                np.cos(ribbon.heading),
                np.sin(ribbon.heading),
                ribbon.curvature,
                ribbon.phase,
                ribbon.period,
            ],
            axis=1,
        )
        for ribbon in ribbons
    ]
    return RibbonTable(
        np.cumsum([0, *(len(part) for part in columns)]),
        np.concatenate(columns),
        np.concatenate([ribbon.section for ribbon in ribbons]),
        np.array([(ribbon.right, ribbon.left, ribbon.reach, ribbon.shift) for ribbon in ribbons]),
        np.array([ribbon.junction for ribbon in ribbons]),
    )


def _kerb_sections(table: RibbonTable) -> IntArray:
    """The section along the kerbs of each junction; shape (J,)."""
    kerbs = np.flatnonzero(table.junction >= 0)
    sections = np.zeros(int(table.junction.max(initial=-1)) + 1, dtype=np.int64)
    for ribbon in kerbs[::-1]:  # the first of a junction counts
        sections[table.junction[ribbon]] = table.sections[table.starts[ribbon], 1]
    return sections


@kernel
def mark_junctions(outlines, starts, columns, rows, junction):
    """Writes which junction each cell's centre lies in; outlines are polygons (O, 2) in the map [m]."""
    for number in range(len(starts) - 1):
        first, last = starts[number], starts[number + 1]
        low_x, high_x, low_y, high_y = np.inf, -np.inf, np.inf, -np.inf
        for k in range(first, last):
            low_x, high_x = min(low_x, outlines[k, 0]), max(high_x, outlines[k, 0])
            low_y, high_y = min(low_y, outlines[k, 1]), max(high_y, outlines[k, 1])
        for row in range(max(int(low_y / CELL), 0), min(int(high_y / CELL) + 1, rows)):
            y = (row + 0.5) * CELL
            for column in range(max(int(low_x / CELL), 0), min(int(high_x / CELL) + 1, columns)):
                if _inside(outlines, first, last, (column + 0.5) * CELL, y):
                    junction[row * columns + column] = number


@kernel
def pave_junctions(junction, kerb_sections, cells, sections):
    """Makes every cell of a junction one that lies well inside its kerbs."""
    for place in range(len(junction)):
        if junction[place] >= 0:
            cells[place] = pack_cell(INTERIOR, 0.5, 0.0, 0.0, 1.0)
            sections[place] = kerb_sections[junction[place]]


@kernel
def _inside(outlines, first, last, x, y):
    """Whether a point lies in a polygon, by the crossings of a ray."""
    inside, before = False, last - 1
    for k in range(first, last):
        ay, by = outlines[before, 1], outlines[k, 1]
        if (ay > y) != (by > y):
            ax, bx = outlines[before, 0], outlines[k, 0]
            if x < ax + (y - ay) / (by - ay) * (bx - ax):
                inside = not inside
        before = k
    return inside


@kernel
def paint_ribbons(table, columns, rows, work, cells, sections):
    """Fills the map, ribbon by ribbon."""
    for ribbon in range(len(table.junction)):
        inside = table.junction[ribbon]
        low_column, low_row, high_column, high_row = _find_nearest(table, ribbon, columns, rows, work)
        for row in range(low_row, high_row):
            for column in range(low_column, high_column):
                place = row * columns + column
                if work.distance[place] < np.inf and work.junction[place] in (-1, inside):
                    _paint(table, ribbon, (column + 0.5) * CELL, (row + 0.5) * CELL, place, work, cells, sections)


@kernel
def _find_nearest(table, ribbon, columns, rows, work):
    """Writes the nearest point of a ribbon to each cell in its reach; returns the cells' bounds."""
    first, last, points = table.starts[ribbon], table.starts[ribbon + 1], table.points
    span = int(max(table.widths[ribbon, 2], INTERIOR) / CELL) + 2
    low_column, low_row, high_column, high_row = columns, rows, 0, 0
    for k in range(first, last):
        column, row = int(points[k, 0] / CELL), int(points[k, 1] / CELL)
        low_column, high_column = min(low_column, column - span), max(high_column, column + span + 1)
        low_row, high_row = min(low_row, row - span), max(high_row, row + span + 1)
    low_column, low_row = max(low_column, 0), max(low_row, 0)
    high_column, high_row = min(high_column, columns), min(high_row, rows)
    for row in range(low_row, high_row):
        for column in range(low_column, high_column):
            work.distance[row * columns + column] = np.inf
    for k in range(first, last):
        column, row = int(points[k, 0] / CELL), int(points[k, 1] / CELL)
        for r in range(max(row - span, 0), min(row + span + 1, rows)):
            dy = (r + 0.5) * CELL - points[k, 1]
            for c in range(max(column - span, 0), min(column + span + 1, columns)):
                dx = (c + 0.5) * CELL - points[k, 0]
                square, place = dx * dx + dy * dy, r * columns + c
                if square < work.distance[place]:
                    work.distance[place], work.nearest[place] = square, k
    return low_column, low_row, high_column, high_row


@kernel
def _paint(table, ribbon, x, y, place, work, cells, sections):
    """Writes a cell, unless another ribbon has more right to it."""
    k, right, left = work.nearest[place], table.widths[ribbon, 0], table.widths[ribbon, 1]
    point = table.points[k]
    dx, dy = x - point[0], y - point[1]
    u, v = point[2] * dx + point[3] * dy, point[2] * dy - point[3] * dx
    ends = k == table.starts[ribbon] or k == table.starts[ribbon + 1] - 1
    inside = work.junction[place] >= 0
    beyond = ends and abs(u) > END
    if not inside and (beyond or (table.junction[ribbon] >= 0 and v > CELL)):
        return
    if inside:
        score = math.sqrt(work.distance[place]) - 1e6
    else:
        score = max(right - v, v - left)
        if score > table.widths[ribbon, 2]:
            return
    if score >= work.score[place]:
        return
    work.score[place] = score
    curvature, along, d, turn_sine, turn_cosine = point[4], 0.0, math.copysign(INTERIOR, v), 0.0, 1.0
    if inside and (beyond or abs(v) > INTERIOR):
        curvature = 0.0
    elif 1.0 - curvature * v < LEAST_STRETCH:
        curvature, d = 0.0, v
    elif abs(curvature) > TIGHT_CURVATURE:
        along, d, turn_sine, turn_cosine = tight_foot(curvature, u, v)
    else:
        along, d, turn_sine, turn_cosine = foot(curvature, u, v)
    shift = table.widths[ribbon, 3]
    side = 0 if d < 0.0 else 1
    phase = point[5] + along / point[6]
    sections[place] = table.sections[k, side]
    cells[place] = pack_cell(
        d + (shift if side == 0 else -shift),
        phase - math.floor(phase),
        curvature / (1.0 - curvature * d),
        point[3] * turn_cosine + turn_sine * point[2],
        point[2] * turn_cosine - turn_sine * point[3],
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
