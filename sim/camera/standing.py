"""Draws what stands in a town: arrows on the ground, houses, and everything before them, the farthest first.

A frame looks at the tiles in view alone. Of each column it knows the nearest wall; so what a house hides is left out
before it is drawn, and what it hides in part is drawn in the other columns. What stands before a house but is farther
off than its corner is drawn by column, too, so nothing has to be sorted but what is seen.
"""

import numpy as np

from sim.camera.boxes import draw_box
from sim.camera.daylight import daylight_of
from sim.camera.decals import ARROW_LENGTH, ARROW_REACH, FARTHEST_ARROW, draw_arrow
from sim.camera.eye import FARTHEST, NEAREST, eye_of
from sim.camera.heads import draw_head
from sim.camera.objects import THINNEST, insert
from sim.camera.panels import draw_panel
from sim.camera.plaster import paint_walls
from sim.camera.rows import ARROWS, BOX_LENGTH, BOXES, DETAILS, HEAD_GROUP, HEADS, PANEL_WIDTH, TREES
from sim.camera.tiles import depth_of_tile, find_tiles, is_seen
from sim.camera.walls import find_walls
from sim.kernels import kernel
from sim.network.signals import program_state
from sim.types import Scenery

MOST_THINGS = 160  # in a frame; beyond that the farthest are left out
DETAIL_REACH = np.float32(1.25)  # m per px of focal length: how far off lamps and signs are drawn
_KIND_SHIFT = 20  # bits of an entry below its kind: 2^20 rows of a kind
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_LEAST_DEPTH = np.float32(0.41)  # m, of things beside the camera that reach into the frame
_HEAD_SIZE = np.float32(0.6)  # m


@kernel
def scenery_view(scenery, slot):
    """What stands in a slot: its row of each array of ``Scenery``."""
    return Scenery(
        scenery.houses[slot],
        scenery.boxes[slot],
        scenery.panels[slot],
        scenery.heads[slot],
        scenery.arrows[slot],
        scenery.tiles[slot],
        scenery.grids[slot],
        scenery.programs[slot],
    )


@kernel
def render_standing(view, clock, camera, scenery, look, room, picture):
    """Draws what stands in a town over ``picture``.

    Args:
        view: ``Viewpoint``.
        clock: Steps, for the signals.
        camera: ``CameraArrays``.
        scenery: ``Scenery``, the rows of one slot.
        look: (LOOK_FIELDS,) the look of the episode.
        room: ``Scratch`` of this worker.
        picture: (H, W, channels) uint8, already with sky and ground.
    """
    eye, day = eye_of(view, camera, picture.shape[1], picture.shape[0]), daylight_of(look)
    tiles = find_tiles(eye, scenery.grids, room.tiles)
    _draw_arrows(eye, scenery, tiles, day, camera.sprites, room, picture)
    find_walls(eye, scenery.houses, scenery.tiles, room.tiles, tiles, room)
    paint_walls(eye, scenery.houses, day, room, picture)
    things = room.order, room.distances
    shown, starts, wall = room.tiles[:tiles], scenery.tiles, room.wall
    count = collect(eye, scenery.boxes, BOXES, FARTHEST, scenery.grids, starts, shown, 0, wall, things)
    count = collect(eye, scenery.panels, TREES, FARTHEST, scenery.grids, starts, shown, count, wall, things)
    details = DETAIL_REACH * eye.focal
    count = collect(eye, scenery.panels, DETAILS, details, scenery.grids, starts, shown, count, wall, things)
    count = collect(eye, scenery.heads, HEADS, FARTHEST, scenery.grids, starts, shown, count, wall, things)
    for k in range(count):
        kind, index = room.order[k] >> _KIND_SHIFT, room.order[k] & ((1 << _KIND_SHIFT) - 1)
        if kind == BOXES:
            draw_box(eye, scenery.boxes[index], day, room.wall, picture)
        elif kind != HEADS:
            draw_panel(eye, scenery.panels[index], day, camera.sprites, room.wall, picture)
        else:
            head = scenery.heads[index]
            state = program_state(scenery.programs[int(head[HEAD_GROUP])], clock)
            draw_head(eye, head, state, day, room.wall, picture)


@kernel
def _draw_arrows(eye, scenery, tiles, day, sprites, room, picture):
    reach = min(ARROW_REACH * eye.focal, FARTHEST_ARROW)
    for k in range(tiles):
        tile = room.tiles[k]
        if depth_of_tile(eye, scenery.grids, tile) > reach:
            continue
        for index in range(scenery.tiles[ARROWS, tile], scenery.tiles[ARROWS, tile + 1]):
            arrow = scenery.arrows[index]
            dx, dy = arrow[0] - eye.x, arrow[1] - eye.y
            ahead, aside = eye.cos * dx + eye.sin * dy, abs(eye.cos * dy - eye.sin * dx)
            if ahead > -ARROW_LENGTH and ahead < reach and aside < eye.limit * ahead + np.float32(5.0):
                draw_arrow(eye, arrow, day, sprites, picture)


@kernel
def collect(eye, rows, kind, reach, grid, starts, tiles, count, wall, things):
    """Adds rows of a kind to the list of a frame; returns how many things it holds then.

    Args:
        eye: ``Eye``.
        rows: (K, fields) of the kind.
        kind: BOXES, TREES, DETAILS or HEADS.
        reach: How far ahead tiles are looked at [m].
        grid: As in ``Scenery.grids``.
        starts: (STANDING_KINDS, tiles + 1), as in ``Scenery.tiles``.
        tiles: (T,) those in view.
        count: How many things the list holds.
        wall: (W,) inverse depth of the walls [1/m].
        things: Kinds with indices, and depths, the farthest first; both are written.
    """
    for tile in tiles:
        if depth_of_tile(eye, grid, tile) > reach:
            continue
        for index in range(starts[kind, tile], starts[kind, tile + 1]):
            k = _seen_depth(eye, rows, index, _size_of(rows, kind, index), wall)
            if k > NEAREST:
                count = insert((kind << _KIND_SHIFT) | index, k, count, MOST_THINGS, things[0], things[1])
    return count


@kernel
def _size_of(rows, kind, index):
    """How far from its place a thing reaches to the side, about [m]."""
    if kind == BOXES:
        return _HALF * rows[index, BOX_LENGTH] + _ONE
    return rows[index, PANEL_WIDTH] if kind != HEADS else _HEAD_SIZE


@kernel
def _seen_depth(eye, rows, index, size, wall):
    """Depth of a thing that can be seen [m], or 0."""
    dx, dy = rows[index, 0] - eye.x, rows[index, 1] - eye.y
    ahead, left = eye.cos * dx + eye.sin * dy, eye.cos * dy - eye.sin * dx
    if not (ahead > -size and ahead < FARTHEST and abs(left) - eye.limit * ahead < size * (_ONE + eye.limit)):
        return _ZERO
    k = max(ahead * eye.pitch_cos + eye.sunk, _LEAST_DEPTH)
    if size * eye.focal < np.float32(THINNEST) * k or not is_seen(eye, k, left, size, wall):
        return _ZERO
    return k
