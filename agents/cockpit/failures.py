"""Which roads failed in an evaluation, and the conditions that they were driven under."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from agents.bundles.bundle import SCORECARD
from agents.config import APPEARANCES
from agents.policy import Policy
from agents.roads import TEST_SEEDS
from agents.roads.files import DRAWN
from agents.scoring.evaluate import evaluation_config
from agents.scoring.exam import exam, exam_roads
from agents.scoring.scorecard import Scorecard, read_scorecard
from agents.scoring.suites import SUITES, Suite, in_own_cars, seeded_label, seeded_suite, suite
from sim.config import CITY_RADIUS, EnvConfig
from sim.errors import UserError

SEEDED = {seeded_label(kind, appearance): (kind, appearance) for kind in DRAWN for appearance in APPEARANCES}


@dataclass(frozen=True)
class FailedRoads:
    """Roads under the same conditions."""

    environment: EnvConfig
    road_seeds: tuple[int, ...]


@dataclass(frozen=True)
class Failures:
    """What an evaluation calls failed."""

    roads: list[FailedRoads]
    left_out: int = 0
    """Failed drives with a corrupted camera or car: what went wrong there is not the policy's doing alone."""


def failures(run: Path, driver: str, config: EnvConfig) -> Failures:
    """The roads on which a driver failed by the scorecard in a folder, or anybody did if it does not name the driver.

    Without a scorecard, the roads of its examination in ``config``, the driver's own environment.

    Raises:
        UserError: its scorecard cannot be read, or it was made on roads that it does not name.
    """
    if not any(os.path.lexists(folder / SCORECARD) for folder in (run, run / "policy")):
        examined = exam_roads(config.roads, "test", len(TEST_SEEDS))
        return Failures([FailedRoads(evaluation_config(replace(config, roads=examined.roads)), examined.seeds)])
    card = read_scorecard(run)
    scores = [item for item in card.scores if item.driver == driver] or card.scores
    rows = [row for item in scores for row in item.roads if row.departures or not row.success]
    roads, left_out = [], 0
    for cell in _suite_of(card, run, config).cells if rows else ():
        seeds = tuple(dict.fromkeys(row.road_seed for row in rows if row.cell == cell.label))
        if cell.corruption is not None:
            left_out += len(seeds)
        elif seeds:
            roads.append(FailedRoads(cell.environment(config), seeds))
    return Failures(roads, left_out)


def shows(run: Path, policy: Policy, environment: EnvConfig, road_seeds: Iterable[int]) -> bool:
    """Whether the failures of a policy include these roads in this environment."""
    try:
        found = failures(run, policy.name, policy.config).roads
    except UserError:
        return False
    return any(item.environment == environment and set(road_seeds) <= set(item.road_seeds) for item in found)


def _suite_of(card: Scorecard, run: Path, config: EnvConfig) -> Suite:
    """The suite that a scorecard was made on: a frozen one, seeded roads, or the examination of a policy.

    Seeded roads were driven in the usual car or in that of ``config``.

    Raises:
        UserError: it is none of these.
    """
    for made_on in _candidates(card, config):
        if made_on.hash == card.suite_hash:
            return made_on
    if card.suite in SUITES or _first_cell(card) in SEEDED:
        raise UserError(f"The scorecard of {run} was made on another {card.suite} than this Dashcam's; evaluate again.")
    raise UserError(f"The scorecard of {run} was made on road files; watch them with dashcam play --road FILE.")


def _candidates(card: Scorecard, config: EnvConfig) -> Iterator[Suite]:
    if card.suite in SUITES:
        yield suite(card.suite)
        return
    if _first_cell(card) in SEEDED:
        kind, appearance = SEEDED[_first_cell(card)]
        seeds = [row.road_seed for row in next(item.roads for item in card.scores if item.roads)]
        for radius_min_m in (CITY_RADIUS, config.roads.radius_min_m):
            roads = seeded_suite(kind, seeds, appearance, radius_min_m)
            yield from (roads, in_own_cars(roads, [config]))
    yield exam(config)[0]


def _first_cell(card: Scorecard) -> str:
    return next(item.roads for item in card.scores if item.roads)[0].cell
