"""Suites: frozen sets of roads and conditions that results are reported on, each with a version in its name.

A suite fixes the roads, the light and weather, the car and the task. The camera, the actions and what is observed are
the policy's own. Whatever defines a suite goes into its hash, which is written into each result; results of different
hashes are never compared.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

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
CLEAR = "clear"  # label of the cell with nothing wrong
ROBUST_ROADS = 12  # in each of 91 cells


@dataclass(frozen=True)
class Cell:
    """Some roads under some conditions, each driven once. A field that is None does not count in the suite's hash."""

    label: str
    """Name in tables and in the scorecard, unique within the suite."""
    road_seeds: tuple[int, ...]
    """Which roads; a road's seed also draws its day."""
    kind: RoadKind = "procedural"
    """What kind of roads."""
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    """Light and weather; a clear day by default."""
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    """The car."""
    task: TaskConfig = field(default_factory=lambda: TaskConfig(start="beginning", time_limit_s=TIME_LIMIT_S))
    """Start and time limit, and what the reward is made of."""
    corruption: Corruption | None = None
    """What is wrong with the camera or the car."""

    def environment(self, config: EnvConfig) -> EnvConfig:
        """The environment of a driver with the camera and actions of ``config`` in this cell."""
        first, last = min(self.road_seeds), max(self.road_seeds)
        roads = RoadsConfig(kind=self.kind, first_seed=first, last_seed=last, pool_size=1)
        here = dataclasses.replace(
            config, roads=roads, appearance=self.appearance, vehicle=self.vehicle, task=self.task
        )
        return here if self.corruption is None else self.corruption.applied_to(here)


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
            "cells": [_without_none(dataclasses.asdict(cell)) for cell in self.cells],
        }

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the definition as JSON with sorted keys and without spaces, in hexadecimal digits."""
        text = json.dumps(self.definition, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _test() -> Suite:
    return Suite("test-v1", (Cell(CLEAR, tuple(range(FIRST_TEST_SEED, FIRST_TEST_SEED + 200))),))


def _robust() -> Suite:
    """A clear day, and the same roads under every corruption, named by ``Corruption.label``."""
    roads = tuple(range(FIRST_TEST_SEED, FIRST_TEST_SEED + ROBUST_ROADS))
    worse = [Corruption(name, severity) for name in NAMES for severity in SEVERITIES]
    return Suite("robust-v1", (Cell(CLEAR, roads), *(Cell(item.label, roads, corruption=item) for item in worse)))


SUITES: dict[str, Callable[[], Suite]] = {"test-v1": _test, "robust-v1": _robust}


def suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UserError: there is none.
    """
    if name not in SUITES:
        raise UserError(f"Suite {name!r} is unknown; choose one of {', '.join(SUITES)}.")
    return SUITES[name]()


def require_same_suite(scorecards: Mapping[str, Mapping[str, Any]]) -> None:
    """Makes sure that results may be compared; ``scorecards`` holds them by the name that a person knows them by.

    Raises:
        UserError: they were made on suites of different hashes, or by different formulas.
    """
    (first, reference), *others = scorecards.items()
    for name, card in others:
        if card["version"] != reference["version"]:
            raise UserError(
                f"{first} is a scorecard of version {reference['version']}, {name} one of version {card['version']}: "
                "their numbers are not comparable; evaluate again what is older."
            )
        if card["suite"]["hash"] != reference["suite"]["hash"]:
            raise UserError(
                f"{first} was made on {_told(reference['suite'])} and {name} on {_told(card['suite'])}: results on "
                "different suites are not comparable; evaluate both with the same --suite."
            )


def _told(named: Mapping[str, Any]) -> str:
    return f"{named['name']} ({named['hash'][:12]})"


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
