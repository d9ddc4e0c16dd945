"""Draws arrows on the ground."""

import numpy as np

from sim.camera.daylight import clearness_at, seen_in
from sim.camera.eye import NEAREST, depth_of, first_pixel, row_of, slope_of
from sim.camera.pixels import lay_over
from sim.camera.rows import ARROW_COS, ARROW_SIN, ARROW_TURNS, ARROW_X, ARROW_Y
from sim.camera.signs import ARROW, PAINT
from sim.camera.sprites import SPRITE_SIZES, SPRITE_STARTS, SPRITE_WORDS
from sim.camera.walls import rays_to
from sim.kernels import kernel

ARROW_LENGTH, ARROW_WIDTH = np.float32(5.0), np.float32(1.6)  # m
FARTHEST_ARROW = np.float32(60.0)  # m; nor are they drawn beyond so many m per px of focal length
ARROW_REACH = np.float32(0.5)
_ZERO, _HALF, _ONE, _PER_BYTE = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1.0 / 255.0)
_TINY, _MOST = np.float32(1e-6), np.float32(1e6)
_RED, _GREEN, _BLUE = (np.float32(channel) for channel in PAINT)


@kernel
def draw_arrow(eye, arrow, day, sprites, picture):
    """Draws an arrow row by row."""
    x, y, cos, sin = arrow[ARROW_X], arrow[ARROW_Y], arrow[ARROW_COS], arrow[ARROW_SIN]
    reach = _HALF * (
        ARROW_LENGTH * abs(cos * eye.cos + sin * eye.sin) + ARROW_WIDTH * abs(sin * eye.cos - cos * eye.sin)
    )
    middle = depth_of(eye, x, y)
    near, far = max(middle - reach * eye.pitch_cos, NEAREST), middle + reach * eye.pitch_cos
    if not far > NEAREST:
        return
    rows = np.float32(picture.shape[0])
    begin, end = max(row_of(eye, _ZERO, _ONE / far), _ZERO), min(row_of(eye, _ZERO, _ONE / near), rows)
    ray = rays_to(eye, x, y, cos, sin)
    for row in range(int(min(begin, rows)), int(np.ceil(max(end, _ZERO)))):
        q = ((np.float32(row) + _HALF - eye.middle) / eye.focal + eye.tilt) / eye.drop
        if q > _ZERO:
            _draw_row(eye, ray, int(arrow[ARROW_TURNS]), row, q, day, sprites, picture)


@kernel
def _draw_row(eye, ray, turns, row, q, day, sprites, picture):
    """Looks the ground of each pixel between the arrow's edges up in its picture, at a size that fits the pixel."""
    k = _ONE / q
    along, along_step = ray.x + k * ray.ahead_x, k * ray.side_x
    aside, aside_step = ray.y + k * ray.ahead_y, k * ray.side_y
    first_along, last_along = _between(along, along_step, _HALF * ARROW_LENGTH)
    first_aside, last_aside = _between(aside, aside_step, _HALF * ARROW_WIDTH)
    first = first_pixel(eye.center + eye.focal * max(first_along, first_aside), eye.columns)
    end = first_pixel(eye.center + eye.focal * min(last_along, last_aside), eye.columns)
    if first >= end:
        return
    level = _level_for(ARROW_LENGTH * eye.drop * q * q * eye.focal, ARROW_WIDTH * q * eye.focal)
    size = SPRITE_SIZES[level]
    start, most = (ARROW + turns) * SPRITE_WORDS + SPRITE_STARTS[level], np.float32(size) - np.float32(0.01)
    red, green, blue = seen_in(day, clearness_at(k, day.density), _ONE, _RED, _GREEN, _BLUE)
    for column in range(first, end):
        a = slope_of(eye, column)
        u = (_HALF - (aside + a * aside_step) / ARROW_WIDTH) * np.float32(size)
        v = (_HALF - (along + a * along_step) / ARROW_LENGTH) * np.float32(size)
        texel = int(min(max(v, _ZERO), most)) * size + int(min(max(u, _ZERO), most))
        alpha = np.float32(np.int32(sprites[np.uint64(start + texel)] >> np.uint32(24))) * _PER_BYTE
        if alpha > _ZERO:
            lay_over(picture, row, column, alpha * red, alpha * green, alpha * blue, alpha)


@kernel
def _between(place, step, half):
    """The slopes a between which |place + a step| <= half."""
    if abs(step) < _TINY:
        return (-_MOST, _MOST) if abs(place) <= half else (_MOST, -_MOST)
    one, other = (-half - place) / step, (half - place) / step
    return min(one, other), max(one, other)


@kernel
def _level_for(tall, wide):
    """The size between those that suit an arrow so many pixels tall and wide."""
    wanted = np.float32(np.sqrt(tall * wide))
    level = len(SPRITE_SIZES) - 1
    while level > 0 and np.float32(SPRITE_SIZES[level]) < wanted:
        level -= 1
    return level
