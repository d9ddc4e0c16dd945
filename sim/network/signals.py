"""Signals: the state of a group, and programs made from what conflicts in a junction.

A program is a round of stages. What is green in a stage does not conflict, but for left turns across oncoming traffic
and turns across pedestrians, which give way (permitted turns). Times follow the German RiLSA (FGSV 2015): yellow by
speed, intergreen times by clearing and entering; they are rounded up to steps of 0.1 s.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.config import CONTROL_PERIOD
from sim.kernels import kernel
from sim.network.network import PEDESTRIANS, VEHICLES, Network
from sim.types import Int32Array

RED, YELLOW, GREEN = range(3)
STATES = ("red", "yellow", "green")

YELLOW_S = ((50.0, 3.0), (60.0, 4.0), (math.inf, 5.0))  # km/h at the most, s: RiLSA
# Columns of a group's program [steps].
PROGRAM_CYCLE, PROGRAM_OFFSET, PROGRAM_GREEN_BEGIN, PROGRAM_GREEN_END, PROGRAM_YELLOW = range(5)
PROGRAM_FIELDS = 5

MIN_GREEN = 5.0  # s, RiLSA, for cars and for people on foot
MIN_ALL_RED = 1.0  # s
CLEARING_LENGTH = 6.0  # m, of a car that clears, RiLSA
CLEARING_SPEED = 10.0  # m/s, straight on, RiLSA
TURNING_SPEED = 7.0  # m/s, RiLSA
ENTERING_SPEED = 40.0 / 3.6  # m/s, RiLSA
WALKING_SPEED = 1.2  # m/s, RiLSA


@dataclass
class Group:
    """Lanes, or a crossing, that get one signal; ``green`` is written when the program is made."""

    kind: int
    """VEHICLES or PEDESTRIANS."""
    limit: float = 0.0
    """Speed limit [m/s]; 0 for pedestrians."""
    walk: float = 0.0
    """Way from kerb to kerb [m]; 0 for vehicles."""
    late: bool = False
    """Whether its stage comes after those of the others: left turns of their own."""
    green: tuple[int, int] = (0, 0)
    """Begin and end of green [steps]."""

    @property
    def yellow(self) -> int:
        """Length of yellow [steps]."""
        return 0 if self.kind == PEDESTRIANS else steps(yellow_seconds(self.limit))

    @property
    def clearing(self) -> int:
        """Steps after green until people on foot have reached the other kerb."""
        return steps(self.walk / WALKING_SPEED) if self.kind == PEDESTRIANS else 0


@dataclass
class Clash:
    """Which groups may not be green at once, and how long after the one's yellow another may begin."""

    gaps: dict[tuple[int, int], float] = field(default_factory=dict)
    """(group that ends, group that begins): s from the end of yellow to green."""
    apart: set[tuple[int, int]] = field(default_factory=set)
    """Pairs, the lower number first, that are never green at once."""

    def add(self, ends: int, begins: int, clearing_s: float, entering_s: float = 0.0) -> None:
        """Notes that one group has to clear for ``clearing_s`` before the other, ``entering_s`` away, arrives."""
        gap = max(clearing_s - entering_s, MIN_ALL_RED, self.gaps.get((ends, begins), 0.0))
        self.gaps[ends, begins] = gap

    def part(self, a: int, b: int) -> None:
        """Notes that two groups may not be green at once."""
        self.apart.add((min(a, b), max(a, b)))

    def within(self, first: int, count: int) -> "Clash":
        """The same, numbered from ``first`` on: all must lie among ``count`` groups."""
        gaps = {(a - first, b - first): gap for (a, b), gap in self.gaps.items()}
        apart = {(a - first, b - first) for a, b in self.apart}
        assert all(0 <= a < count and 0 <= b < count for a, b in [*gaps, *apart])
        return Clash(gaps, apart)


def yellow_seconds(limit: float) -> float:
    """Length of yellow [s] for a speed limit [m/s]."""
    return next(seconds for most, seconds in YELLOW_S if limit * 3.6 <= most + 0.1)


def clearing_seconds(distance: float, turns: bool) -> float:
    """Time until the rear of a car that crossed the stop line at the end of yellow is ``distance`` [m] beyond it."""
    return (distance + CLEARING_LENGTH) / (TURNING_SPEED if turns else CLEARING_SPEED)


def steps(seconds: float) -> int:
    """Whole steps that last as long or longer."""
    return math.ceil(seconds / CONTROL_PERIOD - 1e-9)


def make_program(groups: Sequence[Group], clash: Clash, green_s: Sequence[float]) -> int:
    """Writes the green of all ``groups``; stage k wants ``green_s[k % len]`` of green.

    Returns:
        Length of the cycle [steps].
    """
    stages = _stages(groups, clash)
    now = 0
    for k, stage in enumerate(stages):
        following = stages[(k + 1) % len(stages)]
        gap = max((groups[a].yellow + _gap(clash, a, b) for a in stage for b in following), default=0)
        wanted = max(steps(green_s[k % len(green_s)]), steps(MIN_GREEN))
        needed = max((steps(MIN_GREEN) + groups[a].clearing - gap for a in stage), default=0)
        end = now + max(wanted, needed)
        begin_of_next = end + gap
        for a in stage:
            groups[a].green = (now, min(end, begin_of_next - groups[a].clearing))
        now = begin_of_next
    return now


def _gap(clash: Clash, ends: int, begins: int) -> int:
    """Steps of all-red between two groups; some also where they do not clash, as stages change at once."""
    return steps(clash.gaps.get((ends, begins), MIN_ALL_RED))


def _stages(groups: Sequence[Group], clash: Clash) -> list[list[int]]:
    """Groups that are green together: vehicles first, each in the first stage that it fits."""
    order = sorted(range(len(groups)), key=lambda i: (groups[i].kind != VEHICLES, groups[i].late, i))
    stages: list[list[int]] = []
    for i in order:
        fitting = (s for s in stages if all((min(i, j), max(i, j)) not in clash.apart for j in s))
        found = next(fitting, None)
        if found is None:
            stages.append([i])
        else:
            found.append(i)
    return stages


def programs(network: Network) -> Int32Array:
    """The program of each group, shape (G, PROGRAM_FIELDS), as ``program_state`` takes it."""
    junction = network.group_junction
    columns = (
        network.junction_cycle[junction],
        network.junction_offset[junction],
        network.group_green_begin,
        network.group_green_end,
        network.group_yellow,
    )
    return np.stack(columns, axis=1).astype(np.int32)


@kernel
def program_state(program, step):
    """RED, YELLOW or GREEN: what a group with a ``program`` (PROGRAM_FIELDS,) shows in a step of the clock."""
    now = (step + program[PROGRAM_OFFSET]) % program[PROGRAM_CYCLE]
    if program[PROGRAM_GREEN_BEGIN] <= now < program[PROGRAM_GREEN_END]:
        return GREEN
    since = now - program[PROGRAM_GREEN_END]
    return YELLOW if 0 <= since < program[PROGRAM_YELLOW] else RED


def signal_state(network: Network, group: int, step: int) -> int:
    """RED, YELLOW or GREEN: what a group shows in a step of the clock."""
    return int(program_state(programs(network)[group], step))
