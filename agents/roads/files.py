"""Road files for commands: what ``--road`` and ``--lane`` name, and how long its roads may take."""

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from agents.roads import TEST_SEEDS
from sim.config import CITY_RADIUS, RoadKind, RoadsConfig
from sim.errors import UserError
from sim.fields import quoted
from sim.roads.formats import is_road_file, read_roads

DRAWN: tuple[RoadKind, ...] = tuple(kind for kind in get_args(RoadKind) if kind != "file")


def named_roads(road: str, lane: str | None = None, radius_min_m: float | None = None) -> RoadsConfig:
    """The roads that ``--road`` names: a kind, or a file; they are read here, so that what is wrong is said at once.

    ``radius_min_m`` is the least radius of the bends of procedural roads [m]; None for the usual one.

    Raises:
        UserError: neither a kind nor a file that can be read, or it has no such lane.
    """
    if not is_road_file(road):
        require_drawn(road)
        return RoadsConfig(kind=road, lane=lane, radius_min_m=bend_radius(road, radius_min_m))  # type: ignore[arg-type]
    if radius_min_m is not None:
        raise UserError("The roads of files have bends of their own; leave out --radius-min-m.")
    _require_printable(road)
    return RoadsConfig(kind="file", file=road, lane=lane, first_seed=0, last_seed=len(read_roads(road, lane)) - 1)


def roads_to_watch(
    trained: RoadsConfig, road: str | None = None, lane: str | None = None, radius_min_m: float | None = None
) -> RoadsConfig:
    """The roads that a policy is shown on: those that are named, see ``named_roads``, or else those it was trained on.

    Raises:
        UserError: there are no such roads.
    """
    if road is None and lane is None and radius_min_m is None:
        if trained.kind == "town":
            return RoadsConfig(kind="town", file=trained.file)
        return named_roads(trained.file or trained.kind, trained.lane)
    return named_roads(road or "procedural", lane, radius_min_m)


def seeds_to_watch(roads: RoadsConfig) -> range:
    """Seeds of the roads that a policy is shown on: all roads of a file, or ``TEST_SEEDS``."""
    return range(roads.count) if roads.kind == "file" else TEST_SEEDS


def bend_radius(road: str, radius_min_m: float | None) -> float:
    """Least radius of the bends of roads of a kind [m]; None for the usual one.

    Raises:
        UserError: one is given for roads that are not drawn with it.
    """
    if radius_min_m is not None and road != "procedural":
        raise UserError(f"Roads of the kind {quoted(road)} have bends of their own; leave out --radius-min-m.")
    return CITY_RADIUS if radius_min_m is None else radius_min_m


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
    for path in found:
        _require_printable(str(path))
    return found


def _require_printable(name: str) -> None:
    """Settings and scorecards hold the names of road files."""
    if not name.isprintable():
        raise UserError(f"Road file {quoted(name)} cannot be driven: its name must be printable UTF-8; rename it.")


def longest_route(roads: RoadsConfig) -> float:
    """Length of the longest route of a file [m]."""
    assert roads.file is not None
    return max(road.lane_distance(*road.route_bounds) for road in read_roads(roads.file, roads.lane))
