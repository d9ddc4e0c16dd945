"""A road's colours as the camera looks them up: one profile across the road per amount of blur.

Along the road only the dashes change, so two profiles are enough: one where a dash is painted and one where there is a
gap. The renderer mixes them by how much of a pixel's ground the dashes cover. Each profile is kept at several blur
levels, level k averaging over 0.05 x 2^k m, so that a line of 0.15 m keeps its share of a far pixel and never flickers.
"""

import numpy as np

from sim.roads.style import WHITE, Color, RoadStyle
from sim.types import ByteArray, Float32Array, FloatArray

PROFILE_STEP = 0.05  # m between two entries
PROFILE_ENTRIES = 512
PROFILE_HALF_WIDTH = 0.5 * PROFILE_ENTRIES * PROFILE_STEP  # m; beyond it all is ground
PROFILE_LEVELS = 8  # the last one averages over 6.4 m
EDGE_BLUR = 0.3  # m over which asphalt turns into ground

# Columns of ``RoadArrays.looks``: dash length and period [m], horizon's and zenith's colour (red, green, blue, luma),
# and roughness as a share of brightness.
LOOK_DASH_LENGTH, LOOK_DASH_PERIOD, LOOK_HORIZON, LOOK_ZENITH, LOOK_ROUGHNESS = 0, 1, 2, 6, 10
LOOK_FIELDS = 11

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def looks(style: RoadStyle) -> Float32Array:
    """The row of ``RoadArrays.looks`` for a road; shape (LOOK_FIELDS,), dtype float32."""
    dash_length = style.dash_length if style.center_line == "dashed" else style.dash_period
    row = [dash_length, style.dash_period, *_with_luma(style.horizon), *_with_luma(style.zenith), style.roughness]
    return np.array(row, dtype=np.float32)


def profiles(style: RoadStyle) -> ByteArray:
    """Colours across the road, from right to left: in a gap and on a dash, per blur level.

    Returns:
        Shape (2, PROFILE_LEVELS, PROFILE_ENTRIES, 4), dtype uint8; channels are red, green, blue, luma.
    """
    fine = np.stack([_cross_section(style, dash=False), _cross_section(style, dash=True)])
    blurred = [_box_blur(fine, 2**level) for level in range(PROFILE_LEVELS)]
    return np.clip(np.rint(np.stack(blurred, axis=1)), 0, 255).astype(np.uint8)


def _cross_section(style: RoadStyle, *, dash: bool) -> FloatArray:
    """Unblurred colours (entries, 4), 0..255."""
    d = (np.arange(PROFILE_ENTRIES) + 0.5) * PROFILE_STEP - PROFILE_HALF_WIDTH
    paved = np.clip((style.half_width - np.abs(d)) / EDGE_BLUR + 0.5, 0.0, 1.0)
    colors = _mix(np.array(_with_luma(style.ground)), np.array(_with_luma(style.asphalt)), paved)
    for position, color in _lines(style, dash):
        painted = np.clip((0.5 * style.line_width - np.abs(d - position)) / PROFILE_STEP + 0.5, 0.0, 1.0)
        colors = _mix(colors, np.array(_with_luma(color)), painted)
    return colors


def _lines(style: RoadStyle, dash: bool) -> list[tuple[float, Color]]:
    """Lateral position [m] and colour of each painted line."""
    lines = [(-style.lane_width, WHITE), (style.lane_width, WHITE)]
    if style.center_line == "double":
        lines += [(side * style.line_width, style.center_color) for side in (-1.0, 1.0)]
    elif dash or style.center_line == "solid":
        lines += [(0.0, style.center_color)]
    return lines


def _mix(below: FloatArray, above: FloatArray, cover: FloatArray) -> FloatArray:
    return below + cover[:, None] * (above - below)


def _box_blur(colors: FloatArray, width: int) -> FloatArray:
    """Mean over ``width`` entries of the last axis but one, the ends continued."""
    left, right = width // 2, (width - 1) // 2
    padded = np.pad(colors, ((0, 0), (left + 1, right), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    return np.asarray((sums[:, width:] - sums[:, :-width]) / width)


def _with_luma(color: Color) -> tuple[float, float, float, float]:
    return (*color, float(np.dot(LUMA, color)))
