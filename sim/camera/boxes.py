"""Draws vehicles and people as boxes: at the most two of their sides, and their top.

A ray enters a box through one of the sides that look to the camera and leaves it through one of those that look away;
inverse depth on either is linear in the column (see ``camera.eye``). So each column of a frame shows a stretch of side,
from the foot to the top where the ray enters, and above it a stretch of top, until the ray leaves. A car is a body with
a smaller cabin on it; a shadow lies below.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.daylight import brightness_of, clearness_at, seen_in
from sim.camera.eye import NEAREST, depth_of, left_of, row_of
from sim.camera.fill import fill_column
from sim.camera.rows import (
    BOX_BRAKE,
    BOX_COLOR,
    BOX_COS,
    BOX_HEIGHT,
    BOX_LENGTH,
    BOX_SHAPE,
    BOX_SIN,
    BOX_WIDTH,
    BOX_X,
    BOX_Y,
    CAR,
    LORRY,
    PERSON,
    VAN,
)
from sim.camera.walls import Ray, rays_to
from sim.kernels import kernel

_ZERO, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_FAR_OFF, _LARGEST = np.float32(1e6), np.float32(1.0 / 0.4)
SHADOW, SHADOW_MARGIN = np.float32(0.5), np.float32(0.2)  # share of light, m around the box
CLEARANCE, WHEEL = np.float32(0.22), np.float32(0.34)  # m, below the body; radius of a wheel
SKIN = (np.float32(196.0), np.float32(154.0), np.float32(126.0))
DARK = (np.float32(22.0), np.float32(23.0), np.float32(26.0))
GLASS = (np.float32(52.0), np.float32(62.0), np.float32(74.0))
FRONT_LIGHT = (np.float32(238.0), np.float32(238.0), np.float32(226.0))
REAR_LIGHT = (np.float32(138.0), np.float32(18.0), np.float32(20.0))
BRAKE_LIGHT = (np.float32(255.0), np.float32(44.0), np.float32(30.0))
_BODY, _CABIN, _WHOLE, _CARGO, _PERSON = range(5)  # parts
SMALL = np.float32(7.0)  # px of height below which a car is drawn in one piece, without its shadow
TOP_LIGHT = np.float32(1.08)  # brightness of what looks up
FRONT, LEFT, REAR, RIGHT = range(4)  # sides


class Block(NamedTuple):
    """An upright block as a frame's columns see it; see ``rays_to`` and ``_factors``."""

    ray: Ray
    near_x: np.float32
    near_y: np.float32
    far_x: np.float32
    far_y: np.float32
    other_x: np.float32
    other_y: np.float32
    left: np.float32  # px, edges in the frame
    right: np.float32
    half_length: np.float32
    half_width: np.float32


@kernel
def _factors(place, half):
    """What turns the ray's speed along an axis into inverse depth on the near side and on either side beyond."""
    if place > half:
        return _ONE / (half - place), _ONE / (-half - place), _ONE / (-half - place)
    if place < -half:
        return _ONE / (-half - place), _ONE / (half - place), _ONE / (half - place)
    return _ZERO, _ONE / (half - place), _ONE / (-half - place)


@kernel
def block_of(eye, x, y, cos, sin, half_length, half_width):
    """A block whose middle is (x, y) [m], of so many m from there to each side."""
    ray = rays_to(eye, x, y, cos, sin)
    near_x, far_x, other_x = _factors(ray.x, half_length)
    near_y, far_y, other_y = _factors(ray.y, half_width)
    left, right = _FAR_OFF, -_FAR_OFF
    for k in range(4):
        along = half_length if k & 1 else -half_length
        aside = half_width if k & 2 else -half_width
        corner_x, corner_y = x + cos * along - sin * aside, y + sin * along + cos * aside
        depth, to_left = depth_of(eye, corner_x, corner_y), left_of(eye, corner_x, corner_y)
        edge = -_FAR_OFF if to_left > _ZERO else _FAR_OFF
        if depth >= NEAREST:
            edge = eye.center - eye.focal * to_left / depth
        left, right = min(left, edge), max(right, edge)
    return Block(ray, near_x, near_y, far_x, far_y, other_x, other_y, left, right, half_length, half_width)


@kernel
def part_of(eye, box, begin, end, wide):
    """The block from one share of a box's length to another, of a share of its width."""
    middle = (_HALF * (begin + end) - _HALF) * box[BOX_LENGTH]
    return block_of(
        eye,
        box[BOX_X] + middle * box[BOX_COS],
        box[BOX_Y] + middle * box[BOX_SIN],
        box[BOX_COS],
        box[BOX_SIN],
        _HALF * (end - begin) * box[BOX_LENGTH],
        _HALF * wide * box[BOX_WIDTH],
    )


