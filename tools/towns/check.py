"""Builds towns and checks each: links, ways from every lane to every other, bends, asphalt; and says how long it took.

python -m tools.towns.check --seeds 1000
"""

import time
from dataclasses import dataclass

import numpy as np
import tyro

from agents.console import plain_console
from sim.network.network import bytes_of
from sim.network.routing import strongly_connected
from sim.network.validate import validate
from sim.town.town import Town
from tools.towns.options import TownOptions

SORTED = 1_000_000  # numbers; sorting them is the time that building is compared with


@dataclass
class CheckOptions(TownOptions):
    """Which towns."""

    seeds: int = 1000
    """How many towns."""


def main(options: CheckOptions) -> None:
    """Prints what was found; ends with an error at the first town that is not as it must be."""
    console = plain_console()
    options.build(options.first)  # compiles
    times, sizes = [], []
    for seed in options.numbers():
        begin = time.process_time()
        town = options.build(seed)
        times.append(1e3 * (time.process_time() - begin))
        check(town)
        sizes.append(bytes_of(town.network))
    sort = sorting_time()
    console.print(f"{options.seeds} towns are whole, and every lane of each leads to every other")
    console.print(
        f"built in {np.median(times):.1f} ms of CPU time each, the slowest in {np.max(times):.1f} ms; "
        f"{np.median(times) / sort:.2f} times as long as sorting {SORTED:,} numbers"
    )
    console.print(f"networks take {np.median(sizes) / 1e6:.2f} MB each, the largest {np.max(sizes) / 1e6:.2f} MB")


def check(town: Town) -> None:
    """Makes sure that a town is whole."""
    validate(town.network, f"the town of seed {town.seed}")
    if not strongly_connected(town.network):
        raise SystemExit(f"In the town of seed {town.seed}, some lanes do not lead to others.")


def sorting_time() -> float:
    """CPU time of the comparison, median of nine [ms]."""
    numbers, times = np.random.default_rng(0).random(SORTED), []
    for _ in range(9):
        begin = time.process_time()
        np.sort(numbers)
        times.append(1e3 * (time.process_time() - begin))
    return float(np.median(times))


if __name__ == "__main__":
    main(tyro.cli(CheckOptions))
