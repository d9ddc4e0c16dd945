"""Which roads failed in an evaluation, and the conditions that they were driven under."""

import os
from dataclasses import dataclass
from pathlib import Path

from agents.bundles.bundle import SCORECARD
from agents.config import APPEARANCES
from agents.scoring.evaluate import TEST_SEEDS, evaluation_config
from agents.scoring.scorecard import Scorecard, read_scorecard
from agents.scoring.suites import SUITES, Suite, seeded_label, seeded_suite, suite
from sim.config import EnvConfig, RoadKind
from sim.errors import UserError

KINDS: tuple[RoadKind, ...] = ("procedural", "straight", "circle", "s-curve")
SEEDED = {seeded_label(kind, appearance): (kind, appearance) for kind in KINDS for appearance in APPEARANCES}


@dataclass(frozen=True)
class FailedRoads:
    """Roads under the same conditions."""

    environment: EnvConfig
    road_seeds: tuple[int, ...]


def failed_roads(run: Path, config: EnvConfig) -> list[FailedRoads]:
    """The roads that the scorecard in a folder calls failed for its first driver, whose environment is ``config``.

    Without a scorecard, all test roads in the driver's own environment. Cells of a suite with a corrupted camera or car
    are left out: what went wrong there is not the policy's doing alone.

    Raises:
        UserError: its scorecard cannot be read, or it was made on roads that it does not name.
    """
    if not any(os.path.lexists(folder / SCORECARD) for folder in (run, run / "policy")):
        return [FailedRoads(evaluation_config(config), tuple(TEST_SEEDS))]
    card = read_scorecard(run)
    rows = [row for row in card.scores[0].roads if row.departures or not row.success] if card.scores else []
    found = []
    for cell in _suite_of(card, run).cells if rows else ():
        seeds = tuple(row.road_seed for row in rows if row.cell == cell.label)
        if seeds and cell.corruption is None:
            found.append(FailedRoads(cell.environment(config), seeds))
    return found


def _suite_of(card: Scorecard, run: Path) -> Suite:
    """The suite that a scorecard was made on."""
    rows = card.scores[0].roads
    if card.suite in SUITES:
        made_on = suite(card.suite)
    elif rows[0].cell in SEEDED:
        kind, appearance = SEEDED[rows[0].cell]
        made_on = seeded_suite(kind, [row.road_seed for row in rows], appearance)
    else:
        raise UserError(f"The scorecard of {run} was made on road files; watch them with dashcam play --road FILE.")
    if made_on.hash != card.suite_hash:
        raise UserError(f"The scorecard of {run} was made on another {card.suite} than this Dashcam's; evaluate again.")
    return made_on
