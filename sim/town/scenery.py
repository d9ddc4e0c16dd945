"""What stands in a town, as rows for the camera."""

import numpy as np

from sim.camera.rows import (
    ARROW_FIELDS,
    BAR,
    BOX_FIELDS,
    CAR,
    HEAD_FIELDS,
    HOUSE_FIELDS,
    PANEL_BACK,
    PANEL_BRIGHTNESS,
    PANEL_FIELDS,
)
from sim.camera.scenery import Rows
from sim.camera.signs import (
    DISC_BACK,
    LAMP_ARM,
    LIMIT_SIGN,
    LIMITS,
    NO_ENTRY_SIGN,
    OCTAGON_BACK,
    STOP_SIGN,
    TRIANGLE_BACK,
    YIELD_SIGN,
)
from sim.network.network import Network
from sim.network.signals import programs
from sim.roads.roadside import BROADLEAF, CONIFER
from sim.town.any_town import AnyTown
from sim.town.furniture import LONGEST_ARM, SIGN_LIMIT, SIGN_NO_ENTRY, SIGN_STOP, SIGN_YIELD
from sim.town.houses import house_rows
from sim.town.surfaces import Surfaces
from sim.town.town import Town
from sim.types import Float32Array, FloatArray, IntArray

CAR_COLORS = np.array(
    [
        (224, 226, 228),
        (224, 226, 228),
        (168, 172, 176),
        (120, 124, 130),
        (58, 60, 66),
        (36, 38, 42),
        (152, 34, 34),
        (40, 74, 130),
        (62, 96, 78),
        (196, 168, 120),
    ],
    dtype=np.float32,
)
Values = FloatArray | Float32Array | IntArray | float
SIGN_SIZES = {SIGN_STOP: 0.9, SIGN_YIELD: 0.9, SIGN_LIMIT: 0.75, SIGN_NO_ENTRY: 0.75}  # m
ARM_LENGTH, ARM_HEIGHT = 1.6, 0.5  # m
POST, LAMP_POST, MAST = 0.08, 0.16, 0.2  # m, thickness
OUT_OF_POST = 0.06  # m that a sign hangs before its post
CONIFERS = 0.2  # share of trees


def scenery_rows(town: AnyTown) -> Rows:
    """All that stands in a town, and arrows; positions in the world."""
    furniture, network = town.furniture, town.network
    details = [_signs(furniture.signs), _lamps(furniture.lamps), _masts(furniture.masts, network)]
    return Rows(
        houses=house_rows(town.seed, furniture.houses) if len(furniture.houses) else _table(0, HOUSE_FIELDS),
        boxes=_cars(furniture.cars),
        trees=_trees(furniture.trees),
        details=np.concatenate(details),
        heads=_heads(network),
        arrows=_arrows(town.surfaces) if isinstance(town, Town) else _table(0, ARROW_FIELDS),
        programs=programs(network),
    )


def _table(rows: int, fields: int) -> Float32Array:
    return np.zeros((rows, fields), dtype=np.float32)


def _panels(
    x: FloatArray,
    y: FloatArray,
    kind: Values,
    size: tuple[Values, Values],
    foot: Values = 0.0,
    facing: tuple[Values, Values] = (0.0, 0.0),
) -> Float32Array:
    """Rows of panels of this width and height, which face the camera unless ``facing`` says otherwise."""
    panels = _table(len(x), PANEL_FIELDS)
    for column, value in enumerate((x, y, kind, *size, 1.0, foot, *facing, kind)):
        panels[:, column] = value
    return panels


def _trees(trees: Float32Array) -> Float32Array:
    """Brightness and kind follow from the size, which is drawn by the town's seed."""
    x, y, _, width, height = trees.T
    draw = np.mod(width * 37.0, 1.0)
    conifer = draw < CONIFERS
    kind = np.where(conifer, CONIFER, BROADLEAF)
    width = np.where(conifer, 0.62 * width, width)
    panels = _panels(x, y, kind, (width, height * np.where(conifer, 1.15, 1.0)))
    panels[:, PANEL_BRIGHTNESS] = 0.82 + 0.36 * draw
    return panels


