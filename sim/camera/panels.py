"""Draws the panels of a town: trees, lamps, signs and masts, as upright pictures before and behind walls."""

import numpy as np

from sim.camera.daylight import clearness_at, seen_in
from sim.camera.eye import NEAREST, depth_of, first_pixel, left_of, row_of
from sim.camera.fill import fill_column
from sim.camera.objects import Frame, Paint, draw_sprite
from sim.camera.rows import (
    BAR,
    PANEL_BACK,
    PANEL_BRIGHTNESS,
    PANEL_COS,
    PANEL_FOOT,
    PANEL_HEIGHT,
    PANEL_KIND,
    PANEL_SIN,
    PANEL_WIDTH,
    PANEL_X,
    PANEL_Y,
)
from sim.kernels import kernel

STEEL = (np.float32(104.0), np.float32(108.0), np.float32(112.0))
_ZERO, _HALF, _ONE, _PER_BYTE = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1.0 / 255.0)


@kernel
def draw_panel(eye, panel, day, sprites, wall, picture):
    """Draws one panel where no wall stands before it; from behind, it shows its back."""
    k, left = depth_of(eye, panel[PANEL_X], panel[PANEL_Y]), left_of(eye, panel[PANEL_X], panel[PANEL_Y])
    if not k > NEAREST:
        return
    q = _ONE / k
    half, back = _HALF * panel[PANEL_WIDTH], False
    low, high = eye.center - eye.focal * (left + half) * q, eye.center - eye.focal * (left - half) * q
    cos, sin = panel[PANEL_COS], panel[PANEL_SIN]
    if cos != _ZERO or sin != _ZERO:
        low = _column_of(eye, panel[PANEL_X] + half * sin, panel[PANEL_Y] - half * cos)
        high = _column_of(eye, panel[PANEL_X] - half * sin, panel[PANEL_Y] + half * cos)
        back = low > high
        low, high = min(low, high), max(low, high)
    foot = panel[PANEL_FOOT]
    top, bottom = row_of(eye, foot + panel[PANEL_HEIGHT], q), row_of(eye, foot, q)
    if not bottom - top > np.float32(0.1):
        return
    if int(panel[PANEL_KIND]) == BAR:
        clear, light = clearness_at(k, day.density), panel[PANEL_BRIGHTNESS]
        _draw_bar(low, high, top, bottom, q, seen_in(day, clear, light, STEEL[0], STEEL[1], STEEL[2]), wall, picture)
        return
    breadth = max(high - low, _ONE)
    frame = Frame(float(top), float(bottom), float(_HALF * (low + high - breadth)), float(breadth))
    cover = min(high - low, _ONE) * min(bottom - top, _ONE)
    paint = _paint_of(panel[PANEL_BRIGHTNESS], clearness_at(k, day.density), cover, day)
    kind = int(panel[PANEL_BACK]) if back else int(panel[PANEL_KIND])
    _draw_unhidden(sprites, kind, frame, back, paint, picture, q, wall)


@kernel
def _draw_bar(low, high, top, bottom, q, color, wall, picture):
    """Draws a post or an arm; pixels at its edges in part."""
    width = np.float32(picture.shape[1])
    low, high = max(low, _ZERO), min(high, width)
    if low < high:
        for column in range(int(low), int(np.ceil(high))):
            if wall[column] < q:
                c = np.float32(column)
                fill_column(picture, column, top, bottom, color, min(c + _ONE, high) - max(c, low))


@kernel
def _paint_of(brightness, clear, cover, day):
    """Light and haze on a panel of which pixels show the share ``cover``."""
    light, veil = cover * clear * brightness, cover * (_ONE - clear) * _PER_BYTE
    return Paint(
        light * day.red,
        light * day.green,
        light * day.blue,
        veil * day.veil_red,
        veil * day.veil_green,
        veil * day.veil_blue,
        cover * _PER_BYTE,
    )


@kernel
def _column_of(eye, x, y):
    """Where a place on the ground appears across the frame [px]."""
    return eye.center - eye.focal * left_of(eye, x, y) / max(depth_of(eye, x, y), NEAREST)


@kernel
def _draw_unhidden(sprites, kind, frame, mirrored, paint, picture, q, wall):
    """Draws those columns of a sprite that no wall hides."""
    width = picture.shape[1]
    edge, breadth = np.float32(frame.edge), np.float32(frame.breadth)
    column, last = first_pixel(edge, width), first_pixel(edge + breadth, width)
    while column < last:
        end = column
        while end < last and wall[end] < q:
            end += 1
        if end > column:
            draw_sprite(sprites, kind, frame, mirrored, paint, picture, column, end)
        column = end + 1
