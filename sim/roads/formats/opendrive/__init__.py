"""OpenDRIVE maps (ASAM OpenDRIVE 1.4 to 1.8): their roads, lanes, marks and links as plain data, and where they lie."""

from sim.roads.formats.opendrive.model import RoadMap
from sim.roads.formats.opendrive.parse import read_map

__all__ = ["RoadMap", "read_map"]
