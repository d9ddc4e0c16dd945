"""Axes, signs, units and the arrays that hold the world.

Axes follow ISO 8855: x forward, y left, z up. Angles grow counter-clockwise, steering is positive to the left. All
quantities are SI: metres, seconds, radians. On a road, s runs along the centreline and d is the distance to its left.
A car's position is the centre of its rear axle; its centre is its centre of gravity, ``l_r`` ahead.

The arrays are grouped in named tuples, which compiled code takes as they are. Everything about car ``i`` stands at
index ``i`` of the first axis.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]

CURVATURE_LOOKAHEAD = (5.0, 10.0, 20.0, 40.0)  # m; where the curvature ahead is reported


class Telemetry(NamedTuple):
    """What is true of each car now; arrays of shape (N,) and dtype float64 where nothing else is said."""

    x: FloatArray  # m, rear axle, world
    y: FloatArray  # m
    heading: FloatArray  # rad, not wrapped
    speed: FloatArray  # m/s
    steering_angle: FloatArray  # rad
    acceleration: FloatArray  # m/s^2, longitudinal
    yaw_rate: FloatArray  # rad/s
    lateral_offset: FloatArray  # m, the car's centre from its lane's centre, positive to the left
    heading_error: FloatArray  # rad, in (-pi, pi]
    progress: FloatArray  # m along the lane since the start, negative when driven backwards
    elapsed_s: FloatArray  # s since the start
    station: FloatArray  # m, s of the car's centre on the centreline
    curvature_ahead: FloatArray  # (N, 4), 1/m at CURVATURE_LOOKAHEAD


class Episode(NamedTuple):
    """How each car's episode stands."""

    rewards: Float32Array  # (N,)
    reward_terms: Float32Array  # (N, terms), columns in the order of task.REWARD_TERMS
    terminated: BoolArray  # (N,)
    truncated: BoolArray  # (N,)
    ended_by: NDArray[np.int8]  # (N,), index into task.ENDINGS
    route_length: FloatArray  # (N,), m to drive until the route is completed
    slot: IntArray  # (N,), which entry of the road arrays the car drives on
    segment: IntArray  # (N,), index of the road segment below the car's centre


class RoadArrays(NamedTuple):
    """Built roads, one per slot; what does not fit a road's size is left unused."""

    segments: Float32Array  # (slots, segments, 6): see SEGMENT_FIELDS, at the middle of each segment
    geometry: FloatArray  # (slots, 8): see GEOMETRY_FIELDS
    cells: NDArray[np.int16]  # (slots, cells): index of the nearest segment, -1 far from the road
    grid: IntArray  # (slots, 2): columns and rows of the map
    profiles: ByteArray  # (slots, 2, levels, entries, 4): colours across the road, see camera.appearance
    looks: Float32Array  # (slots, LOOK_FIELDS): see camera.appearance


# Columns of RoadArrays.segments.
SEGMENT_X, SEGMENT_Y, SEGMENT_COS, SEGMENT_SIN, SEGMENT_CURVATURE, SEGMENT_STATION = range(6)

# Columns of RoadArrays.geometry: number of segments, length of one [m], 1 if closed, lane's lateral position [m], lane
# width [m], half of the paved width [m], and the world position of the map's corner [m].
(
    ROAD_SEGMENTS,
    ROAD_STEP,
    ROAD_CLOSED,
    ROAD_LANE,
    ROAD_LANE_WIDTH,
    ROAD_HALF_WIDTH,
    ROAD_ORIGIN_X,
    ROAD_ORIGIN_Y,
) = range(8)


class VehicleParameters(NamedTuple):
    """``VehicleConfig`` as compiled code takes it."""

    wheelbase: float
    l_r: float
    steering_max: float
    steering_rate_max: float
    grip: float  # m/s^2, greatest total acceleration: friction x g
    acceleration_max: float
    braking_max: float
    speed_gain: float


class TaskParameters(NamedTuple):
    """``TaskConfig`` as compiled code takes it."""

    wanted_speed: float  # m/s
    time_limit_s: float
    offset_weight: float
    heading_weight: float
    steering_weight: float
    departure_penalty: float


class CameraArrays(NamedTuple):
    """What is the same in every frame of one camera; H x W pixels, ground in the car's frame."""

    ground: Float32Array  # (H, W, 2): forward and left distance of the ground that each pixel sees [m]
    ray: Float32Array  # (H, W, 2): unit vector of the ray over the ground, forward and left
    footprint: Float32Array  # (H, W, 2): width and depth of that ground as seen along the ray [m]
    haze: Float32Array  # (H,): how much of the horizon's colour veils each row, 0..1
    first_ground_row: int  # rows above it show the sky
    sky: Float32Array  # (H,): height of each sky row over the horizon, 0 at the horizon, 1 at the zenith's colour
    gray: bool  # one channel instead of three