@kernel
def crossing_of(eye, block, column):
    """Inverse depths at which a column's ray enters and leaves a block, the side, and where on it [m].

    A column that the block's edge cuts looks just inside of the edge. The ray misses where it leaves before it enters.
    """
    middle = min(max(np.float32(column) + _HALF, block.left + np.float32(0.01)), block.right - np.float32(0.01))
    a = (middle - eye.center) / eye.focal
    ray = block.ray
    dx, dy = ray.ahead_x + a * ray.side_x, ray.ahead_y + a * ray.side_y
    near_x = dx * block.near_x if block.near_x != _ZERO else _FAR_OFF
    near_y = dy * block.near_y if block.near_y != _ZERO else _FAR_OFF
    enter = min(near_x, near_y)
    leave = max(max(dx * block.far_x, dx * block.other_x), max(dy * block.far_y, dy * block.other_y))
    if near_x < near_y:
        return enter, leave, FRONT if ray.x > _ZERO else REAR, ray.y + dy / enter
    return enter, leave, LEFT if ray.y > _ZERO else RIGHT, ray.x + dx / enter


@kernel
def _share(block, column):
    """Share of a column that lies between the edges of a block."""
    c = np.float32(column)
    return min(max(min(c + _ONE, block.right) - max(c, block.left), _ZERO), _ONE)


@kernel
def _columns(eye, block):
    """The first and end of the columns that a block reaches into."""
    most = np.float32(eye.columns)
    return int(min(max(np.floor(block.left), _ZERO), most)), int(min(max(np.ceil(block.right), _ZERO), most))


class Coat(NamedTuple):
    """Colours of a box in the light of day, and what the air lets through."""

    top: tuple[np.float32, np.float32, np.float32]
    across: tuple[np.float32, np.float32, np.float32]  # of the front or the rear, whichever is seen
    beside: tuple[np.float32, np.float32, np.float32]  # of the left or the right side
    glass_across: tuple[np.float32, np.float32, np.float32]
    glass_beside: tuple[np.float32, np.float32, np.float32]
    dark: tuple[np.float32, np.float32, np.float32]
    lamp: tuple[np.float32, np.float32, np.float32]


@kernel
def coat_of(box, block, depth, day):
    """The colours of a box that is ``depth`` [m] away."""
    clear = clearness_at(max(depth, _ZERO), day.density)
    cos, sin = box[BOX_COS], box[BOX_SIN]
    ahead, aside = _ONE if block.ray.x > _ZERO else -_ONE, _ONE if block.ray.y > _ZERO else -_ONE
    across = brightness_of(ahead * cos, ahead * sin, day)
    beside = brightness_of(-aside * sin, aside * cos, day)
    red, green, blue = box[BOX_COLOR], box[BOX_COLOR + 1], box[BOX_COLOR + 2]
    lamp = seen_in(day, clear, _ONE, REAR_LIGHT[0], REAR_LIGHT[1], REAR_LIGHT[2])
    if block.ray.x > _ZERO:
        lamp = seen_in(day, clear, _ONE, FRONT_LIGHT[0], FRONT_LIGHT[1], FRONT_LIGHT[2])
    elif box[BOX_BRAKE] > _ZERO:
        lamp = BRAKE_LIGHT
    return Coat(
        seen_in(day, clear, TOP_LIGHT, red, green, blue),
        seen_in(day, clear, across, red, green, blue),
        seen_in(day, clear, beside, red, green, blue),
        seen_in(day, clear, across, GLASS[0], GLASS[1], GLASS[2]),
        seen_in(day, clear, beside, GLASS[0], GLASS[1], GLASS[2]),
        seen_in(day, clear, _ONE, DARK[0], DARK[1], DARK[2]),
        lamp,
    )


@kernel
def draw_box(eye, box, day, wall, picture):
    """Draws one row of boxes where no wall stands before it; ``wall`` (W,) is the inverse depth of the walls [1/m]."""
    depth = depth_of(eye, box[BOX_X], box[BOX_Y])
    whole = part_of(eye, box, _ZERO, _ONE, _ONE)
    coat, shape = coat_of(box, whole, depth, day), int(box[BOX_SHAPE])
    small = box[BOX_HEIGHT] * eye.focal < SMALL * depth
    if not small:
        _draw_shadow(eye, box, wall, picture)
    if shape == PERSON:
        _draw_part(eye, whole, box, _PERSON, coat, wall, picture)
    elif shape == VAN or (shape == CAR and small):
        _draw_part(eye, whole, box, _WHOLE, coat, wall, picture)
    elif shape == CAR:
        _draw_part(eye, whole, box, _BODY, coat, wall, picture)
        cabin = part_of(eye, box, np.float32(0.08), np.float32(0.7), np.float32(0.9))
        _draw_part(eye, cabin, box, _CABIN, coat, wall, picture)
    else:
        _draw_lorry(eye, box, coat, wall, picture)


@kernel
def _draw_lorry(eye, box, coat, wall, picture):
    """Draws cab and cargo, the farther one first."""
    cab = part_of(eye, box, np.float32(0.78), _ONE, np.float32(0.96))
    cargo = part_of(eye, box, _ZERO, np.float32(0.76), _ONE)
    if cargo.ray.x > cargo.half_length:
        _draw_part(eye, cargo, box, _CARGO, coat, wall, picture)
        _draw_part(eye, cab, box, _WHOLE, coat, wall, picture)
    else:
        _draw_part(eye, cab, box, _WHOLE, coat, wall, picture)
        _draw_part(eye, cargo, box, _CARGO, coat, wall, picture)


