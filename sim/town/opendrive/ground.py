"""What is painted on the ground of a map: its roads as ribbons, in the colours of roads from files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.camera.look import road_look
from sim.roads.centerline import Centerline
from sim.roads.course import CrossSection, Surface
from sim.roads.style import RoadStyle
from sim.town.ribbons import GroundPlan, Layer, Profiles, Ribbon
from sim.town.sections import Rhythm
from sim.types import EDGE_LEFT, EDGE_RIGHT, FloatArray

if TYPE_CHECKING:
    from sim.town.opendrive.ribbons import RoadRibbon
    from sim.town.opendrive.town import MapTown

BEYOND = 2.5  # m of ground beside a road that the map knows, so that it looks blurred far off
ASPHALT, VISIBLE = RoadStyle().asphalt, 13.0  # m to the right, where a profile ends
PANORAMA = 0.0  # of a turn, by which the hills around are turned


def plan_map(town: "MapTown") -> GroundPlan:
    """All that is painted on the ground of a town from a file."""
    style, profiles = RoadStyle(), Profiles()
    flooded: dict[int, int] = {}
    ribbons = [_ribbon(road, profiles, flooded) for road in town.ribbons]
    no_kerbs = np.empty((0, 2)), np.zeros(1, dtype=np.int32)
    look = road_look(style, PANORAMA)
    return GroundPlan(
        ribbons,
        profiles.sections,
        profiles.dashes,
        *no_kerbs,
        style.ground,
        look,
        [flooded.get(index, index) for index in range(len(profiles.sections))],
    )


def _ribbon(road: "RoadRibbon", profiles: Profiles, flooded: dict[int, int]) -> Ribbon:
    edges, (x, y, heading, curvature, station) = _with_ends(road.course.edges), _line(road.line)
    return Ribbon(
        x,
        y,
        heading,
        curvature,
        station,
        edges[:, EDGE_RIGHT],
        edges[:, EDGE_LEFT],
        list(_layers(road, profiles, flooded)),
        float(np.abs(road.drawn).max()) + BEYOND,
        drawn=_with_ends(road.drawn),
    )


def _line(line: Centerline) -> FloatArray:
    """x, y [m], heading [rad], curvature [1/m] and station [m] of the middle of each segment and of both ends."""
    half = 0.5 * line.step * np.array([-1.0, 1.0])
    bend = line.curvature[[0, -1]]
    chord = line.heading[[0, -1]] + 0.5 * bend * half
    first, last = np.stack(
        [
            line.x[[0, -1]] + half * np.cos(chord),
            line.y[[0, -1]] + half * np.sin(chord),
            line.heading[[0, -1]] + bend * half,
            bend,
            np.array([0.0, line.length]),
        ],
        axis=1,
    )
    station = line.step * (np.arange(len(line.x)) + 0.5)
    middle = np.stack([line.x, line.y, line.heading, line.curvature, station])
    return np.concatenate([first[:, None], middle, last[:, None]], axis=1)


def _with_ends(rows: FloatArray) -> FloatArray:
    return np.concatenate([rows[:1], rows, rows[-1:]])


def _layers(road: "RoadRibbon", profiles: Profiles, flooded: dict[int, int]) -> Iterator[Layer]:
    """One for every stretch on which section and rhythm stay; to ``flooded``, sections without edges are added."""
    new = (np.diff(road.course.section) != 0) | (np.diff(road.rhythm, axis=0) != 0.0).any(axis=1)
    ends = np.append(np.flatnonzero(new) + 1, len(road.rhythm))
    for end in ends.tolist():
        section, rhythm = road.course.sections[road.course.section[end - 1]], Rhythm(*road.rhythm[end - 1].tolist())
        layer = profiles.layer(end * road.line.step, section, rhythm, may_turn=False)
        everywhere = (Surface(-VISIBLE, ASPHALT),)
        flooded[layer.section] = profiles.index(CrossSection(everywhere, section.lines), rhythm)
        yield layer
