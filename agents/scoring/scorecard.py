"""scorecard.json: results for programs, as ``schemas/scorecard.schema.json`` describes them."""

import dataclasses
import importlib.metadata
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.bundles.bundle import SCORECARD
from agents.scoring.evaluate import Scores, baselines
from agents.scoring.metrics import OF_TOWNS, RoadScore, Totals
from agents.scoring.robustness import robustness
from agents.scoring.suites import Suite
from perception.atomic import write_atomic
from perception.untrusted import parse_json, read_file
from sim.errors import UserError
from sim.fields import from_fields, quoted

SCORECARD_VERSION = 2  # goes up with every change of a formula or a key
SCHEMA = Path(__file__).parent.parent / "schemas" / "scorecard.schema.json"
MAX_BYTES = 40_000_000  # in memory, JSON takes up to 25 times as much
MOST_DRIVES = 60_000  # that fit them: some 520 bytes each, with long names more


@dataclass(frozen=True)
class Scorecard:
    """A scorecard that was read from a file."""

    suite: str
    """Name of the suite."""
    suite_hash: str
    """Its SHA-256; see ``agents.scoring.suites``."""
    dashcam: str
    """Version of Dashcam that drove."""
    scores: tuple[Scores, ...]
    """A policy or more, and the drivers beside them."""


def scorecard(scores: Sequence[Scores], suite: Suite) -> dict[str, Any]:
    """All results as plain data: totals, the same for each cell of the suite, and a row per road, for each driver.

    What is infinite is None: JSON has no other name for it.
    """
    in_town = suite.kind == "town"
    return {
        "version": SCORECARD_VERSION,
        "dashcam": importlib.metadata.version("dashcam"),
        "suite": {"hash": suite.hash, **suite.definition},
        "drivers": [
            {
                "driver": item.driver,
                "totals": _plain(item.totals, in_town),
                "cells": {label: _plain(found, in_town) for label, found in item.by_cell().items()},
                "roads": [_plain(row, in_town) for row in item.roads],
                **_robustness(item),
            }
            for item in scores
        ],
    }


def write_scorecard(scores: Sequence[Scores], suite: Suite, folder: Path | str) -> Path:
    """Writes scorecard.json into ``folder``, atomically, a line for each drive, and returns its path."""
    folder = Path(folder)
    path = folder / SCORECARD
    text = json.dumps(scorecard(scores, suite), allow_nan=False)
    for line in ('{"driver": ', '{"cell": '):  # quotes within a string are escaped, so this is the start of a row
        text = text.replace(line, f"\n{line}")
    write_atomic(path, f"{text}\n".encode())
    return path


def require_readable(suite: Suite, policies: int) -> None:
    """Makes sure that the scorecard of so many policies, and the drivers beside them, can be read again.

    Raises:
        UserError: it would be too large.
    """
    drives = suite.roads * (policies + len(baselines(suite.kind)))
    if drives > MOST_DRIVES:
        raise UserError(
            f"{suite.name} makes {drives:,} drives, but a scorecard holds {MOST_DRIVES:,}; name fewer roads."
        )


def read_scorecard(path: Path | str) -> Scorecard:
    """Reads a scorecard: a file, or the one in a folder of an evaluation, a run or a policy.

    Raises:
        UserError: there is none, or it was damaged, or made by another version.
    """
    file = _find(Path(path))
    card = _load(file)
    if not isinstance(card, dict) or "version" not in card:
        raise UserError(f"{file} is not a scorecard: it has no version.")
    if card["version"] != SCORECARD_VERSION:
        raise UserError(
            f"{file} is a scorecard of version {quoted(card['version'])}, but this Dashcam reads {SCORECARD_VERSION}; "
            "evaluate the policy again."
        )
    try:
        scores = tuple(_scores(item) for item in card["drivers"])
        return Scorecard(str(card["suite"]["name"]), str(card["suite"]["hash"]), str(card["dashcam"]), scores)
    except (UserError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} is not a complete scorecard ({error!s:.200}); evaluate the policy again.") from error


def require_same_suite(scorecards: Mapping[str, Scorecard]) -> None:
    """Makes sure that results may be compared; ``scorecards`` holds them by the name that people know them by.

    Raises:
        UserError: they were made on suites of different hashes.
    """
    (first, reference), *others = scorecards.items()
    for name, card in others:
        if card.suite_hash != reference.suite_hash:
            raise UserError(
                f"{first} was made on {_told(reference)} and {name} on {_told(card)}: results on different suites are "
                "not comparable; evaluate both with the same --suite."
            )


def _told(card: Scorecard) -> str:
    return f"{card.suite} ({card.suite_hash[:12]})"


def _robustness(scores: Scores) -> dict[str, Any]:
    """The entry for robustness, if the suite measures it."""
    result = robustness(scores.by_cell())
    return {} if result is None else {"robustness": result.as_data()}


def _plain(item: RoadScore | Totals, in_town: bool) -> dict[str, Any]:
    values = dataclasses.asdict(item)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
        if name not in OF_TOWNS or in_town
    }


def _scores(item: Mapping[str, Any]) -> Scores:
    totals = {name: math.inf if value is None else value for name, value in item["totals"].items()}
    return Scores(
        str(item["driver"]), from_fields(Totals, totals), [from_fields(RoadScore, row) for row in item["roads"]]
    )


def _find(path: Path) -> Path:
    places = [path] if path.is_file() else [path / SCORECARD, path / "policy" / SCORECARD]
    for place in places:
        if os.path.lexists(place):
            return place
    raise UserError(f"There is no {SCORECARD} at {path}; name a folder that dashcam evaluate wrote, a run or a policy.")


def _load(file: Path) -> Any:
    try:
        return parse_json(read_file(file, MAX_BYTES))
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}); evaluate the policy again.") from error
    except ValueError as error:
        raise UserError(f"{file} is not valid JSON; it is damaged or no scorecard.") from error
