"""The ground's colour: what a pixel sees there, in the light of day, through the air."""

import numpy as np

from sim.camera.look import (
    LOOK_DASH,
    LOOK_GAIN,
    LOOK_HAZE,
    LOOK_HORIZON,
    LOOK_ROUGHNESS,
    LOOK_SHADE,
    LOOK_TEXTURE,
)
from sim.camera.pixels import luma, to_byte
from sim.camera.texture import SHADOW_COVER, TEXTURE_SIZE, TEXTURE_STEP
from sim.kernels import fma, inlined

_ONE = np.float32(1.0)
_BYTE, _PER_BYTE, _PER_GRAIN = np.int32(255), np.float32(1.0 / 255.0), np.float32(1.0 / 127.0)
_PER_TEXEL, _TEXTURE_MASK = np.float32(1.0 / TEXTURE_STEP), np.int32(TEXTURE_SIZE - 1)
_TEXTURE_SHIFT = np.int32(TEXTURE_SIZE.bit_length() - 1)
_MEAN_SHADOW = np.float32(255.0 * SHADOW_COVER)


@inlined
def locate_texture(view, camera, first, count, look, scratch):
    """Which entry of the texture each pixel sees."""
    start_x, start_y = view.x + look[LOOK_TEXTURE], view.y + look[LOOK_TEXTURE + 1]
    for i in range(count):
        forward, left = camera.forward[first + np.uint64(i)], camera.left[first + np.uint64(i)]
        x = fma(view.cos, forward, fma(-view.sin, left, start_x))
        y = fma(view.sin, forward, fma(view.cos, left, start_y))
        u, v = np.int32(x * _PER_TEXEL) & _TEXTURE_MASK, np.int32(y * _PER_TEXEL) & _TEXTURE_MASK
        scratch.texture[i] = np.int32(np.int32(v << _TEXTURE_SHIFT) | u)


@inlined
def look_up_surface(profile, texture, count, scratch):
    """The entries of the profile and of the texture that the pixels see."""
    for i in range(count):
        scratch.color[i] = np.int32(profile[np.uint32(scratch.color[i])])
        scratch.texture[i] = np.int32(texture[np.uint32(scratch.texture[i])])


@inlined
def light_on_ground(texture, fade, look):
    """Brightness from grain and shadow; as far as their contrast fades, shadow turns into its mean."""
    grain = np.float32(np.int32(texture << np.int32(24)) >> np.int32(24))
    shadow = np.float32(texture >> np.int32(8))
    shade = fma(fade, shadow - _MEAN_SHADOW, _MEAN_SHADOW)
    roughness, darkness = look[LOOK_ROUGHNESS] * _PER_GRAIN, look[LOOK_SHADE] * _PER_BYTE
    return fma(roughness * fade, grain, _ONE) * fma(-darkness, shade, _ONE)


@inlined
def channel_of(color, channel):
    """One byte of a profile's entry as a number, 0..255."""
    return np.float32(np.int32(color >> np.int32(8 * channel)) & _BYTE)


@inlined
def seen_color(i, camera, first, haze, look, scratch):
    """Red, green and blue of a pixel, 0 or more: surface and dash in the light of day, veiled by haze."""
    color = scratch.color[i]
    clear = camera.clearness[haze, first + np.uint64(i)]
    light = clear * light_on_ground(scratch.texture[i], camera.fade[first + np.uint64(i)], look)
    dash = scratch.cover[i] * channel_of(color, 3)
    veil = _ONE - clear
    red = fma(fma(dash, look[LOOK_DASH] * _PER_BYTE, channel_of(color, 0)), light, veil * look[LOOK_HORIZON])
    green = fma(fma(dash, look[LOOK_DASH + 1] * _PER_BYTE, channel_of(color, 1)), light, veil * look[LOOK_HORIZON + 1])
    blue = fma(fma(dash, look[LOOK_DASH + 2] * _PER_BYTE, channel_of(color, 2)), light, veil * look[LOOK_HORIZON + 2])
    return red * look[LOOK_GAIN], green * look[LOOK_GAIN + 1], blue * look[LOOK_GAIN + 2]


@inlined
def paint_rgb(camera, first, count, look, scratch, out):
    """Writes red, green and blue of each pixel to ``out`` (3 P,) uint8."""
    haze = np.uint64(look[LOOK_HAZE])
    for i in range(count):
        red, green, blue = seen_color(i, camera, first, haze, look, scratch)
        out[np.uint64(3) * (first + np.uint64(i))] = to_byte(red)
        out[np.uint64(3) * (first + np.uint64(i)) + np.uint64(1)] = to_byte(green)
        out[np.uint64(3) * (first + np.uint64(i)) + np.uint64(2)] = to_byte(blue)


@inlined
def paint_gray(camera, first, count, look, scratch, out):
    """Writes the luma of each pixel to ``out`` (P,) uint8."""
    haze = np.uint64(look[LOOK_HAZE])
    for i in range(count):
        red, green, blue = seen_color(i, camera, first, haze, look, scratch)
        out[first + np.uint64(i)] = to_byte(luma(red, green, blue))