@kernel
def _draw_shadow(eye, box, wall, picture):
    """Darkens the ground below a box, and a little around it."""
    grown = _TWO * SHADOW_MARGIN
    block = part_of(
        eye,
        box,
        -grown / box[BOX_LENGTH] * _HALF,
        _ONE + grown / box[BOX_LENGTH] * _HALF,
        _ONE + grown / box[BOX_WIDTH],
    )
    first, end = _columns(eye, block)
    for column in range(first, end):
        enter, leave, _, _ = crossing_of(eye, block, column)
        if enter >= leave and leave > _ZERO and enter > wall[column]:
            near, far = row_of(eye, _ZERO, min(enter, _LARGEST)), row_of(eye, _ZERO, max(leave, wall[column]))
            fill_column(picture, column, far, near, (_ZERO, _ZERO, _ZERO), SHADOW * _share(block, column))


@kernel
def _draw_part(eye, block, box, part, coat, wall, picture):
    """Draws a part of a box column by column: what is seen of its top, of a side, and what is on that side."""
    low, high = _heights(box, part)
    first, end = _columns(eye, block)
    for column in range(first, end):
        enter, leave, side, place = crossing_of(eye, block, column)
        if enter >= leave and leave > _ZERO and enter > wall[column]:
            q, share = min(enter, _LARGEST), _share(block, column)
            across = side in (FRONT, REAR)
            edge, foot = row_of(eye, high, q), row_of(eye, low, q)
            fill_column(picture, column, row_of(eye, high, min(leave, _LARGEST)), edge, coat.top, share)
            fill_column(picture, column, edge, foot, coat.across if across else coat.beside, share)
            glass = coat.glass_across if across else coat.glass_beside
            if part == _PERSON:
                _dress(eye, box, q, column, share, coat, picture)
            elif part == _CABIN:
                fill_column(picture, column, row_of(eye, np.float32(0.93) * high, q), foot, glass, share)
            else:
                _fit_out(eye, block, box, part, q, side, place, column, share, glass, coat, picture)


@kernel
def _heights(box, part):
    """Between which heights [m] a part stands."""
    height = box[BOX_HEIGHT]
    if part == _BODY:
        return CLEARANCE, np.float32(0.6) * height
    if part == _CABIN:
        return np.float32(0.6) * height, height
    if part == _CARGO:
        return np.float32(0.5), height
    if part == _WHOLE:
        return CLEARANCE, np.float32(0.78) * height if int(box[BOX_SHAPE]) == LORRY else height
    return _ZERO, height


@kernel
def _fit_out(eye, block, box, part, q, side, place, column, share, glass, coat, picture):
    """Draws windows, lamps and wheels on a side, ``place`` [m] from its middle."""
    across = side in (FRONT, REAR)
    low, high = _heights(box, part)
    shape = int(box[BOX_SHAPE])
    if part == _WHOLE and (
        shape == CAR or side == FRONT or (not across and place > np.float32(0.2) * block.half_length)
    ):
        top, bottom = row_of(eye, np.float32(0.92) * high, q), row_of(eye, np.float32(0.6) * high, q)
        fill_column(picture, column, top, bottom, glass, share)
    if across and part != _CARGO and abs(place) > np.float32(0.55) * block.half_width:
        lamp_low, lamp_high = _lamp_heights(box, side)
        fill_column(picture, column, row_of(eye, lamp_high, q), row_of(eye, lamp_low, q), coat.lamp, share)
    wheel = not across and abs(abs(place) - np.float32(0.62) * block.half_length) < WHEEL
    top = row_of(eye, max(_TWO * WHEEL, low) if wheel else low, q)
    fill_column(picture, column, top, row_of(eye, _ZERO, q), coat.dark, share)


@kernel
def _lamp_heights(box, side):
    """Between which heights [m] lamps are; those of a brake that is pressed are larger."""
    low, high = np.float32(0.6), np.float32(0.85)
    if int(box[BOX_SHAPE]) == CAR:
        low, high = np.float32(0.38) * box[BOX_HEIGHT], np.float32(0.5) * box[BOX_HEIGHT]
    if side == REAR and box[BOX_BRAKE] > _ZERO:
        low -= np.float32(0.1)
    return low, high


@kernel
def _dress(eye, box, q, column, share, coat, picture):
    """Draws the head and the legs of somebody on foot."""
    height = box[BOX_HEIGHT]
    top, neck = row_of(eye, height, q), row_of(eye, np.float32(0.86) * height, q)
    fill_column(picture, column, top, neck, SKIN, share)
    fill_column(picture, column, row_of(eye, np.float32(0.48) * height, q), row_of(eye, _ZERO, q), coat.dark, share)
