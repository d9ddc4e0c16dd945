"""Kills a training run again and again, and checks that it ends as if it had been left alone.

python -m tools.kill --kills 50

The run is small (480 frames), keeps its replay and writes a checkpoint after every step. It is killed by SIGKILL, in
turns while a checkpoint is written, while the kept policy is replaced, and at any moment; then it goes on. A run that
has come to its end is compared, bit for bit, with one that was left alone. The exit code is 1 if anything was lost.
"""

import sys
import tempfile
from pathlib import Path

import tyro

from agents.benchmarks.kills import kill_runs


def main(kills: int = 50, seed: int = 0) -> None:
    """Kills, and says what became of the runs.

    Args:
        kills: Kills in all.
        seed: Seed of the moments.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = kill_runs(kills, Path(folder), seed, lambda line: print(line, flush=True))
    print(
        f"{found.killed} kills, {found.while_writing} of them in the middle of writing; after {found.kept} the newest "
        f"checkpoint was whole. {found.alike} of {found.runs} runs ended bit for bit as the one that was left alone."
    )
    sys.exit(0 if found.kept == found.killed and found.alike == found.runs else 1)


if __name__ == "__main__":
    tyro.cli(main)
