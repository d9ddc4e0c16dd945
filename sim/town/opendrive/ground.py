"""What is painted on the ground of a map: its roads as ribbons, in the colours of roads from files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.camera.look import road_look
from sim.roads.style import RoadStyle
from sim.town.ribbons import GroundPlan, Layer, Profiles, Ribbon
from sim.town.sections import Rhythm
from sim.types import EDGE_LEFT, EDGE_RIGHT

if TYPE_CHECKING:
    from sim.town.opendrive.ribbons import RoadRibbon
    from sim.town.opendrive.town import MapTown

BEYOND = 2.5  # m of ground beside a road that the map knows, so that it looks blurred far off
PANORAMA = 0.0  # of a turn, by which the hills around are turned


def plan_map(town: "MapTown") -> GroundPlan:
    """All that is painted on the ground of a town from a file."""
    style, profiles = RoadStyle(), Profiles()
    ribbons = [_ribbon(road, profiles) for road in town.ribbons]
    no_kerbs = np.empty((0, 2)), np.zeros(1, dtype=np.int32)
    look = road_look(style, PANORAMA)
    return GroundPlan(ribbons, profiles.sections, profiles.dashes, *no_kerbs, style.ground, look)


def _ribbon(road: "RoadRibbon", profiles: Profiles) -> Ribbon:
    line = road.line
    return Ribbon(
        line.x,
        line.y,
        line.heading,
        line.curvature,
        np.asarray(line.step * (np.arange(len(line.x)) + 0.5), dtype=np.float64),
        road.course.edges[:, EDGE_RIGHT],
        road.course.edges[:, EDGE_LEFT],
        list(_layers(road, profiles)),
        float(np.abs(road.drawn).max()) + BEYOND,
        drawn=road.drawn,
    )


def _layers(road: "RoadRibbon", profiles: Profiles) -> Iterator[Layer]:
    """One for every stretch on which section and rhythm stay."""
    new = (np.diff(road.course.section) != 0) | (np.diff(road.rhythm, axis=0) != 0.0).any(axis=1)
    ends = np.append(np.flatnonzero(new) + 1, len(road.rhythm))
    for end in ends.tolist():
        section, rhythm = road.course.sections[road.course.section[end - 1]], Rhythm(*road.rhythm[end - 1].tolist())
        yield profiles.layer(end * road.line.step, section, rhythm, may_turn=False)
