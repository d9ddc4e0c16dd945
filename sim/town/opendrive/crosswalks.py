"""Crossings of pedestrians from the outlines that a file gives."""

from typing import NamedTuple

import numpy as np

from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.rules import MapRules
from sim.roads.formats.opendrive.things import CROSSWALK
from sim.town.opendrive.places import LanePlaces
from sim.types import FloatArray

NARROWEST, WIDEST = 1.0, 12.0  # m along the street; what is outside is no crossing


class Crosswalk(NamedTuple):
    """A crossing."""

    ends: tuple[float, float, float, float]  # x, y [m] of its middle at either end
    width: float  # m, along the street
    under: list[tuple[int, float, float]]  # lanes, and from where to where it lies on each [m]

    @property
    def walk(self) -> float:
        """Way from one end to the other [m]."""
        return float(np.hypot(self.ends[2] - self.ends[0], self.ends[3] - self.ends[1]))


def crosswalks_of(road_map: RoadMap, rules: MapRules, places: LanePlaces) -> tuple[list[Crosswalk], list[str]]:
    """All crossings that lie on lanes, and the lines of the file with those that do not."""
    found, idle = [], []
    for thing in rules.things:
        if thing.kind != CROSSWALK:
            continue
        road = road_map.roads.get(thing.road)
        crosswalk = _crosswalk(thing.outline(road) - places.origin, places) if road is not None else None
        if crosswalk is None:
            idle.append(f"line {thing.line}")
        else:
            found.append(crosswalk)
    return found, idle


def _crosswalk(outline: FloatArray, places: LanePlaces) -> Crosswalk | None:
    """The rectangle around an outline, its axis across the lanes that it lies on."""
    under = places.under(outline)
    if not under:
        return None
    headings = np.array([places.pose(lane, 0.5 * (begin + end)).heading for lane, begin, end in under])
    street = 0.5 * float(np.angle(np.exp(2j * headings).sum()))  # directions, whichever way they are driven
    angle = _axis_across(outline, street)
    across, along = (outline @ np.array([np.cos(a), np.sin(a)]) for a in (angle, angle + 0.5 * np.pi))
    width = float(np.ptp(along))
    if not NARROWEST <= width <= WIDEST or np.ptp(across) < NARROWEST:
        return None
    middle = 0.5 * (along.min() + along.max())
    ends = [
        value
        for side in (across.min(), across.max())
        for value in (side * np.cos(angle) - middle * np.sin(angle), side * np.sin(angle) + middle * np.cos(angle))
    ]
    x0, y0, x1, y1 = (float(value) for value in ends)
    return Crosswalk((x0, y0, x1, y1), width, under)


def _axis_across(outline: FloatArray, street: float) -> float:
    """The direction [rad] of the smallest rectangle around an outline that lies more nearly across a street."""
    edges = np.diff(np.concatenate([outline, outline[:1]]), axis=0)
    edges = edges[np.hypot(*edges.T) > 0.1]
    angles = np.arctan2(edges[:, 1], edges[:, 0]) if len(edges) else np.array([street])
    sizes = [_area(outline, angle) for angle in angles]
    angle = float(angles[int(np.argmin(sizes))])
    return angle if abs(np.sin(angle - street)) > abs(np.cos(angle - street)) else angle + 0.5 * np.pi


def _area(outline: FloatArray, angle: float) -> float:
    return float(np.prod([np.ptp(outline @ np.array([np.cos(a), np.sin(a)])) for a in (angle, angle + 0.5 * np.pi)]))
