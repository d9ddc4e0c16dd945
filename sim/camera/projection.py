"""The pinhole camera on the car: where on the ground each pixel looks.

With f = (width / 2) / tan(field of view / 2), the ray of pixel (row, column) points, before the pitch, to
    forward 1,  left -(column + 0.5 - width / 2) / f,  up -(row + 0.5 - height / 2) / f
and meets flat ground where it has dropped by the mounting height.
"""

import math

import numpy as np

from sim.config import CameraConfig
from sim.types import CameraArrays, Float32Array, FloatArray

FARTHEST = 250.0  # m; ground further off is taken as horizon
HAZE_DISTANCE = 160.0  # m at which the ground has taken 63 % of the horizon's colour
SKY_SPAN = math.radians(35.0)  # elevation at which the sky has reached its zenith's colour


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
    focal = focal_length(camera)
    pitch = math.radians(camera.pitch_down_deg)
    forward, left, up = points[:, 0] - camera.mounting_forward_m, points[:, 1], -camera.mounting_height_m
    depth = forward * math.cos(pitch) - up * math.sin(pitch)
    down = -forward * math.sin(pitch) - up * math.cos(pitch)
    row = 0.5 * camera.height + focal * down / depth
    column = 0.5 * camera.width - focal * left / depth
    return np.stack([row, column], axis=1)


def camera_arrays(camera: CameraConfig) -> CameraArrays:
    """All that is the same in every frame of this camera."""
    forward, left, up = np.moveaxis(rays(camera), 2, 0)
    first = int(np.searchsorted(-up[:, 0], camera.mounting_height_m / FARTHEST))
    scale = np.zeros_like(up)
    scale[first:] = camera.mounting_height_m / -up[first:]
    ground = np.stack([camera.mounting_forward_m + scale * forward, scale * left], axis=2)
    distance = np.hypot(scale * forward, scale * left)
    elevation = np.arctan2(up[:, 0], forward[:, 0])
    return CameraArrays(
        ground=ground.astype(np.float32),
        ray=(np.stack([forward, left], axis=2) / np.hypot(forward, left)[:, :, None]).astype(np.float32),
        footprint=_footprint(camera, scale, distance),
        haze=(1.0 - np.exp(-distance[:, camera.width // 2] / HAZE_DISTANCE)).astype(np.float32),
        first_ground_row=first,
        sky=np.clip(elevation / SKY_SPAN, 0.0, 1.0).astype(np.float32),
        gray=camera.color == "gray",
    )


def _footprint(camera: CameraConfig, scale: FloatArray, distance: FloatArray) -> Float32Array:
    """Width across and depth along its ray of the ground that each pixel covers [m]; shape (H, W, 2)."""
    width = scale / focal_length(camera)
    depth = width * np.hypot(distance, camera.mounting_height_m) / camera.mounting_height_m
    return np.stack([width, depth], axis=2).astype(np.float32)
