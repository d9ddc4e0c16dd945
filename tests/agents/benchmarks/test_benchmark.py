"""The speed benchmark: what it refuses, and that its figures follow from the rounds."""

import dataclasses
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agents.benchmarks.environments import dashcam_many, dashcam_single
from agents.benchmarks.gather import gather_limit
from agents.benchmarks.learners import Dashcam, StockDQN, stock_as_atari, stock_as_car_racing
from agents.benchmarks.learning import Check, Race, Rules, benchmark_learning, write_learning
from agents.benchmarks.learning import ratios as learning_ratios
from agents.benchmarks.learning import show as show_races
from agents.benchmarks.parts import profile
from agents.benchmarks.plot import plot_speed
from agents.benchmarks.speed import MAIN, ONE_THREAD, SINGLE, Speed, ratios, show, write_speed
from agents.benchmarks.timing import Timing, measure
from agents.cli import main
from agents.config import preset
from agents.files import require_writable
from sim.config import CameraConfig, TaskConfig
from sim.errors import UserError
from sim.types import ByteArray
from sim.world import World
from tests.support.tiny_run import TINY

SMALL = {"width": 40, "height": 40, "color": "gray"}


class Blank:
    name, setting, frames_per_step = "blank", "1 car", 1

    def step(self) -> None: ...

    def frame(self) -> ByteArray:
        return np.zeros((4, 4), dtype=np.uint8)

    def close(self) -> None: ...


def speed() -> Speed:
    """Rates as if measured; the machine was twice as slow in the second of three rounds."""
    rates = {
        ("dashcam", SINGLE): 20.0,
        ("dashcam", "16 cars, RGB 96 x 96"): 90.0,
        ("dashcam", MAIN): 100.0,
        ("dashcam", "256 cars, RGB 96 x 96"): 100.0,
        ("dashcam", ONE_THREAD): 50.0,
        ("dashcam", f"{MAIN}, bare roads"): 120.0,
        ("dashcam", f"{MAIN}, everything varies"): 96.0,
        ("dashcam", "64 cars, gray 64 x 64"): 200.0,
        ("dashcam", "64 cars, gray 84 x 84 x 4"): 80.0,
        ("dashcam", "16 cars, RGB 640 x 480"): 2.0,
        ("CarRacing-v3", "1 car, RGB 96 x 96"): 0.5,
        ("EnvPool CarRacing-v3", "16 cars, RGB 96 x 96"): 4.0,
        ("EnvPool CarRacing-v3", "64 cars, RGB 96 x 96"): 5.0,
    }
    timings = [Timing(*key, [1e3 * rate, 5e2 * rate, 1.1e3 * rate], [1.0, 2.0, 0.9]) for key, rate in rates.items()]
    machine = {"processor": "abacus", "cores": 2, "threads": 2, "versions": {}}
    return Speed(machine, timings, [], gather_us=4.0, parts_us={"sky": 1.0}, road_ms=0.5, road_bytes=500_000)


def test_ratios_compare_rounds_with_one_another() -> None:
    found = ratios(speed())
    assert found["64 cars / EnvPool CarRacing-v3"] == pytest.approx(20.0), "EnvPool at its best setting"
    assert found["1 car / CarRacing-v3"] == pytest.approx(40.0)
    assert found["all threads / 1 thread"] == pytest.approx(2.0)
    assert found["all appearance / bare"] == pytest.approx(1.25)
    assert found["time per frame and core / gather limit"] == pytest.approx(1e6 / 50e3 / 4.0)


def test_figures_go_to_a_file_and_a_picture(tmp_path: Path) -> None:
    write_speed(speed(), tmp_path / "speed.json")
    content = json.loads((tmp_path / "speed.json").read_text())
    assert content["ratios"] == ratios(speed())
    assert content["timings"][0]["frames_per_second"] == [20e3, 10e3, 22e3]
    plot_speed(speed(), tmp_path / "new" / "speed.png")
    assert (tmp_path / "new" / "speed.png").stat().st_size > 10_000


def test_tables_fit_80_columns() -> None:
    printed = io.StringIO()
    show(speed(), Console(file=printed, width=80))
    text = printed.getvalue()
    assert "\u2026" not in text, "nothing is cut"
    assert " 64 cars, RGB 96 x 96, everything varies" in text
    assert "48,000 - 105,600" in text
    assert "A fixed loop beside every row took 1.00 ms" in text


def test_a_file_is_checked_before_it_is_written(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "runs" / "speed.json")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old.json").write_text("old")
    require_writable(tmp_path / "old.json")
    assert (tmp_path / "old.json").read_text() == "old"


def test_blank_frames_are_not_timed() -> None:
    with pytest.raises(UserError, match="blank returns blank frames"):
        measure([Blank()], rounds=1, seconds=0.001)


