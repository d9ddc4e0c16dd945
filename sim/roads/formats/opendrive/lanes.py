"""Where lanes lie beside a road's reference line.

Lane 0 lies at the lane offset. A lane's outer border is its inner one plus its width, to the left for lanes above 0 and
to the right below; or, where the file gives borders, at the t that they say (ASAM OpenDRIVE 1.8, section 11).
"""

import numpy as np

from sim.roads.formats.opendrive.model import MapRoad, Section
from sim.roads.formats.opendrive.plan import reference
from sim.types import FloatArray

DRIVABLE = frozenset(
    {
        "driving",
        "bidirectional",
        "entry",
        "exit",
        "onRamp",
        "offRamp",
        "connectingRamp",
        "slipLane",
        "bus",
        "taxi",
        "HOV",
    }
)


def lateral(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """T of a lane's outer border [m] at stations ``s`` (K,); that of lane 0 is where left and right meet."""
    side = 1 if lane > 0 else -1
    t = road.offset(s)
    for number in range(side, lane + side, side):
        item = section.lanes[number]
        if item.width is not None:
            t = t + side * item.width(s - section.start)
        elif item.border is not None:
            t = item.border(s - section.start)
    return t


def inner(lane: int) -> int:
    """The lane whose outer border is the inner one of ``lane``."""
    return lane - 1 if lane > 0 else lane + 1


def width(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Width of a lane [m] at stations ``s`` (K,)."""
    outer, inside = lateral(road, section, lane, s), lateral(road, section, inner(lane), s)
    return outer - inside if lane > 0 else inside - outer


def border(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Points of a lane's outer border at stations ``s`` (K,); shape (K, 2) [m]."""
    return reference(road, s).beside(lateral(road, section, lane, s))


def middle(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Points of a lane's middle at stations ``s`` (K,); shape (K, 2) [m]."""
    t = 0.5 * (lateral(road, section, lane, s) + lateral(road, section, inner(lane), s))
    return reference(road, s).beside(t)


def spread(section: Section, step: float) -> FloatArray:
    """Stations over a section, both ends included, at most ``step`` [m] apart."""
    return np.linspace(section.start, section.end, max(int(np.ceil(section.length / step)), 1) + 1)


def runs_along(road: MapRoad, section: Section, lane: int) -> bool:
    """Whether traffic on a lane runs along s: on the right where one drives on the right, on the left elsewhere."""
    return ((lane < 0) != road.left_hand) != section.lanes[lane].reversed
