"""Pictures of what stands beside the road, drawn once, each at five sizes for objects near and far.

Kinds from ``len(KINDS)`` on are those of towns, see ``camera.signs``.
"""

from collections.abc import Callable

import numpy as np

from sim.camera.signs import TOWN_PAINTERS
from sim.roads.roadside import BROADLEAF, BUSH, CONIFER, HOUSE, KINDS, POST
from sim.types import FloatArray, WordArray

SPRITE_SIZES = (64, 32, 16, 8, 4)  # px, width and height; every one is half of the one before
SPRITE_STARTS = (0, 4096, 5120, 5376, 5440)  # where each size begins in a sprite's words
SPRITE_WORDS = 5456  # of one sprite, all sizes
FINENESS = 4  # samples per pixel of the largest size, in each direction

Picture = tuple[FloatArray, FloatArray]  # colour (S, S, 3), 0..255, and cover (S, S), 0..1


def make_sprites() -> WordArray:
    """All sprites, kind after kind, size after size, row after row from the top left.

    Returns:
        Shape (kinds x SPRITE_WORDS,), dtype uint32: from the lowest byte on red, green and blue, each times the cover,
        and the cover, 0..255.
    """
    return np.concatenate([_pack(draw) for _, draw in sorted(_PAINTERS.items())])


def _pack(draw: Callable[[FloatArray, FloatArray], Picture]) -> WordArray:
    samples = SPRITE_SIZES[0] * FINENESS
    center = (np.arange(samples) + 0.5) / samples
    color, cover = draw(*np.meshgrid(2.0 * center - 1.0, 1.0 - center))
    layers = np.concatenate([np.clip(color, 0.0, 255.0) * cover[:, :, None], 255.0 * cover[:, :, None]], axis=2)
    return np.concatenate([_shrink(layers, samples // size) for size in SPRITE_SIZES])


def _shrink(layers: FloatArray, factor: int) -> WordArray:
    size = len(layers) // factor
    means = layers.reshape(size, factor, size, factor, 4).mean(axis=(1, 3))
    return np.ascontiguousarray(np.rint(means).astype(np.uint8)).view(np.uint32).ravel()


def _mottled(x: FloatArray, y: FloatArray, color: tuple[float, float, float], seed: int) -> FloatArray:
    """Leaves: a colour in patches of light and dark, lighter towards the upper left, where the sun stands."""
    random = np.random.default_rng(seed)
    light = 1.0 + 0.22 * y - 0.18 * x
    for frequency in (3.0, 7.0, 13.0):
        angle, phase = random.uniform(0.0, np.pi), random.uniform(0.0, 2.0 * np.pi, 2)
        across = x * np.cos(angle) + y * np.sin(angle)
        along = y * np.cos(angle) - x * np.sin(angle)
        light += 0.09 * np.sin(frequency * across * 2.0 + phase[0]) * np.sin(frequency * along * 2.0 + phase[1])
    return np.asarray(light[:, :, None] * np.array(color))


def _rough_disc(x: FloatArray, y: FloatArray, center: tuple[float, float], radius: tuple[float, float]) -> FloatArray:
    """Inside of an ellipse with a leafy rim."""
    dx, dy = (x - center[0]) / radius[0], (y - center[1]) / radius[1]
    angle = np.arctan2(dy, dx)
    rim = 1.0 + 0.07 * np.sin(7.0 * angle + 1.0) + 0.05 * np.sin(13.0 * angle) + 0.03 * np.sin(23.0 * angle + 2.0)
    return (np.hypot(dx, dy) < rim).astype(np.float64)


def _with_trunk(x: FloatArray, y: FloatArray, crown: Picture, width: float, height: float) -> Picture:
    trunk = (np.abs(x) < width * (1.2 - 0.4 * y)) & (y < height)
    color = np.where(crown[1][:, :, None] > 0.0, crown[0], np.array((88.0, 68.0, 52.0)))
    return color, np.maximum(crown[1], trunk.astype(np.float64))


def _broadleaf(x: FloatArray, y: FloatArray) -> Picture:
    lobes = (((0.0, 0.66), (0.78, 0.31)), ((-0.35, 0.52), (0.55, 0.22)), ((0.4, 0.5), (0.5, 0.22)))
    cover = np.maximum.reduce([_rough_disc(x, y, *lobe) for lobe in lobes])
    return _with_trunk(x, y, (_mottled(x, y, (70.0, 104.0, 50.0), 1), cover), 0.07, 0.45)


def _conifer(x: FloatArray, y: FloatArray) -> Picture:
    tier = np.mod((1.0 - y) * 5.0, 1.0)
    reach = (1.0 - y) * 0.8 + 0.22 * (tier - 0.5) * (1.2 - y)
    cover = ((np.abs(x) < reach) & (y > 0.1)).astype(np.float64)
    return _with_trunk(x, y, (_mottled(x, y, (44.0, 78.0, 52.0), 2), cover), 0.08, 0.15)


def _bush(x: FloatArray, y: FloatArray) -> Picture:
    cover = np.maximum(_rough_disc(x, y, (-0.25, 0.35), (0.65, 0.5)), _rough_disc(x, y, (0.35, 0.3), (0.58, 0.42)))
    return _mottled(x, y, (84.0, 112.0, 56.0), 3), cover


def _house(x: FloatArray, y: FloatArray) -> Picture:
    roof = (y > 0.6) & (y < 0.98) & (np.abs(x) < 1.0 - 0.9 * (y - 0.6))
    wall = (y <= 0.6) & (np.abs(x) < 0.9)
    window = (np.abs(np.mod(x * 2.2 + 0.5, 1.0) - 0.5) < 0.22) & (np.abs(y - 0.36) < 0.1)
    door = (np.abs(x) < 0.1) & (y < 0.3)
    color = np.full((*x.shape, 3), (206.0, 196.0, 178.0))
    color[roof] = (142.0, 82.0, 66.0)
    color[wall & (window | door)] = (74.0, 78.0, 86.0)
    return color * (1.0 - 0.08 * x)[:, :, None], (roof | wall).astype(np.float64)


def _post(x: FloatArray, y: FloatArray) -> Picture:
    color = np.full((*x.shape, 3), 232.0)
    color[(y > 0.72) & (y < 0.9)] = 40.0
    return color, np.ones_like(x)


_PAINTERS: dict[int, Callable[[FloatArray, FloatArray], Picture]] = {
    BROADLEAF: _broadleaf,
    CONIFER: _conifer,
    BUSH: _bush,
    HOUSE: _house,
    POST: _post,
}
assert len(_PAINTERS) == len(KINDS)
_PAINTERS |= TOWN_PAINTERS
