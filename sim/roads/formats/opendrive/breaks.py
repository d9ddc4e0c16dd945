"""Where a lane jumps or kinks, because one record ends elsewhere than the next begins."""

import math
from collections.abc import Iterator

import numpy as np

from sim.roads.formats.opendrive.lanes import middle
from sim.roads.formats.opendrive.model import HAIR, LanePiece, MapRoad, RoadMap, Section
from sim.roads.formats.opendrive.plan import reference

LEAST_JUMP, LEAST_KINK = 0.1, math.radians(10.0)  # m and rad; what is less is in the way of nobody


def break_of(road_map: RoadMap, piece: LanePiece) -> str:
    """What is wrong with a lane, as ", for it jumps by 3.00 m at s = 30", or nothing."""
    road = road_map.roads[piece.road]
    section = road.sections[piece.section]
    inside = sorted({s for s in _starts(road, section) if section.start + HAIR < s < section.end - HAIR})
    if not inside:
        return ""
    s = np.array(inside)
    before, after = (middle(road, section, piece.lane, places) for places in (s - HAIR, s + HAIR))
    jumps = np.hypot(*(after - before).T)
    kinks = np.abs(np.sin(0.5 * (reference(road, s + HAIR).heading - reference(road, s - HAIR).heading)))
    broken = np.flatnonzero((jumps > LEAST_JUMP) | (kinks > math.sin(0.5 * LEAST_KINK)))
    if not len(broken):
        return ""
    first = broken[0]
    kink = math.degrees(2.0 * math.asin(min(kinks[first], 1.0)))
    what = f"jumps by {jumps[first]:.2f} m" if kink < math.degrees(LEAST_KINK) else f"kinks by {kink:.0f} degrees"
    return f", for it {what} at s = {inside[first]:g}"


def _starts(road: MapRoad, section: Section) -> Iterator[float]:
    """Where the records begin that a section's lanes lie by [m]."""
    yield from (geometry.s for geometry in road.geometries)
    yield from road.offset.starts.tolist()
    for lane in section.lanes.values():
        for records in (lane.width, lane.border):
            if records is not None:
                yield from (section.start + records.starts).tolist()