def test_our_environments_take_turns() -> None:
    many = [dashcam_many("4 cars", 4, camera=SMALL), dashcam_many("1 thread", 4, 1, camera=SMALL)]
    timings = measure([dashcam_single("1 car", camera=SMALL), *many], rounds=2, seconds=0.01)
    assert [len(item.frames_per_second) for item in timings] == [2, 2, 2]
    assert min(min(item.frames_per_second) for item in timings) > 0.0


def test_parts_and_limit_are_measured() -> None:
    parts = profile()
    assert {"physics", "localisation", "ground", "objects", "reset with its frame"} <= set(parts)
    assert parts["ground"] > gather_limit(CameraConfig()) > 0.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rounds", "0"], "0 rounds of 0.4 s were asked for"),
        (["--rounds", "1000000"], "1 to 100 rounds"),
        (["--seconds", "nan"], "rounds of nan s"),
        (["--json", "/dev/null/speed.json"], "'/dev/null/speed.json' cannot be written"),
        (["--plot", "/dev/null/speed.png"], "'/dev/null/speed.png' cannot be written"),
        (["--plot", "speed.txt"], "must end in .png or .svg"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["benchmark", "speed", *arguments])
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def race(name: str, seed: int, *checks: tuple[float, bool]) -> Race:
    return Race(
        name,
        seed,
        name.startswith("dashcam"),
        [Check(seconds, 100, 0.5, 9.0, mastery, 1.0) for seconds, mastery in checks],
    )


def test_time_to_mastery_is_compared_seed_by_seed() -> None:
    races = [
        race("dashcam quick", 0, (2.0, False), (4.0, True)),
        race("stock", 0, (40.0, False), (80.0, True)),
        race("dashcam quick", 1, (2.0, True)),
        race("stock", 1, (20.0, False), (60.0, False)),
    ]
    assert races[0].mastery_s == 4.0
    assert races[3].mastery_s is None
    assert learning_ratios(races) == {"stock": pytest.approx((20.0 + 30.0) / 2)}
    said = shown(races)
    assert re.search(r"dashcam quick +2 +2 +3\.0 +4\.0", said)
    assert re.search(r"stock +2 +1 +> 70 .*> 25", said), "one never got there: its time is a lower bound"


def shown(races: list[Race]) -> str:
    console = Console(file=io.StringIO(), width=80)
    show_races(races, console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_median_that_is_known_is_no_bound() -> None:
    races = [
        *(race("dashcam quick", seed, (2.0, True)) for seed in range(5)),
        *(race("stock", seed, (20.0 + seed, True)) for seed in range(4)),
        race("stock", 4, (40.0, False)),
    ]
    assert re.search(r"stock +5 +4 +22\.0 +50% +11 *$", shown(races), flags=re.MULTILINE)


def test_nothing_is_compared_where_ours_never_got_there() -> None:
    said = shown([race("dashcam quick", 0, (300.0, False)), race("stock", 0, (300.0, True))])
    assert re.search(r"dashcam quick +1 +0 +> 300 +50% +1 *$", said, flags=re.MULTILINE)
    assert re.search(r"stock +1 +1 +300\.0 +300\.0 +50% *$", said, flags=re.MULTILINE)


def test_seeds_that_were_run_are_kept(tmp_path: Path) -> None:
    races = [
        race("dashcam quick", 0, (4.0, True)),
        race("stock", 0, (80.0, False)),
        race("dashcam quick", 1, (5.0, True)),
    ]
    path, rules = tmp_path / "learning.json", Rules(turn_s=2.0, budget=20.0)
    write_learning(races, rules, path)
    assert benchmark_learning(1, rules, Console(), path) == races[:2]
    with pytest.raises(UserError, match="results under other rules"):
        benchmark_learning(1, Rules(turn_s=1.0, budget=20.0), Console(), path)
    path.write_text("[]")
    with pytest.raises(UserError, match="holds no results of this benchmark"):
        benchmark_learning(1, rules, Console(), path)


@pytest.mark.parametrize("make", [lambda: stock_as_atari(preset("quick").env, 0), lambda: stock_as_car_racing(0)])
def test_stock_learners_learn_and_drive_what_they_see(make: Callable[[], StockDQN]) -> None:
    learner = make()
    learner.learn(0.2)
    first = learner.frames
    learner.learn(0.2)
    assert learner.frames > first > 0
    replay = learner._model.replay_buffer
    assert replay is not None
    assert replay.size() == learner.frames, "no step was lost between two turns"
    world = World(learner.config, num_cars=3)
    world.reset()
    commands = learner.driver().commands(world)
    assert commands.shape == (3, 2)
    assert set(commands[:, 1]) <= set(learner.config.actions.target_speeds)


def test_no_step_and_no_ending_of_ours_is_lost_between_two_turns() -> None:
    env = dataclasses.replace(TINY.env, task=TaskConfig(time_limit_s=0.1))
    learner = Dashcam("ours", dataclasses.replace(TINY, env=env, n_steps=1, buffer_frames=8_000))
    for _ in range(3):
        learner.learn(0.1)
    assert learner.frames > 0
    assert learner._model.replay.size() == 2 * learner.frames, "each step ends an episode: a frame, and its last"
