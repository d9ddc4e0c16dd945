"""Dirt on the lens: blots of mud out of focus, the same in all of an episode."""

import math

import numpy as np

from sim.camera.pixels import to_byte
from sim.chance import state_of, unit
from sim.config import CameraConfig
from sim.corruptions.scene import Filter, at, pixels
from sim.kernels import kernel

BLOTS = (4.0, 7.0, 11.0, 16.0, 22.0)  # in a frame; ours
BLOT_RADII = (2.0, 6.5)  # px
OPACITY = 0.92  # share of what is behind a blot's middle that it hides
EDGE = 0.45  # share of the radius over which a blot fades, because the lens is out of focus
MUD = (63.0, 42.0, 20.0)  # red, green and blue of the mud in ImageNet-C's spatter
MUD_GRAY = 46.0  # its luma


def make_dirt(severity: int, camera: CameraConfig) -> Filter:
    """Covers parts of the frame with mud."""
    count, scale = int(at(severity, BLOTS)), pixels(camera, 1.0)
    return lambda pictures, scene: _dirt(pictures, scene.keys, count, scale)


@kernel
def _dirt(pictures, keys, count, scale):
    for car in range(pictures.shape[0]):
        for blot in range(count):
            _blot(pictures[car], state_of(keys[car], blot), scale)


@kernel
def _blot(picture, state, scale):
    """Draws one blot, whose outline is its radius x (1 + oval cos(2 angle) + pear sin(3 angle))."""
    smallest, greatest = BLOT_RADII
    row, column = unit(state) * picture.shape[0], unit(state_of(state, 1)) * picture.shape[1]
    radius = scale * (smallest + (greatest - smallest) * unit(state_of(state, 2)) ** 2)
    oval, pear = 0.5 * unit(state_of(state, 3)) - 0.25, 0.5 * unit(state_of(state, 4)) - 0.25
    reach = 1.5 * radius
    for r in range(max(int(row - reach), 0), min(int(row + reach) + 1, picture.shape[0])):
        for c in range(max(int(column - reach), 0), min(int(column + reach) + 1, picture.shape[1])):
            down, aside = r + 0.5 - row, c + 0.5 - column
            away = math.sqrt(down * down + aside * aside) + 1e-6
            cos, sin = aside / away, down / away
            outline = radius * (1.0 + oval * (cos * cos - sin * sin) + pear * sin * (3.0 * cos * cos - sin * sin))
            depth = (outline - away) / (EDGE * radius)
            _cover(picture, r, c, np.float32(OPACITY * min(max(depth, 0.0), 1.0)))


@kernel
def _cover(picture, row, column, share):
    channels = picture.shape[2]
    for channel in range(channels):
        mud = np.float32(MUD_GRAY if channels == 1 else MUD[channel])
        value = np.float32(picture[row, column, channel])
        picture[row, column, channel] = to_byte(value + share * (mud - value))
