"""One picture from anywhere: this pose, this look, through this camera."""

from functools import lru_cache

import numpy as np

from sim.camera.projection import camera_arrays
from sim.camera.renderer import make_scratch, render_from, scratch_of
from sim.camera.scenery import NO_SCENERY
from sim.config import CameraConfig
from sim.kernels import kernel
from sim.types import ByteArray, Float32Array, GroundMap, Scenery

_arrays_of = lru_cache(maxsize=4)(camera_arrays)  # people look through the same cameras again and again


def take_picture(
    camera: CameraConfig,
    pose: tuple[float, float, float],
    look: Float32Array,
    ground: GroundMap,
    slot: int,
    step: int = 0,
    clock: int = 0,
    scenery: Scenery = NO_SCENERY,
) -> ByteArray:
    """What a camera sees; shape (height, width, 3 or 1), dtype uint8, a fresh array.

    Args:
        camera: The camera.
        pose: x [m], y [m] and heading [rad] of the car that it is mounted on; black where they are not finite.
        look: (LOOK_FIELDS,) float32, the look of an episode, see ``camera.look``.
        ground: Ground maps.
        slot: Which of them.
        step: Of the episode: which noise the sensor has.
        clock: Steps, for the signals.
        scenery: What stands there: ``Scenery`` of the same slots, or of none.
    """
    picture = np.empty(camera.frame_shape, dtype=np.uint8)
    scratch = make_scratch(1, camera.frame_shape)
    _render(pose, step, clock, ground, scenery, slot, look, _arrays_of(camera), scratch, picture)
    return picture


@kernel
def _render(pose, step, clock, ground, scenery, slot, look, camera, scratch, picture):
    render_from(pose, step, clock, ground, scenery, slot, look, camera, scratch_of(scratch, 0), picture)
