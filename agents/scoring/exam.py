"""The evaluation of a policy in its own car, at its own task, on roads like those that it trains on."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.changes import changed_fields
from agents.policy import Policy
from agents.scoring.exam_roads import ExamRoads, exam_roads
from agents.scoring.own_task import own_exam_task
from agents.scoring.suites import DEFAULT, SUITES, Cell, Suite, file_cell, in_own_cars, real_suite, seeded_suite, suite
from sim.config import EnvConfig

DRIVES = 200  # at the most, as in test-v1
REWARD = ("offset_weight", "heading_weight", "steering_weight", "departure_penalty")  # of a task


def exam(config: EnvConfig) -> tuple[Suite, ExamRoads]:
    """The suite to evaluate a policy on: test-v1 where that has its own car and roads, or else a suite made for it.

    Args:
        config: Its environment.

    Returns:
        The suite and its roads.

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
