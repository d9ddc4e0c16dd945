"""What a filter needs to know besides the frames, and what the ground is that each pixel sees."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.camera.projection import FARTHEST, focal_length, rays
from sim.chance import scramble, state_of
from sim.config import CameraConfig
from sim.kernels import kernel
from sim.types import BoolArray, ByteArray, Float32Array, FloatArray, IntArray, WordArray
from sim.world import World

SEVERITIES = (1, 2, 3, 4, 5)  # from mild to severe, as in ImageNet-C
NATIVE_WIDTH = 64.0  # px; lengths in pixels are meant for frames of this width, that of Tiny ImageNet-C


class Scene(NamedTuple):
    """The cars whose frames are corrupted, N of them: chance, time and place."""

    keys: WordArray  # (N,): what a car draws from, the same in the whole episode
    moments: IntArray  # (N,), steps since the episode began
    x: FloatArray  # m, rear axle, world
    y: FloatArray  # m
    heading: FloatArray  # rad


Filter = Callable[[ByteArray, Scene], None]
"""Corrupts pictures (N, H, W, channels) uint8, contiguous in memory, in place, and each on its own."""

Hold = Callable[[Scene], BoolArray]
"""Says whose newest picture does not arrive, shape (N,)."""


class Ground(NamedTuple):
    """Where each pixel of a camera meets the ground, in the car's frame; arrays (H, W) float32."""

    forward: Float32Array  # m
    left: Float32Array  # m
    distance: Float32Array  # m along the ray; infinite in the sky and beyond the horizon
    depth: Float32Array  # m of ground that the pixel covers along its ray


def at(severity: int, values: tuple[float, ...]) -> float:
    """The one of five values, from mild to severe, that belongs to a severity from 1 to 5."""
    return values[severity - 1]


def pixels(camera: CameraConfig, length: float) -> float:
    """A length that is meant for frames of the native width, in pixels of this camera [px]."""
    return length * camera.width / NATIVE_WIDTH


def ground_of(camera: CameraConfig) -> Ground:
    """The ground that a camera sees."""
    forward, left, up = np.moveaxis(rays(camera), 2, 0)
    meets = -up > camera.mounting_height_m / FARTHEST
    reach = np.where(meets, camera.mounting_height_m / np.where(meets, -up, 1.0), 0.0)
    distance = np.where(meets, reach * np.sqrt(forward**2 + left**2 + up**2), math.inf)
    return Ground(
        forward=(camera.mounting_forward_m + reach * forward).astype(np.float32),
        left=(reach * left).astype(np.float32),
        distance=distance.astype(np.float32),
        depth=(distance**2 / (focal_length(camera) * camera.mounting_height_m)).astype(np.float32),
    )


def scene_of(world: World, cars: IntArray, seed: int) -> Scene:
    """Chance, time and place of these ``cars`` (N,). What they draw follows from ``seed`` and their roads' seeds."""
    telemetry = world.telemetry
    keys = np.empty(len(cars), dtype=np.uint32)
    _fill_keys(world.road_seeds[cars], seed, keys)
    return Scene(keys, telemetry.steps[cars], telemetry.x[cars], telemetry.y[cars], telemetry.heading[cars])


@kernel
def _fill_keys(road_seeds, seed, keys):
    for i in range(keys.shape[0]):
        keys[i] = state_of(scramble(np.uint32(seed)), road_seeds[i])
