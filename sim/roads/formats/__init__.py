"""Roads from files: circuits as CSV and OpenDRIVE maps, read into roads that can be driven."""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.errors import UserError
from sim.fields import quoted
from sim.roads.formats.circuit import Circuit, read_circuit
from sim.roads.formats.circuit_lane import circuit_road
from sim.roads.formats.map_lanes import map_roads
from sim.roads.formats.opendrive import RoadMap, read_map
from sim.roads.road import Road

SUFFIXES = (".csv", ".xodr")


def is_road_file(name: str) -> bool:
    """Whether a name is that of a road file."""
    return name.lower().endswith(SUFFIXES)


def has_lanes(name: str) -> bool:
    """Whether a road file is a map, whose lanes can be chosen."""
    return name.lower().endswith(SUFFIXES[1])


def read_roads(path: Path | str, lane: str | None = None) -> Sequence[Road]:
    """The roads of a file, at least one.

    Args:
        path: A circuit in the format of the racetrack database (.csv), which is one road, or an OpenDRIVE map (.xodr).
        lane: Of a map: "ROAD:LANE" or "ROAD:LANE:SECTION", for the route that begins with this lane of a road; "all"
            for a route from every lane that no other leads to; None for the first of them, the main lane.

    What a user should know about a map is said once on stderr.

    Raises:
        UserError: the file cannot be read or is not what it should be, or there is no such lane.
    """
    path = Path(path)
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); name a road file that is there.") from None
    return _read(path, lane, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=8)
def _read(path: Path, lane: str | None, changed: int, size: int) -> Sequence[Road]:
    """Reads a file once, however many environments drive on it; ``changed`` and ``size`` tell its versions apart."""
    source = read_file(path)
    for note in source.notes if isinstance(source, RoadMap) else ():
        _say(f"{path}: {note}")
    return roads_of(source, lane)


@functools.cache
def _say(note: str) -> None:
    """Tells the user something, once."""
    print(f"Note: {note}", file=sys.stderr)


def read_file(path: Path) -> Circuit | RoadMap:
    """What is in a road file, as it stands there.

    Raises:
        UserError: the file cannot be read or is not what it should be.
    """
    if not is_road_file(path.name):
        raise UserError(f"{path} is no road file: its name must end in {' or '.join(SUFFIXES)}.")
    return read_circuit(path) if path.suffix.lower() == ".csv" else read_map(path)


def roads_of(source: Circuit | RoadMap, lane: str | None = None) -> Sequence[Road]:
    """The roads to drive in it; see ``read_roads``.

    Raises:
        UserError: there is no such lane, or it cannot be driven.
    """
    if isinstance(source, RoadMap):
        return tuple(map_roads(source, lane))
    if lane is not None:
        raise UserError(f"{source.path} is a circuit, which has one lane to drive; leave out the lane {quoted(lane)}.")
    return (circuit_road(source),)
