"""Draws what stands beside a road: upright pictures that face the camera, the farthest first.

What stands in a town is drawn with the same pictures, see ``camera.panels``.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.haze import extinction
from sim.camera.look import LOOK_GAIN, LOOK_HAZE, LOOK_HORIZON
from sim.camera.pixels import lay_over
from sim.camera.sprites import SPRITE_SIZES, SPRITE_STARTS, SPRITE_WORDS
from sim.kernels import kernel
from sim.roads.roadside import (
    OBJECT_BRIGHTNESS,
    OBJECT_HEIGHT,
    OBJECT_KIND,
    OBJECT_WIDTH,
    OBJECT_X,
    OBJECT_Y,
)

MOST_VISIBLE = 48  # objects in a frame; beyond that the farthest are left out
NEAREST_OBJECT = 1.5  # m ahead of the camera
FARTHEST_OBJECT = 90.0  # m
LEAST_DEPTH = np.float32(0.05)  # m along the optical axis; what is nearer is far outside of the frame
THINNEST = 0.2  # px; what is narrower adds nothing to a frame


class Lens(NamedTuple):
    """How points ahead are projected; see ``CameraArrays``. Compiled code passes these few numbers on cheaply."""

    focal_length: np.float32
    pitch_cos: np.float32
    pitch_sin: np.float32
    mounting_forward: np.float32
    mounting_height: np.float32


@kernel
def sort_visible(view, lens, objects, half_width, order, distances):
    """Finds the objects ahead, the farthest first.

    Args:
        view: ``Viewpoint``.
        lens: ``Lens``.
        objects: (K, OBJECT_FIELDS).
        half_width: Half the frame's width over the focal length: tangent of half the field of view.
        order: (MOST_VISIBLE,) int32, indices written.
        distances: (MOST_VISIBLE,) float32, distances ahead of the camera [m] written.

    Returns:
        How many there are.
    """
    count = 0
    for index in range(objects.shape[0]):
        dx, dy = objects[index, OBJECT_X] - view.x, objects[index, OBJECT_Y] - view.y
        ahead = view.cos * dx + view.sin * dy - lens.mounting_forward
        if ahead < NEAREST_OBJECT or ahead > FARTHEST_OBJECT:
            continue
        aside = abs(view.cos * dy - view.sin * dx) - objects[index, OBJECT_WIDTH]
        thin = objects[index, OBJECT_WIDTH] * lens.focal_length < THINNEST * ahead
        if aside < half_width * ahead and not thin:
            count = insert(index, ahead, count, MOST_VISIBLE, order, distances)
    return count


@kernel
def insert(index, ahead, count, most, order, distances):
    """Keeps a list sorted; when it holds the ``most``, the farthest gives way. Returns the new count."""
    if count == most:
        if ahead >= distances[0]:
            return count
        count -= 1
        for place in range(count):
            order[place], distances[place] = order[place + 1], distances[place + 1]
    place = count
    while place > 0 and distances[place - 1] < ahead:
        order[place], distances[place] = order[place - 1], distances[place - 1]
        place -= 1
    order[place], distances[place] = index, ahead
    return count + 1


@kernel
def render_objects(view, camera, objects, look, order, distances, picture):
    """Draws the visible ones of ``objects`` (K, OBJECT_FIELDS) over ``picture`` (H, W, channels)."""
    lens = Lens(
        np.float32(camera.focal_length),
        np.float32(camera.pitch_cos),
        np.float32(camera.pitch_sin),
        np.float32(camera.mounting_forward),
        np.float32(camera.mounting_height),
    )
    half_width = np.float32(0.5 * picture.shape[1]) / lens.focal_length
    sprites = camera.sprites
    for k in range(sort_visible(view, lens, objects, half_width, order, distances)):
        thing = objects[order[k]]
        left = view.cos * (thing[OBJECT_Y] - view.y) - view.sin * (thing[OBJECT_X] - view.x)
        _draw(thing, distances[k], left, lens, look, sprites, picture)


@kernel
def _row_of(ahead, up, lens, height):
    """Image row of a point ``ahead`` and ``up`` of the camera [m], far outside where it lies behind the lens.

    See ``projection.project``.
    """
    depth = max(ahead * lens.pitch_cos - up * lens.pitch_sin, LEAST_DEPTH)
    down = -ahead * lens.pitch_sin - up * lens.pitch_cos
    return 0.5 * height + lens.focal_length * down / depth


@kernel
def _sprite_level(pixels):
    """The smallest size that is at least as many pixels high, or the largest one."""
    level = len(SPRITE_SIZES) - 1
    while level > 0 and SPRITE_SIZES[level] < pixels:
        level -= 1
    return level


@kernel
def _draw(thing, ahead, left, lens, look, sprites, picture):
    """Draws one object whose foot lies ``ahead`` and ``left`` of the camera [m]."""
    height, width = picture.shape[0], picture.shape[1]
    top = _row_of(ahead, thing[OBJECT_HEIGHT] - lens.mounting_height, lens, height)
    bottom = _row_of(ahead, -lens.mounting_height, lens, height)
    scale = lens.focal_length / (ahead * lens.pitch_cos + lens.mounting_height * lens.pitch_sin)
    breadth = max(thing[OBJECT_WIDTH] * scale, 1.0)
    edge = 0.5 * width - left * scale - 0.5 * breadth
    first = min(max(int(np.ceil(edge - 0.5)), 0), width)
    last = max(min(int(np.ceil(edge + breadth - 0.5)), width), first)
    paint = paint_of(thing[OBJECT_BRIGHTNESS], ahead, min(thing[OBJECT_WIDTH] * scale, 1.0), look)
    frame = Frame(top, bottom, edge, breadth)
    draw_sprite(sprites, int(thing[OBJECT_KIND]), frame, False, paint, picture, first, last)


class Frame(NamedTuple):
    """Where a sprite is drawn [px]."""

    top: float
    bottom: float
    edge: float  # its left one
    breadth: float


@kernel
def draw_sprite(sprites, kind, frame, mirrored, paint, picture, first, last):
    """Draws what of a sprite lies in the columns from ``first`` to ``last``, all of which it reaches."""
    level = _sprite_level(max(frame.bottom - frame.top, frame.breadth))
    size = SPRITE_SIZES[level]
    start = kind * SPRITE_WORDS + SPRITE_STARTS[level]
    across, down = np.float32(size / frame.breadth), size / (frame.bottom - frame.top)
    texel = (np.float32(first) + np.float32(0.5) - np.float32(frame.edge)) * across
    if mirrored:
        texel, across = np.float32(size) - np.float32(0.01) - np.float32(0.999) * texel, np.float32(-0.999) * across
    end = min(int(np.ceil(frame.bottom - 0.5)), picture.shape[0])
    for row in range(max(int(np.ceil(frame.top - 0.5)), 0), end):
        line = start + size * int((row + 0.5 - frame.top) * down)
        _draw_line(sprites, line, texel, across, paint, picture, row, first, last)


class Paint(NamedTuple):
    """How a sprite's colours turn into a picture's: light of each channel, haze of each channel, and cover."""

    red: np.float32
    green: np.float32
    blue: np.float32
    haze_red: np.float32
    haze_green: np.float32
    haze_blue: np.float32
    cover: np.float32


@kernel
def paint_of(brightness, ahead, cover, look):
    """Light and haze on an object ``ahead`` [m], this bright, of which pixels show the share ``cover``."""
    clear = np.float32(np.exp(-extinction(look[LOOK_HAZE]) * ahead))
    light, veil = np.float32(cover) * clear * brightness, np.float32(cover) * (np.float32(1.0) - clear)
    per_alpha = veil * np.float32(1.0 / 255.0)
    return Paint(
        light * look[LOOK_GAIN],
        light * look[LOOK_GAIN + 1],
        light * look[LOOK_GAIN + 2],
        per_alpha * look[LOOK_HORIZON] * look[LOOK_GAIN],
        per_alpha * look[LOOK_HORIZON + 1] * look[LOOK_GAIN + 1],
        per_alpha * look[LOOK_HORIZON + 2] * look[LOOK_GAIN + 2],
        np.float32(cover / 255.0),
    )


@kernel
def _draw_line(sprites, line, texel, across, paint, picture, row, first, last):
    """Draws the sprite's row that begins at ``line`` over a row of the picture, from column ``first`` to ``last``."""
    for column in range(first, last):
        color = sprites[np.uint64(line + np.int32(texel + across * np.float32(column - first)))]
        alpha = np.float32(np.int32(color >> np.uint32(24)))
        if alpha == np.float32(0.0):
            continue
        red = np.float32(np.int32(color & np.uint32(255))) * paint.red + alpha * paint.haze_red
        green = np.float32(np.int32(color >> np.uint32(8) & np.uint32(255))) * paint.green + alpha * paint.haze_green
        blue = np.float32(np.int32(color >> np.uint32(16) & np.uint32(255))) * paint.blue + alpha * paint.haze_blue
        lay_over(picture, row, column, red, green, blue, alpha * paint.cover)
