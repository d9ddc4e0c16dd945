"""Road files for commands: what ``--road`` and ``--lane`` name, and how long its roads may take."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from sim.config import RoadKind, RoadsConfig
from sim.errors import UserError
from sim.fields import quoted
from sim.roads.formats import is_road_file, read_roads

DRAWN: tuple[RoadKind, ...] = tuple(kind for kind in get_args(RoadKind) if kind != "file")


def named_roads(road: str, lane: str | None = None) -> RoadsConfig:
    """The roads that ``--road`` names: a kind, or a file; they are read here, so that what is wrong is said at once.

    Raises:
        UserError: neither a kind nor a file that can be read, or it has no such lane.
    """
    if not is_road_file(road):
        require_drawn(road)
        return RoadsConfig(kind=road, lane=lane)  # type: ignore[arg-type]
    return RoadsConfig(kind="file", file=road, lane=lane, first_seed=0, last_seed=len(read_roads(road, lane)) - 1)


def require_drawn(road: str) -> None:
    """Makes sure that ``road`` is a kind of roads that seeds draw.

    Raises:
        UserError: it is not.
    """
    if road not in DRAWN:
        raise UserError(
            f"The road is {quoted(road)}, but must be one of {', '.join(DRAWN)}, or a file: a circuit (.csv) or an "
            "OpenDRIVE map (.xodr)."
        )


def road_files(names: Iterable[str]) -> list[Path]:
    """The road files that are named, and those in folders that are named, in the order of their names.

    Raises:
        UserError: there are none in a folder, or something else is named.
    """
    found: list[Path] = []
    for path in map(Path, names):
        if not path.is_dir() and not is_road_file(path.name):
            raise UserError(f"{path} is no road file: its name must end in .csv or .xodr.")
        inside = sorted(file for file in path.iterdir() if is_road_file(file.name)) if path.is_dir() else [path]
        if not inside:
            raise UserError(f"There is no road file in {path}; name a folder of .csv or .xodr files.")
        found += inside
    return found


def longest_route(roads: RoadsConfig) -> float:
    """Length of the longest route of a file [m]."""
    assert roads.file is not None
    return max(road.lane_distance(*road.route_bounds) for road in read_roads(roads.file, roads.lane))
