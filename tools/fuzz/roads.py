"""Tries to break the reader of road files with broken ones: each must be refused in a sentence, or be roads to drive.

A small map must also be a town, or be refused as one.

python -m tools.fuzz.roads --count 10000 [FILE...]
"""

import contextlib
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.progress import track

from agents.console import plain_console
from sim.errors import UserError
from sim.roads.formats import is_road_file, read_file, roads_of
from sim.roads.formats.opendrive import RoadMap
from sim.town.opendrive.town import town_of
from tools import EXAMPLE_MAP
from tools.fuzz.child import REFUSED, TAKEN, Child, failures, judge_all
from tools.fuzz.reader import Files
from tools.fuzz.text_mutations import mutate
from tools.roads.writer import ellipse

MOST_BYTES = 800_000_000  # beyond what reading the example takes: 1 GB in all
SMALL = 100_000  # bytes; of smaller maps, every route is made


def main(
    files: Annotated[tuple[Path, ...], tyro.conf.Positional] = (),
    count: int = 10_000,
    seed: int = 0,
    out: Path = Path("runs/fuzz/roads"),
) -> None:
    """Mutates road files, reads each in a process with limits and keeps those that break it.

    Args:
        files: Road files to mutate, besides the example of the documentation and a circuit; larger ones more seldom.
        count: How many mutated files to try.
        seed: The same seed makes the same files.
        out: Where files go that crash the reader, take more than 5 s or 1 GB, are refused in no clear sentence, or are
            taken though they are no roads.
    """
    own = [(EXAMPLE_MAP.suffix, EXAMPLE_MAP.read_bytes()), (".csv", ellipse().encode())]
    seeds = [*own, *(_seed(path) for path in files)]

    def make(number: int) -> Files:
        return mutant(seeds, random.Random(f"{seed}-{number}"))

    outcomes = Counter[str]()
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder:
        child = Child(_read, {f"mutant{own[0][0]}": own[0][1]}, make, Path(folder), MOST_BYTES)
        numbers = track(range(count), "reading", console=plain_console(stderr=True))
        judge_all(child, make, numbers, out, outcomes)
    print(f"{outcomes.total():,} files tried: {outcomes[REFUSED]:,} refused, {outcomes[TAKEN]:,} taken.")
    failed = failures(outcomes)
    print(f"{failed} failed; they are in {out}." if failed else "None crashed, hung or took more than 1 GB.")
    sys.exit(1 if failed else 0)


def _seed(path: Path) -> tuple[str, bytes]:
    if not is_road_file(path.name):
        sys.exit(f"{path} is no road file: its name must end in .csv or .xodr.")
    try:
        return path.suffix, path.read_bytes()
    except OSError as error:
        sys.exit(f"{path} cannot be read ({error.strerror}); name a road file that is there.")


def mutant(seeds: Sequence[tuple[str, bytes]], generator: random.Random) -> Files:
    """A mutant of one of the seeds, which are suffixes and contents."""
    weights = [1.0 / math.sqrt(len(data) + 1.0) for _, data in seeds]
    suffix, data = generator.choices(seeds, weights)[0]
    return {f"mutant{suffix}": mutate(data, generator)}


def _read(folder: Path) -> None:
    """Reads the one file in a folder, and makes its roads."""
    (path,) = folder.iterdir()
    try:
        source = read_file(path)
        roads = roads_of(source)
        if isinstance(source, RoadMap) and path.stat().st_size < SMALL:
            roads = (*roads, *roads_of(source, "all"))
            _read_town(source)
    except UserError as error:
        if path.name not in str(error):
            raise ValueError(f"refused without the file's name: {error}") from error
        raise
    for road in roads:
        if not (np.isfinite(road.points).all() and np.isfinite(road.edges).all() and 0.0 < road.length < math.inf):
            raise ValueError("taken, but its road is not finite")


def _read_town(road_map: RoadMap) -> None:
    """Makes a town of a map, if it is one."""
    try:
        town = town_of(road_map)
    except UserError as error:
        if road_map.path.name not in str(error):
            raise ValueError(f"refused as a town without the file's name: {error}") from error
        return
    for part in (*town.network, *town.furniture):
        if not np.isfinite(part).all():
            raise ValueError("taken, but its town is not finite")


if __name__ == "__main__":
    tyro.cli(main)
