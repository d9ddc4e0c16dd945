"""Where upright things appear in a frame.

Let a point on the ground lie ``ahead`` and ``left`` of the camera, which is ``h`` above it and looks down by ``p``. Its
depth along the optical axis is k = ahead cos(p) + h sin(p), and it appears in column W / 2 - f left / k. A thing that
stands on that point is drawn in that column from its foot to its top: the lens leans what is upright by no more than a
few pixels. With q = 1 / k, a height z above the point appears in row

    H / 2 + f ((h / cos(p) - z cos(p)) q - tan(p)) / (1 - z sin(p) q).

So k and left are all that has to be known, and where a straight wall meets the ground, q is linear in the column.
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import kernel

NEAREST = np.float32(0.4)  # m of depth; nothing is drawn nearer to the camera
FARTHEST = np.float32(120.0)  # m ahead; nothing is drawn beyond
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_LEAST = np.float32(0.05)  # share of its foot's depth at which a point counts as behind the lens


class Eye(NamedTuple):
    """A camera in its place, and what the formulas above take of it; float32 but for the sizes."""

    x: np.float32  # m, the camera in the map
    y: np.float32
    cos: np.float32  # of the car's heading
    sin: np.float32
    focal: np.float32  # px
    pitch_cos: np.float32
    pitch_sin: np.float32
    tilt: np.float32  # tan(p)
    drop: np.float32  # m, h / cos(p)
    sunk: np.float32  # m, h sin(p)
    height: np.float32  # m, h
    limit: np.float32  # tangent of half the field of view
    center: np.float32  # px, W / 2
    middle: np.float32  # px, H / 2
    columns: int
    rows: int


@kernel
def eye_of(view, camera, columns, rows):
    """The eye of a frame of so many columns and rows; ``view`` is a ``Viewpoint``, ``camera`` are ``CameraArrays``."""
    forward, height = np.float32(camera.mounting_forward), np.float32(camera.mounting_height)
    cos, sin, focal = np.float32(camera.pitch_cos), np.float32(camera.pitch_sin), np.float32(camera.focal_length)
    return Eye(
        view.x + forward * view.cos,
        view.y + forward * view.sin,
        view.cos,
        view.sin,
        focal,
        cos,
        sin,
        sin / cos,
        height / cos,
        height * sin,
        height,
        _HALF * np.float32(columns) / focal,
        _HALF * np.float32(columns),
        _HALF * np.float32(rows),
        columns,
        rows,
    )


@kernel
def depth_of(eye, x, y):
    """Depth k [m] of a place on the ground."""
    return (eye.cos * (x - eye.x) + eye.sin * (y - eye.y)) * eye.pitch_cos + eye.sunk


@kernel
def left_of(eye, x, y):
    """How far to the left of the camera a place is [m]."""
    return eye.cos * (y - eye.y) - eye.sin * (x - eye.x)


@kernel
def row_of(eye, z, q):
    """Row at which a height z [m] over a foot of inverse depth q [1/m] appears."""
    share = max(_ONE - z * eye.pitch_sin * q, _LEAST)
    return eye.middle + eye.focal * ((eye.drop - z * eye.pitch_cos) * q - eye.tilt) / share


@kernel
def slope_of(eye, column):
    """How far to the right, per depth, the middle of a column looks."""
    return (np.float32(column) + _HALF - eye.center) / eye.focal


@kernel
def first_pixel(edge, most):
    """The first pixel whose middle lies beyond ``edge`` [px], from 0 to ``most``."""
    return int(min(max(np.ceil(edge - _HALF), _ZERO), np.float32(most)))
