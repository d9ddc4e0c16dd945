"""Tries to break every reader with broken files: each must be refused in a sentence, or give what can be worked with.

python -m tools.fuzz --minutes 10 [--reader NAME...]
"""

import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

import tyro

from tools.fuzz.child import REFUSED, TAKEN, Child, failures, in_child, judge_all
from tools.fuzz.file_readers import READERS
from tools.fuzz.reader import Files, Reader

SEALED = 0.85  # share of inputs whose digests are right


def main(
    reader: tuple[str, ...] = tuple(READERS),
    minutes: float = 10.0,
    inputs: int | None = None,
    seed: int = 0,
    out: Path = Path("runs/fuzz"),
) -> None:
    """Breaks valid inputs, reads each in a process with limits, and keeps those that break the reader.

    Args:
        reader: Which readers; all by default.
        minutes: How long to try each of them.
        inputs: How many inputs to try of each reader, whatever time it takes; 0 reads the valid one alone.
        seed: The same seed makes the same inputs.
        out: Where inputs go, a folder for each, that crash a reader, take more than 5 s or 2 GB of memory, are refused
            in no clear sentence, or make the program do what no reader should.
    """
    unknown = sorted(set(reader) - set(READERS))
    if unknown:
        sys.exit(f"There is no reader {unknown[0]!r}; there are {', '.join(READERS)}.")
    failed = sum(fuzz(name, minutes, inputs, seed, out) for name in reader)
    print(f"{failed} failed; they are in {out}." if failed else "None crashed, hung, or ran anything.")
    sys.exit(1 if failed else 0)


def fuzz(name: str, minutes: float, inputs: int | None, seed: int, out: Path) -> int:
    """Tries one reader, and says how it went; returns how often it failed."""
    reader, outcomes = READERS[name], Counter[str]()
    ends = time.monotonic() + 60.0 * minutes
    numbers = range(inputs) if inputs is not None else itertools.takewhile(lambda _: time.monotonic() < ends, count())
    with tempfile.TemporaryDirectory() as scratch:
        valid = _valid_input(reader, Path(scratch) / "valid")

        def make(number: int) -> Files:
            return broken(reader, valid, seed, number)

        judge_all(Child(reader.read, valid, make, Path(scratch)), make, numbers, out / name, outcomes)
    failed = failures(outcomes)
    counts = f"{outcomes[REFUSED]:,} refused, {outcomes[TAKEN]:,} taken, {failed} failed"
    print(f"{name}: {outcomes.total():,} inputs: {counts}.", flush=True)
    return failed


def _valid_input(reader: Reader, folder: Path) -> Files:
    folder.mkdir()
    in_child(lambda: reader.make(folder))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def broken(reader: Reader, valid: Files, seed: int, number: int) -> Files:
    """The input of a number: one file of the valid one is broken, sometimes two."""
    generator = random.Random(f"{seed}-{number}")
    files = dict(valid)
    for name in generator.sample(sorted(reader.mutations), min(generator.choice((1, 1, 1, 2)), len(reader.mutations))):
        files[name] = reader.mutations[name](files[name], generator)
    return reader.seal(files) if generator.random() < SEALED else files


if __name__ == "__main__":
    tyro.cli(main)
