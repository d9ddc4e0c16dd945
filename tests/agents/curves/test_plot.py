"""Learning curves: which runs are one curve, what stands in it, and that bad input gets one sentence."""

import dataclasses
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agents.config import TrainConfig, preset
from agents.curves.draw import draw_curves, spread
from agents.curves.groups import curves_of
from agents.curves.runs import read_run
from agents.curves.scores import SCORES
from agents.scoring.metrics import Totals
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")

TOTALS = [item.name for item in dataclasses.fields(Totals)]
HEADER = ",".join(["frames", "training_s", *TOTALS, "mastery", "loss"])


def log_run(name: str, config: TrainConfig, evaluations: int = 4) -> Path:
    """A run's folder with an evaluation every 100 frames, in which all scores are the seed + share of 4 evaluations."""
    folder = Path(name)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config.as_json())
    rows = []
    for number in range(1, evaluations + 1):
        value = config.seed + number / 4
        rows.append([100 * number, number * (1.0 + config.seed), *[value] * len(TOTALS), 0, float("nan")])
    lines = [HEADER, *(",".join(map(str, row)) for row in rows)]
    (folder / "log.csv").write_text("".join(f"{line}\r\n" for line in lines))
    return folder


def texts(path: Path) -> str:
    """The words of an SVG, in the order that they stand in it."""
    root = ElementTree.parse(path).getroot()  # noqa: S314  it is our own
    return "\n".join(item.text or "" for item in root.iter("{http://www.w3.org/2000/svg}text"))


def quick(seed: int = 0, **changes: object) -> TrainConfig:
    return dataclasses.replace(preset("quick"), seed=seed, **changes)  # type: ignore[arg-type]


def test_runs_that_differ_by_the_seed_alone_are_one_curve() -> None:
    folders = [log_run("a", quick(3)), log_run("b", quick(3, n_steps=1)), log_run("c", quick(1))]
    folders += [log_run("d", quick(2, n_steps=1, batch_size=64))]
    (ours, other, last), left_out = curves_of([read_run(folder) for folder in folders])
    assert [[item.seed for item in curve.runs] for curve in (ours, other, last)] == [[3, 1], [3], [2]]
    assert ours.label == "batch-size 128, n-steps 3, 2 seeds"
    assert last.label == "batch-size 64, n-steps 1, seed 2"
    assert not left_out


def test_curves_are_named_after_presets_settings_or_folders() -> None:
    log_run("a", quick())
    log_run("_b", dataclasses.replace(preset("robust"), seed=4))
    assert run("plot", "a", "_b", "--out", "presets.svg") == 0
    assert "quick, seed 0\nrobust, seed 4" in texts(Path("presets.svg"))
    log_run("$c$", quick(n_steps=1, batch_size=64, discount=0.9))
    log_run("_d", quick(n_steps=2, batch_size=32, discount=0.8))
    assert run("plot", "$c$", "_d", "--out", "folders.svg") == 0
    assert "$c$, seed 0\n_d, seed 0" in texts(Path("folders.svg")), "neither mathematics nor hidden"


def test_a_run_that_is_there_twice_counts_once(capsys: pytest.CaptureFixture[str]) -> None:
    log_run("short", quick(), 2)
    log_run("long", quick(), 4)
    assert run("plot", "short", "long", "long") == 0
    said = capsys.readouterr().out
    assert "Left out: short, which has the settings and seed of another run." in said
    assert "Plot: curves.png (1 curve of 1 run)" in said


def test_the_band_reaches_from_the_lowest_to_the_highest_seed_where_all_of_them_are() -> None:
    lines = [([1.0, 3.0], [0.0, 2.0]), ([2.0, 3.0, 9.0], [5.0, 7.0, 0.0]), ([0.0, 4.0], [1.0, 1.0])]
    places, middle, low, high = spread([(np.array(at), np.array(values)) for at, values in lines])
    assert places.tolist() == [2.0, 3.0]
    assert middle.tolist() == [1.0, 2.0]
    assert low.tolist() == [1.0, 1.0]
    assert high.tolist() == [5.0, 7.0]


