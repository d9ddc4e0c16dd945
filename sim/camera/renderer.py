"""From the car's pose to a frame: sky, ground, what stands beside the road, and the sensor's noise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.camera.ground import (
    View,
    choose_profiles,
    find_on_road,
    locate,
    look_up_cells,
    place_pixels,
    place_single_pixels,
)
from sim.camera.look import LOOK_SCENERY
from sim.camera.objects import MOST_VISIBLE, render_objects
from sim.camera.sensor import add_noise
from sim.camera.sky import render_sky
from sim.camera.spans import BLOCK_SIZE
from sim.camera.surface import locate_texture, look_up_surface, paint_gray, paint_rgb
from sim.kernels import kernel
from sim.types import (
    ROAD_CELL,
    ROAD_ORIGIN_X,
    ROAD_ORIGIN_Y,
    Float32Array,
    Int32Array,
    Scratch,
    WordArray,
)

APART = 256  # unused entries between two workers: cores that write to neighbouring memory slow each other down


class RoadView(NamedTuple):
    """One road as the camera sees it: its row of each of ``RoadArrays``."""

    cells: NDArray[np.uint64]
    columns: int
    rows: int
    cell: np.float32  # m, edge of a cell
    profile: WordArray
    sections: NDArray[np.uint16]
    objects: Float32Array


def make_scratch(workers: int, shape: tuple[int, int, int]) -> Scratch:
    """Room for ``workers`` threads that render frames of ``shape`` (H, W, channels)."""
    room = max(BLOCK_SIZE, shape[1] * shape[2]) + APART

    def whole() -> Int32Array:
        return np.zeros((workers, room), dtype=np.int32)

    def real() -> Float32Array:
        return np.zeros((workers, room), dtype=np.float32)

    return Scratch(
        cell=whole(),
        x=real(),
        y=real(),
        low=whole(),
        high=whole(),
        entry=real(),
        entry_step=real(),
        phase=real(),
        phase_step=real(),
        level=whole(),
        depth=real(),
        color=whole(),
        cover=real(),
        texture=whole(),
        horizon=real(),
        zenith=real(),
        hill=real(),
        height=real(),
        order=np.zeros((workers, MOST_VISIBLE + APART), dtype=np.int32),
        distances=np.zeros((workers, MOST_VISIBLE + APART), dtype=np.float32),
        picture=np.zeros((workers, *shape), dtype=np.uint8),
    )


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
        scratch.picture[worker],
    )


@kernel
def road_view(arrays, slot):
    """The road in a slot."""
    columns, rows, objects = arrays.sizes[slot]
    return RoadView(
        arrays.cells[slot],
        columns,
        rows,
        np.float32(arrays.geometry[slot, ROAD_CELL]),
        arrays.profiles[slot],
        arrays.sections[slot],
        arrays.objects[slot, :objects],
    )


@kernel
def view_of(x, y, heading, moment, geometry):
    """The car's view from its pose in the world [m, rad]."""
    return View(
        np.float32(x - geometry[ROAD_ORIGIN_X]),
        np.float32(y - geometry[ROAD_ORIGIN_Y]),
        np.float32(np.cos(heading)),
        np.float32(np.sin(heading)),
        np.float32(heading / (2.0 * np.pi) % 1.0),
        moment,
    )


@kernel
def render_frame(view, camera, road, look, scratch, picture):
    """Draws one frame.

    Args:
        view: ``View``, where the car is.
        camera: ``CameraArrays``.
        road: ``RoadView``.
        look: (LOOK_FIELDS,) the look of the episode.
        scratch: ``Scratch`` of this worker.
        picture: (H, W, channels) uint8, written.
    """
    ground = picture[camera.first_ground_row :]
    render_sky(view.turn, camera, look, scratch, picture.reshape(picture.size))
    render_ground(view, camera, road, look, scratch, ground.reshape(ground.size))
    if look[LOOK_SCENERY] > 0.0:
        render_objects(view, camera, road.objects, look, scratch.order, scratch.distances, picture)
    add_noise(view.moment, look, camera.noise, picture)


@kernel
def render_ground(view, camera, road, look, scratch, out):
    """Writes the pixels below the horizon to ``out`` (P x channels,) uint8, block by block."""
    for block in range(camera.blocks.shape[0]):
        first, count, first_span, spans = camera.blocks[block]
        pixel, span = np.uint64(first), np.uint64(first_span)
        locate(view, camera, span, spans, road, scratch)
        look_up_cells(road.cells, spans, scratch)
        find_on_road(view, camera, span, spans, look, scratch)
        if road.sections.size > 0:
            choose_profiles(road.sections, spans, scratch)
        if spans == count:
            place_single_pixels(spans, look, scratch)
        else:
            place_pixels(spans, look, scratch)
        locate_texture(view, camera, pixel, count, look, scratch)
        look_up_surface(road.profile, camera.texture, count, scratch)
        if camera.gray:
            paint_gray(camera, pixel, count, look, scratch, out)
        else:
            paint_rgb(camera, pixel, count, look, scratch, out)
