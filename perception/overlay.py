"""Draws the lane that labels or estimates describe into the frame of the camera that saw it."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from perception.labels import CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET
from sim.camera.projection import project
from sim.config import CameraConfig, VehicleConfig
from sim.types import CURVATURE_LOOKAHEAD, ByteArray, FloatArray

FARTHEST = CURVATURE_LOOKAHEAD[-1]  # m; beyond, nothing is known of the road
STEP = 0.5  # m
NEAREST = 0.5  # m ahead of the camera; nearer points are not drawn


def lane_lines(values: Mapping[str, float], centre_ahead: float = VehicleConfig().l_r) -> FloatArray:
    """The lane's left edge, middle and right edge, (3, K, 2) [m] in the car's frame, from beside the car to 40 m ahead.

    The road's centreline is followed from the car on, its curvature c interpolated between the distances at which it
    is known: heading' = c, x' = cos(heading), y' = sin(heading). The lane lies to its right.

    Args:
        values: Lateral offset [m], heading error [rad], curvatures [1/m] and lane width [m] by their names.
        centre_ahead: Distance of the car's centre, whose offset it is, ahead of its rear axle [m].
    """
    stations = np.arange(0.0, FARTHEST + STEP, STEP)
    curvature = np.interp(stations, CURVATURE_LOOKAHEAD, [values[name] for name in CURVATURES])
    heading = -values[HEADING_ERROR] + np.concatenate([[0.0], np.cumsum(curvature[:-1]) * STEP])
    width = values[LANE_WIDTH]
    beside = 0.5 * width - values[LATERAL_OFFSET]  # the road's centreline, to the left of the car
    normal = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
    steps = STEP * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    line = np.array([centre_ahead, 0.0]) + beside * normal[0] + np.cumsum(steps, axis=0) - steps
    return np.stack([line - share * width * normal for share in (0.0, 0.5, 1.0)])


def draw_lane(picture: ByteArray, lines: FloatArray, camera: CameraConfig, color: tuple[int, int, int]) -> ByteArray:
    """A copy of ``picture`` (H, W, 3), of any size, with ``lines`` (L, K, 2) [m] as ``camera`` sees them."""
    image = Image.fromarray(picture)
    pen, width = ImageDraw.Draw(image), max(1, picture.shape[1] // 200)
    scale = np.array([picture.shape[0] / camera.height, picture.shape[1] / camera.width])
    for line in lines:
        ahead = line[line[:, 0] > camera.mounting_forward_m + NEAREST]
        rows_columns = project(ahead, camera) * scale
        pen.line([(float(column), float(row)) for row, column in rows_columns], fill=color, width=width)
    return np.asarray(image)
