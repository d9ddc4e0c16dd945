"""Suites: what stays as it is, what a hash covers, and that results of different ones are not compared."""

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from agents.scoring.scorecard import Scorecard, require_same_suite
from agents.scoring.suites import SUITES, Suite, real_suite, seeded_suite, suite
from perception import VALIDATION_FIRST_SEED
from sim.config import TEST_ROAD_SEEDS, TRAIN_ROAD_SEEDS, EnvConfig
from sim.errors import UserError
from sim.roads.catalog import build_road
from sim.roads.centerline import Centerline
from sim.roads.sharpness import s_curves_per_km, tight_share
from tests.support import ROOT
from tools.roads.writer import write_ellipse

HASHES = {
    "test-v1": "5409e49d457cfb6c11c8f71d2290ed02685bf0cd71c0170536f6aa22e545f236",
    "sharp-v1": "b9eb7bda17bd9d5d7eb34cf73e3fa032b14a430d96e4f3e6f6caf311c55e4b30",
    "appearance-v1": "81fe77e043e184ab01caa032823b55a30fc5174e17e32ba6c7b21a60cc7c84c2",
    "robust-v1": "5d4986200c65d0e5eaf1932911b9d7a7e7ad1f64e8d325fe1bc8d6025085ef01",
}


@pytest.mark.parametrize("name", sorted(HASHES))
def test_a_frozen_suite_stays_what_it_is(name: str) -> None:
    """A suite that must change gets a new name; this hash stands in docs/benchmark.md, too."""
    assert suite(name).hash == HASHES[name]
    assert HASHES[name] in (ROOT / "docs" / "benchmark.md").read_text()


def test_the_roads_of_suites_stay_what_they_are() -> None:
    """Seeds give the same roads as when the suites were frozen: centrelines, on a grid of 1 dm."""
    digest = hashlib.sha256()
    cells = [cell for make in SUITES.values() for cell in make().cells]
    for kind, seed in dict.fromkeys((cell.kind, seed) for cell in cells for seed in cell.road_seeds[:2]):
        digest.update(np.rint(10.0 * build_road(kind, seed).points).astype(np.int64).tobytes())
    assert digest.hexdigest()[:16] == "7c17022664c699ab"


@pytest.mark.parametrize("name", sorted(SUITES))
def test_suites_drive_test_roads_alone(name: str) -> None:
    for cell in suite(name).cells:
        assert TRAIN_ROAD_SEEDS[1] < TEST_ROAD_SEEDS[0] <= min(cell.road_seeds)
        assert max(cell.road_seeds) < VALIDATION_FIRST_SEED
        assert len(set(cell.road_seeds)) == len(cell.road_seeds)


def test_test_v1_is_200_roads_on_a_clear_day_for_every_policy() -> None:
    (cell,) = suite("test-v1").cells
    foggy = dataclasses.replace(EnvConfig(), appearance=dataclasses.replace(EnvConfig().appearance, weather=1.0))
    assert len(cell.road_seeds) == 200
    assert cell.environment(foggy) == cell.environment(EnvConfig())
    assert cell.environment(foggy).appearance.weather == 0.0


def test_sharp_v1_is_sharper_than_test_v1() -> None:
    tight, curves = suite("sharp-v1").cells
    assert all(tight_share(build_road("procedural", seed).line) >= 0.16 for seed in tight.road_seeds[:5])
    assert all(s_curves_per_km(build_road("procedural", seed).line) >= 4.0 for seed in curves.road_seeds[:5])
    usual = [build_road("procedural", seed).line for seed in suite("test-v1").cells[0].road_seeds[:10]]
    assert np.mean([tight_share(line) for line in usual]) < 0.1
    assert np.mean([s_curves_per_km(line) for line in usual]) < 1.5


def bends(*curvatures: float) -> Centerline:
    """A line of 1 m segments with these curvatures."""
    zeros = np.zeros(len(curvatures))
    return Centerline(zeros, zeros, zeros, np.array(curvatures), step=1.0, closed=False)


def test_sharpness_on_paper() -> None:
    """100 m: 10 m of radius 20 m, 20 m straight, 10 m of radius 50 m to the other side, 60 m straight."""
    line = bends(*[0.05] * 10, *[0.0] * 20, *[-0.02] * 10, *[0.0] * 60)
    assert tight_share(line) == pytest.approx(0.1)
    assert s_curves_per_km(line) == pytest.approx(10.0), "one in 0.1 km"
    far_apart = bends(*[0.05] * 10, *[0.0] * 45, *[-0.02] * 10, *[0.0] * 35)
    same_side = bends(*[0.05] * 10, *[0.0] * 20, *[0.02] * 10, *[0.0] * 60)
    assert s_curves_per_km(far_apart) == s_curves_per_km(same_side) == 0.0


def test_a_hash_covers_roads_looks_and_car() -> None:
    one = seeded_suite("procedural", range(1_000_000, 1_000_003))
    (cell,) = one.cells
    changes = (
        {"road_seeds": (1_000_000, 1_000_001)},
        {"kind": "circle"},
        {"appearance": dataclasses.replace(cell.appearance, weather=0.5)},
        {"vehicle": dataclasses.replace(cell.vehicle, friction=0.3)},
        {"vehicle": dataclasses.replace(cell.vehicle, length=5.0)},
        {"task": dataclasses.replace(cell.task, time_limit_s=100.0)},
        {"label": "other"},
    )
    others = [Suite(one.name, (dataclasses.replace(cell, **change),)).hash for change in changes]  # type: ignore[arg-type]
    assert len({one.hash, *others}) == 1 + len(changes)
    assert seeded_suite("procedural", range(1_000_000, 1_000_003)).hash == one.hash
    varied = seeded_suite("procedural", range(1_000_000, 1_000_003), "random")
    assert varied.cells[0].appearance.weather == 1.0
    assert varied.hash != one.hash


def test_a_hash_can_be_recomputed_from_what_is_written() -> None:
    made = suite("appearance-v1")
    text = json.dumps(json.loads(json.dumps(made.definition)), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == made.hash


def test_real_v1_counts_what_is_in_a_file_and_not_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    here = write_ellipse(tmp_path / "ring.csv", 100.0, 100.0)
    there = write_ellipse(tmp_path / "elsewhere" / "ring.csv", 100.0, 100.0)
    other = write_ellipse(tmp_path / "wide.csv", 120.0, 120.0)
    assert real_suite([here]).hash == real_suite([there]).hash
    assert real_suite([here]).hash != real_suite([other]).hash
    assert [cell.label for cell in real_suite([here, other]).cells] == ["ring.csv", "wide.csv"]
    assert len({cell.label for cell in real_suite([here, there]).cells}) == 2


def test_results_of_different_suites_are_not_compared() -> None:
    cards = {name: Scorecard(name, suite(name).hash, "0.1.0", ()) for name in ("test-v1", "sharp-v1")}
    with pytest.raises(UserError, match=r"^ours was made on test-v1 \([0-9a-f]{12}\) and theirs on sharp-v1 \("):
        require_same_suite({"ours": cards["test-v1"], "theirs": cards["sharp-v1"]})
    require_same_suite({"ours": cards["test-v1"], "mine": cards["test-v1"]})


def test_an_unknown_suite_is_named() -> None:
    with pytest.raises(UserError, match="Suite 'test-v2' is unknown; choose one of test-v1, sharp-v1"):
        suite("test-v2")
