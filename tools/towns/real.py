"""Reads OpenDRIVE maps as towns, and says what is in each, how long that took, and how much memory it takes.

python -m tools.towns.real FILES... --out pictures
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from rich import box
from rich.table import Table

from agents.console import plain_console
from agents.roads.files import road_files
from agents.roads.picture import write_town
from agents.roads.town import route_of, unreachable
from sim.errors import UserError
from sim.network.network import VEHICLES, bytes_of
from sim.network.validate import link_errors
from sim.roads.formats.opendrive import RoadMap, read_map
from sim.town.opendrive.town import MapTown, town_of

COLUMNS = ("lanes", "km", "junctions", "signals", "stops", "crossings", "unreachable", "gap mm", "s", "MB")


@dataclass
class RealOptions:
    """Which maps."""

    files: tyro.conf.Positional[tuple[str, ...]]
    """OpenDRIVE maps, or folders of them."""
    out: Path | None = None
    """Folder for a picture of each map, and of some of its junctions at large; none by default."""
    junctions: int = 4
    """How many junctions of each map to draw at large."""


def main(options: RealOptions) -> None:
    """Prints a row for each map."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("map", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    notes = []
    for path in road_files(options.files):
        if path.suffix.lower() != ".xodr":
            continue
        begin = time.process_time()
        try:
            town = town_of(road_map := read_map(path))
        except UserError as error:
            notes.append(str(error))
            continue
        table.add_row(path.stem, *_row(town, time.process_time() - begin))
        notes += [f"{path.name}: {note}" for note in town.notes]
        if options.out is not None:
            _draw(town, road_map, options)
    console = plain_console()
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True)


def _row(town: MapTown, seconds: float) -> tuple[str, ...]:
    network = town.network
    gaps = link_errors(network)[0]
    size = bytes_of(network) + sum(
        part.nbytes for ribbon in town.ribbons for part in (ribbon.line.x, ribbon.course.section, ribbon.course.edges)
    )
    return (
        str(len(network.lane_length)),
        f"{network.lane_length.sum() / 1000.0:.2f}",
        str(len(network.junction_control)),
        str(np.count_nonzero(network.group_kind == VEHICLES)),
        str(len(network.stop_lane)),
        str(len(network.crossing_width)),
        str(np.count_nonzero(unreachable(network))),
        f"{1000.0 * gaps.max(initial=0.0):.1f}",
        f"{seconds:.2f}",
        f"{size / 1e6:.2f}",
    )


def _draw(town: MapTown, road_map: RoadMap, options: RealOptions) -> None:
    assert options.out is not None
    options.out.mkdir(parents=True, exist_ok=True)
    route = route_of(town, None, None)
    write_town(road_map, town, route, options.out / f"{town.path.stem}.png")
    network = town.network
    size = np.argsort(-np.diff(network.junction_lane_starts), kind="stable")
    for index in size[: options.junctions].tolist():
        middle = float(network.junction_x[index]) + town.origin[0], float(network.junction_y[index]) + town.origin[1]
        write_town(road_map, town, route, options.out / f"{town.path.stem}-{town.junctions[index]}.png", middle)


if __name__ == "__main__":
    main(tyro.cli(RealOptions))
