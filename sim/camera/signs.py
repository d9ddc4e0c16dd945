"""Pictures of what stands in the streets of a town: signs, seen from before and behind, lamps and masts; and arrows."""

from collections.abc import Callable

import numpy as np

from sim.camera.rows import ARROW_LEFT, ARROW_RIGHT, ARROW_STRAIGHT
from sim.roads.roadside import KINDS
from sim.types import BoolArray, FloatArray

Painter = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

_FIRST = len(KINDS)
LAMP_ARM, STOP_SIGN, YIELD_SIGN, NO_ENTRY_SIGN, OCTAGON_BACK, TRIANGLE_BACK, DISC_BACK = range(_FIRST, _FIRST + 7)
LIMITS = (30, 50, 70)  # km/h that signs are painted for
LIMIT_SIGN = DISC_BACK + 1  # the first of them, the others follow
ARROW = LIMIT_SIGN + len(LIMITS) - 1  # plus the turns of the arrow, 1 to 7, see camera.rows

RED, WHITE, BLACK = (196.0, 24.0, 34.0), (244.0, 244.0, 240.0), (26.0, 26.0, 28.0)
BACK, STEEL, LAMP = (138.0, 142.0, 146.0), (104.0, 108.0, 112.0), (232.0, 230.0, 214.0)
PAINT = (232.0, 232.0, 226.0)

# Digits in 4 x 6 dots, from the top.
_DIGITS = {
    "0": "0110 1001 1001 1001 1001 0110",
    "3": "1110 0001 0110 0001 0001 1110",
    "5": "1111 1000 1110 0001 0001 1110",
    "7": "1111 0001 0010 0010 0100 0100",
}


def _layers(
    shape: tuple[int, ...], *layers: tuple[BoolArray, tuple[float, float, float]]
) -> tuple[FloatArray, FloatArray]:
    """A picture of shapes laid one over the other."""
    color, cover = np.zeros((*shape, 3)), np.zeros(shape)
    for inside, paint in layers:
        color[inside] = paint
        cover[inside] = 1.0
    return color, cover


def _disc(x: FloatArray, y: FloatArray, radius: float) -> BoolArray:
    return np.asarray(np.hypot(x, 2.0 * y - 1.0) < radius)


def _octagon(x: FloatArray, y: FloatArray, radius: float) -> BoolArray:
    across, up = np.abs(x), np.abs(2.0 * y - 1.0)
    return np.asarray((np.maximum(across, up) < radius) & (across + up < radius * np.sqrt(2.0)))


def _triangle(x: FloatArray, y: FloatArray, inset: float) -> BoolArray:
    """Point down, with the sides so far inside of the picture's edges."""
    return np.asarray((y < 1.0 - inset) & (np.abs(x) < y - 2.2 * inset))


def _digits(x: FloatArray, y: FloatArray, text: str) -> BoolArray:
    """Two digits in the middle."""
    dots = np.concatenate([[[int(c) for c in line] for line in _DIGITS[digit].split()] for digit in text], axis=1)
    dots = np.insert(dots, 4, 0, axis=1)
    column = np.floor((x + 0.56) / 1.12 * 9.0).astype(np.int64)
    row = np.floor((0.72 - y) / 0.44 * 6.0).astype(np.int64)
    inside = (column >= 0) & (column < 9) & (row >= 0) & (row < 6)
    return np.asarray(inside & (dots[np.clip(row, 0, 5), np.clip(column, 0, 8)] > 0))


def _lamp_arm(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """An arm that rises from the left, with a lamp at its end."""
    arm = np.abs(y - 0.45 - 0.2 * x) < 0.12
    lamp = (x > 0.35) & (np.abs(y - 0.58) < 0.3)
    return _layers(x.shape, (arm, STEEL), (lamp, STEEL), (lamp & (y < 0.5), LAMP))


def _stop(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """White letters are a white bar at this size."""
    bar = (np.abs(x) < 0.72) & (np.abs(y - 0.5) < 0.17) & (np.mod(x * 2.78, 1.0) < 0.72)
    return _layers(x.shape, (_octagon(x, y, 1.0), WHITE), (_octagon(x, y, 0.92), RED), (bar, WHITE))


def _yield(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    return _layers(x.shape, (_triangle(x, y, 0.0), RED), (_triangle(x, y, 0.14), WHITE))


def _no_entry(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    bar = (np.abs(x) < 0.7) & (np.abs(y - 0.5) < 0.1)
    return _layers(x.shape, (_disc(x, y, 1.0), WHITE), (_disc(x, y, 0.94), RED), (bar, WHITE))


def _limit(text: str) -> Painter:
    def paint(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        layers = (_disc(x, y, 1.0), RED), (_disc(x, y, 0.76), WHITE), (_digits(x, y, text), BLACK)
        return _layers(x.shape, *layers)

    return paint


def _arrow(turns: int) -> Painter:
    """A shaft from below, and a head for each turn, as on German roads; x spans 1.6 m, y 5 m."""

    def paint(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        aside, along = 0.8 * x, 5.0 * y
        straight = bool(turns & ARROW_STRAIGHT)
        inside = (np.abs(aside) < 0.09) & (along < (3.6 if straight else 3.1))
        if straight:
            inside |= (along > 3.4) & (np.abs(aside) < 0.3 * (5.0 - along) / 1.6)
        for bit, sign in ((ARROW_LEFT, -1.0), (ARROW_RIGHT, 1.0)):
            if turns & bit:
                out = sign * aside
                inside |= (out > -0.09) & (out < 0.3) & (np.abs(along - 2.9 - 0.4 * out) < 0.2)
                inside |= (out > 0.25) & (np.abs(along - 3.05) < 0.85 * (0.8 - out) / 0.55)
        return _layers(x.shape, (np.asarray(inside), PAINT))

    return paint


TOWN_PAINTERS: dict[int, Painter] = {
    LAMP_ARM: _lamp_arm,
    STOP_SIGN: _stop,
    YIELD_SIGN: _yield,
    NO_ENTRY_SIGN: _no_entry,
    OCTAGON_BACK: lambda x, y: _layers(x.shape, (_octagon(x, y, 1.0), BACK)),
    TRIANGLE_BACK: lambda x, y: _layers(x.shape, (_triangle(x, y, 0.0), BACK)),
    DISC_BACK: lambda x, y: _layers(x.shape, (_disc(x, y, 1.0), BACK)),
    **{LIMIT_SIGN + k: _limit(str(limit)) for k, limit in enumerate(LIMITS)},
    **{ARROW + turns: _arrow(turns) for turns in range(1, 8)},
}
