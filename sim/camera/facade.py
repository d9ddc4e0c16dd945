"""How houses look in each column of a frame: roof, wall, windows, door or shop, in the light of day.

A column of a house has a roof from the ridge down to the eaves, and a wall with windows from there to the ground. The
windows are a pattern, box-filtered across the columns; as far as a storey is but a few pixels high, they turn into
their mean, so that nothing flickers when the car moves.

Columns are worked on in strips: what they see is laid out, quantity after quantity, so that the loops that compute
work on many columns at a time.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.daylight import brightness_of, clearness_at
from sim.camera.eye import row_of
from sim.camera.pixels import luma
from sim.camera.rows import (
    HOUSE_BAY,
    HOUSE_COLOR,
    HOUSE_COS,
    HOUSE_FRONT,
    HOUSE_GROUND,
    HOUSE_HALF_DEPTH,
    HOUSE_HALF_WIDTH,
    HOUSE_HEIGHT,
    HOUSE_RISE,
    HOUSE_ROOF,
    HOUSE_SHOP,
    HOUSE_SIN,
    HOUSE_STOREY,
)
from sim.camera.walls import (
    FACE_AHEAD_X,
    FACE_AHEAD_Y,
    FACE_HOUSE,
    FACE_Q,
    FACE_Q_SLOPE,
    FACE_SIDE,
    FACE_SIDE_X,
    FACE_SIDE_Y,
    FACE_X,
    FACE_Y,
)
from sim.kernels import inlined, kernel

STRIP = 128  # columns
ROOM = STRIP + 16  # values of a quantity in a strip
(
    RIDGE,  # px, rows of the frame
    EAVES,
    FOOT,
    STOREYS,  # over the ground in row 0
    STOREYS_STEP,  # from row to row
    SHARPNESS,  # of the windows' edges
    WINDOW,  # share of the column that is window
    GROUND,  # px, top of the door or the shop's windows
    SHOP,  # share of the column that is door or shop window
    ROOF,  # colour, 3 quantities
) = (np.uint64(k * ROOM) for k in range(10))
WALL = np.uint64(12 * ROOM)  # what the wall adds to the roof, 3 quantities
GLASS = np.uint64(15 * ROOM)  # what a window adds to the wall, 3 quantities
# What a column sees: see _lay_out.
(
    SEEN,
    Q,
    Q_SLOPE,
    X,
    Y,
    AHEAD_X,
    AHEAD_Y,
    SIDE_X,
    SIDE_Y,
    DEPTH,
    WIDTH,
    HEIGHT,
    RISE,
    GABLE,
    BAY,
    STOREY,
    ON_GROUND,
    REACH,
    SHARE,
    ROOF_COLOR,
) = (np.uint64((18 + k) * ROOM) for k in range(20))
WALL_COLOR = np.uint64(40 * ROOM)
COLUMN_VALUES = 43 * ROOM
CHANNEL = np.uint64(ROOM)

ROOF_LIGHT = np.float32(0.95)
WINDOW_RED, WINDOW_GREEN, WINDOW_BLUE = np.float32(72.0), np.float32(82.0), np.float32(98.0)
WINDOW_WIDTH, WINDOW_HEIGHT = np.float32(0.46), np.float32(0.5)  # share of a bay, and of a storey
SHOP_WIDTH, DOOR_WIDTH = np.float32(0.82), np.float32(0.4)
NOWHERE = np.float32(1e6)  # px
_ZERO, _HALF, _ONE, _TWO, _BYTE = (np.float32(value) for value in (0.0, 0.5, 1.0, 2.0, 255.0))
_TINY = np.float32(1e-6)


class Side(NamedTuple):
    """A side of a house, as all columns that look at it see it; lengths in m."""

    depth: np.float32
    width: np.float32
    height: np.float32
    rise: np.float32
    gable: np.float32  # 1 for sides with gables
    bay: np.float32
    storey: np.float32
    ground: np.float32  # height of the door or the shop's windows
    reach: np.float32  # from the side's middle in which it has such
    share: np.float32  # of a bay that they cover
    roof: tuple[np.float32, np.float32, np.float32]  # colours in the light of day
    wall: tuple[np.float32, np.float32, np.float32]


@kernel
def side_of(house, side, day, gray):
    """A side of a house in the light of day."""
    cos, sin = house[HOUSE_COS], house[HOUSE_SIN]
    if side & 1:
        cos, sin = -sin, cos
    sign = _ONE if side < 2 else -_ONE
    front, shop = side == int(house[HOUSE_FRONT]), house[HOUSE_SHOP] > _ZERO
    bay = house[HOUSE_BAY + (side & 1)]
    reach = (NOWHERE if shop else _HALF * bay) if front else -_ONE
    return Side(
        house[HOUSE_HALF_DEPTH],
        house[HOUSE_HALF_WIDTH],
        house[HOUSE_HEIGHT],
        house[HOUSE_RISE],
        np.float32(side & 1),
        bay,
        house[HOUSE_STOREY],
        house[HOUSE_GROUND],
        reach,
        SHOP_WIDTH if shop else DOOR_WIDTH,
        lit(house[HOUSE_ROOF], house[HOUSE_ROOF + 1], house[HOUSE_ROOF + 2], ROOF_LIGHT, day, gray),
        lit(
            house[HOUSE_COLOR],
            house[HOUSE_COLOR + 1],
            house[HOUSE_COLOR + 2],
            brightness_of(sign * cos, sign * sin, day),
            day,
            gray,
        ),
    )


@kernel
def lit(red, green, blue, light, day, gray):
    """A colour in this light; its luma for all channels where frames are gray."""
    red, green, blue = red * day.red * light, green * day.green * light, blue * day.blue * light
    if gray:
        gray_value = luma(red, green, blue)
        return gray_value, gray_value, gray_value
    return red, green, blue


@kernel
def lay_out(houses, faces, chosen, hidden, first, count, day, gray, columns):
    """Lays out what ``count`` columns from ``first`` on see: their ``chosen`` face, unless it is the ``hidden`` one.

    Returns:
        How many of them see a house.
    """
    before, seen = -1, 0
    side, house = 0, 0
    look = side_of(houses[0], 0, day, gray)
    for column in range(count):
        face, k = chosen[first + column], np.uint64(column)
        if face < 0 or face == hidden[first + column]:
            _leave_out(k, columns)
            continue
        if face != before:
            house, side, before = int(faces[face, FACE_HOUSE]), int(faces[face, FACE_SIDE]), face
            look = side_of(houses[house], side, day, gray)
        seen += 1
        columns[SEEN + k] = _ONE
        columns[Q + k], columns[Q_SLOPE + k] = faces[face, FACE_Q], faces[face, FACE_Q_SLOPE]
        columns[X + k], columns[Y + k] = faces[face, FACE_X], faces[face, FACE_Y]
        columns[AHEAD_X + k], columns[AHEAD_Y + k] = faces[face, FACE_AHEAD_X], faces[face, FACE_AHEAD_Y]
        columns[SIDE_X + k], columns[SIDE_Y + k] = faces[face, FACE_SIDE_X], faces[face, FACE_SIDE_Y]
        columns[DEPTH + k], columns[WIDTH + k] = look.depth, look.width
        columns[HEIGHT + k], columns[RISE + k], columns[GABLE + k] = look.height, look.rise, look.gable
        columns[BAY + k], columns[STOREY + k] = look.bay, look.storey
        columns[ON_GROUND + k], columns[REACH + k], columns[SHARE + k] = look.ground, look.reach, look.share
        for channel in range(3):
            c = CHANNEL * np.uint64(channel) + k
            columns[ROOF_COLOR + c], columns[WALL_COLOR + c] = look.roof[channel], look.wall[channel]
    return seen


@kernel
def _leave_out(k, columns):
    """Lays out a column that sees no house: numbers that can be computed with; sizes stay those of another one."""
    for quantity in (SEEN, Q_SLOPE, X, Y, SIDE_X, SIDE_Y):
        columns[quantity + k] = _ZERO
    for quantity in (Q, AHEAD_X, AHEAD_Y):
        columns[quantity + k] = _ONE


@kernel
def shade(eye, first, count, day, glass, veil, columns):
    """From what columns see to how they look.

    Args:
        eye: ``Eye``.
        first: The first column.
        count: How many.
        day: ``Daylight``.
        glass: Colour of windows in the light of day.
        veil: Colour of haze.
        columns: (COLUMN_VALUES,) see above.
    """
    per_pixel, begin = _ONE / eye.focal, (np.float32(first) + _HALF - eye.center) / eye.focal
    for k in range(np.uint64(count)):
        a = begin + per_pixel * np.float32(np.int32(k))
        q = columns[Q + k] + columns[Q_SLOPE + k] * a
        far = _ONE / q
        dx, dy = columns[AHEAD_X + k] + a * columns[SIDE_X + k], columns[AHEAD_Y + k] + a * columns[SIDE_Y + k]
        dx, dy = dx if abs(dx) > _TINY else _TINY, dy if abs(dy) > _TINY else _TINY
        x, y, depth = columns[X + k] + far * dx, columns[Y + k] + far * dy, columns[DEPTH + k]
        height, rise, gable = columns[HEIGHT + k], columns[RISE + k], columns[GABLE + k]
        foot, top = row_of(eye, _ZERO, q), row_of(eye, height, q)
        eaves = row_of(eye, height + gable * rise * max(_ONE - abs(x) / depth, _ZERO), q)
        ridge = min(eaves, _ridge_row(eye, k, dx, dy, far, columns))
        columns[RIDGE + k] = ridge if columns[SEEN + k] > _ZERO else NOWHERE
        columns[EAVES + k], columns[FOOT + k] = eaves, foot
        clear = clearness_at(far, day.density)
        half = columns[WIDTH + k] + gable * (depth - columns[WIDTH + k])
        mean = _shade_windows(eye, k, y + gable * (x - y), half, q, foot, height / (foot - top), columns)
        _shade_channel(k, clear, mean, glass[0], veil[0], columns)
        _shade_channel(CHANNEL + k, clear, mean, glass[1], veil[1], columns)
        _shade_channel(CHANNEL + CHANNEL + k, clear, mean, glass[2], veil[2], columns)


@inlined
def _shade_channel(c, clear, mean, glass, veil, columns):
    """Writes a channel of the colours of a column, veiled by haze."""
    haze = (_ONE - clear) * veil
    roof, wall = min(columns[ROOF_COLOR + c] * clear + haze, _BYTE), min(columns[WALL_COLOR + c] * clear + haze, _BYTE)
    window = min(glass * clear + haze, _BYTE) - wall
    columns[ROOF + c], columns[GLASS + c], columns[WALL + c] = roof, window, wall - roof + mean * window


@inlined
def _ridge_row(eye, k, dx, dy, far, columns):
    """The highest row of a roof beyond where the ray enters it: where it crosses its ridge, or leaves it."""
    x, y, depth, height, rise = (
        columns[X + k],
        columns[Y + k],
        columns[DEPTH + k],
        columns[HEIGHT + k],
        columns[RISE + k],
    )
    leave_x = (depth - (x if dx > _ZERO else -x)) / abs(dx)
    leave_y = (columns[WIDTH + k] - (y if dy > _ZERO else -y)) / abs(dy)
    leave = max(min(leave_x, leave_y), far)
    cross = min(max(-x / dx, far), leave)
    at_cross = height + rise * max(_ONE - abs(x + cross * dx) / depth, _ZERO)
    at_leave = height + rise * max(_ONE - abs(x + leave * dx) / depth, _ZERO)
    row = min(row_of(eye, at_cross, _ONE / cross), row_of(eye, at_leave, _ONE / leave))
    return row if rise > _ZERO else NOWHERE


@inlined
def _covered(place, blur, share):
    """Share of a stretch of ``blur`` around ``place`` that strips in the middle of whole periods cover, 0..1."""
    distance = abs(place - np.floor(place) - _HALF)
    cover = min(max(_HALF * (share + blur) - distance, _ZERO), min(share, blur)) / blur
    weight = min(max(_TWO * blur - _ONE, _ZERO), _ONE)
    return cover + weight * (share - cover)


@inlined
def _shade_windows(eye, k, along, half, q, foot, per_row, columns):
    """Writes the pattern of windows in a column.

    A pixel is taken as wide as on a plane across the ray: sides that are turned away are narrow in the frame.

    Args:
        eye: ``Eye``.
        k: The column.
        along: From the side's middle [m].
        half: Half the side's length [m].
        q: Inverse depth [1/m].
        foot: Row at the ground.
        per_row: Height of a row on the side [m].
        columns: (COLUMN_VALUES,) see above.

    Returns:
        Share of window in the wall's mean colour.
    """
    bay = columns[BAY + k]
    place, blur = (along + half) / bay, max(_ONE / (q * eye.focal * bay), np.float32(0.02))
    step = per_row / columns[STOREY + k]
    columns[STOREYS + k], columns[STOREYS_STEP + k] = step * (foot - _HALF), -step
    columns[SHARPNESS + k] = _ONE / max(step, np.float32(0.02))
    fade = min(max(np.float32(1.6) - _TWO * step, _ZERO), _ONE)
    columns[WINDOW + k] = fade * _covered(place, blur, WINDOW_WIDTH)
    share = _covered(place, blur, columns[SHARE + k])
    columns[SHOP + k] = share if abs(along) < columns[REACH + k] else _ZERO
    columns[GROUND + k] = row_of(eye, columns[ON_GROUND + k], q)
    return (_ONE - fade) * WINDOW_WIDTH * WINDOW_HEIGHT
