"""Hard light: a low sun that shines into the lens, and the shadows that it throws across the road.

``robust`` trains with the shade of leaves: soft patches of about a metre that take at most 0.6 of the light. These
shadows are hard bars metres wide, as of houses and walls, and darker from the third severity on. No glare is trained.
"""

import math

import numpy as np

from sim.camera.pixels import to_byte
from sim.camera.projection import aim, focal_length
from sim.chance import state_of, unit
from sim.config import CameraConfig
from sim.corruptions.scene import Filter, at, ground_of
from sim.kernels import kernel

GLARES = (0.25, 0.5, 0.85, 1.3, 1.9)  # brightness at the edge of the sun's halo, of white; ours
SUN_ELEVATION = math.radians(4.0)
SUN_SIDE = math.radians(20.0)  # how far to the side of straight ahead the sun stands at the most, at the mean
SUN_SWING = math.radians(12.0)  # and how far it swings around that, as the road winds
SWING_STEPS = 83.0  # control steps of a swing; 8.3 s
HALO = math.radians(7.0)  # where the halo has half of its brightness
VEIL_SHARE = 0.07  # brightness of light strayed in the lens, over all of the frame, of the halo's
PATH_SHARE = 0.45  # brightness of the sun's reflection on the road, of the halo's
PATH_WIDTH = math.radians(6.0)

SHADES = (0.35, 0.5, 0.65, 0.78, 0.9)  # share of the light that is taken; ours
BAR_PERIOD = 14.0  # m from one shadow to the next, about
BAR_WIDTHS = (2.0, 8.0)  # m
PENUMBRA = 0.15  # m, half of a shadow's edge; as much of the ground as a pixel sees comes to it


def make_glare(severity: int, camera: CameraConfig) -> Filter:
    """Adds the halo of a sun just over the road ahead, its reflection on the road and the light strayed in the lens."""
    row, column = aim(np.array([1.0, 0.0, math.tan(SUN_ELEVATION)]), camera)
    sun, white = (row, column, focal_length(camera)), np.float32(255.0 * at(severity, GLARES))
    return lambda pictures, scene: _glare(pictures, scene.keys, scene.moments, sun, white)


def make_shadow(severity: int, camera: CameraConfig) -> Filter:
    """Lays hard shadows across the ground, which stay where they are in the world.

    What stands beside the road is shaded as the ground behind it.
    """
    ground, shade = ground_of(camera), np.float32(at(severity, SHADES))
    return lambda pictures, scene: _shadow(pictures, scene.keys, (scene.x, scene.y, scene.heading), ground, shade)


@kernel
def _glare(pictures, keys, moments, sun, white):
    """``sun``: its row and column when straight ahead, and the focal length [px]; ``white``: brightness of the halo."""
    row, straight, focal = sun
    for car in range(pictures.shape[0]):
        state = state_of(keys[car], 0)
        side = SUN_SIDE * (2.0 * unit(state) - 1.0)
        phase = 2.0 * math.pi * (unit(state_of(state, 1)) + moments[car] / SWING_STEPS)
        column = straight - focal * math.tan(side + SUN_SWING * math.sin(phase))
        _dazzle(pictures[car], row, column, focal, white)


@kernel
def _dazzle(picture, sun_row, sun_column, focal, white):
    """Halo = 1 / (1 + (angle / HALO)^2)^2 of an angle from the sun, the reflection a band of light below it."""
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            down, aside = (row + 0.5 - sun_row) / focal, (column + 0.5 - sun_column) / focal
            spread = 1.0 + (down * down + aside * aside) / (HALO * HALO)
            light = 1.0 / (spread * spread) + VEIL_SHARE
            if down > 0.0:
                width = PATH_WIDTH * (1.0 + down)
                light += PATH_SHARE * math.exp(-aside * aside / (width * width) - down)
            for channel in range(picture.shape[2]):
                value = np.float32(picture[row, column, channel])
                picture[row, column, channel] = to_byte(value + white * np.float32(light))


@kernel
def _shadow(pictures, keys, poses, ground, shade):
    x, y, heading = poses
    for car in range(pictures.shape[0]):
        angle = math.pi * unit(state_of(keys[car], 0))
        start = (x[car] * math.cos(angle) + y[car] * math.sin(angle)) % (1024.0 * BAR_PERIOD)
        turned = heading[car] - angle
        forward, left = math.cos(turned), -math.sin(turned)
        _darken(pictures[car], keys[car], start, (forward, left), ground, shade)


@kernel
def _darken(picture, key, start, direction, ground, shade):
    """Darkens the ground where bars lie; ``direction``: how far a metre ahead and one to the left lead across them."""
    forward, left = direction
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            distance = ground.distance[row, column]
            if distance < np.inf:
                across = start + forward * ground.forward[row, column] + left * ground.left[row, column]
                covered = _cover(key, across, PENUMBRA + 0.5 * ground.depth[row, column])
                for channel in range(picture.shape[2]):
                    value = np.float32(picture[row, column, channel])
                    picture[row, column, channel] = to_byte(value * (np.float32(1.0) - shade * np.float32(covered)))


@kernel
def _cover(key, across, soft):
    """Share of the light that a bar takes at a place ``across`` [m], with an edge of twice ``soft`` [m]."""
    cell = math.floor(across / BAR_PERIOD)
    state = state_of(key, int(cell) + 1)
    narrow, broad = BAR_WIDTHS
    half = 0.5 * (narrow + (broad - narrow) * unit(state))
    middle = half + (BAR_PERIOD - 2.0 * half) * unit(state_of(state, 1))
    inside = half - abs(across - cell * BAR_PERIOD - middle)
    return min(max(0.5 + 0.5 * inside / soft, 0.0), 1.0)
