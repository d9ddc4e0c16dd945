"""The light in which what stands is seen: the sun's side, the day's tint, and the air in between."""

import math
from typing import NamedTuple

import numpy as np

from sim.camera.haze import extinction
from sim.camera.look import LOOK_GAIN, LOOK_HAZE, LOOK_HORIZON, LOOK_PANORAMA
from sim.kernels import kernel

SHADED, SUNLIT = np.float32(0.74), np.float32(1.04)  # brightness of what looks away from the sun, and towards it
_HALF, _ONE, _WHITE = np.float32(0.5), np.float32(1.0), np.float32(255.0)
_SIXTH, _TWENTY_FOURTH = np.float32(1.0 / 6.0), np.float32(1.0 / 24.0)


class Daylight(NamedTuple):
    """What the light of an episode does to a colour; float32."""

    red: np.float32  # gain
    green: np.float32
    blue: np.float32
    veil_red: np.float32  # colour of the horizon
    veil_green: np.float32
    veil_blue: np.float32
    density: np.float32  # 1/m, extinction of the air
    sun_x: np.float32  # towards the sun, over the map; shorter in haze
    sun_y: np.float32


@kernel
def daylight_of(look):
    """The light of a look. The sun stands where the panorama of hills begins."""
    angle, strength = 2.0 * math.pi * look[LOOK_PANORAMA], 1.0 / (1.0 + look[LOOK_HAZE])
    return Daylight(
        look[LOOK_GAIN],
        look[LOOK_GAIN + 1],
        look[LOOK_GAIN + 2],
        look[LOOK_HORIZON] * look[LOOK_GAIN],
        look[LOOK_HORIZON + 1] * look[LOOK_GAIN + 1],
        look[LOOK_HORIZON + 2] * look[LOOK_GAIN + 2],
        np.float32(extinction(look[LOOK_HAZE])),
        np.float32(strength * math.cos(angle)),
        np.float32(strength * math.sin(angle)),
    )


@kernel
def clearness_at(distance, density):
    """Share of a colour that passes through the air: exp(-x) as 1 / (1 + x + x^2 / 2 + x^3 / 6 + x^4 / 24)."""
    x = distance * density
    return _ONE / (_ONE + x * (_ONE + x * (_HALF + x * (_SIXTH + x * _TWENTY_FOURTH))))


@kernel
def brightness_of(cos, sin, day):
    """Brightness of an upright face that looks along (cos, sin)."""
    return SHADED + (SUNLIT - SHADED) * (_HALF + _HALF * (cos * day.sun_x + sin * day.sun_y))


@kernel
def seen_in(day, clear, light, red, green, blue):
    """A colour in this light, of which the share ``clear`` passes through the air; 0..255 each."""
    share, veil = clear * light, _ONE - clear
    return (
        min(red * day.red * share + day.veil_red * veil, _WHITE),
        min(green * day.green * share + day.veil_green * veil, _WHITE),
        min(blue * day.blue * share + day.veil_blue * veil, _WHITE),
    )
