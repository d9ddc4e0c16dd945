"""The evaluation of a policy in its own car, at its own task, on roads like those that it trains on.

Seeds draw new roads of the same kind. A file has no new roads, but perhaps lanes that training leaves out: one half of
them is for the choice of the best policy, the other for the scores that are reported.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from agents.changes import changed_fields
from agents.policy import Policy
from agents.scoring.own_task import own_exam_task
from agents.scoring.suites import (
    DEFAULT,
    SUITES,
    Cell,
    Suite,
    file_cell,
    in_own_cars,
    map_suite,
    real_suite,
    seeded_suite,
    suite,
)
from agents.words import counted
from perception import VALIDATION_FIRST_SEED
from sim.config import TEST_ROAD_SEEDS, EnvConfig, RoadsConfig
from sim.roads.formats import has_lanes, read_roads
from sim.roads.road import Road
from sim.types import IntArray

DRIVES = 200  # at the most, as in test-v1
REWARD = ("offset_weight", "heading_weight", "steering_weight", "departure_penalty")  # of a task
MOST_SHARED = 0.1  # of a route: the share that it may have in common with what is trained on, as in a junction
SHARED_M = 1.0  # cells of a grid: what lies in the same or the next one is the same lane
USUAL_LENGTH_M = 1000.0  # of a road; of longer ones, an evaluation takes fewer

Purpose = Literal["validation", "test"]
FIRST_SEEDS: dict[Purpose, int] = {"validation": VALIDATION_FIRST_SEED, "test": TEST_ROAD_SEEDS[0]}


@dataclass(frozen=True)
class ExamRoads:
    """Roads of an evaluation."""

    roads: RoadsConfig
    """Where they are."""
    seeds: tuple[int, ...]
    """Which of them; in a file, roads are numbered from 0 on."""
    unseen: bool
    """Whether training excludes them."""

    @property
    def called(self) -> str:
        """Their name in a sentence."""
        places = "towns" if self.roads.kind == "town" else "roads"
        return f"unseen {places}" if self.unseen else f"training {places}"

    @property
    def remark(self) -> str | None:
        """A remark where they are not new roads of the same kind."""
        if self.roads.file is None:
            same = f"The policy is evaluated on the roads that it trains on, {self.roads.kind}: there are no others."
            return None if self.unseen else same
        if self.roads.kind == "town":
            return f"The policy is evaluated on trips through {Path(self.roads.file).name} that it may know."
        name, several = Path(self.roads.file).name, len(self.seeds) > 1
        if self.unseen:
            lanes = counted(len(self.seeds), "lane")
            return f"The policy is evaluated on {lanes} of {name} that training leaves out."
        if several:
            return f"Training leaves out no lane of {name}, so the policy is evaluated on lanes that it trains on."
        return f"{name} has no other lane to drive, so the policy is evaluated on the one that it trains on."


def exam_roads(trained: RoadsConfig, purpose: Purpose, most: int) -> ExamRoads:
    """The roads, at most ``most``, for the evaluation of a policy that trains on ``trained``.

    Raises:
        UserError: they are in a file that cannot be read.
    """
    if trained.kind == "town" and trained.file is not None:
        return ExamRoads(trained, tuple(range(FIRST_SEEDS[purpose], FIRST_SEEDS[purpose] + most)), unseen=False)
    if trained.file is not None:
        return _file_roads(trained, trained.file, purpose, most)
    first = FIRST_SEEDS[purpose]
    if trained.kind not in ("procedural", "town"):
        return ExamRoads(trained, (first,), unseen=False)
    if trained.last_seed >= first and trained.first_seed < first + most:
        first = trained.last_seed + 1
    seeds = tuple(range(first, min(first + most, TEST_ROAD_SEEDS[1] + 1)))
    return ExamRoads(trained, seeds or (trained.first_seed,), unseen=bool(seeds))


def _file_roads(trained: RoadsConfig, file: str, purpose: Purpose, most: int) -> ExamRoads:
    own = read_roads(file, trained.lane)
    numbers = _numbers(trained, len(own))
    if has_lanes(file):
        every = read_roads(file, "all")
        left_out = _left_out(every, [own[number] for number in numbers])
        if left_out:
            half = left_out if len(left_out) == 1 else left_out[("test", "validation").index(purpose) :: 2]
            roads = dataclasses.replace(trained, lane="all", first_seed=0, last_seed=len(every) - 1)
            return ExamRoads(roads, _spread(half, every, most), unseen=True)
    return ExamRoads(trained, _spread(numbers, own, most), unseen=False)


def _numbers(roads: RoadsConfig, count: int) -> list[int]:
    """The numbers of the roads, of ``count`` in a file, that the seeds select."""
    return sorted({seed % count for seed in range(roads.first_seed, roads.last_seed + 1)[:count]})


def _left_out(every: Sequence[Road], trained: Iterable[Road]) -> list[int]:
    """The numbers of the roads that have next to nothing in common with those that are trained on."""
    known = np.unique(np.concatenate([_cells(road, around=1) for road in trained]))
    return [number for number, road in enumerate(every) if np.isin(_cells(road), known).mean() <= MOST_SHARED]


def _cells(road: Road, around: int = 0) -> IntArray:
    """The cells of a grid that a lane lies in, and so many rings of cells around each, as numbers."""
    first, last = (round(station / road.line.step) for station in road.route_bounds)
    places = np.floor((road.lane_points()[first:last] + road.origin) / SHARED_M).astype(np.int64)
    steps = range(-around, around + 1)
    shifted = [places + step for step in itertools.product(steps, steps)]
    return np.concatenate([each[:, 0] * 2**32 + each[:, 1] for each in shifted])


def _spread(numbers: Sequence[int], roads: Sequence[Road], most: int) -> tuple[int, ...]:
    """At most so many of the numbers, from all over them, and fewer where their roads are long."""
    mean_m = sum(roads[number].length for number in numbers) / len(numbers)
    count = max(min(most, len(numbers), int(most * USUAL_LENGTH_M / mean_m)), 1)
    return tuple(numbers[place] for place in np.linspace(0, len(numbers) - 1, count).round().astype(int))


def exam(config: EnvConfig) -> tuple[Suite, ExamRoads]:
    """The suite, and its roads, to evaluate a policy of this environment on.

    That is test-v1 where it has the policy's own car and roads, or else a suite made for it.

    Raises:
        UserError: the roads are in a file that cannot be read.
    """
    roads = exam_roads(config.roads, "test", DRIVES)
    made_for_it = in_own_cars(_suite_of(roads), [config])
    usual = suite(DEFAULT)
    return (usual if _same_but_reward(made_for_it.cells[0], usual.cells[0]) else made_for_it), roads


def _same_but_reward(one: Cell, other: Cell) -> bool:
    """Whether two cells differ in the reward at most."""
    assert one.task is not None
    assert other.task is not None
    rewarded = dataclasses.replace(one.task, **{name: getattr(other.task, name) for name in REWARD})
    return dataclasses.replace(one, label=other.label, task=rewarded) == other


def _suite_of(exam: ExamRoads) -> Suite:
    roads = exam.roads
    if roads.file is None:
        return seeded_suite(roads.kind, exam.seeds, radius_min_m=roads.radius_min_m)
    file = Path(roads.file)
    if roads.kind == "town":
        return map_suite(file, exam.seeds)
    every = real_suite([file], roads.lane)
    if exam.seeds == every.cells[0].road_seeds:
        return every
    label = f"{file.name}, {'lanes left out' if exam.unseen else 'some lanes'}"
    return Suite(label, (dataclasses.replace(file_cell(file, roads.lane, label), road_seeds=exam.seeds),))


def remarks(roads: Suite, policies: Sequence[Policy]) -> list[str]:
    """Remarks on the cars of policies in a suite, and on roads that they were trained on, a sentence each."""
    if roads.cells[0].vehicle is None:
        told = f"the drivers beside them have those of {policies[0].name}"
        return [f"Each policy drives its own car at its own task; {told}.", *_known_roads(roads, policies)]
    return [*_other_cars(roads, policies), *_known_roads(roads, policies)]


def _other_cars(roads: Suite, policies: Sequence[Policy]) -> Iterator[str]:
    for policy in policies:
        others = _differences(roads.cells[0], policy.config)
        if others:
            yield (
                f"{roads.name} puts every policy into its own car, at its own task; {policy.name} was trained with "
                f"another: {', '.join(others)}."
            )


def _differences(cell: Cell, config: EnvConfig) -> list[str]:
    """Settings of the car and the task in which ``config`` differs from a cell."""
    assert cell.vehicle is not None
    assert cell.task is not None
    pairs = ((cell.vehicle, config.vehicle), (cell.task, own_exam_task(config, cell.roads)))
    changes = {name: value for given, mine in pairs for name, value in changed_fields(given, mine, "").items()}
    return [f"{name} {value:g}" for name, value in changes.items()]


def _known_roads(roads: Suite, policies: Sequence[Policy]) -> Iterator[str]:
    """Remarks on policies that were trained on the files that are driven, or on roads of another kind."""
    files = {Path(cell.file).resolve() for cell in roads.cells if cell.file is not None}
    for policy in policies:
        trained = policy.config.roads
        if trained.file is not None and Path(trained.file).resolve() in files:
            yield f"{policy.name} was trained on roads of {trained.file}, so it may know these."
        elif trained.kind != "procedural" and roads.name in SUITES:
            lane = "" if trained.lane is None else f" --lane {trained.lane}"
            yield f"{policy.name} was trained on other roads; --road {trained.file or trained.kind}{lane} drives those."