def _signs(signs: Float32Array) -> Float32Array:
    """Each sign, and the post that it hangs on."""
    x, y, heading, kind, limit, height = signs.T
    kinds = kind.astype(np.int64)
    size = np.array([SIGN_SIZES[k] for k in range(4)], dtype=np.float32)[kinds]
    pictures = np.array([STOP_SIGN, YIELD_SIGN, LIMIT_SIGN, NO_ENTRY_SIGN])[kinds]
    nearest = np.abs(limit[:, None] * 3.6 - np.array(LIMITS)).argmin(axis=1)
    pictures = pictures + np.where(kinds == SIGN_LIMIT, nearest, 0)
    backs = np.array([OCTAGON_BACK, TRIANGLE_BACK, DISC_BACK, DISC_BACK])[kinds]
    cos, sin = np.cos(heading), np.sin(heading)
    plates = _panels(
        x + OUT_OF_POST * cos, y + OUT_OF_POST * sin, pictures, (size, size), height - 0.5 * size, (cos, sin)
    )
    plates[:, PANEL_BACK] = backs
    return np.concatenate([_panels(x, y, BAR, (POST, height)), plates])


def _lamps(lamps: Float32Array) -> Float32Array:
    """A post, and an arm over the street."""
    x, y, heading, height = lamps.T
    cos, sin = np.cos(heading), np.sin(heading)
    return np.concatenate([_panels(x, y, BAR, (LAMP_POST, height)), _arms(x, y, cos, sin, height)])


def _arms(x: FloatArray, y: FloatArray, cos: FloatArray, sin: FloatArray, height: FloatArray) -> Float32Array:
    """Arms that reach from (x, y) along (cos, sin), at this height."""
    middle = x + 0.5 * ARM_LENGTH * cos, y + 0.5 * ARM_LENGTH * sin
    return _panels(*middle, LAMP_ARM, (ARM_LENGTH, ARM_HEIGHT), height - 0.5 * ARM_HEIGHT, (sin, -cos))


def _masts(masts: Float32Array, network: Network) -> Float32Array:
    """Each mast; one that carries heads over the street has an arm to the farthest of them."""
    x, y, heading, height = masts.T
    cos, sin = np.cos(heading), np.sin(heading)
    if not len(masts) or not len(network.head_x):
        return _panels(x, y, BAR, (MAST, height))
    dx, dy = network.head_x - x[:, None], network.head_y - y[:, None]
    along, aside = cos[:, None] * dx + sin[:, None] * dy, cos[:, None] * dy - sin[:, None] * dx
    carried = network.head_far & (np.abs(along) < 0.5) & (np.abs(aside) < LONGEST_ARM) & (height[:, None] > 4.0)
    nearest = np.where(carried, np.abs(aside), np.inf).argmin(axis=1)
    reach = aside[np.arange(len(x)), nearest]
    has = carried.any(axis=1)
    middle = x - 0.5 * reach * sin, y + 0.5 * reach * cos
    arms = _panels(*middle, BAR, (np.abs(reach), 0.16), height - 0.3, (cos, sin))
    return np.concatenate([_panels(x, y, BAR, (MAST, height)), arms[has]])


def _cars(cars: Float32Array) -> Float32Array:
    x, y, heading, length, width, height, color = cars.T
    boxes = _table(len(cars), BOX_FIELDS)
    for column, value in enumerate((x, y, np.cos(heading), np.sin(heading), length, width, height)):
        boxes[:, column] = value
    boxes[:, 7:10] = CAR_COLORS[np.minimum((color * len(CAR_COLORS)).astype(np.int64), len(CAR_COLORS) - 1)]
    boxes[:, 10] = CAR
    return boxes


def _heads(network: Network) -> Float32Array:
    heads = _table(len(network.head_x), HEAD_FIELDS)
    cos, sin = np.cos(network.head_heading), np.sin(network.head_heading)
    columns = (network.head_x, network.head_y, network.head_height, cos, sin, network.head_group)
    for column, value in enumerate(columns):
        heads[:, column] = value
    return heads


def _arrows(surfaces: Surfaces) -> Float32Array:
    arrows = _table(len(surfaces.arrow_x), ARROW_FIELDS)
    cos, sin = np.cos(surfaces.arrow_heading), np.sin(surfaces.arrow_heading)
    for column, value in enumerate((surfaces.arrow_x, surfaces.arrow_y, cos, sin, surfaces.arrow_turns)):
        arrows[:, column] = value
    return arrows[surfaces.arrow_turns > 0]
