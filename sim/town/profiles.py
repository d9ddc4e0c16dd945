"""Which street is how wide: cross-sections drawn line by line of the plan, so that a street stays what it is."""

from dataclasses import replace

import numpy as np

from sim.town.plan import lines_along
from sim.town.streets import ARTERIAL, COLLECTOR, LOCAL, Profile

KMH = 1.0 / 3.6
PARKING_WIDTH = 2.1  # m


def draw_profiles(random: np.random.Generator, size: float) -> list[Profile]:
    """Cross-sections of the rows, then of the columns of a town's grid."""
    count = lines_along(size)
    main = {int(random.integers(1, count - 1))}
    if random.random() < 0.6 or size > 600.0:
        main.add(count + int(random.integers(1, count - 1)))
    outer = {0, count - 1, count, 2 * count - 1}
    profiles = []
    for line in range(2 * count):
        if line in main:
            profiles.append(_arterial(random))
        elif line in outer or random.random() < 0.35:
            profiles.append(_collector(random))
        else:
            profiles.append(_local(random))
    return profiles


def main_lines(profiles: list[Profile]) -> set[int]:
    """Lines that stay whole."""
    return {line for line, profile in enumerate(profiles) if profile.rank == ARTERIAL}


def one_way(profile: Profile, along: bool) -> Profile:
    """The same street with traffic in one direction only."""
    lanes = 1 if profile.rank == LOCAL else 2
    forward, backward = (lanes, 0) if along else (0, lanes)
    return replace(profile, forward=forward, backward=backward, median=0.0)


def _arterial(random: np.random.Generator) -> Profile:
    lanes = 3 if random.random() < 0.25 else 2
    return Profile(
        rank=ARTERIAL,
        forward=lanes,
        backward=lanes,
        lane_width=_rounded(random, 3.25, 3.75),
        median=3.0 if random.random() < 0.6 else 0.0,
        pavement=_rounded(random, 2.2, 3.0),
        limit=(70.0 if random.random() < 0.35 else 50.0) * KMH,
    )


def _collector(random: np.random.Generator) -> Profile:
    wide = random.random() < 0.35
    parking = PARKING_WIDTH if random.random() < 0.35 else 0.0
    return Profile(
        rank=COLLECTOR,
        forward=1,
        backward=1,
        lane_width=_rounded(random, 3.0, 3.5),
        median=3.0 if wide else 0.0,
        parking_right=parking,
        parking_left=parking,
        pavement=_rounded(random, 2.0, 3.0),
        limit=50.0 * KMH,
    )


def _local(random: np.random.Generator) -> Profile:
    sides = random.random(2) < 0.5
    return Profile(
        rank=LOCAL,
        forward=1,
        backward=1,
        lane_width=_rounded(random, 2.75, 3.25),
        parking_right=PARKING_WIDTH if sides[0] else 0.0,
        parking_left=PARKING_WIDTH if sides[1] else 0.0,
        pavement=_rounded(random, 1.5, 2.5),
        limit=30.0 * KMH,
    )


def _rounded(random: np.random.Generator, low: float, high: float) -> float:
    """A width [m] in steps of 5 cm."""
    return round(float(random.uniform(low, high)) * 20.0) / 20.0
