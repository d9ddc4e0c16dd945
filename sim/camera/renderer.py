"""From the car's pose to a frame: sky, ground, what stands beside the road, and the sensor's noise."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.camera.ground import (
    BLOCK_SIZE,
    View,
    find_on_road,
    locate,
    look_up,
    look_up_color,
    paint_gray,
    paint_rgb,
)
from sim.camera.look import LOOK_SCENERY
from sim.camera.objects import MOST_VISIBLE, render_objects
from sim.camera.sensor import add_noise
from sim.camera.sky import render_hills, render_sky
from sim.kernels import kernel
from sim.types import (
    ROAD_ORIGIN_X,
    ROAD_ORIGIN_Y,
    Float32Array,
    Scratch,
    WordArray,
)

APART = 256  # unused entries between two workers: cores that write to neighbouring memory slow each other down


class RoadView(NamedTuple):
    """One road as the camera sees it: its row of each of ``RoadArrays``."""

    cells: NDArray[np.uint64]
    columns: int
    rows: int
    profile: WordArray
    objects: Float32Array


def make_scratch(workers: int, shape: tuple[int, int, int]) -> Scratch:
    """Room for ``workers`` threads that render frames of ``shape`` (H, W, channels)."""
    room = BLOCK_SIZE + APART
    return Scratch(
        cell=np.zeros((workers, room), dtype=np.int32),
        x=np.zeros((workers, room), dtype=np.float32),
        y=np.zeros((workers, room), dtype=np.float32),
        texture=np.zeros((workers, room), dtype=np.int32),
        low=np.zeros((workers, room), dtype=np.int32),
        high=np.zeros((workers, room), dtype=np.int32),
        color=np.zeros((workers, room), dtype=np.int32),
        cover=np.zeros((workers, room), dtype=np.float32),
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
        scratch.texture[worker],
        scratch.low[worker],
        scratch.high[worker],
        scratch.color[worker],
        scratch.cover[worker],
        scratch.order[worker],
        scratch.distances[worker],
        scratch.picture[worker],
    )


@kernel
def road_view(arrays, slot):
    """The road in a slot."""
    columns, rows, objects = arrays.sizes[slot]
    return RoadView(arrays.cells[slot], columns, rows, arrays.profiles[slot], arrays.objects[slot, :objects])


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
    render_sky(camera, look, picture.reshape(picture.size))
    render_ground(view, camera, road, look, scratch, ground.reshape(ground.size))
    if look[LOOK_SCENERY] > 0.0:
        render_hills(view.turn, camera, look, picture)
        render_objects(view, camera, road.objects, look, scratch.order, scratch.distances, picture)
    add_noise(view.moment, look, camera.noise, picture)


@kernel
def render_ground(view, camera, road, look, scratch, out):
    """Writes the pixels below the horizon to ``out`` (P x channels,) uint8, block by block."""
    pixels = camera.forward.shape[0]
    for start in range(0, pixels, BLOCK_SIZE):
        first, count = np.uint64(start), min(BLOCK_SIZE, pixels - start)
        locate(view, camera, first, count, road, look, scratch)
        look_up(road.cells, camera.texture, count, scratch)
        find_on_road(view, camera, first, count, look, scratch)
        look_up_color(road.profile, count, scratch)
        if camera.gray:
            paint_gray(camera, first, count, look, scratch, out)
        else:
            paint_rgb(camera, first, count, look, scratch, out)
