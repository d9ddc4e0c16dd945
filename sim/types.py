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
Int32Array = NDArray[np.int32]
WordArray = NDArray[np.uint32]

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
    heading_error: FloatArray  # rad, in [-pi, pi)
    progress: FloatArray  # m along the lane since the start, negative when driven backwards
    steps: IntArray  # control steps since the start, int64
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
    slot: IntArray  # (N,), slot of the car's ground map
    route: IntArray  # (N,), slot of the car's route; on a road, that of its ground map
    segment: IntArray  # (N,), index of the route's segment below the car's centre
    clock: IntArray  # (N,), the scene's clock when the episode began [steps]; 0 on roads
    next_stop: IntArray  # (N,), which of the route's stop lines the car's rear crosses next
    stood: BoolArray  # (N,), whether the car has stood before that line
    idle: IntArray  # (N,), steps for which the car has stood without a reason
    infractions: IntArray  # (N, infractions): how many, columns in the order of task.INFRACTIONS
    looks: Float32Array  # (N, LOOK_FIELDS): see camera.look


class GroundMap(NamedTuple):
    """What lies on the ground, and stands on it: all that the camera looks up; a map per slot.

    Maps are of different sizes; what does not fill a slot is unused.
    """

    cells: NDArray[np.uint64]  # (slots, cells): see roads.cells
    sections: NDArray[np.uint16]  # (slots, cells): each cell's profile; (slots, 0) where every map has only one
    profiles: WordArray  # (slots, sections x levels x entries): colours across the road, see camera.profile
    dashes: Float32Array  # (slots, sections, 2): dashes per metre along each section, and the share that they cover
    looks: Float32Array  # (slots, LOOK_FIELDS): see camera.look
    objects: Float32Array  # (slots, objects, OBJECT_FIELDS): see roads.roadside
    sizes: IntArray  # (slots, 3): columns and rows of cells, and how many objects there are
    origins: FloatArray  # (slots, 2), m: world position of the map's corner
    cell_sizes: Float32Array  # (slots,), m: edge of a cell


class Scenery(NamedTuple):
    """What stands in a town and is painted on its lanes as arrows; a town per slot, none for roads between fields.

    Places are relative to the slot's ``GroundMap.origins``. The rows of each kind stand tile by tile, so that a frame
    looks at those near by only: rows of kind ``k`` in tile ``t`` are those from ``tiles[slot, k, t]`` to
    ``tiles[slot, k, t + 1]``. What does not fill a slot is unused.
    """

    houses: Float32Array  # (slots, houses, HOUSE_FIELDS): see camera.rows
    boxes: Float32Array  # (slots, boxes, BOX_FIELDS): parked cars
    panels: Float32Array  # (slots, panels, PANEL_FIELDS): trees, then lamps, signs and masts
    heads: Float32Array  # (slots, heads, HEAD_FIELDS): signal heads
    arrows: Float32Array  # (slots, arrows, ARROW_FIELDS): on the ground
    tiles: Int32Array  # (slots, STANDING_KINDS, tiles + 1)
    grids: Float32Array  # (slots, 4): columns and rows of tiles, and where the first one begins, x and y [m]
    programs: Int32Array  # (slots, groups, PROGRAM_FIELDS): of the signals, see network.signals


class RouteArrays(NamedTuple):
    """What a car follows: its lane as a chain of segments; a route per slot, of which a part may be unused."""

    segments: Float32Array  # (slots, segments, SEGMENT_FIELDS): the middle of each segment
    edges: FloatArray  # (slots, segments, EDGE_FIELDS): how wide the road is there
    geometry: FloatArray  # (slots, GEOMETRY_FIELDS)


# Columns of RouteArrays.segments. Positions are relative to the route's origin [m]; the heading is that since the
# first segment, not wrapped [rad].
(
    SEGMENT_X,
    SEGMENT_Y,
    SEGMENT_COS,
    SEGMENT_SIN,
    SEGMENT_CURVATURE,
    SEGMENT_STATION,
    SEGMENT_TURNED,
) = range(7)
SEGMENT_FIELDS = 7

