"""How a road is built and painted: widths, markings, surface and surroundings, all drawn from its seed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Color = tuple[float, float, float]  # red, green, blue, each 0..255
CenterLine = Literal["dashed", "solid", "double"]

WHITE: Color = (235.0, 235.0, 230.0)
YELLOW: Color = (225.0, 180.0, 45.0)
GROUNDS: tuple[Color, ...] = (
    (86.0, 122.0, 58.0),  # grass
    (112.0, 138.0, 70.0),  # meadow
    (140.0, 128.0, 86.0),  # dry grass
    (156.0, 138.0, 104.0),  # sand, darker than paint
    (122.0, 96.0, 72.0),  # earth
)
# Length of a dash and of the whole period [m]: German RMS city and country road, US MUTCD, UK warning line.
DASHES: tuple[tuple[float, float], ...] = ((3.0, 9.0), (4.0, 12.0), (3.05, 12.2), (4.0, 6.0))


@dataclass(frozen=True)
class RoadStyle:
    """Widths [m] and colours of one road; the driving lane is the right-hand one of two."""

    lane_width: float = 3.5
    shoulder: float = 0.5  # paved strip outside the edge line
    line_width: float = 0.15
    center_line: CenterLine = "dashed"
    center_color: Color = WHITE
    dash_length: float = 3.0
    dash_period: float = 9.0
    asphalt: Color = (92.0, 93.0, 96.0)
    ground: Color = GROUNDS[0]
    zenith: Color = (96.0, 146.0, 206.0)
    horizon: Color = (200.0, 214.0, 224.0)
    roughness: float = 0.1  # how much the ground's brightness varies, as a share

    @property
    def half_width(self) -> float:
        """Distance from the centreline to the edge of the paved surface [m]."""
        return self.lane_width + self.shoulder


def draw_style(random: np.random.Generator) -> RoadStyle:
    """Draws lanes of 3.0 to 3.9 m, one of the usual centre lines, and a surface, ground and sky."""
    dash_length, dash_period = DASHES[int(random.integers(len(DASHES)))]
    return RoadStyle(
        lane_width=float(random.uniform(3.0, 3.9)),
        shoulder=float(random.uniform(0.3, 1.2)),
        line_width=float(random.uniform(0.12, 0.2)),
        center_line=("dashed", "dashed", "solid", "double")[int(random.integers(4))],
        center_color=YELLOW if random.random() < 0.4 else WHITE,
        dash_length=dash_length,
        dash_period=dash_period,
        asphalt=_tint((1.0, 1.01, 1.04), float(random.uniform(62.0, 128.0))),
        ground=_tint(GROUNDS[int(random.integers(len(GROUNDS)))], float(random.uniform(0.8, 1.1))),
        zenith=_tint((90.0, 140.0, 205.0), float(random.uniform(0.8, 1.15))),
        horizon=_tint((200.0, 214.0, 224.0), float(random.uniform(0.9, 1.1))),
        roughness=float(random.uniform(0.05, 0.18)),
    )


def _tint(color: Color, factor: float) -> Color:
    red, green, blue = (min(channel * factor, 255.0) for channel in color)
    return (red, green, blue)
