"""Chooses the roads of the suite sharp-v1 among 10,000 test roads, and prints the seeds of its ``sharp_roads.json``.

python -m tools.roads.sharp
"""

import numpy as np
import tyro
from rich.progress import track

from agents.console import plain_console
from sim.roads.catalog import build_road
from sim.roads.sharpness import s_curves_per_km, tight_share
from sim.types import FloatArray, IntArray

CANDIDATES = range(1_010_000, 1_020_000)  # test roads that no other suite and no validation drives on
CHOSEN = 50  # of each kind


def main() -> None:
    """Prints the seeds of the 50 roads with the most tight bends, and of the 50 others with the most S-curves."""
    console = plain_console()
    seeds = track(CANDIDATES, "drawing roads", console=console, transient=True)
    lines = [build_road("procedural", seed).line for seed in seeds]
    tight = np.array([tight_share(line) for line in lines])
    curves = np.array([s_curves_per_km(line) for line in lines])
    tightest = _highest(tight)
    curves[tightest] = 0.0
    for name, values, unit in (("tight", tight, "of the length"), ("s-curves", curves, "per km")):
        chosen = _highest(values)
        found = sorted(CANDIDATES[index] for index in chosen)
        console.print(f"{name}, {values[chosen].min():.2f} {unit} or more; all roads: median {np.median(values):.2f}")
        console.print(", ".join(str(seed) for seed in found), highlight=False)


def _highest(values: FloatArray) -> IntArray:
    """Indices (CHOSEN,) of the highest values; of equal ones, the first."""
    return np.argsort(-values, kind="stable")[:CHOSEN]


if __name__ == "__main__":
    tyro.cli(main)
