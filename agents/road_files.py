"""Road files for commands: what ``--road`` and ``--lane`` name, and how long its roads may take."""

from sim.config import RoadsConfig
from sim.roads.formats import is_road_file, read_roads


def named_roads(road: str, lane: str | None = None) -> RoadsConfig:
    """The roads that ``--road`` names: a kind, or a file; they are read here, so that what is wrong is said at once.

    Raises:
        UserError: neither a kind nor a file that can be read, or it has no such lane.
    """
    if not is_road_file(road):
        return RoadsConfig(kind=road, lane=lane)  # type: ignore[arg-type]  # says what kinds there are
    return RoadsConfig(kind="file", file=road, lane=lane, first_seed=0, last_seed=len(read_roads(road, lane)) - 1)


def longest_route(roads: RoadsConfig) -> float:
    """Length of the longest route of a file [m]."""
    assert roads.file is not None
    return max(road.lane_distance(*road.route_bounds) for road in read_roads(roads.file, roads.lane))
