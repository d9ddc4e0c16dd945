"""Where a lane jumps or kinks, because one record ends elsewhere than the next begins."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from sim.roads.formats.opendrive.lanes import middle
from sim.roads.formats.opendrive.model import LanePiece, MapRoad, RoadMap, Section
from sim.roads.formats.opendrive.plan import reference

LEAST_JUMP, LEAST_KINK = 0.1, math.radians(10.0)  # m and rad; what is less is in the way of nobody


def break_of(road_map: RoadMap, piece: LanePiece) -> str:
    """What is wrong with a lane, as ", for it jumps by 3.00 m at s = 30", or nothing."""
    road = road_map.roads[piece.road]
    section = road.sections[piece.section]
    for s in sorted(set(_starts(road, section))):
        if section.start < s < section.end:
            at, before = np.array([s]), dataclasses.replace(section, end=s)
            ends = middle(road, before, piece.lane, at), middle(road, section, piece.lane, at)
            jump = float(np.hypot(*(ends[1] - ends[0])[0]))
            headings = reference(road, at, section.start, s).heading, reference(road, at).heading
            kink = abs(math.remainder(float((headings[1] - headings[0])[0]), 2.0 * math.pi))
            if jump > LEAST_JUMP or kink > LEAST_KINK:
                what = f"kinks by {math.degrees(kink):.0f} degrees" if kink > LEAST_KINK else f"jumps by {jump:.2f} m"
                return f", for it {what} at s = {s:g}"
    return ""


def _starts(road: MapRoad, section: Section) -> Iterator[float]:
    """Where the records begin that a section's lanes lie by [m]."""
    yield from (geometry.s for geometry in road.geometries)
    yield from road.offset.starts.tolist()
    for lane in section.lanes.values():
        for records in (lane.width, lane.border):
            if records is not None:
                yield from (section.start + records.starts).tolist()
