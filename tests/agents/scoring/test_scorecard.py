"""scorecard.json: as its schema says, and read again as it was written."""

import dataclasses
import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from agents.scoring.evaluate import BLIND, Scores, drive_suite
from agents.scoring.metrics import OF_TOWNS, RoadScore, Totals, totals
from agents.scoring.scorecard import (
    MAX_BYTES,
    MOST_DRIVES,
    SCHEMA,
    SCORECARD_VERSION,
    read_scorecard,
    scorecard,
    write_scorecard,
)
from agents.scoring.suites import Cell, Suite
from sim.config import CONTROL_PERIOD, EnvConfig
from sim.drivers import ConstantSpeedDriver, PurePursuitDriver
from sim.errors import UserError

SUITE = Suite("two", (Cell("straight", (0,), "straight"), Cell("circle", (0, 1), "circle")))
CONFIG = EnvConfig(camera=BLIND)


@pytest.fixture(scope="module")
def scores() -> list[Scores]:
    return [drive_suite(driver, CONFIG, SUITE) for driver in (PurePursuitDriver(), ConstantSpeedDriver())]


def test_a_scorecard_is_what_its_schema_says(scores: list[Scores]) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(scorecard(scores, SUITE))), schema)
    for name, kind in (("road", RoadScore), ("totals", Totals)):
        described, fields = schema["$defs"][name], {field.name for field in dataclasses.fields(kind)}
        assert set(described["properties"]) == fields
        assert set(described["required"]) == fields - {*OF_TOWNS}
    assert schema["properties"]["version"]["const"] == SCORECARD_VERSION


def test_rows_and_totals_go_by_cell(scores: list[Scores]) -> None:
    pursuit, straight_on = scores
    assert [(row.cell, row.road_seed) for row in pursuit.roads] == [("straight", 0), ("circle", 0), ("circle", 1)]
    found = straight_on.by_cell()
    assert {label: item.roads for label, item in found.items()} == {"straight": 1, "circle": 2}
    assert (found["straight"].success_rate, found["circle"].success_rate) == (1.0, 0.0)
    assert straight_on.totals.success_rate == pytest.approx(1.0 / 3.0)
    assert not pursuit.trajectories, "kept where asked for only"


def test_drives_are_kept_where_asked_for() -> None:
    kept = drive_suite(PurePursuitDriver(), CONFIG, SUITE, keep_trajectories=True)
    assert [drive.road_seed for drive in kept.trajectories] == [row.road_seed for row in kept.roads]
    for drive, row in zip(kept.trajectories, kept.roads, strict=True):
        assert CONTROL_PERIOD * drive.steps == pytest.approx(row.survival_s)
        assert drive.progress[-1] == row.distance_m
        assert drive.commands.shape == (drive.steps, 2)
        steps = np.hypot(np.diff(drive.x), np.diff(drive.y))
        assert steps.sum() == pytest.approx(row.distance_m, rel=0.05), "the rear axle cuts bends"


def test_a_scorecard_is_read_as_it_was_written(scores: list[Scores], tmp_path: Path) -> None:
    path = write_scorecard(scores, SUITE, tmp_path / "scores")
    card = read_scorecard(path)
    assert (card.suite, card.suite_hash) == (SUITE.name, SUITE.hash)
    assert list(card.scores) == scores
    assert read_scorecard(tmp_path / "scores") == card, "its folder will do"
    assert [item.name for item in (tmp_path / "scores").iterdir()] == ["scorecard.json"]


def test_the_largest_scorecard_can_be_read_again(scores: list[Scores], tmp_path: Path) -> None:
    rows = [row for item in scores for row in item.roads] * 100
    path = write_scorecard([Scores("many", totals(rows), rows)], SUITE, tmp_path)
    assert path.stat().st_size * MOST_DRIVES / len(rows) < MAX_BYTES
    assert len(path.read_text().splitlines()) == len(rows) + 2, "a line for each drive"


def test_infinite_numbers_are_valid_json(scores: list[Scores], tmp_path: Path) -> None:
    rows = [dataclasses.replace(row, departures=1, distance_m=0.0) for row in scores[0].roads]
    endless = Scores("nowhere", totals(rows), rows)
    path = write_scorecard([endless], SUITE, tmp_path)
    jsonschema.validate(json.loads(path.read_text(), parse_constant=pytest.fail), json.loads(SCHEMA.read_text()))
    assert json.loads(path.read_text())["drivers"][0]["totals"]["departures_per_km"] is None
    assert read_scorecard(path).scores[0].totals.departures_per_km == math.inf


DAMAGED = {
    "no JSON": ("{", "is not valid JSON"),
    "another thing": ("[]", "is not a scorecard"),
    "of before": ('{"version": 1}', "version 1, but this Dashcam reads 2; evaluate the policy again"),
    "half of it": ('{"version": 2, "suite": {}}', "is not a complete scorecard"),
    "words for numbers": (None, "is not a complete scorecard"),
}


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_what_is_no_scorecard_is_named(name: str, scores: list[Scores], tmp_path: Path) -> None:
    text, sentence = DAMAGED[name]
    card = scorecard(scores, SUITE)
    card["drivers"][0]["roads"][0]["driving_score"] = "best"
    (tmp_path / "scorecard.json").write_text(json.dumps(card) if text is None else text)
    with pytest.raises(UserError, match=sentence):
        read_scorecard(tmp_path)


def test_a_folder_without_a_scorecard_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no scorecard\.json at"):
        read_scorecard(tmp_path)
