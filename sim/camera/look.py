"""How a road looks in one episode: the colours of its style, and the light, weather and sensor of the day."""

import numpy as np

from sim.camera.haze import HAZE_LEVELS
from sim.config import AppearanceConfig
from sim.kernels import kernel
from sim.roads.style import RoadStyle
from sim.types import AppearanceParameters, Float32Array

# Columns of a look. Colours are red, green, blue, 0..255.
LOOK_DASH = 0  # what a dash adds to asphalt, 3 columns
LOOK_HORIZON = 3  # 3 columns
LOOK_ZENITH = 6  # 3 columns
LOOK_HILLS = 9  # 3 columns
LOOK_GAIN = 12  # factor of each channel, 3 columns
LOOK_ROUGHNESS = 15  # how much the ground's brightness varies, as a share
LOOK_HAZE = 16  # level of haze, a whole number, see camera.haze
LOOK_SHADE = 17  # share of light that shadows take
LOOK_TEXTURE = 18  # where the ground's texture begins, x and y [m]
LOOK_PANORAMA = 20  # where the hills begin, 0..1 turn
LOOK_NOISE = 21  # standard deviation of the sensor's noise, of 255
LOOK_NOISE_SEED = 22  # a whole number below 2^24
LOOK_SCENERY = 23  # 1 where hills, and what stands beside the road, are to be seen
LOOK_FIELDS = 24

LOOK_DRAWS = 9  # numbers from 0 to 1 that a look takes from the car's generator

EXPOSURE = 0.5  # the darkest and brightest light are exp(-0.5) and exp(0.5) of a clear day's
TINT = 0.1  # the warmest light has 10 % more red and less blue
DARKEST_SHADE = 0.6  # share of light
NOISIEST = 12.0  # of 255


def appearance_parameters(config: AppearanceConfig) -> AppearanceParameters:
    """How much varies between episodes, as compiled code takes it."""
    strengths = {name: float(getattr(config, name)) for name in AppearanceParameters._fields[1:]}
    return AppearanceParameters(config.scenery, **strengths)


def road_look(style: RoadStyle, panorama: float) -> Float32Array:
    """The road on a clear day; shape (LOOK_FIELDS,), dtype float32. ``panorama`` (0..1) turns the hills around it."""
    look = np.zeros(LOOK_FIELDS, dtype=np.float32)
    look[LOOK_DASH : LOOK_DASH + 3] = np.subtract(style.center_color, style.asphalt)
    look[LOOK_HORIZON : LOOK_HORIZON + 3] = style.horizon
    look[LOOK_ZENITH : LOOK_ZENITH + 3] = style.zenith
    look[LOOK_HILLS : LOOK_HILLS + 3] = 0.55 * np.asarray(style.horizon) + 0.35 * np.asarray(style.ground)
    look[LOOK_GAIN : LOOK_GAIN + 3] = 1.0
    look[LOOK_ROUGHNESS] = style.roughness
    look[LOOK_PANORAMA] = panorama
    return look


@kernel
def draw_look(road, appearance, draws, look):
    """Writes the look of an episode.

    Args:
        road: (LOOK_FIELDS,) the road's look on a clear day.
        appearance: ``AppearanceParameters``.
        draws: (LOOK_DRAWS,) numbers from 0 to 1.
        look: (LOOK_FIELDS,) float32, written.
    """
    for field in range(LOOK_FIELDS):
        look[field] = road[field]
    look[LOOK_SCENERY] = 1.0 if appearance.scenery else 0.0
    _draw_light(appearance.light, draws[0], draws[1], look)
    _draw_weather(appearance.weather, draws[2], draws[3], look)
    look[LOOK_SHADE] = appearance.shadows * DARKEST_SHADE * draws[4]
    if appearance.shadows > 0.0:
        look[LOOK_TEXTURE], look[LOOK_TEXTURE + 1] = 32.0 * draws[5], 32.0 * draws[6]
    look[LOOK_NOISE] = appearance.noise * NOISIEST * draws[7]
    look[LOOK_NOISE_SEED] = np.floor(draws[8] * 2.0**24)


@kernel
def _draw_light(strength, brightness, warmth, look):
    exposure = np.exp(strength * EXPOSURE * (2.0 * brightness - 1.0))
    tint = strength * TINT * (2.0 * warmth - 1.0)
    look[LOOK_GAIN] = exposure * (1.0 + tint)
    look[LOOK_GAIN + 1] = exposure
    look[LOOK_GAIN + 2] = exposure * (1.0 - tint)


@kernel
def _draw_weather(strength, fog, clouds, look):
    """Fog brings the horizon nearer; clouds take the sky's colour."""
    look[LOOK_HAZE] = np.floor(strength * fog * HAZE_LEVELS * 0.999)
    cover = strength * clouds
    gray = (look[LOOK_HORIZON] + look[LOOK_HORIZON + 1] + look[LOOK_HORIZON + 2]) / 3.0
    for channel in range(3):
        look[LOOK_HORIZON + channel] += 0.7 * cover * (gray - look[LOOK_HORIZON + channel])
        hidden = min(2.0 * strength * fog, 1.0)
        look[LOOK_HILLS + channel] += hidden * (look[LOOK_HORIZON + channel] - look[LOOK_HILLS + channel])
        look[LOOK_ZENITH + channel] += cover * (0.9 * gray - look[LOOK_ZENITH + channel])
