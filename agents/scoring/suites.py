"""Suites: frozen sets of roads and conditions that results are reported on, each with a version in its name.

A suite fixes the roads, the light and weather, the car and the task. The camera, the actions and what is observed are
the policy's own; on roads that somebody names, car and task are, too (``in_own_cars``). Whatever defines a suite goes
into its hash, which is written to each result; results with different hashes are never compared.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.config import APPEARANCES, Appearance
from agents.roads.files import longest_route, named_roads, require_drawn
from agents.scoring.own_task import SLOWEST_MPS, TIME_LIMIT_S, exam_task, own_exam_task
from sim.config import (
    CITY_RADIUS,
    CONTROL_PERIOD,
    PHYSICS_SUBSTEPS,
    TEST_ROAD_SEEDS,
    AppearanceConfig,
    EnvConfig,
    RoadKind,
    RoadsConfig,
    TaskConfig,
    TownConfig,
    VehicleConfig,
)
from sim.corruptions import NAMES, SEVERITIES, Corruption
from sim.errors import UserError
from sim.fields import definition

FIRST_TEST_SEED = TEST_ROAD_SEEDS[0]
REAL = "real-v1"
DEFAULT = "test-v1"
CLEAR = "clear"  # label of cells in which nothing is wrong
ROBUST_ROADS = 12  # in each of 91 cells


@dataclass(frozen=True)
class Cell:
    """Some roads under some conditions, each driven once."""

    label: str
    """Name in tables and in the scorecard, unique within the suite."""
    road_seeds: tuple[int, ...]
    """Which roads; a road's seed also draws its day. In a file, roads are numbered from 0 on."""
    kind: RoadKind = "procedural"
    """Kind of roads."""
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    """Light and weather; a clear day by default."""
    vehicle: VehicleConfig | None = field(default_factory=VehicleConfig)
    """The car; None for each driver's own."""
    task: TaskConfig | None = field(default_factory=exam_task)
    """Start and time limit, and what the reward is made of; None for each driver's own."""
    file: str | None = None
    """The road file, for the kind "file". The hash counts what is in it, not where it is."""
    file_sha256: str | None = None
    """SHA-256 of its contents."""
    lane: str | None = None
    """Which of its lanes; None for the main one."""
    corruption: Corruption | None = None
    """Corruption of the camera or the car, if any."""
    radius_min_m: float | None = None
    """Least radius of the bends of procedural roads [m]; None for that of a city corner."""
    town: TownConfig | None = None
    """Towns, their trips and rules, for the kind "town"; None for each driver's own."""

    @property
    def roads(self) -> RoadsConfig:
        """Its roads."""
        return RoadsConfig(
            kind=self.kind,
            file=self.file,
            lane=self.lane,
            radius_min_m=self.radius_min_m or CITY_RADIUS,
            first_seed=min(self.road_seeds),
            last_seed=max(self.road_seeds),
            pool_size=1,
        )

    @property
    def road_options(self) -> list[str]:
        """How the command line names such roads; nothing for those that are driven by default."""
        kind = [] if self.kind == "procedural" else ["--road", self.file or self.kind]
        lane = [] if self.lane is None else ["--lane", self.lane]
        return [*kind, *lane, *([] if self.radius_min_m is None else ["--radius-min-m", f"{self.radius_min_m:g}"])]

    def environment(self, config: EnvConfig) -> EnvConfig:
        """The environment of a driver with the camera and actions of ``config`` in this cell."""
        here = dataclasses.replace(
            config,
            roads=self.roads,
            appearance=self.appearance,
            vehicle=self.vehicle or config.vehicle,
            town=self.town or config.town,
            task=self.task or own_exam_task(config, self.roads),
        )
        return here if self.corruption is None else self.corruption.applied_to(here)

    @property
    def definition(self) -> dict[str, Any]:
        """All that defines it, as plain data."""
        return {name: value for name, value in _enabled(definition(self)).items() if name != "file"}


