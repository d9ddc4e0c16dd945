"""How the houses of a town look: colours, roofs, windows and doors, all by the town's seed."""

import numpy as np

from sim.camera.rows import (
    HOUSE_BAY,
    HOUSE_COLOR,
    HOUSE_COS,
    HOUSE_FIELDS,
    HOUSE_FRONT,
    HOUSE_GROUND,
    HOUSE_HALF_DEPTH,
    HOUSE_HALF_WIDTH,
    HOUSE_HEIGHT,
    HOUSE_HIDDEN,
    HOUSE_RISE,
    HOUSE_ROOF,
    HOUSE_SHOP,
    HOUSE_SIN,
    HOUSE_STOREY,
    HOUSE_X,
    HOUSE_Y,
)
from sim.types import BoolArray, Float32Array, FloatArray

PLASTERS = np.array(
    [
        (226, 214, 190),
        (236, 230, 216),
        (218, 192, 148),
        (206, 168, 140),
        (198, 202, 198),
        (176, 190, 200),
        (222, 206, 156),
        (190, 120, 96),
        (168, 104, 84),
        (186, 198, 170),
    ],
    dtype=np.float32,
)
ROOFS = np.array([(150, 78, 58), (136, 66, 52), (112, 64, 54), (88, 86, 90), (70, 70, 76)], dtype=np.float32)
FLAT_ROOF = (120.0, 120.0, 118.0)
TALLEST_GABLE = 13.0  # m of eaves; higher houses have flat roofs
FLAT, SHOPS, GABLED_FRONTS = 0.15, 0.35, 0.2  # shares of houses
STOREY, BAY = 3.0, 2.6  # m, about
PITCH = (0.6, 1.0)  # rise of a roof per half of its depth
STEEPEST = 5.0  # m of rise
DOOR, SHOP_WINDOW = 0.8, 0.87  # height as a share of the storey: windows end at 0.8
CLOSE = 0.6  # m between houses of which the one hides the other's side
LEAST_HEIGHT_FOR_SHOPS = 6.0  # m


def house_rows(seed: int, houses: Float32Array) -> Float32Array:
    """Rows (K, HOUSE_FIELDS) of houses (K, 7), see ``Furniture.houses``."""
    random = np.random.default_rng([seed, 7])
    x, y, heading, front, depth, height, color = houses.astype(np.float64).T
    draws = random.random((8, len(houses)))
    flat = (height > TALLEST_GABLE) | (draws[0] < FLAT)
    turned = ~flat & (draws[1] < GABLED_FRONTS) & (front < 12.0)
    rows = np.zeros((len(houses), HOUSE_FIELDS), dtype=np.float32)
    cos, sin = np.cos(heading), np.sin(heading)
    rows[:, HOUSE_X], rows[:, HOUSE_Y] = x - 0.5 * depth * cos, y - 0.5 * depth * sin
    rows[:, HOUSE_COS], rows[:, HOUSE_SIN] = np.where(turned, -sin, cos), np.where(turned, cos, sin)
    half_depth, half_width = np.where(turned, front, depth) / 2.0, np.where(turned, depth, front) / 2.0
    rows[:, HOUSE_HALF_DEPTH], rows[:, HOUSE_HALF_WIDTH] = half_depth, half_width
    rise = np.minimum(half_depth * (PITCH[0] + (PITCH[1] - PITCH[0]) * draws[2]), STEEPEST)
    rows[:, HOUSE_RISE] = np.where(flat, 0.0, rise)
    rows[:, HOUSE_HEIGHT] = height
    rows[:, HOUSE_STOREY] = height / np.maximum(np.rint(height / STOREY), 1.0)
    for column, half in ((HOUSE_BAY, half_width), (HOUSE_BAY + 1, half_depth)):
        rows[:, column] = 2.0 * half / np.maximum(2.0 * np.floor(half / BAY) + 1.0, 1.0)
    rows[:, HOUSE_FRONT] = np.where(turned, 3, 0)
    shop = (draws[3] < SHOPS) & (height > LEAST_HEIGHT_FOR_SHOPS)
    rows[:, HOUSE_SHOP], rows[:, HOUSE_GROUND] = shop, np.where(shop, SHOP_WINDOW, DOOR) * rows[:, HOUSE_STOREY]
    plaster = PLASTERS[np.minimum((color * len(PLASTERS)).astype(np.int64), len(PLASTERS) - 1)]
    rows[:, HOUSE_COLOR : HOUSE_COLOR + 3] = plaster * (0.85 + 0.2 * draws[4])[:, None]
    roof = ROOFS[(draws[5] * len(ROOFS)).astype(np.int64)] * (0.9 + 0.2 * draws[6])[:, None]
    rows[:, HOUSE_ROOF : HOUSE_ROOF + 3] = np.where(flat[:, None], FLAT_ROOF, roof)
    rows[:, HOUSE_HIDDEN] = _hidden_sides(houses, rows[:, HOUSE_RISE].astype(np.float64), turned)
    return rows


def _hidden_sides(houses: Float32Array, rise: FloatArray, turned: BoolArray) -> FloatArray:
    """Bits of the sides that a neighbour touches which is as deep and as high, or deeper and higher."""
    x, y, heading, front, depth, height, _ = houses.astype(np.float64).T
    cos, sin = np.cos(heading), np.sin(heading)
    hidden = np.zeros(len(houses))
    dx, dy = x - x[:, None], y - y[:, None]
    ahead, aside = cos[:, None] * dx + sin[:, None] * dy, cos[:, None] * dy - sin[:, None] * dx
    along = (np.cos(heading - heading[:, None]) > 0.995) & (np.abs(ahead) < 0.3)
    covers = along & (depth >= depth[:, None] - 0.3) & (height >= (height + rise)[:, None] - 0.01)
    for sign, side in ((1.0, 1), (-1.0, 3)):
        gap = sign * aside - 0.5 * (front + front[:, None])
        touched = (covers & (np.abs(gap) < CLOSE)).any(axis=1)
        bit = np.where(turned, {1: 0, 3: 2}[side], side)
        hidden += touched * 2.0**bit
    return hidden
