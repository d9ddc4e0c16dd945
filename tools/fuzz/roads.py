"""Tries to break the reader of road files with broken ones: each must be refused in a sentence, or give roads to drive.

python -m tools.fuzz.roads --count 10000 [FILE...]
"""

import contextlib
import hashlib
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import numpy as np
import tyro
from rich.progress import track

from agents.console import plain_console
from sim.errors import UserError
from sim.roads.formats import is_road_file, read_file, roads_of
from sim.roads.formats.opendrive import RoadMap
from tools import EXAMPLE_MAP
from tools.fuzz.text_mutations import mutate
from tools.roads.writer import ellipse

MOST_SECONDS, MOST_BYTES = 5, 1_000_000_000  # of processor time, of memory
MOST_WAIT = 300  # s by the clock, for what sleeps instead of working
SMALL = 100_000  # bytes; of smaller maps, every route is made
TAKEN, REFUSED, FAILED = 0, 3, 4  # exit codes of a child


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    kind: str  # "taken", "refused" or what went wrong
    said: str


def main(
    files: Annotated[tuple[Path, ...], tyro.conf.Positional] = (),
    count: int = 10_000,
    seed: int = 0,
    out: Path = Path("runs/fuzz"),
) -> None:
    """Mutates road files, reads each in a process of its own and keeps those that break it.

    Args:
        files: Road files to mutate, besides the example of the documentation and a circuit; larger ones more seldom.
        count: How many mutated files to try.
        seed: The same seed makes the same files.
        out: Where files go that crash the reader, take more than 5 s or 1 GB, or are taken though they are no roads.
    """
    own = [(EXAMPLE_MAP.suffix, EXAMPLE_MAP.read_bytes()), (".csv", ellipse().encode())]
    seeds = [*own, *(_seed(path) for path in files)]
    outcomes: Counter[str] = Counter()
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder:
        for number in track(range(count), "reading", console=plain_console(stderr=True)):
            path = write_mutant(seeds, random.Random(f"{seed}-{number}"), Path(folder))
            outcome = try_file(path)
            outcomes[outcome.kind] += 1
            if outcome.kind not in ("taken", "refused"):
                print(f"{keep(path, out)}: {outcome.kind}: {outcome.said}")
    print(f"{outcomes.total():,} files tried: {outcomes['refused']:,} refused, {outcomes['taken']:,} taken.")
    failures = outcomes.total() - outcomes["refused"] - outcomes["taken"]
    print(f"{failures} failed; they are in {out}." if failures else "None crashed, hung or took more than 1 GB.")
    sys.exit(1 if failures else 0)


def _seed(path: Path) -> tuple[str, bytes]:
    if not is_road_file(path.name):
        sys.exit(f"{path} is no road file: its name must end in .csv or .xodr.")
    try:
        return path.suffix, path.read_bytes()
    except OSError as error:
        sys.exit(f"{path} cannot be read ({error.strerror}); name a road file that is there.")


def write_mutant(seeds: Sequence[tuple[str, bytes]], generator: random.Random, folder: Path) -> Path:
    """Writes a mutant of one of the seeds, which are suffixes and contents."""
    weights = [1.0 / math.sqrt(len(data) + 1.0) for _, data in seeds]
    suffix, data = generator.choices(seeds, weights)[0]
    path = folder / f"mutant{suffix}"
    path.write_bytes(mutate(data, generator))
    return path


def try_file(path: Path) -> Outcome:
    """Reads a file in a child with limits."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _in_child(path, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status, usage = os.wait4(child, 0)
    return Outcome(_kind(status, usage.ru_maxrss * 1024), said)


def _kind(status: int, peak: int) -> str:
    if peak > MOST_BYTES:
        return f"{peak / 1e9:.1f} GB"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "hang" if number in (signal.SIGXCPU, signal.SIGALRM) else f"crash by {signal.Signals(number).name}"
    return {TAKEN: "taken", REFUSED: "refused"}.get(os.WEXITSTATUS(status), "crash")


def _in_child(path: Path, writer: int) -> NoReturn:
    code, said = FAILED, ""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        signal.alarm(MOST_WAIT)
        room = mapped_bytes() + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        code, said = _read(path)
    except BaseException:
        said = traceback.format_exc(limit=-4)
    finally:
        os.write(writer, said.encode(errors="replace")[:60_000])
        os._exit(code)


def mapped_bytes() -> int:
    """Bytes of address space that the process has before it reads anything."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _read(path: Path) -> tuple[int, str]:
    try:
        source = read_file(path)
        roads = roads_of(source)
        if isinstance(source, RoadMap) and path.stat().st_size < SMALL:
            roads = (*roads, *roads_of(source, "all"))
    except UserError as error:
        return _judge_sentence(str(error), path)
    for road in roads:
        if not (np.isfinite(road.points).all() and np.isfinite(road.edges).all() and 0.0 < road.length < math.inf):
            return FAILED, "taken, but its road is not finite"
    return TAKEN, ""


def _judge_sentence(said: str, path: Path) -> tuple[int, str]:
    good = path.name in said and "\n" not in said and len(said) < 600 and said.endswith(".") and said.isprintable()
    return (REFUSED, said) if good else (FAILED, f"refused, but not in a clear sentence: {said!r}")


def keep(path: Path, out: Path) -> Path:
    """Copies a file to where it stays, under a name that its contents give."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / (hashlib.sha256(path.read_bytes()).hexdigest()[:12] + path.suffix)
    return Path(shutil.copyfile(path, kept))


if __name__ == "__main__":
    tyro.cli(main)
