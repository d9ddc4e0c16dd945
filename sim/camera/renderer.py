"""From the car's pose to a frame: sky, ground, what stands there, and the sensor's noise."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.camera.facade import COLUMN_VALUES
from sim.camera.ground import (
    Viewpoint,
    choose_dashes,
    choose_profiles,
    find_on_road,
    locate,
    look_up_cells,
    place_pixels,
    place_single_pixels,
    set_dashes,
)
from sim.camera.look import LOOK_SCENERY
from sim.camera.objects import MOST_VISIBLE, render_objects
from sim.camera.sensor import add_noise
from sim.camera.sky import render_sky
from sim.camera.spans import BLOCK_SIZE
from sim.camera.standing import MOST_THINGS, render_standing, scenery_view
from sim.camera.surface import locate_texture, look_up_surface, paint_gray, paint_rgb
from sim.camera.walls import FACE_FIELDS, MOST_FACES
from sim.kernels import kernel
from sim.types import Float32Array, Scratch, WordArray

WHOLE = (
    "cell",
    "low",
    "high",
    "level",
    "color",
    "texture",
    "order",
    "tiles",
    "nearest",
    "tallest",
    "nothing",
)  # of a scratch's arrays, those of int32
APART = 256  # unused entries between two workers: cores that write to neighbouring memory slow each other down


class GroundView(NamedTuple):
    """One ground map: its row of each array of ``GroundMap``."""

    cells: NDArray[np.uint64]
    columns: int
    rows: int
    cell: np.float32  # m, edge of a cell
    profiles: WordArray
    sections: NDArray[np.uint16]
    dashes: Float32Array
    objects: Float32Array


def make_scratch(workers: int, shape: tuple[int, int, int]) -> Scratch:
    """Room for ``workers`` threads that render frames of ``shape`` (H, W, channels)."""
    room = max(BLOCK_SIZE, MOST_VISIBLE, MOST_THINGS, shape[1] * shape[2]) + APART
    arrays: dict[str, Any] = {
        name: np.zeros((workers, room), dtype=np.int32 if name in WHOLE else np.float32) for name in Scratch._fields
    }
    arrays["faces"] = np.zeros((workers, MOST_FACES, FACE_FIELDS), dtype=np.float32)
    arrays["columns"] = np.ones((workers, COLUMN_VALUES + APART), dtype=np.float32)
    return Scratch(**arrays)


@kernel
def scratch_of(scratch, worker):
    """One worker's rows of a ``Scratch``."""
    return Scratch(
        scratch.cell[worker],
        scratch.x[worker],
        scratch.y[worker],
        scratch.low[worker],
        scratch.high[worker],
        scratch.entry[worker],
        scratch.entry_step[worker],
        scratch.per_period[worker],
        scratch.share[worker],
        scratch.phase[worker],
        scratch.phase_step[worker],
        scratch.level[worker],
        scratch.depth[worker],
        scratch.color[worker],
        scratch.cover[worker],
        scratch.texture[worker],
        scratch.horizon[worker],
        scratch.zenith[worker],
        scratch.hill[worker],
        scratch.height[worker],
        scratch.order[worker],
        scratch.distances[worker],
        scratch.tiles[worker],
        scratch.faces[worker],
        scratch.nearest[worker],
        scratch.tallest[worker],
        scratch.nothing[worker],
        scratch.wall[worker],
        scratch.top[worker],
        scratch.eaves[worker],
        scratch.columns[worker],
    )


@kernel
def ground_view(ground, slot):
    """The ground map in a slot."""
    columns, rows, objects = ground.sizes[slot]
    return GroundView(
        ground.cells[slot],
        columns,
        rows,
        ground.cell_sizes[slot],
        ground.profiles[slot],
        ground.sections[slot],
        ground.dashes[slot],
        ground.objects[slot, :objects],
    )


@kernel
def render_from(pose, step, clock, ground, scenery, slot, look, camera, scratch, picture):
    """Draws what a camera sees.

    A car whose place is not finite sees black: its place would lead out of the map.

    Args:
        pose: x [m], y [m] and heading [rad] of the car in the world.
        step: Of the episode: which noise the sensor has.
        clock: Steps, for the signals.
        ground: ``GroundMap``.
        scenery: ``Scenery`` of the same slots, or of none.
        slot: Which of its maps.
        look: (LOOK_FIELDS,) the look of the episode.
        camera: ``CameraArrays``.
        scratch: ``Scratch`` of this worker.
        picture: (H, W, channels) uint8, written.
    """
    x, y, heading = pose
    if not math.isfinite(x + y + heading):
        picture[:] = 0
        return
    view = view_of(x, y, heading, step, ground.origins[slot])
    render_frame(view, camera, ground_view(ground, slot), look, scratch, picture)
    if scenery.houses.shape[0] > 0 and look[LOOK_SCENERY] > 0.0:
        render_standing(view, clock, camera, scenery_view(scenery, slot), look, scratch, picture)
    add_noise(step, look, camera.noise, picture)


@kernel
def view_of(x, y, heading, step, origin):
    """The car's view from its pose in the world [m, rad]; ``origin`` (2,) [m] is that of the ground map."""
    return Viewpoint(
        np.float32(x - origin[0]),
        np.float32(y - origin[1]),
        np.float32(np.cos(heading)),
        np.float32(np.sin(heading)),
        np.float32(heading / (2.0 * np.pi) % 1.0),
        step,
    )


@kernel
def render_frame(view, camera, ground, look, scratch, picture):
    """Draws the sky, the ground, and what stands beside a road.

    Args:
        view: ``Viewpoint``, where the car is.
        camera: ``CameraArrays``.
        ground: ``GroundView``.
        look: (LOOK_FIELDS,) the look of the episode.
        scratch: ``Scratch`` of this worker.
        picture: (H, W, channels) uint8, written.
    """
    below = picture[camera.first_ground_row :]
    render_sky(view.turn, camera, look, scratch, picture.reshape(picture.size))
    render_ground(view, camera, ground, look, scratch, below.reshape(below.size))
    if look[LOOK_SCENERY] > 0.0:
        render_objects(view, camera, ground.objects, look, scratch.order, scratch.distances, picture)


@kernel
def render_ground(view, camera, ground, look, scratch, out):
    """Writes the pixels below the horizon to ``out`` (P x channels,) uint8, block by block."""
    several = ground.sections.size > 0
    if not several:
        set_dashes(ground.dashes, scratch)
    for block in range(camera.blocks.shape[0]):
        first, count, first_span, spans = camera.blocks[block]
        pixel, span = np.uint64(first), np.uint64(first_span)
        locate(view, camera, span, spans, ground, scratch)
        look_up_cells(ground.cells, spans, scratch)
        if several:
            choose_dashes(ground.sections, ground.dashes, spans, scratch)
        find_on_road(view, camera, span, spans, scratch)
        if several:
            choose_profiles(ground.sections, spans, scratch)
        if spans == count:
            place_single_pixels(spans, scratch)
        else:
            place_pixels(spans, scratch)
        locate_texture(view, camera, pixel, count, look, scratch)
        look_up_surface(ground.profiles, camera.texture, count, scratch)
        if camera.gray:
            paint_gray(camera, pixel, count, look, scratch, out)
        else:
            paint_rgb(camera, pixel, count, look, scratch, out)
