"""What is painted on the ground of a map: its roads as ribbons, in the colours of roads from files."""

from typing import TYPE_CHECKING

import numpy as np

from sim.camera.look import road_look
from sim.roads.course import CrossSection, Surface
from sim.roads.style import RoadStyle
from sim.town.ribbons import GroundPlan, Profiles, Ribbon, course_ribbon
from sim.town.sections import Rhythm
from sim.types import FloatArray

if TYPE_CHECKING:
    from sim.town.opendrive.ribbons import RoadRibbon
    from sim.town.opendrive.town import MapTown

BEYOND = 2.5  # m of ground beside a road that the map knows, so that it looks blurred far off
VISIBLE = 13.0  # m to the right, where a profile ends
PANORAMA = 0.0  # of a turn, by which the hills around are turned


def plan_map(town: "MapTown") -> GroundPlan:
    """All that is painted on the ground of a town from a file."""
    style, profiles = RoadStyle(), Profiles()
    ribbons = [_ribbon(road, profiles) for road in town.ribbons]
    flooded = [
        profiles.index(_flooded(section), Rhythm(1.0 / per_metre, share / per_metre))
        for section, (per_metre, share) in zip(tuple(profiles.sections), tuple(profiles.dashes), strict=True)
    ]
    flooded += range(len(flooded), len(profiles.sections))
    no_kerbs = np.empty((0, 2)), np.zeros(1, dtype=np.int32)
    look = road_look(style, PANORAMA)
    return GroundPlan(ribbons, profiles.sections, profiles.dashes, *no_kerbs, style.ground, look, flooded)


def _flooded(section: CrossSection) -> CrossSection:
    """The same lines, on asphalt as far as one sees."""
    return CrossSection((Surface(-VISIBLE, RoadStyle().asphalt),), section.lines)


def _ribbon(road: "RoadRibbon", profiles: Profiles) -> Ribbon:
    """The road with both of its ends, as wide as it is drawn."""
    line, ribbon = road.line, course_ribbon(road.line, road.course, road.rhythm, profiles)
    half = 0.5 * line.step * np.array([-1.0, 1.0])
    bend, heading = line.curvature[[0, -1]], line.heading[[0, -1]]
    chord = heading + 0.5 * bend * half
    return ribbon._replace(
        x=_between(line.x, line.x[[0, -1]] + half * np.cos(chord)),
        y=_between(line.y, line.y[[0, -1]] + half * np.sin(chord)),
        heading=_between(line.heading, heading + bend * half),
        curvature=_between(line.curvature, bend),
        station=_between(ribbon.station, np.array([0.0, line.length])),
        right=_between(ribbon.right, ribbon.right[[0, -1]]),
        left=_between(ribbon.left, ribbon.left[[0, -1]]),
        reach=float(np.abs(road.drawn).max()) + BEYOND,
        drawn=_between(road.drawn, road.drawn[[0, -1]]),
    )


def _between(rows: FloatArray, ends: FloatArray) -> FloatArray:
    return np.concatenate([ends[:1], rows, ends[1:]])
