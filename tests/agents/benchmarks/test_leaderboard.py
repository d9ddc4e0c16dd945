"""The leaderboard: what it writes, that it goes on where it was, and what it refuses."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from agents.benchmarks.leaderboard import LEARNERS, Budget, Entry, train_learners
from agents.benchmarks.results import page, results
from agents.scoring.suites import seeded_suite, suite
from sim.errors import UserError
from tests.support.command_line import run
from tests.support.made_up import scores

TEST_SUITE = suite("test-v1")


@pytest.fixture(scope="module")
def content() -> dict:
    """Ours completes all of four roads in both runs; PPO half of them in one run and none in the other."""
    ours = tuple(scores("ours", [1.0, 1.0, 1.0, 1.0]) for _ in range(2))
    ppo = (scores("ppo", [1.0, 0.2, 1.0, 0.2]), scores("ppo", [0.2, 0.2, 0.2, 0.2]))
    entries = [
        Entry("SB3 PPO", "learner", ppo, 40_000, (20.0, 30.0)),
        Entry("pure-pursuit", "driver", (scores("pure-pursuit", [1.0, 1.0, 1.0, 0.9]),)),
        Entry("dashcam quick", "learner", ours, 40_000, (6.0, 8.0)),
    ]
    return results(entries, TEST_SUITE, Budget(40_000, 2), "dashcam benchmark leaderboard")


def test_best_stands_first_with_its_numbers(content: dict) -> None:
    assert [row["name"] for row in content["entries"]] == ["dashcam quick", "pure-pursuit", "SB3 PPO"]
    best, _, worst = content["entries"]
    assert best["success_rate"]["value"] == 1.0
    assert best["success_rate"]["low"] < 0.6, "four roads do not prove that a fifth is completed"
    assert worst["driving_score"]["value"] == pytest.approx((2.4 + 0.8) / 8)
    # Of the 8 pairs per half of the roads: ours wins 4 of 4 where PPO failed twice, and 1 of 2 plus ties elsewhere.
    assert content["improvement"]["SB3 PPO"]["value"] == pytest.approx(0.5 * 1.0 + 0.5 * (0.5 + 0.5 * 0.5))
    assert content["suite"]["hash"] == TEST_SUITE.hash


def test_page_holds_what_the_data_hold(content: dict) -> None:
    text = page(content)
    assert "| **dashcam quick** | 2 | 40,000 | 7 | 100.0 [" in text
    assert TEST_SUITE.hash in text
    assert "    dashcam benchmark leaderboard\n" in text
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_learners_are_trained_once_and_on_one_budget(tmp_path: Path) -> None:
    roads, budget = seeded_suite("procedural", range(1_000_000, 1_000_002)), Budget(500, 1)
    said = Console(file=io.StringIO(), width=200)
    first = train_learners(budget, roads, tmp_path, said)
    assert [entry.name for entry in first] == list(LEARNERS)
    assert all(len(entry.runs[0].roads) == 2 and entry.training_s[0] > 0.0 for entry in first)
    assert said.file.getvalue().count("500 frames in") == len(LEARNERS)
    (tmp_path / "sb3-ppo-seed-0.json").unlink()
    again = train_learners(budget, roads, tmp_path, said)
    assert said.file.getvalue().count("500 frames in") == len(LEARNERS) + 1
    assert again[0] == first[0]
    with pytest.raises(UserError, match="is a run of 500 frames on procedural 1000000:1000001"):
        train_learners(Budget(600, 1), roads, tmp_path, said)
    with pytest.raises(UserError, match="choose another folder with --out"):
        train_learners(budget, seeded_suite("procedural", [1_000_000]), tmp_path, said)
    for name in ("machine", "settings"):
        with (
            elsewhere(tmp_path / "sb3-ppo-seed-0.json", name),
            pytest.raises(UserError, match=f"sb3-ppo-seed-0.json is a run under other {name} than now"),
        ):
            train_learners(budget, roads, tmp_path, said)


@contextmanager
def elsewhere(file: Path, name: str) -> Iterator[None]:
    """A run of which something was different."""
    text = file.read_text()
    file.write_text(json.dumps({**json.loads(text), name: {}}))
    yield
    file.write_text(text)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--frames", "10"), "10 frames, 2 seeds are too few"),
        (("--seeds", "0"), "40000 frames, 0 seeds are too few"),
        (("--suite", "best-v1"), "Suite 'best-v1' is unknown"),
        (("nowhere",), "There is no policy at nowhere"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("benchmark", "leaderboard", *words) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
