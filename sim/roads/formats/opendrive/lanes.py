"""Where lanes lie beside a road's reference line.

Lane 0 lies at the lane offset. A lane's outer border is its inner one plus its width, to the left for lanes above 0 and
to the right below; or, where the file gives borders, at the t that they say (ASAM OpenDRIVE 1.8, section 11).
"""

import numpy as np

from sim.roads.formats.opendrive.model import MapRoad, Section
from sim.roads.formats.opendrive.plan import Places, reference
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


def laterals(road: MapRoad, section: Section, s: FloatArray) -> dict[int, FloatArray]:
    """Where every lane's outer border lies, t [m], at stations ``s`` (K,) of its section; lane 0's is the middle."""
    ds, length = s - section.start, section.length
    result = {0: road.offset(s, section.start, section.end)}
    for number in sorted(section.lanes, key=abs):
        if number == 0:
            continue
        lane, t = section.lanes[number], result[inner(number)]
        if lane.width is not None:
            t = t + (1 if number > 0 else -1) * lane.width(ds, 0.0, length)
        elif lane.border is not None:
            t = lane.border(ds, 0.0, length)
        result[number] = t
    return result


def lateral(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Where one lane's outer border lies, t [m], at stations ``s`` (K,)."""
    return laterals(road, section, s)[lane]


def inner(lane: int) -> int:
    """The lane whose outer border is the inner one of ``lane``."""
    return lane - 1 if lane > 0 else lane + 1


def widths(road: MapRoad, section: Section, s: FloatArray) -> dict[int, FloatArray]:
    """Width of every lane but lane 0 [m] at stations ``s`` (K,); below 0 where its borders fold."""
    t = laterals(road, section, s)
    return {number: (t[number] - t[inner(number)]) * (1 if number > 0 else -1) for number in t if number}


def width(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Width of one lane [m] at stations ``s`` (K,)."""
    return widths(road, section, s)[lane]


def border(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Points of a lane's outer border at stations ``s`` (K,); shape (K, 2) [m]."""
    return _places(road, section, s).beside(lateral(road, section, lane, s))


def middle(road: MapRoad, section: Section, lane: int, s: FloatArray) -> FloatArray:
    """Points of a lane's middle at stations ``s`` (K,); shape (K, 2) [m]."""
    return middles(road, section, s)[lane]


def middles(road: MapRoad, section: Section, s: FloatArray) -> dict[int, FloatArray]:
    """Points of every lane's middle at stations ``s`` (K,); shape (K, 2) each [m]."""
    t, places = laterals(road, section, s), _places(road, section, s)
    return {number: places.beside(0.5 * (t[number] + t[inner(number)])) for number in t if number}


def _places(road: MapRoad, section: Section, s: FloatArray) -> Places:
    return reference(road, s, section.start, section.end)


def spread(section: Section, step: float) -> FloatArray:
    """Stations over a section, both ends included, at most ``step`` [m] apart."""
    return np.linspace(section.start, section.end, max(int(np.ceil(section.length / step)), 1) + 1)


def runs_along(road: MapRoad, section: Section, lane: int) -> bool:
    """Whether traffic on a lane runs along s: on the right where one drives on the right, on the left elsewhere."""
    return ((lane < 0) != road.left_hand) != section.lanes[lane].reversed
