"""Colours of a town: all drawn from its seed."""

from dataclasses import dataclass

import numpy as np

from sim.roads.style import GROUNDS, Color, RoadStyle


@dataclass(frozen=True)
class TownStyle:
    """Colours of what lies on the ground, each red, green and blue, 0..255, and of the sky."""

    asphalt: Color
    pavement: Color
    kerb: Color
    median: Color
    island: Color
    ground: Color
    zenith: Color
    horizon: Color
    roughness: float
    """How much the ground's brightness varies, as a share."""
    panorama: float
    """By how much the hills around the town are turned, 0..1 turn."""

    def road(self) -> RoadStyle:
        """What a look takes of it."""
        return RoadStyle(
            asphalt=self.asphalt,
            ground=self.ground,
            zenith=self.zenith,
            horizon=self.horizon,
            roughness=self.roughness,
        )


def draw_town_style(seed: int) -> TownStyle:
    """The colours of the town with a seed."""
    random = np.random.default_rng([seed, 1])
    dark, light = float(random.uniform(66.0, 112.0)), float(random.uniform(126.0, 176.0))
    green, warm = float(random.uniform(0.8, 1.05)), float(random.uniform(0.0, 10.0))
    sky, haze = float(random.uniform(0.8, 1.15)), float(random.uniform(0.9, 1.1))
    yard = random.random() < 0.3  # paved between the houses
    ground = (light - 14.0, light - 16.0, light - 24.0) if yard else _scaled(GROUNDS[int(random.integers(3))], green)
    pavement: Color = (light + warm, light, light - warm)
    return TownStyle(
        asphalt=(dark, dark * 1.01, dark * 1.04),
        pavement=pavement,
        kerb=(light + 44.0, light + 43.0, light + 40.0),
        island=_scaled(GROUNDS[0], green),
        median=_scaled(GROUNDS[0], green) if random.random() < 0.5 else pavement,
        ground=ground,
        zenith=_scaled((90.0, 140.0, 205.0), sky),
        horizon=_scaled((200.0, 214.0, 224.0), haze),
        roughness=float(random.uniform(0.05, 0.14)),
        panorama=float(random.random()),
    )


def _scaled(color: Color, factor: float) -> Color:
    red, green, blue = (min(channel * factor, 255.0) for channel in color)
    return (red, green, blue)
