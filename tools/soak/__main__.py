"""Drives 10^8 steps with settings of every kind, and checks the invariants in each step.

python -m tools.soak --steps 1e8

Observation kinds, sizes and stacks, light and weather, cars, actions, tasks, roads from seeds and files, corruptions
and autoreset modes are dealt like cards, so that all values of a setting occur equally often. Every step of every car
renders a frame. Checked for all cars in each step: the state is finite, on the map, where its road coordinates say, and
reachable for a car; rewards are bounded and the sum of their terms; episodes begin, last and end as they should;
observations are in their space. In every 16th step, no frame may be of a single colour. Resident memory of each
process, after a collection between two trials, may differ by 1 % between the first million steps and the end. The exit
code is 1 if anything was violated.
"""

import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import tyro

from tools import EXAMPLE_MAP
from tools.soak.drive import MEMORY_SHARE, SETTLED, Soak, soak


def main(steps: float = 1e8, seed: int = 0, processes: int = 2, only: int | None = None) -> None:
    """Drives and prints the outcome.

    Args:
        steps: Steps of all cars in all processes.
        seed: Seed of settings and cars in the first process; the next process has the next seed.
        processes: Number of processes.
        only: Number of the one trial to drive, to repeat a violation.
    """
    started, seeds = time.monotonic(), range(seed, seed + (processes if only is None else 1))
    drive = partial(soak, car_steps=int(steps) // len(seeds), road_map=EXAMPLE_MAP, only=only)
    with ProcessPoolExecutor(len(seeds), multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(drive, seeds))
    say(found, time.monotonic() - started)
    sys.exit(0 if all(item.sound for item in found) else 1)


def say(found: list[Soak], seconds: float) -> None:
    """Prints the outcome of all processes."""
    steps, trials = sum(item.car_steps for item in found), sum(item.trials for item in found)
    pixels, looks = sum(item.pixels for item in found), sum(item.frames_looked_at for item in found)
    endings = sum((item.endings for item in found), Counter())
    print(
        f"{steps:,} steps in {trials} trials and {seconds:,.0f} s, each with a frame ({pixels / 1e9:.1f} billion "
        f"pixels); {looks:,} frames were looked at."
    )
    print("Episodes: " + ", ".join(f"{count:,} {ending}" for ending, count in sorted(endings.items())) + ".")
    for item in found:
        if item.settled_bytes is not None:
            print(
                f"Resident memory: {item.settled_bytes / 1e6:.1f} MB after {SETTLED:,} steps, "
                f"{item.last_bytes / 1e6:.1f} MB after {item.car_steps:,} ({100 * item.growth:+.2f} %), "
                f"{item.most_bytes / 1e6:.1f} MB at the most."
            )
    violations = [violation for item in found for violation in item.violations]
    print("\n".join([f"{len(violations)} violations:", *violations]) if violations else "No violation.")
    if not all(item.steady for item in found):
        print(f"Memory changed by more than {MEMORY_SHARE:.0%}.")


if __name__ == "__main__":
    tyro.cli(main)
