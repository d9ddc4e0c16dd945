"""From pose and road to pixels: for each pixel the ground it sees, the road's coordinates there, and their colour."""

import numpy as np

from sim.camera.appearance import (
    LOOK_DASH_LENGTH,
    LOOK_DASH_PERIOD,
    LOOK_HORIZON,
    LOOK_ROUGHNESS,
    LOOK_ZENITH,
    PROFILE_ENTRIES,
    PROFILE_LEVELS,
    PROFILE_STEP,
)
from sim.camera.grain import GRAIN_SIZE, GRAIN_STEP
from sim.kernels import kernel
from sim.roads.geometry import to_road
from sim.roads.road import CELL_SIZE
from sim.types import ROAD_ORIGIN_X, ROAD_ORIGIN_Y, SEGMENT_COS, SEGMENT_SIN

_ZERO, _HALF, _ONE, _TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
_WHITE = np.float32(255.0)
_PER_CELL = np.float32(1.0 / CELL_SIZE)
_PER_ENTRY = np.float32(1.0 / PROFILE_STEP)
_PER_GRAIN = np.float32(1.0 / GRAIN_STEP)
_CENTER = np.float32(0.5 * PROFILE_ENTRIES)
_GRAIN_MASK = GRAIN_SIZE - 1
_FLOAT_MANTISSA_BITS = 23  # IEEE 754 single precision
_FLOAT_EXPONENT_BIAS = 127
_DASH_REACH = np.float32(0.5)  # m from the centreline within which dashes are painted


@kernel
def blur_level(width):
    """Profile level whose average is about ``width`` [m] wide: floor(log2(width / 0.05)), held in range.

    The exponent of a float32 is the logarithm.
    """
    exponent = (np.float32(width * _PER_ENTRY).view(np.int32) >> _FLOAT_MANTISSA_BITS) - _FLOAT_EXPONENT_BIAS
    return min(max(exponent, 0), PROFILE_LEVELS - 1)


@kernel
def dash_cover(s, depth, length, period):
    """Share of a stretch of ``depth`` [m] around s [m] that dashes of ``length`` in every ``period`` cover, 0..1.

    Dashes are centred on multiples of the period. From half a period on, the share tends to its mean.
    """
    mean = length / period
    if depth >= period:
        return mean
    distance = abs(s - period * np.floor(s / period + _HALF))
    overlap = min(max(_HALF * (length + depth) - distance, _ZERO), min(length, depth))
    weight = max(_TWO * depth / period - _ONE, _ZERO)
    return overlap / depth + weight * (mean - overlap / depth)


@kernel
def segment_below(x, y, cells, columns, rows):
    """Index of the segment nearest to a point of the map [m], or -1 far from the road."""
    column, row = int(np.floor(x * _PER_CELL)), int(np.floor(y * _PER_CELL))
    if column < 0 or row < 0 or column >= columns or row >= rows:
        return -1
    return int(cells[row * columns + column])


@kernel
def road_surface(segments, index, x, y, ray_x, ray_y, width, depth, look):
    """What the road shows at a point of the map.

    A pixel's ground is ``width`` across and ``depth`` along its ray; seen from the road it reaches over both.

    Args:
        segments: (M, 6) the road's segments.
        index: The one below.
        x: Position in the road's map frame [m].
        y: Position in the road's map frame [m].
        ray_x: Unit vector of the ray over the ground.
        ray_y: Unit vector of the ray over the ground.
        width: Size of the pixel's ground across the ray [m].
        depth: Size of the pixel's ground along the ray [m].
        look: (LOOK_FIELDS,) the road's look.

    Returns:
        Blur level and entry of the profiles, and how much of the pixel's ground dashes cover, 0..1.
    """
    s, d = to_road(segments, index, x, y)
    along = abs(ray_x * segments[index, SEGMENT_COS] + ray_y * segments[index, SEGMENT_SIN])
    across = abs(ray_y * segments[index, SEGMENT_COS] - ray_x * segments[index, SEGMENT_SIN])
    reach_across = along * width + across * depth
    entry = min(max(int(d * _PER_ENTRY + _CENTER), 0), PROFILE_ENTRIES - 1)
    cover = _ZERO
    if abs(d) < _DASH_REACH + reach_across:
        cover = dash_cover(s, along * depth + across * width, look[LOOK_DASH_LENGTH], look[LOOK_DASH_PERIOD])
    return blur_level(reach_across), entry, cover


