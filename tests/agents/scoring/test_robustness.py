"""Robustness: what is driven, what is made of it, and how it is shown."""

import dataclasses
import io
import json

import jsonschema
import pytest
from rich.console import Console

from agents.policy import load_policy
from agents.scoring.corrupted import CorruptedDriver
from agents.scoring.evaluate import PolicyDriver, Scores, drive_suite
from agents.scoring.metrics import RoadScore, Totals, totals
from agents.scoring.robustness import robustness, robustness_table, robustness_tables
from agents.scoring.scorecard import SCHEMA, scorecard
from agents.scoring.suites import CLEAR, Cell, Suite, suite
from sim.config import TRAIN_ROAD_SEEDS, CameraConfig, EnvConfig, TaskConfig
from sim.corruptions import NAMES, SEVERITIES, Corruption
from sim.drivers import PurePursuitDriver

SHORT = TaskConfig(start="beginning", time_limit_s=8.0)


def totals_with(driving_score: float) -> Totals:
    numbers = {spec.name: 0.0 for spec in dataclasses.fields(Totals)}
    return Totals(**{**numbers, "roads": 12, "driving_score": driving_score})  # type: ignore[arg-type]


def cells_that_keep(shares: dict[str, tuple[float, ...]], clear: float) -> dict[str, Totals]:
    cells = {CLEAR: totals_with(clear)}
    for name in NAMES:
        for severity in SEVERITIES:
            share = shares.get(name, (1.0,) * 5)[severity - 1]
            cells[Corruption(name, severity).label] = totals_with(share * clear)
    return cells


def test_robustness_is_the_mean_share_of_the_score_that_is_kept() -> None:
    # Under fog 1, 1, 0.5, 0.5 and 0 are kept, 3 of 5; dirt takes everything; the 16 others nothing.
    # In all 16 x 5 + 3 = 83 of 90.
    cells = cells_that_keep({"fog": (1.0, 1.0, 0.5, 0.5, 0.0), "dirt": (0.0,) * 5}, clear=0.8)
    result = robustness(cells)
    assert result is not None
    assert result.overall == pytest.approx(83.0 / 90.0)
    assert result.by_corruption["fog"] == pytest.approx(0.6)
    assert result.by_corruption["dirt"] == 0.0
    assert result.by_severity[0] == pytest.approx(17.0 / 18.0)
    assert result.by_severity[4] == pytest.approx(16.0 / 18.0)
    assert result.as_data()["robustness"] == result.overall
    assert result.as_data()["kept"]["fog"] == pytest.approx([1.0, 1.0, 0.5, 0.5, 0.0])


def test_robustness_is_not_said_where_there_is_nothing_to_keep_or_something_was_not_driven() -> None:
    assert robustness(cells_that_keep({}, clear=0.0)) is None
    cells = cells_that_keep({}, clear=1.0)
    del cells["jpeg 2"]
    assert robustness(cells) is None
    assert robustness({"clear": totals_with(1.0)}) is None


def test_the_table_fits_a_terminal_and_names_every_corruption() -> None:
    result = robustness(cells_that_keep({"fog": (0.9, 0.8, 0.7, 0.6, 0.25)}, clear=0.97))
    assert result is not None
    terminal = Console(file=io.StringIO(), width=80)
    terminal.print(robustness_table("reference", result))
    lines = terminal.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert set(NAMES) <= set(rows)
    assert rows["fog"].split()[1::2] == ["90", "80", "70", "60", "25", "65"]


def test_a_scorecard_says_how_robust_a_policy_is_and_its_schema_knows() -> None:
    road = {spec.name: 0.0 for spec in dataclasses.fields(RoadScore)}
    robust, blind = suite("robust-v1"), PurePursuitDriver()
    rows = [
        RoadScore(**{**road, **_drive(cell.label, seed)})  # type: ignore[arg-type]
        for cell in robust.cells
        for seed in cell.road_seeds
    ]
    clear = [row for row in rows if row.cell == CLEAR]
    drivers = [Scores("all", totals(rows), rows), Scores(blind.name, totals(clear), clear)]
    card = json.loads(json.dumps(scorecard(drivers, robust), allow_nan=False))
    jsonschema.validate(card, json.loads(SCHEMA.read_text()))
    assert card["drivers"][0]["robustness"]["robustness"] == pytest.approx(1.0)
    assert "robustness" not in card["drivers"][1]
    assert len(robustness_tables(drivers)) == 1


def _drive(cell: str, seed: int) -> dict[str, object]:
    return {
        "cell": cell,
        "road_seed": seed,
        "ended_by": "completed",
        "success": True,
        "departures": 0,
        "interventions": 0,
        "driving_score": 0.9,
        "distance_m": 700.0,
        "survival_s": 70.0,
    }


def test_the_suite_drives_each_corruption_on_the_same_unseen_roads() -> None:
    robust = suite("robust-v1")
    clear, *others = robust.cells
    assert clear.label == CLEAR
    assert clear.corruption is None
    assert {(cell.corruption.name, cell.corruption.severity) for cell in others if cell.corruption} == {
        (name, severity) for name in NAMES for severity in SEVERITIES
    }
    assert {cell.road_seeds for cell in robust.cells} == {clear.road_seeds}
    assert min(clear.road_seeds) > TRAIN_ROAD_SEEDS[1]


def test_what_is_wrong_counts_in_the_hash() -> None:
    hashes = {
        Suite("s", (Cell("c", (1_000_000,), corruption=corruption),)).hash
        for corruption in (None, Corruption("fog", 1), Corruption("fog", 2), Corruption("rain", 1))
    }
    assert len(hashes) == 4


def test_who_does_not_look_drives_only_where_the_car_gets_worse() -> None:
    cells = [Cell(name, (1_000_000,), "straight", task=SHORT, corruption=Corruption(name, 3)) for name in NAMES]
    config = EnvConfig(camera=CameraConfig(width=8, height=8, color="gray"))
    driven = drive_suite(PurePursuitDriver(), config, Suite("s", tuple(cells))).by_cell()
    assert set(driven) == {"latency", "friction"}


def test_a_suites_cell_drives_like_the_corrupted_driver_itself() -> None:
    policy, wrong = load_policy(), Corruption("gaussian-noise", 5)
    cell = Cell("noise", (1_000_003,), task=SHORT, corruption=wrong)
    clear = dataclasses.replace(cell, label=CLEAR, corruption=None)
    by_suite = drive_suite(PolicyDriver(policy), policy.config, Suite("s", (clear, cell)), keep_trajectories=True)
    alone = dataclasses.replace(cell, corruption=None)
    by_hand = drive_suite(
        CorruptedDriver(PolicyDriver(policy), wrong), policy.config, Suite("s", (alone,)), keep_trajectories=True
    )
    assert (by_suite.trajectories[1].lateral_offset == by_hand.trajectories[0].lateral_offset).all()
    assert len(by_suite.trajectories[0].lateral_offset) > 0
    assert not (by_suite.trajectories[0].lateral_offset[:40] == by_suite.trajectories[1].lateral_offset[:40]).all()
