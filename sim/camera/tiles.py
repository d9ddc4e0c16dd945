"""Which tiles of the scenery lie in view, and what of them no wall hides."""

import math

import numpy as np

from sim.camera.eye import FARTHEST, NEAREST, depth_of, first_pixel
from sim.camera.rows import TILE
from sim.kernels import kernel

REACH = np.float32(14.0)  # m that things reach beyond the tile of their middle
_EDGE, _HALF, _ONE = np.float32(TILE), np.float32(0.5), np.float32(1.0)
_RADIUS = np.float32(TILE * math.sqrt(0.5)) + REACH


@kernel
def find_tiles(eye, grid, tiles):
    """Writes the numbers of the tiles in view to ``tiles``; returns how many there are.

    The view is a triangle with one corner in the eye. A tile counts as a disc.
    """
    columns, rows = int(grid[0]), int(grid[1])
    first_column, end_column = _span(eye.x, eye.cos, -eye.sin * eye.limit, grid[2], columns)
    first_row, end_row = _span(eye.y, eye.sin, eye.cos * eye.limit, grid[3], rows)
    slant = _RADIUS * np.float32(math.sqrt(1.0 + eye.limit * eye.limit))
    count = 0
    for row in range(first_row, end_row):
        y = grid[3] + (np.float32(row) + _HALF) * _EDGE - eye.y
        for column in range(first_column, end_column):
            x = grid[2] + (np.float32(column) + _HALF) * _EDGE - eye.x
            ahead, aside = eye.cos * x + eye.sin * y, abs(eye.cos * y - eye.sin * x)
            near = ahead < FARTHEST + _RADIUS and ahead > -_RADIUS and aside - eye.limit * ahead < slant
            if near and count < tiles.shape[0]:
                tiles[count] = row * columns + column
                count += 1
    return count


@kernel
def depth_of_tile(eye, grid, tile):
    """How far ahead the things of a tile begin [m], or less."""
    row, column = divmod(tile, int(grid[0]))
    x = grid[2] + (np.float32(column) + _HALF) * _EDGE
    return depth_of(eye, x, grid[3] + (np.float32(row) + _HALF) * _EDGE) - _RADIUS


@kernel
def _span(place, ahead, aside, begin, most):
    """First and end of the tiles that the triangle of the view spans along one axis of the map."""
    far, wide = FARTHEST * ahead, abs(FARTHEST * aside)
    low = place + min(far - wide, np.float32(0.0)) - REACH - begin
    high = place + max(far + wide, np.float32(0.0)) + REACH - begin
    first = min(max(math.floor(low / _EDGE), 0.0), float(most))
    end = min(max(math.floor(high / _EDGE) + 1.0, 0.0), float(most))
    return int(first), int(end)


@kernel
def is_seen(eye, k, left, size, wall):
    """Whether no wall hides all columns that a disc of radius ``size`` [m] on the ground might reach into.

    Seen from the camera, no part of it lies nearer than k - size, and none farther aside than the same disc there.
    """
    near = k - size
    if near < NEAREST:
        return True
    q = _ONE / near
    aside = size + abs(left) * size / k
    first = first_pixel(eye.center - eye.focal * (left / k + aside * q) - _ONE, eye.columns)
    end = first_pixel(eye.center - eye.focal * (left / k - aside * q) + _ONE, eye.columns)
    for column in range(first, end):  # noqa: SIM110 - compiled code has no generators
        if wall[column] < q:
            return True
    return False