@kernel
def ground_grain(x, y, width, grain):
    """Brightness of the ground's grain at a point of the map, -1..1; it fades where a pixel spans many grains."""
    row, column = int(np.floor(y * _PER_GRAIN)) & _GRAIN_MASK, int(np.floor(x * _PER_GRAIN)) & _GRAIN_MASK
    return grain[row, column] / (_ONE + _TWO * width)


@kernel
def render_frame(x, y, heading, camera, arrays, slot, grain, out, first_channel):
    """Draws one frame.

    Args:
        x: Rear axle in the world [m].
        y: Rear axle in the world [m].
        heading: Heading of the car [rad].
        camera: ``CameraArrays``.
        arrays: ``RoadArrays``.
        slot: The road.
        grain: ``GRAIN``.
        out: (H, W, C) uint8; the frame goes to its channels from ``first_channel`` on.
        first_channel: Where the frame's channels begin.
    """
    map_x = np.float32(x - arrays.geometry[slot, ROAD_ORIGIN_X])
    map_y = np.float32(y - arrays.geometry[slot, ROAD_ORIGIN_Y])
    cos, sin = np.float32(np.cos(heading)), np.float32(np.sin(heading))
    color, count = (3, 1) if camera.gray else (0, 3)
    look, profiles, segments = arrays.looks[slot], arrays.profiles[slot], arrays.segments[slot]
    cells, columns, rows = arrays.cells[slot], arrays.grid[slot, 0], arrays.grid[slot, 1]
    ground, ray, footprint = camera.ground, camera.ray, camera.footprint
    _render_sky(camera, look, out, first_channel, color, count)
    for r in range(camera.first_ground_row, out.shape[0]):
        haze = camera.haze[r]
        for c in range(out.shape[1]):
            ground_x = map_x + cos * ground[r, c, 0] - sin * ground[r, c, 1]
            ground_y = map_y + sin * ground[r, c, 0] + cos * ground[r, c, 1]
            ray_x = cos * ray[r, c, 0] - sin * ray[r, c, 1]
            ray_y = sin * ray[r, c, 0] + cos * ray[r, c, 1]
            width, depth = footprint[r, c, 0], footprint[r, c, 1]
            level, entry, cover = 0, 0, _ZERO
            index = segment_below(ground_x, ground_y, cells, columns, rows)
            if index >= 0:
                level, entry, cover = road_surface(
                    segments, index, ground_x, ground_y, ray_x, ray_y, width, depth, look
                )
            brightness = _ONE + look[LOOK_ROUGHNESS] * ground_grain(ground_x, ground_y, width, grain)
            for k in range(color, color + count):
                gap, dash = np.float32(profiles[0, level, entry, k]), np.float32(profiles[1, level, entry, k])
                value = (gap + cover * (dash - gap)) * brightness
                value += haze * (look[LOOK_HORIZON + k] - value)
                out[r, c, first_channel + k - color] = np.uint8(min(max(value, _ZERO), _WHITE) + _HALF)


@kernel
def _render_sky(camera, look, out, first_channel, color, count):
    for r in range(camera.first_ground_row):
        for k in range(count):
            horizon, zenith = look[LOOK_HORIZON + color + k], look[LOOK_ZENITH + color + k]
            value = np.uint8(min(horizon + camera.sky[r] * (zenith - horizon), _WHITE))
            for c in range(out.shape[1]):
                out[r, c, first_channel + k] = value
