"""Draws signal heads: a black case, and the lamp that is lit.

A lamp of 0.3 m that is 25 m ahead covers half a pixel of a frame that is 96 wide and sees 90 degrees; averaged over the
pixel, its colour could hardly be told. Real lamps are far brighter than what surrounds them: they saturate a camera's
sensor, and glare in its lens spreads their light. So a lamp is drawn with a radius of ``LEAST_RADIUS`` px or more, with
a faint glow around it, as bright in haze as the air lets through, but never larger than ``MOST_GROWN`` times its size:
farther off, lamps shrink as all things do. The case grows with its lamps, so that the place of a lamp in it tells its
colour, too. Lamps are seen from the half plane before the head alone.
"""

import math

import numpy as np

from sim.camera.daylight import clearness_at, seen_in
from sim.camera.eye import NEAREST, depth_of, left_of, row_of
from sim.camera.fill import fill_column
from sim.camera.pixels import lay_over
from sim.camera.rows import HEAD_COS, HEAD_HEIGHT, HEAD_SIN, HEAD_X, HEAD_Y
from sim.kernels import kernel
from sim.network.signals import GREEN, RED, YELLOW

CASE_WIDTH, CASE_HEIGHT, LAMP = np.float32(0.38), np.float32(1.05), np.float32(0.3)  # m: EN 12368, lamps of 300 mm
LEAST_RADIUS, MOST_GROWN = np.float32(1.05), np.float32(4.5)  # px of a lamp; times that it may be drawn too large
GLOW, GLOW_SHARE = np.float32(2.2), np.float32(0.3)  # radius of the glow in those of the lamp; share at its middle
DIMMED = np.float32(0.16)  # brightness of lamps that are not lit
LEGIBLE = np.float32(2.0)  # px of radius from which lamps that are not lit are drawn
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_CASE = np.float32(18.0)


@kernel
def lamp_color(state):
    """Colour of a lit lamp."""
    if state == RED:
        return np.float32(255.0), np.float32(28.0), np.float32(24.0)
    if state == YELLOW:
        return np.float32(255.0), np.float32(196.0), np.float32(20.0)
    return np.float32(32.0), np.float32(240.0), np.float32(120.0)


@kernel
def draw_head(eye, head, state, day, wall, picture):
    """Draws a signal head whose group is in this ``state``, where no wall stands before it."""
    k, left = depth_of(eye, head[HEAD_X], head[HEAD_Y]), left_of(eye, head[HEAD_X], head[HEAD_Y])
    if not k > NEAREST:
        return
    q = _ONE / k
    x, y = eye.center - eye.focal * left * q, row_of(eye, head[HEAD_HEIGHT], q)
    size = _HALF * LAMP * eye.focal * q
    radius = min(max(size, LEAST_RADIUS), MOST_GROWN * size)
    tall, wide = radius * CASE_HEIGHT / LAMP, radius * CASE_WIDTH / LAMP
    clear = clearness_at(k, day.density)
    _draw_case(x, y, wide, tall, q, seen_in(day, clear, _ONE, _CASE, _CASE, _CASE), wall, picture)
    if (eye.x - head[HEAD_X]) * head[HEAD_COS] + (eye.y - head[HEAD_Y]) * head[HEAD_SIN] <= _ZERO:
        return
    for lamp in (RED, YELLOW, GREEN):
        place = y + (np.float32(lamp) - _ONE) * np.float32(0.62) * tall
        color = lamp_color(lamp)
        if lamp == state:
            shine = seen_in(day, clear, _ONE, color[0] / day.red, color[1] / day.green, color[2] / day.blue)
            _draw_lamp(x, place, radius, GLOW_SHARE, q, shine, wall, picture)
        elif radius > LEGIBLE:
            dim = seen_in(day, clear, DIMMED, color[0], color[1], color[2])
            _draw_lamp(x, place, np.float32(0.85) * radius, _ZERO, q, dim, wall, picture)


@kernel
def _draw_case(x, y, wide, tall, q, color, wall, picture):
    """Draws a case around (x, y) [px], so far to either side."""
    width = np.float32(picture.shape[1])
    first, end = max(x - wide, _ZERO), min(x + wide, width)
    if not first < end:
        return
    for column in range(int(first), math.ceil(end)):
        if wall[column] < q:
            c = np.float32(column)
            fill_column(picture, column, y - tall, y + tall, color, min(c + _ONE, end) - max(c, first))


@kernel
def _draw_lamp(x, y, radius, glow, q, color, wall, picture):
    """Draws a disc around (x, y) [px], and its glow, where the share of the middle is ``glow``."""
    reach = radius * GLOW if glow > _ZERO else radius + _ONE
    first_row, end_row = _within(y - reach, picture.shape[0]), _within(y + reach + _ONE, picture.shape[0])
    first, end = _within(x - reach, picture.shape[1]), _within(x + reach + _ONE, picture.shape[1])
    for row in range(first_row, end_row):
        for column in range(first, end):
            dx, dy = np.float32(column) + _HALF - x, np.float32(row) + _HALF - y
            distance = np.float32(math.sqrt(dx * dx + dy * dy))
            halo = max(_ONE - distance / reach, _ZERO)
            cover = max(min(radius + _HALF - distance, _ONE), glow * halo)
            if cover > _ZERO and wall[column] < q:
                lay_over(picture, row, column, cover * color[0], cover * color[1], cover * color[2], cover)


@kernel
def _within(place, most):
    return int(min(max(place, _ZERO), np.float32(most)))