@dataclass(frozen=True)
class Suite:
    """A named set of cells to evaluate on."""

    name: str
    """Name on the command line, with a version for those that are frozen."""
    cells: tuple[Cell, ...]
    """Its cells, in the order of driving."""

    @property
    def roads(self) -> int:
        """Number of drives."""
        return sum(len(cell.road_seeds) for cell in self.cells)

    @property
    def kind(self) -> RoadKind:
        """Kind of its roads."""
        return self.cells[0].kind

    @property
    def options(self) -> list[str]:
        """How the command line of ``evaluate`` names it; of several cells, the first."""
        if self.name in SUITES:
            return [] if self.name == DEFAULT else ["--suite", self.name]
        cell = self.cells[0]
        seeds = [] if cell.kind == "file" else ["--road-seeds", f"{cell.road_seeds[0]}:{cell.road_seeds[-1]}"]
        return [*cell.road_options, *seeds]

    @property
    def definition(self) -> dict[str, Any]:
        """All that defines it, as plain data."""
        return {
            "name": self.name,
            "control_period_s": CONTROL_PERIOD,
            "physics_substeps": PHYSICS_SUBSTEPS,
            "cells": [cell.definition for cell in self.cells],
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the definition as JSON with sorted keys and without spaces, in hexadecimal digits."""
        text = json.dumps(self.definition, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _enabled(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without disabled settings: those that are None, False or 0, at any depth.

    So a new setting that is disabled by default does not change existing definitions; of other settings, see
    ``sim.fields.definition``.
    """
    found = {name: _enabled(value) if isinstance(value, dict) else value for name, value in fields.items()}
    return {name: value for name, value in found.items() if value is not None and value != 0}


def suite(name: str) -> Suite:
    """The frozen suite of that name.

    Raises:
        UserError: there is none.
    """
    if name not in SUITES:
        raise UserError(f"Suite {name!r} is unknown; choose one of {', '.join([*SUITES, REAL])}.")
    return SUITES[name]()


def seeded_suite(
    kind: RoadKind, road_seeds: Iterable[int], appearance: Appearance = "default", radius_min_m: float = CITY_RADIUS
) -> Suite:
    """Any roads of a kind as one cell, on a clear day or in any light and weather, in the usual car.

    Raises:
        UserError: there is no such kind.
    """
    require_drawn(kind)
    seeds, label = tuple(road_seeds), seeded_label(kind, appearance)
    radius = None if radius_min_m == CITY_RADIUS else radius_min_m
    cell = Cell(label, seeds, kind, appearance=APPEARANCES[appearance], radius_min_m=radius)
    return Suite(f"{label} {seeds[0]}:{seeds[-1]}", (cell,))


def seeded_label(kind: RoadKind, appearance: Appearance) -> str:
    """The cell's name in such a suite."""
    return kind if appearance == "default" else f"{kind}, {appearance} days"


def real_suite(files: Sequence[Path | str], lane: str | None = None) -> Suite:
    """The suite real-v1: a cell for each road file, with its roads on a clear day, in the usual car.

    Raises:
        UserError: a file cannot be read, or has no such lane.
    """
    paths = [Path(file) for file in files]
    names = [path.name for path in paths]
    labels = names if len(set(names)) == len(names) else [str(path) for path in paths]
    return Suite(REAL, tuple(file_cell(path, lane, label) for path, label in zip(paths, labels, strict=True)))


def map_suite(file: Path, road_seeds: Sequence[int]) -> Suite:
    """Trips through the town of a map, in the usual car; each seed draws another trip."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    cell = Cell(file.name, tuple(road_seeds), "town", file=str(file), file_sha256=digest)
    return Suite(f"town {file.name} {road_seeds[0]}:{road_seeds[-1]}", (cell,))


def file_cell(file: Path, lane: str | None, label: str) -> Cell:
    """All roads of a file, or of one of its lanes; see ``real_suite``."""
    roads = named_roads(str(file), lane)
    return Cell(
        label,
        tuple(range(roads.count)),
        "file",
        task=exam_task(max(longest_route(roads) / SLOWEST_MPS, TIME_LIMIT_S)),
        file=str(file),
        file_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        lane=lane,
    )


def in_own_cars(roads: Suite, drivers: Sequence[EnvConfig]) -> Suite:
    """Roads that somebody names, driven in the car and at the task of the drivers' environments.

    The hash covers car and task where they are the same for all; where they differ, each driver has its own, and the
    hash covers the roads alone.

    Raises:
        UserError: a road file cannot be read.
    """
    return dataclasses.replace(roads, cells=tuple(_in_own_cars(cell, drivers) for cell in roads.cells))


def _in_own_cars(cell: Cell, drivers: Sequence[EnvConfig]) -> Cell:
    in_town = cell.kind == "town"
    own = {(config.vehicle, own_exam_task(config, cell.roads), config.town if in_town else None) for config in drivers}
    vehicle, task, town = own.pop() if len(own) == 1 else (None, None, None)
    return dataclasses.replace(cell, vehicle=vehicle, task=task, town=town)


def _test() -> Suite:
    return Suite("test-v1", (Cell(CLEAR, tuple(range(FIRST_TEST_SEED, FIRST_TEST_SEED + 200))),))


def _sharp() -> Suite:
    """Roads chosen among 10,000 test roads, with ``python -m tools.roads.sharp``.

    The 50 with the most tight bends have a radius below 30 m on 17 % of their length, the median road on 6 %; the 50
    others with the most S-curves have 4 per km or more, the median road none.
    """
    chosen: dict[str, list[int]] = json.loads(Path(__file__).with_name("sharp_roads.json").read_text())
    return Suite("sharp-v1", tuple(Cell(label, tuple(seeds)) for label, seeds in chosen.items()))


def _appearance() -> Suite:
    """Each look at full strength, all of them together, and a bare roadside; always the same roads."""
    looks = {
        "light": AppearanceConfig(light=1.0),
        "shadows": AppearanceConfig(shadows=1.0),
        "weather": AppearanceConfig(weather=1.0),
        "noise": AppearanceConfig(noise=1.0),
        "all": AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0),
        "bare": AppearanceConfig(scenery=False),
    }
    seeds = tuple(range(FIRST_TEST_SEED + 200, FIRST_TEST_SEED + 250))
    return Suite("appearance-v1", tuple(Cell(label, seeds, appearance=look) for label, look in looks.items()))


def _robust() -> Suite:
    """A clear day, and the same roads under every corruption, by its label."""
    seeds = tuple(range(FIRST_TEST_SEED, FIRST_TEST_SEED + ROBUST_ROADS))
    worse = [Corruption(name, severity) for name in NAMES for severity in SEVERITIES]
    return Suite("robust-v1", (Cell(CLEAR, seeds), *(Cell(item.label, seeds, corruption=item) for item in worse)))


SUITES: dict[str, Callable[[], Suite]] = {
    "test-v1": _test,
    "sharp-v1": _sharp,
    "appearance-v1": _appearance,
    "robust-v1": _robust,
}
