"""Commands that take a policy: evaluate, play and export."""

import json
import math
import re
import shutil
from pathlib import Path

import pytest

from agents.bundles.bundle import REFERENCE
from agents.scoring.scorecard import read_scorecard
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")


def test_evaluate_prints_the_table_and_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--road-seeds", "1000000:1000002", "--out", "scores") == 0
    said = capsys.readouterr().out
    for driver in ("reference", "random", "constant-speed", "pure-pursuit"):
        assert driver in said
    assert "Next: dashcam play" in said
    assert "training roads" not in said
    card = json.loads(Path("scores/scorecard.json").read_text())
    assert [item["driver"] for item in card["drivers"]] == ["reference", "random", "constant-speed", "pure-pursuit"]
    assert [row["road_seed"] for row in card["drivers"][0]["roads"]] == [1_000_000, 1_000_001, 1_000_002]


def test_brackets_and_colons_of_paths_are_printed_as_they_are(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle.rename("a[b]")
    assert run("evaluate", "a[b]", "--road-seeds", "1000000", "--out", ":car:[/x]") == 0
    said = capsys.readouterr().out
    assert re.search(r"^ ?a\[b\] +100 %", said, flags=re.MULTILINE), "the row of the table"
    assert "Scores: :car:[/x]/scorecard.json" in said
    assert "Next: dashcam play 'a[b]'" in said


def test_evaluate_compares_policies_on_a_suite_of_several_cells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name, width in (("ring.csv", 50.0), ("oval.csv", 80.0)):
        points = [(width * math.cos(0.02 * math.pi * i), 50.0 * math.sin(0.02 * math.pi * i)) for i in range(100)]
        rows = "\n".join(f"{x:.3f},{y:.3f},5.0,5.0" for x, y in points)
        Path(name).write_text(f"# x_m,y_m,w_tr_right_m,w_tr_left_m\n{rows}\n")
    shutil.copytree(REFERENCE, "mine/policy")
    shutil.copytree(REFERENCE, "yours/policy")
    words = ("mine/policy", "yours/policy", "--suite", "real-v1", "--road", "ring.csv", "oval.csv", "--out", "scores")
    assert run("evaluate", *words) == 0
    said = capsys.readouterr().out
    lines = [line.split()[0] for line in said.splitlines() if "%" in line]
    drivers = ["mine/policy", "yours/policy", "random", "constant-speed", "pure-pursuit"]
    assert lines == [name for driver in drivers for name in (driver, "ring.csv", "oval.csv")]
    assert max(len(line) for line in said.splitlines()) <= 80
    card = read_scorecard(Path("scores"))
    assert (card.suite, [item.driver for item in card.scores]) == ("real-v1", drivers)


def test_a_policy_called_like_a_driver_beside_it_goes_by_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(REFERENCE, "random")
    assert run("evaluate", "random", "--road-seeds", "1000000", "--out", "scores") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines() if " %" in line]
    assert names == ["./random", "random", "constant-speed", "pure-pursuit"]


def test_evaluate_that_is_stopped_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.scoring.evaluate.PolicyDriver.commands", stop)
    assert run("evaluate", "--road-seeds", "1000000", "--out", "scores") == 130
    assert not Path("scores").exists()


def test_evaluate_says_what_scores_on_other_roads_are_worth(capsys: pytest.CaptureFixture[str]) -> None:
    for seed, remark in (("7", "training roads"), ("1500000", "choose the best policy")):
        assert run("evaluate", "--road-seeds", seed, "--out", f"scores-{seed}") == 0
        assert remark in capsys.readouterr().out


def test_play_records_a_film(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("play", "--record", "film.gif", "--seconds", "1") == 0
    assert "film.gif (10 pictures)" in capsys.readouterr().out
    assert Path("film.gif").stat().st_size > 1000


def test_exported_bundle_is_taken_as_a_run_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--out", "bundle") == 0
    said = capsys.readouterr().out
    assert re.search(r"^Bundle: bundle \(\d\.\d MB: card\.md, model\.onnx, policy\.json, ", said, flags=re.MULTILINE)
    assert re.search(
        r"^Q-values of PyTorch and ONNX differ by \d\.\de-0\d at the most on 1,000 frames\.", said, flags=re.MULTILINE
    )
    assert "Next: dashcam evaluate bundle   or: dashcam play bundle" in said
    assert run("evaluate", "bundle", "--road-seeds", "1000000", "--out", "scores") == 0
    assert re.search(r"^ *bundle +100 %", capsys.readouterr().out, flags=re.MULTILINE)
    assert run("play", "bundle", "--record", "film.gif", "--seconds", "1") == 0
    assert run("export", "bundle", "--out", "again") == 0
    assert Path("again/model.onnx").read_bytes() == Path("bundle/model.onnx").read_bytes()