# Columns of RouteArrays.edges [m]: width of the driving lane, and lateral positions of the edges of the paved surface.
EDGE_LANE_WIDTH, EDGE_RIGHT, EDGE_LEFT = range(3)
EDGE_FIELDS = 3

# Columns of RouteArrays.geometry: number of segments, length of one [m], 1 if closed, the lane's lateral position [m],
# the world position of the origin [m], and the stations between which the route runs [m].
(
    ROUTE_SEGMENTS,
    ROUTE_STEP,
    ROUTE_CLOSED,
    ROUTE_LANE,
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_START,
    ROUTE_END,
) = range(8)
GEOMETRY_FIELDS = 8


COMMAND_DISTANCE = 30.0  # m before a junction from which on a route tells what to do there


class RouteRules(NamedTuple):
    """What holds along routes in a network: for each segment of ``RouteArrays``, and a row of stop lines per slot."""

    lanes: Int32Array  # (slots, segments), lane of the network; on a change of lanes, the new one from its middle on
    lane_stations: Float32Array  # (slots, segments), m, station of the segment's middle on that lane
    inside: BoolArray  # (slots, segments), whether the lane crosses a junction
    limits: Float32Array  # (slots, segments), m/s, speed limit
    allowed_speeds: Float32Array  # (slots, segments), m/s, at which a careful driver passes
    commands: NDArray[np.int8]  # (slots, segments), FOLLOW, LEFT, RIGHT or STRAIGHT
    distances: Float32Array  # (slots, segments), m to the junction that is told, 0 in it; else COMMAND_DISTANCE
    stop_counts: IntArray  # (slots,), stop lines beyond the start
    stop_stations: FloatArray  # (slots, stops), m, on the route, ascending
    stop_lines: Int32Array  # (slots, stops), index among the network's stop lines
    stop_kinds: NDArray[np.int8]  # (slots, stops), STOP_AT_SIGNAL, STOP_ALWAYS or STOP_TO_YIELD
    stop_groups: Int32Array  # (slots, stops), signal group, or -1


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
    length: float  # m


class TaskParameters(NamedTuple):
    """``TaskConfig`` as compiled code takes it."""

    wanted_speed: float  # m/s
    most_steps: int  # after which the time is up
    offset_weight: float
    heading_weight: float
    steering_weight: float
    departure_penalty: float
    random_start: bool
    start_offset_m: float
    start_heading_rad: float
    arrow: bool  # whether the navigator's command is drawn into the frame
    red_light_penalty: float
    stop_sign_penalty: float
    most_idle_steps: int  # after which the car counts as blocked


class AppearanceParameters(NamedTuple):
    """``AppearanceConfig`` as compiled code takes it; strengths from 0 to 1."""

    scenery: bool
    light: float
    shadows: float
    weather: float
    noise: float


