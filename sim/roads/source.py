"""Where the roads of a configuration come from: a seed each, or a file."""

from dataclasses import dataclass

from sim.config import RoadsConfig
from sim.roads.catalog import build_road
from sim.roads.road import Road


@dataclass(frozen=True)
class SeededRoads:
    """A procedural road for every seed."""

    least_radius: float
    """Of the bends [m]."""
    count: None = None

    def number(self, seed: int) -> int:
        """The seed itself."""
        return seed

    def build(self, number: int) -> Road:
        """The road with this seed."""
        return build_road("procedural", number, self.least_radius)


@dataclass(frozen=True)
class ListedRoads:
    """The roads of a file, or the one of a fixed kind, over and over again."""

    roads: tuple[Road, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.roads)

    def number(self, seed: int) -> int:
        """Its place in the list."""
        return seed % len(self.roads)

    def build(self, number: int) -> Road:
        """The road at a place in the list."""
        return self.roads[number]


def road_source(config: RoadsConfig) -> SeededRoads | ListedRoads:
    """The roads that a configuration names.

    Raises:
        UserError: they are in a file that cannot be read.
    """
    if config.kind == "procedural":
        return SeededRoads(config.radius_min_m)
    if config.file is None:
        return ListedRoads((build_road(config.kind, seed=0),))
    from sim.roads.formats import read_roads  # readers are loaded only where there is something to read

    return ListedRoads(tuple(read_roads(config.file, config.lane)))
