"""Checks the reader of OpenDRIVE maps on any files, against a second calculation that is written from the standard.

python -m tools.roads.check FILE...
"""

import sys
from pathlib import Path
from typing import Annotated

import tyro
from rich.progress import track
from rich.table import Table

from agents.console import figures_table, plain_console
from agents.roads.files import road_files
from sim.errors import UserError
from sim.roads.formats.opendrive import read_map
from tools.roads.compare import Driven, LineErrors, Links, compare_driven, compare_lines, compare_links
from tools.roads.standard import StandardMap

CLOSE = 0.05  # m
Row = tuple[LineErrors, Links, Driven]


def main(files: Annotated[tuple[str, ...], tyro.conf.Positional]) -> None:
    """Prints how far the two calculations are apart, a row for each map, and how far the map's own links gape.

    Args:
        files: OpenDRIVE maps, or folders of them.
    """
    rows: dict[str, Row] = {}
    try:
        for path in track(road_files(files), "comparing", console=plain_console(stderr=True), transient=True):
            if path.suffix.lower() == ".xodr":
                rows[path.name] = compare(path)
    except UserError as error:
        sys.exit(str(error))
    plain_console().print(table_of(rows))
    distances = [distance for row in rows.values() for distance in distances_of(row)]
    unlike = [f"{name}: {place}" for name, (_, links, _) in rows.items() for place in links.unlike]
    places = sum(lines.stations for lines, _, _ in rows.values())
    print(f"At {places:,} places, the calculations differ by {max(distances, default=0.0):.4f} m or less,")
    print(f"and {len(unlike)} ends of lanes are linked otherwise.")
    print(*unlike, sep="\n", end="")
    sys.exit(1 if unlike or max(distances, default=0.0) > CLOSE else 0)


def compare(path: Path) -> Row:
    """The three comparisons of one map."""
    standard, read = StandardMap(path), read_map(path)
    return compare_lines(standard, read), compare_links(standard, read), compare_driven(standard, read)


def distances_of(row: Row) -> list[float]:
    """What the two calculations differ by [m]."""
    lines, _, driven = row
    return [lines.reference, lines.border, lines.height, driven.middle, driven.border]


def table_of(rows: dict[str, Row]) -> Table:
    """Greatest distances, a row for each map."""
    headings = ("map", "lanes", "lines", "border", "links", "gape", "routes", "driven")
    table = figures_table(*headings, title="Greatest distances, mm")
    table.columns[0].max_width = 20
    for name, (lines, links, driven) in rows.items():
        apart, borders = max(lines.reference, lines.height), max(driven.middle, driven.border)
        table.add_row(
            name.removesuffix(".xodr"),
            *(f"{lines.lanes:,}", _millimetres(apart), _millimetres(lines.border)),
            *(f"{links.count:,}", _millimetres(links.gap), f"{driven.roads:,}", _millimetres(borders)),
        )
    return table


def _millimetres(distance: float) -> str:
    return f"{1000.0 * distance:.2f}"


if __name__ == "__main__":
    tyro.cli(main)