class CameraArrays(NamedTuple):
    """What is the same in every frame of one camera of H x W pixels, P of them below the horizon, in S spans.

    Places on the ground are given in the car's frame; those of a span (see ``camera.ground``) are those of its middle.
    A pixel covers a parallelogram of ground: one edge lies across the car, the other along the pixel's ray.
    """

    forward: Float32Array  # (P,), m: the ground that each pixel sees
    left: Float32Array  # (P,), m
    fade: Float32Array  # (P,): how much of the texture's contrast such a pixel still shows, 0..1
    span_forward: Float32Array  # (S,), m
    span_left: Float32Array  # (S,), m
    span_width: Float32Array  # (S,), m, length of a pixel's edge across
    span_depth_forward: Float32Array  # (S,), m, a pixel's other edge
    span_depth_left: Float32Array  # (S,), m
    blocks: IntArray  # (B, 4): first pixel, pixels, first span and spans of each block, see camera.spans
    clearness: (
        Float32Array  # (HAZE_LEVELS, P): share of the ground's colour that passes through the air, see camera.haze
    )
    first_ground_row: int  # rows above it show the sky
    sky: Float32Array  # (H,): height of each row over the horizon, 0 at the horizon, 1 at the zenith's colour
    elevation: Float32Array  # (H,): tangent of each row's elevation over the horizon
    azimuth: Float32Array  # (W,): direction of each column, turns to the left of straight ahead
    focal_length: float  # px
    pitch_cos: float
    pitch_sin: float  # positive when the camera looks down
    mounting_forward: float  # m ahead of the rear axle
    mounting_height: float  # m
    gray: bool  # one channel instead of three
    texture: NDArray[np.uint16]  # of the ground, see camera.texture
    panorama: Float32Array  # see camera.sky
    sprites: WordArray  # see camera.sprites
    noise: NDArray[np.int8]  # see camera.sensor
    arrows: ByteArray  # see camera.arrow


class Scratch(NamedTuple):
    """Room for workers to render: arrays of shape (workers, BLOCK_SIZE or more) where nothing else is said.

    Compiled code also calls a single worker's rows of them a scratch.
    """

    cell: Int32Array  # index of each span's cell, and of each span also the next nine
    x: Float32Array  # m from the cell's centre
    y: Float32Array  # m
    low: Int32Array  # lower and upper half of the cell
    high: Int32Array
    entry: Float32Array  # place across the road, in entries of the profile, and its change from pixel to pixel
    entry_step: Float32Array
    per_period: Float32Array  # dashes per metre where each span looks, and the share that they cover
    share: Float32Array
    phase: Float32Array  # place along the road, in periods of the dashes, and its change from pixel to pixel
    phase_step: Float32Array
    level: Int32Array  # index of the profile's level
    depth: Float32Array  # how far a pixel's ground reaches along the road, in periods of the dashes
    color: Int32Array  # index, then value of the profile's entry that a pixel sees
    cover: Float32Array  # share of the pixel's ground that dashes cover, 0..1
    texture: Int32Array  # index, then value of the ground's texture
    horizon: Float32Array  # (workers, W x channels or more): colours of a row of sky at the horizon
    zenith: Float32Array  # what the zenith's colours add to them
    hill: Float32Array  # colours of the hills
    height: Float32Array  # tangent of the hills' elevation
    order: Int32Array  # visible objects, the farthest first
    distances: Float32Array  # how far ahead they are [m]
    tiles: Int32Array  # tiles of the scenery that the camera sees
    faces: Float32Array  # (workers, MOST_FACES, FACE_FIELDS): sides of houses, see camera.faces
    nearest: Int32Array  # the face that each column of the frame sees, -1 for none
    tallest: Int32Array  # the one that reaches the highest, -1 where that is seen of none
    nothing: Int32Array  # -1 for every column
    wall: Float32Array  # inverse distance of the nearest face [1/m], 0 for none
    top: Float32Array  # tangent that the tallest one reaches
    eaves: Float32Array  # tangent of the eaves of the nearest one
    columns: Float32Array  # (workers, COLUMN_VALUES): how houses look in a strip of columns, see camera.facade


class Core(NamedTuple):
    """All that compiled code reads and writes in a step of N cars, but for their commands and frames."""

    draws: FloatArray  # (N, core.DRAWS), 0..1: what new episodes are made from
    telemetry: Telemetry
    episode: Episode
    ground: GroundMap
    route: RouteArrays
    rules: RouteRules
    scenery: Scenery
    vehicle: VehicleParameters
    task: TaskParameters
    appearance: AppearanceParameters
    camera: CameraArrays
    scratch: Scratch
    history: ByteArray  # (N, stack, H, W, channels): last frames of each car, see camera.stack; empty without a stack