def test_the_picture_says_what_it_shows() -> None:
    for seed in range(3):
        log_run(f"seed-{seed}", quick(seed), 4 - seed)
    assert run("plot", "seed-0", "seed-1", "seed-2", "--out", "new/curves.svg") == 0
    said = texts(Path("new/curves.svg"))
    for words in ("quick, 3 seeds", "success [%]", "route completion [%]", "reward per road", "frames"):
        assert words in said
    assert "median of the seeds, as far as all came; band from the lowest to the highest" in said
    assert run("plot", "seed-1", "--x", "seconds", "--y", "loss", *SCORES, "--out", "one.SVG") == 0
    said = texts(Path("one.SVG"))
    assert "seconds of training, without evaluations" in said
    assert all(score.label in said for score in SCORES.values())
    assert "median" not in said, "a single run is a line"


def test_the_same_runs_give_the_same_picture() -> None:
    for ending in (".png", ".svg"):
        curves = curves_of([read_run(log_run(f"{ending}/{seed}", quick(seed))) for seed in range(2)])[0]
        pictures = []
        for name in ("one", "two"):
            draw_curves(curves, ["success"], "frames", Path(name + ending))
            pictures.append(Path(name + ending).read_bytes())
        assert pictures[0] == pictures[1]


def test_a_long_legend_is_whole_and_takes_nothing_from_the_panel() -> None:
    folders = [log_run(str(number), quick(buffer_frames=10_000 + number)) for number in range(20)]
    curves, _ = curves_of([read_run(folder) for folder in folders])
    draw_curves(curves, ["success"], "frames", Path("many.svg"))
    assert texts(Path("many.svg")).count("buffer-frames 100") == 20
    heights = []
    for count in (2, 20):
        draw_curves(curves[:count], ["success"], "frames", Path("curves.png"))
        with Image.open("curves.png") as picture:
            heights.append(picture.height)
    assert heights[1] > heights[0] + 200


def test_a_run_that_is_not_finished_is_drawn(run_folder: Path) -> None:
    assert run("plot", str(run_folder), "--out", "half.png") == 0
    assert Path("half.png").stat().st_size > 10_000


DAMAGES = {
    "half a line": (lambda text: text[:-40], "line 5 has "),
    "no number": (lambda text: text.replace("0.25", "a quarter", 1), "line 2: could not convert string to float"),
    "another table": (lambda _: "x,y\r\n1,2\r\n", "its first line does not name frames and training_s"),
    "empty": (lambda _: "", "its first line does not name"),
    "back in time": (lambda text: text.replace("400,", "4,"), "its frames do not ascend"),
    "unknown time": (lambda text: text.replace("400,", "nan,"), "its frames do not ascend"),
    "no text": (lambda _: b"\xff\xfe\x00", "it is no table"),
    "an open quote": (lambda text: text + '"', "it is no table"),
}


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_a_damaged_log_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_run("run", quick()) / "log.csv"
    spoil, reason = DAMAGES[name]
    spoilt = spoil(log.read_bytes().decode())  # type: ignore[no-untyped-call]
    log.write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt.encode())
    refused(capsys, "run/log.csv is damaged", "run")
    refused(capsys, reason, "run")


def test_what_cannot_be_drawn_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    log_run("run", quick())
    log_run("new", quick(), evaluations=0)
    log_run("older", quick())
    shutil.copytree("run", "unlogged")
    Path("unlogged/log.csv").unlink()
    older = Path("older/log.csv")
    older.write_text(older.read_text().replace("route_completion", "route"))
    Path("encoder").mkdir()
    Path("encoder/config.json").write_text("{}")
    Path("folder.png").mkdir()
    refused(capsys, "There is no run in nowhere: config.json cannot be read (No such file or directory)", "nowhere")
    refused(capsys, "There is no run in encoder: its config.json names no seed", "run", "encoder")
    refused(capsys, "The run in new has not been evaluated yet", "run", "new")
    refused(capsys, "unlogged/log.csv cannot be read (No such file or directory)", "unlogged")
    refused(capsys, "The log of older has no route_completion; leave out this run, or route.", "older")
    refused(capsys, "There is nothing to draw; name a run's folder")
    refused(capsys, "There is nothing to draw", "run", "--y")
    refused(capsys, "its name must end in .png or .svg", "nowhere", "--out", "curves.pdf")
    refused(capsys, "'folder.png' cannot be written", "run", "--out", "folder.png")
    refused(capsys, "cannot be written", "run", "--out", "/proc/curves.svg")
    assert not Path("curves.png").exists()


def refused(capsys: pytest.CaptureFixture[str], sentence: str, *words: str) -> None:
    """Makes sure that ``dashcam plot WORDS`` says so in one line, and ends with 2."""
    assert run("plot", *words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
