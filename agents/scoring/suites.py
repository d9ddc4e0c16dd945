"""Suites: frozen sets of roads and conditions that results are reported on, each with a version in its name.

A suite fixes the roads, the light and weather, the car and the task. The camera, the actions and what is observed are
the policy's own. Whatever defines a suite goes into its hash, which is written into each result; results of different
hashes are never compared.
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
from agents.scoring.sharp_roads import S_CURVES, TIGHT
from sim.config import (
    CONTROL_PERIOD,
    PHYSICS_SUBSTEPS,
    TEST_ROAD_SEEDS,
    AppearanceConfig,
    EnvConfig,
    RoadKind,
    RoadsConfig,
    TaskConfig,
    VehicleConfig,
)
from sim.corruptions import NAMES, SEVERITIES, Corruption
from sim.errors import UserError

SLOWEST_MPS = 3.0  # m/s; whoever is slower on a road of 1 km runs into the time limit
TIME_LIMIT_S = 1000.0 / SLOWEST_MPS
FIRST_TEST_SEED = TEST_ROAD_SEEDS[0]
REAL = "real-v1"
DEFAULT = "test-v1"
CLEAR = "clear"  # label of cells in which nothing is wrong
ROBUST_ROADS = 12  # in each of 91 cells


def _task(time_limit_s: float = TIME_LIMIT_S) -> TaskConfig:
    return TaskConfig(start="beginning", time_limit_s=time_limit_s)


@dataclass(frozen=True)
class Cell:
    """Some roads under some conditions, each driven once."""

    label: str
    """Name in tables and in the scorecard, unique within the suite."""
    road_seeds: tuple[int, ...]
    """Which roads; a road's seed also draws its day. In a file, roads are numbered from 0 on."""
    kind: RoadKind = "procedural"
    """What kind of roads."""
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    """Light and weather; a clear day by default."""
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    """The car."""
    task: TaskConfig = field(default_factory=_task)
    """Start and time limit, and what the reward is made of."""
    file: str | None = None
    """The road file, for the kind "file". The hash counts what is in it, not where it is."""
    file_sha256: str | None = None
    """SHA-256 of its contents."""
    lane: str | None = None
    """Which of its lanes; None for the main one."""
    corruption: Corruption | None = None
    """What is wrong with the camera or the car, if anything is."""

    def environment(self, config: EnvConfig) -> EnvConfig:
        """The environment of a driver with the camera and actions of ``config`` in this cell."""
        roads = RoadsConfig(
            kind=self.kind,
            file=self.file,
            lane=self.lane,
            first_seed=min(self.road_seeds),
            last_seed=max(self.road_seeds),
            pool_size=1,
        )
        here = dataclasses.replace(
            config, roads=roads, appearance=self.appearance, vehicle=self.vehicle, task=self.task
        )
        return here if self.corruption is None else self.corruption.applied_to(here)

    @property
    def definition(self) -> dict[str, Any]:
        """All that defines it, as plain data."""
        return {name: value for name, value in _what_is_on(dataclasses.asdict(self)).items() if name != "file"}


@dataclass(frozen=True)
class Suite:
    """What a result is reported on."""

    name: str
    """Name on the command line, with a version for those that are frozen."""
    cells: tuple[Cell, ...]
    """What is driven, in this order."""

    @property
    def roads(self) -> int:
        """How many drives it takes."""
        return sum(len(cell.road_seeds) for cell in self.cells)

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


def _what_is_on(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that are None, False or 0, and so on inwards.

    A setting that comes later, and is off by default, then leaves the definitions of before as they are.
    """
    found = {name: _what_is_on(value) if isinstance(value, dict) else value for name, value in fields.items()}
    return {name: value for name, value in found.items() if value is not None and value != 0}


def suite(name: str) -> Suite:
    """The frozen suite of that name.

    Raises:
        UserError: there is none.
    """
    if name not in SUITES:
        raise UserError(f"Suite {name!r} is unknown; choose one of {', '.join([*SUITES, REAL])}.")
    return SUITES[name]()


def seeded_suite(kind: RoadKind, road_seeds: Iterable[int], appearance: Appearance = "default") -> Suite:
    """Any roads of a kind as one cell, on a clear day or in any light and weather.

    Raises:
        UserError: there is no such kind.
    """
    require_drawn(kind)
    seeds, label = tuple(road_seeds), seeded_label(kind, appearance)
    return Suite(f"{label} {seeds[0]}:{seeds[-1]}", (Cell(label, seeds, kind, appearance=APPEARANCES[appearance]),))


def seeded_label(kind: RoadKind, appearance: Appearance) -> str:
    """The cell's name in such a suite."""
    return kind if appearance == "default" else f"{kind}, {appearance} days"


def real_suite(files: Sequence[Path], lane: str | None = None) -> Suite:
    """The suite real-v1: a cell for each road file, with its roads on a clear day.

    Raises:
        UserError: a file cannot be read, or has no such lane.
    """
    names = [file.name for file in files]
    labels = names if len(set(names)) == len(names) else [str(file) for file in files]
    return Suite(REAL, tuple(_file_cell(file, lane, label) for file, label in zip(files, labels, strict=True)))


def _file_cell(file: Path, lane: str | None, label: str) -> Cell:
    roads = named_roads(str(file), lane)
    return Cell(
        label,
        tuple(range(roads.count)),
        "file",
        task=_task(max(longest_route(roads) / SLOWEST_MPS, TIME_LIMIT_S)),
        file=str(file),
        file_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        lane=lane,
    )


def _test() -> Suite:
    return Suite("test-v1", (Cell(CLEAR, tuple(range(FIRST_TEST_SEED, FIRST_TEST_SEED + 200))),))


def _sharp() -> Suite:
    return Suite("sharp-v1", (Cell("tight", TIGHT), Cell("s-curves", S_CURVES)))


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
