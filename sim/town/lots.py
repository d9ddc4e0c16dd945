"""Houses in rows along the streets, where no street, junction or other house stands."""

import math
from typing import NamedTuple

import numpy as np

from sim.network.rows import flat_ranges
from sim.town.assemble import Parts
from sim.types import BoolArray, Float32Array, FloatArray, Int32Array, IntArray

CELL = 1.5  # m, of the map of what is taken
CLOSE = 1.2  # m between places that are taken, less than a cell
WIDEST_PAVEMENT = 3.0  # m
MARGIN = 40.0  # m around the streets
STREET, NOTHING = 1, 0  # what a cell holds; houses have numbers from 2 on
FRONT, DEPTH, GAP = (8.0, 17.0), (8.0, 12.0), (0.0, 5.0)  # m, of a house; between two of them
FARTHEST = 20.0  # m from the middle of a front to the corners of its house
PARTY_WALL = 1.1  # m from its side in which a house may share a cell with the next one
MOST_SETBACK = 6.0  # m behind the pavement
MOST_ALONG = 64  # houses on one side of a street
HEIGHTS = ((5.0, 9.0), (6.5, 13.0), (9.0, 18.0))  # m, by class of street


class Occupied(NamedTuple):
    """Map of what stands where."""

    origin: tuple[float, float]  # m, its corner
    extent: tuple[float, float]  # m
    cells: Int32Array  # (rows, columns)

    def place(self, x: FloatArray, y: FloatArray) -> IntArray:
        """Index of each place's cell in the flat map."""
        column = ((x - self.origin[0]) / CELL).astype(np.int64)
        row = ((y - self.origin[1]) / CELL).astype(np.int64)
        return np.asarray(row * self.cells.shape[1] + column)

    def contains(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Whether each place lies on the map, far enough from its edge for a house."""
        (left, low), (wide, tall) = self.origin, self.extent
        inside = (x > left + FARTHEST) & (x < left + wide - FARTHEST)
        return np.asarray(inside & (y > low + FARTHEST) & (y < low + tall - FARTHEST))

    def is_free(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Whether nothing stands at each place."""
        return np.asarray(self.cells.ravel()[self.place(x, y)] == NOTHING)


def nothing_around(x: Float32Array, y: Float32Array) -> Occupied:
    """An empty map around some places [m]."""
    low = float(x.min()) - MARGIN, float(y.min()) - MARGIN
    extent = float(x.max()) + MARGIN - low[0], float(y.max()) + MARGIN - low[1]
    shape = math.ceil(extent[1] / CELL) + 1, math.ceil(extent[0] / CELL) + 1
    return Occupied(low, extent, np.zeros(shape, dtype=np.int32))


def occupy(parts: Parts) -> Occupied:
    """A map on which streets, junctions and their pavements are taken."""
    occupied = nothing_around(parts.network.x, parts.network.y)
    for x, y in (_on_streets(parts), _in_junctions(parts)):
        occupied.cells.ravel()[occupied.place(x, y)] = STREET
    return occupied


def _on_streets(parts: Parts) -> tuple[FloatArray, FloatArray]:
    """Places all over the streets and their pavements, closer than the cells; also through the junctions."""
    profiles = [street.profile for street in parts.streets]
    counts = np.array([math.ceil(street.length / CLOSE) for street in parts.streets])
    row, index = flat_ranges(counts + 1)
    length = np.array([street.length for street in parts.streets])
    x, y, heading, _ = parts.lines.at(row, length[row] * (index / counts[row]))
    low, high = np.array([(p.right_kerb - p.pavement, p.left_kerb + p.pavement) for p in profiles])[row].T
    across = np.linspace(0.0, 1.0, math.ceil(float((high - low).max()) / CLOSE) + 1)
    d = low[:, None] + (high - low)[:, None] * across
    return (x[:, None] - d * np.sin(heading)[:, None]).ravel(), (y[:, None] + d * np.cos(heading)[:, None]).ravel()


def _in_junctions(parts: Parts) -> tuple[FloatArray, FloatArray]:
    """Places on rays from each junction's middle to its outline, and as far beyond as the pavement reaches."""
    outline = np.concatenate([junction.outline for junction in parts.junctions])
    onward = np.concatenate([np.roll(junction.outline, -1, axis=0) for junction in parts.junctions])
    middle = np.array([junction.middle for junction in parts.junctions])
    corner, index = flat_ranges(np.ceil(np.hypot(*(onward - outline).T) / CLOSE).astype(np.int64))
    counts = np.bincount(corner, minlength=len(outline))
    edge = outline[corner] + (onward - outline)[corner] * (index / counts[corner])[:, None]
    middle = np.repeat(middle, [len(junction.outline) for junction in parts.junctions], axis=0)[corner]
    reach = np.hypot(*(edge - middle).T) + WIDEST_PAVEMENT
    ray, step = flat_ranges(np.ceil(reach / CLOSE).astype(np.int64) + 1)
    share = np.minimum(step * CLOSE, reach[ray]) / (reach[ray] - WIDEST_PAVEMENT)
    places = middle[ray] + (edge - middle)[ray] * share[:, None]
    return places[:, 0], places[:, 1]


def draw_houses(random: np.random.Generator, parts: Parts, occupied: Occupied) -> Float32Array:
    """Houses (K, 7), see ``Furniture.houses``; the map then holds them, too."""
    return settle(_candidates(random, parts), occupied)


def settle(rows: FloatArray, occupied: Occupied) -> Float32Array:
    """Those of the houses (K, 7) that stand where nothing else does; the map then holds them."""
    cells = occupied.cells.ravel()
    rows = rows[(cells[occupied.place(*_inside(rows, 0.0))] == NOTHING).all(axis=1)]
    index = occupied.place(*_inside(rows, PARTY_WALL))
    numbers = np.arange(len(rows), dtype=np.int32)[:, None] + 2
    cells[index] = numbers
    whole = (cells[index] == numbers).all(axis=1)
    return np.asarray(rows[whole], dtype=np.float32)


def _candidates(random: np.random.Generator, parts: Parts) -> FloatArray:
    """Houses side by side along both sides of all streets, whether there is room for them or not."""
    sides = 2 * len(parts.streets)
    draws = random.random((6, sides, MOST_ALONG))
    setback = MOST_SETBACK * random.random(sides)
    rank = np.array([street.profile.rank for street in parts.streets]).repeat(2)
    front = _between(FRONT, draws[0])
    gap = np.where(draws[1] < 0.5, 0.0, _between(GAP, draws[1]))
    ends = np.cumsum(front + gap, axis=1)
    between = np.array([street.end - street.trim_a for street in parts.streets]).repeat(2)
    present = (ends < between[:, None] + 6.0) & (draws[2] < 0.92)
    side, house = np.nonzero(present)
    begin = np.array([street.trim_a for street in parts.streets]).repeat(2)
    s = begin[side] - 3.0 + (ends - gap - 0.5 * front)[side, house]
    x, y, heading, _ = parts.lines.at(side // 2, s)
    outward = np.where(side % 2 == 1, 1.0, -1.0)
    profiles = [street.profile for street in parts.streets]
    kerb = np.array([value for p in profiles for value in (p.right_kerb - p.pavement, p.left_kerb + p.pavement)])
    d = kerb[side] + outward * (0.3 + setback[side])
    heights = np.array(HEIGHTS)[rank[side]]
    return np.stack(
        [
            x - d * np.sin(heading),
            y + d * np.cos(heading),
            heading - outward * 0.5 * np.pi,
            front[side, house],
            _between(DEPTH, draws[3])[side, house],
            heights[:, 0] + (heights[:, 1] - heights[:, 0]) * draws[4][side, house],
            draws[5][side, house],
        ],
        axis=1,
    )


def _between(bounds: tuple[float, float], draws: FloatArray) -> FloatArray:
    return bounds[0] + (bounds[1] - bounds[0]) * draws


def _inside(rows: FloatArray, inset: float) -> tuple[FloatArray, FloatArray]:
    """Places all over each house but so far [m] inside its sides, closer than the cells; (K, places) [m]."""
    across, back = (axis.ravel() for axis in np.meshgrid(np.linspace(-0.5, 0.5, 13), np.linspace(0.0, 1.0, 9)))
    aside, behind = (rows[:, 3:4] - 2.0 * inset) * across, rows[:, 4:5] * back
    cos, sin = np.cos(rows[:, 2:3]), np.sin(rows[:, 2:3])
    return rows[:, 0:1] - behind * cos - aside * sin, rows[:, 1:2] - behind * sin + aside * cos
