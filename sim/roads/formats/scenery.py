"""Trees, posts and houses beside a road from a file: files do not say what stands there, but eyes need it."""

import dataclasses

import numpy as np

from sim.roads.centerline import Centerline
from sim.roads.course import Course
from sim.roads.roadside import OBJECT_WIDTH, OBJECT_X, OBJECT_Y, draw_roadside
from sim.roads.style import RoadStyle
from sim.types import Float32Array

CLEARANCE = 0.3  # m between what stands there and any surface


def draw_scenery(line: Centerline, course: Course, style: RoadStyle, seed: int) -> Float32Array:
    """Objects outside the widest place of the road; shape (K, OBJECT_FIELDS), dtype float32."""
    half_width = max(abs(surface.begin) for section in course.sections for surface in section.surfaces)
    wide = dataclasses.replace(style, shoulder=half_width - style.lane_width)
    objects = draw_roadside(np.random.default_rng(seed), line, wide)
    return objects[_distances(objects, line) > half_width + CLEARANCE + 0.5 * objects[:, OBJECT_WIDTH]]


def _distances(objects: Float32Array, line: Centerline) -> Float32Array:
    """How far each object stands from the nearest part of the road [m]."""
    return np.array(
        [np.hypot(line.x - thing[OBJECT_X], line.y - thing[OBJECT_Y]).min() for thing in objects], dtype=np.float32
    )
