"""The pinhole camera on the car: where on the ground each pixel looks.

With f = (width / 2) / tan(field of view / 2), the ray of pixel (row, column) points, before the pitch, to
    forward 1,  left -(column + 0.5 - width / 2) / f,  up -(row + 0.5 - height / 2) / f
and meets flat ground where it has dropped by the mounting height.
"""

import math
from typing import Any

import numpy as np

from sim.camera.arrow import arrows
from sim.camera.haze import clearness
from sim.camera.sensor import make_noise
from sim.camera.sky import make_panorama
from sim.camera.spans import count_single, make_blocks, middles
from sim.camera.sprites import make_sprites
from sim.camera.texture import TEXTURE_FADE, make_texture
from sim.config import CameraConfig
from sim.types import CameraArrays, Float32Array, FloatArray

FARTHEST = 250.0  # m; ground further off is taken as horizon
SKY_SPAN = math.radians(35.0)  # elevation at which the sky has reached its zenith's colour

TEXTURES: dict[str, Any] = {
    "texture": make_texture(),
    "panorama": make_panorama(),
    "sprites": make_sprites(),
    "noise": make_noise(),
}  # all cameras share them


def focal_length(camera: CameraConfig) -> float:
    """Focal length [px]; pixels are square."""
    return 0.5 * camera.width / math.tan(0.5 * math.radians(camera.field_of_view_deg))


def rays(camera: CameraConfig) -> FloatArray:
    """Direction of every pixel's centre in the car's axes (forward, left, up); shape (H, W, 3), float64."""
    focal = focal_length(camera)
    column = (np.arange(camera.width) + 0.5 - 0.5 * camera.width) / focal
    row = (np.arange(camera.height) + 0.5 - 0.5 * camera.height) / focal
    right, down = np.meshgrid(column, row)
    pitch = math.radians(camera.pitch_down_deg)
    forward = math.cos(pitch) - down * math.sin(pitch)
    up = -math.sin(pitch) - down * math.cos(pitch)
    return np.stack([forward, -right, up], axis=2)


def project(points: FloatArray, camera: CameraConfig) -> FloatArray:
    """Pixel coordinates (row, column), shape (K, 2), of ground points (K, 2) in the car's frame [m].

    Points must lie ahead of the camera.

    Integer coordinates are the pixels' upper left corners; a pixel's centre lies half a pixel further.
    """
    forward, left = points[:, 0] - camera.mounting_forward_m, points[:, 1]
    return aim(np.stack([forward, left, np.full(len(points), -camera.mounting_height_m)], axis=1), camera)


def aim(directions: FloatArray, camera: CameraConfig) -> FloatArray:
    """Pixel coordinates (row, column), shape (..., 2), that see in these directions (..., 3) of ``rays``.

    The inverse of ``rays``; directions must point ahead of the camera.
    """
    focal = focal_length(camera)
    pitch = math.radians(camera.pitch_down_deg)
    forward, left, up = np.moveaxis(directions, -1, 0)
    depth = forward * math.cos(pitch) - up * math.sin(pitch)
    down = -forward * math.sin(pitch) - up * math.cos(pitch)
    row = 0.5 * camera.height + focal * down / depth
    column = 0.5 * camera.width - focal * left / depth
    return np.stack([row, column], axis=-1)


def camera_arrays(camera: CameraConfig) -> CameraArrays:
    """All that is the same in every frame of this camera."""
    forward, left, up = np.moveaxis(rays(camera), 2, 0)
    first = int(np.searchsorted(-up[:, 0], camera.mounting_height_m / FARTHEST))
    pitch = math.radians(camera.pitch_down_deg)
    elevation = up[:, 0] / np.maximum(forward[:, 0], 1e-3)
    sky = np.clip(np.arctan(elevation) / SKY_SPAN, 0.0, 1.0)
    return CameraArrays(
        **_ground(camera, forward[first:], left[first:], up[first:]),
        clearness=clearness(_distance(camera, forward[first:], left[first:], up[first:])),
        first_ground_row=first,
        sky=sky.astype(np.float32),
        elevation=elevation.astype(np.float32),
        azimuth=(np.arctan(left[0] * math.cos(pitch)) / (2.0 * math.pi)).astype(np.float32),
        focal_length=focal_length(camera),
        pitch_cos=math.cos(pitch),
        pitch_sin=math.sin(pitch),
        mounting_forward=float(camera.mounting_forward_m),
        mounting_height=float(camera.mounting_height_m),
        gray=camera.color == "gray",
        arrows=arrows(camera.height),
        **TEXTURES,
    )


def _distance(camera: CameraConfig, forward: FloatArray, left: FloatArray, up: FloatArray) -> FloatArray:
    """How far off the ground is that each pixel sees [m], shape (P,)."""
    return np.asarray(camera.mounting_height_m / -up * np.hypot(forward, left)).ravel()


def _ground(camera: CameraConfig, forward: FloatArray, left: FloatArray, up: FloatArray) -> dict[str, Any]:
    """The ground that each pixel sees, from the rays (rows, W) that reach it; fields of ``CameraArrays``.

    A ray meets the ground after k = height / -up. One row further down, -up grows by cos(pitch) / f and forward shrinks
    by sin(pitch) / f, so k changes by -k^2 cos(pitch) / (f height).
    """
    focal, pitch = focal_length(camera), math.radians(camera.pitch_down_deg)
    scale = camera.mounting_height_m / -up
    shrink = scale * scale * math.cos(pitch) / (focal * camera.mounting_height_m)
    place = _flat(camera.mounting_forward_m + scale * forward), _flat(scale * left)
    depth = _flat(shrink * forward + scale * math.sin(pitch) / focal), _flat(shrink * left)
    width = scale / focal
    single = count_single(width)
    return {
        "forward": place[0],
        "left": place[1],
        "fade": _flat(1.0 / (1.0 + TEXTURE_FADE * width)),
        "span_forward": middles(place[0], single),
        "span_left": middles(place[1], single),
        "span_width": middles(_flat(width), single),
        "span_depth_forward": middles(depth[0], single),
        "span_depth_left": middles(depth[1], single),
        "blocks": make_blocks(single, width.size),
    }


def _flat(field: FloatArray) -> Float32Array:
    return np.ascontiguousarray(field, dtype=np.float32).ravel()
