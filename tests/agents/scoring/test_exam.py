"""Examinations: in a policy's own car, at its own task, on roads like those that it trains on."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from agents.cockpit.failures import failures
from agents.cockpit.playback import driver_options, play_drive
from agents.policy import Policy, load_policy, save_policy
from agents.roads.files import roads_to_watch
from agents.scoring.evaluate import drive, drive_suite, evaluation_config
from agents.scoring.exam import exam, exam_roads, remarks
from agents.scoring.suites import SUITES, in_own_cars, real_suite, seeded_suite, suite
from agents.training.report import report
from agents.training.train import train
from sim.config import ActionConfig, EnvConfig, RoadsConfig, TaskConfig, VehicleConfig
from sim.drivers import PurePursuitDriver
from sim.roads.formats import read_roads
from tests.support import EXAMPLE_MAP
from tests.support.command_line import run
from tests.support.map_towns import t_junction
from tests.support.tiny_run import ENV, TINY, said, silent
from tools.roads.writer import write_ellipse

LONG = VehicleConfig(l_f=1.9, l_r=2.2)


def with_car(policy: Policy, vehicle: VehicleConfig, name: str) -> Policy:
    """The same network, as if it had been trained in another car."""
    return dataclasses.replace(policy, config=dataclasses.replace(policy.config, vehicle=vehicle), name=name)


def test_roads_that_somebody_names_are_driven_in_the_policys_own_car(tmp_path: Path) -> None:
    config = dataclasses.replace(EnvConfig(), vehicle=LONG, task=TaskConfig(steering_weight=0.5))
    for roads in (seeded_suite("s-curve", [1_000_000]), real_suite([write_ellipse(tmp_path / "ring.csv", 60.0, 60.0)])):
        [cell] = in_own_cars(roads, [config]).cells
        here = cell.environment(config)
        assert here.vehicle == LONG
        assert (here.task.start, here.task.steering_weight) == ("beginning", 0.5)
        assert in_own_cars(roads, [EnvConfig()]).hash == roads.hash, "the usual car keeps the hash"
        assert in_own_cars(roads, [config]).hash != roads.hash
        [each] = in_own_cars(roads, [config, EnvConfig()]).cells
        assert [each.environment(item).vehicle for item in (config, EnvConfig())] == [LONG, VehicleConfig()]


@pytest.mark.parametrize("name", sorted(SUITES))
def test_frozen_suites_have_a_car_of_their_own_and_say_so(name: str) -> None:
    usual = load_policy()
    long = with_car(usual, LONG, "long")
    assert suite(name).cells[0].environment(long.config).vehicle == VehicleConfig()
    assert remarks(suite(name), [usual]) == []
    [sentence] = remarks(suite(name), [usual, long])
    assert sentence == (
        f"{name} puts every policy into its own car, at its own task; long was trained with another: l_f 1.9, l_r 2.2."
    )


def test_evaluate_puts_the_drivers_beside_a_policy_into_its_car(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = with_car(load_policy(), LONG, "long")
    save_policy(long, tmp_path / "long")
    words = ("--road", "s-curve", "--out", str(tmp_path / "scores"))
    assert run("evaluate", str(tmp_path / "long"), *words) == 0
    assert "own car" not in capsys.readouterr().out, "nothing is out of the usual"
    card = json.loads((tmp_path / "scores" / "scorecard.json").read_text())
    assert card["suite"]["cells"][0]["vehicle"]["l_f"] == LONG.l_f
    pursuit = next(item for item in card["drivers"] if item["driver"] == "pure-pursuit")
    config = dataclasses.replace(long.config, roads=RoadsConfig(kind="s-curve"), appearance=EnvConfig().appearance)
    own = drive(PurePursuitDriver(), config, [1_000_000]).totals
    assert pursuit["totals"]["lateral_rmse_m"] == own.lateral_rmse_m
    usual = dataclasses.replace(config, vehicle=VehicleConfig())
    assert drive(PurePursuitDriver(), usual, [1_000_000]).totals.lateral_rmse_m != own.lateral_rmse_m


def test_policies_for_different_cars_drive_their_own_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, vehicle in (("usual", VehicleConfig()), ("long", LONG)):
        save_policy(with_car(load_policy(), vehicle, name), tmp_path / name)
    policies = [str(tmp_path / name) for name in ("usual", "long")]
    assert run("evaluate", *policies, "--road", "circle", "--out", str(tmp_path / "scores")) == 0
    assert "Each policy drives its own car at its own task; the drivers beside them have those of usual." in (
        capsys.readouterr().out
    )
    drivers = json.loads((tmp_path / "scores" / "scorecard.json").read_text())["drivers"]
    assert drivers[0]["totals"]["lateral_rmse_m"] != drivers[1]["totals"]["lateral_rmse_m"]


def test_a_slow_car_has_time_to_reach_the_end() -> None:
    slow = dataclasses.replace(EnvConfig(), actions=ActionConfig(target_speeds=(0.5, 2.0)))
    assert evaluation_config(slow).task.time_limit_s == pytest.approx(1000.0 / 0.6)
    assert evaluation_config(EnvConfig()).task == suite("test-v1").cells[0].task
    circle = in_own_cars(seeded_suite("circle", [0]), [slow])
    assert drive_suite(PurePursuitDriver(), slow, circle).totals.success_rate == 1.0


def test_procedural_roads_of_an_examination_have_the_bends_of_training_and_are_unseen() -> None:
    tight = RoadsConfig(radius_min_m=9.0)
    found = exam_roads(tight, "validation", 3)
    assert found.seeds == (1_500_000, 1_500_001, 1_500_002)
    assert evaluation_config(EnvConfig(roads=found.roads)).roads.radius_min_m == 9.0
    taken = exam_roads(RoadsConfig(first_seed=1_000_000, last_seed=1_000_099), "test", 200)
    assert taken.unseen
    assert taken.seeds == tuple(range(1_000_100, 1_000_300))


def test_the_examination_is_test_v1_where_that_is_the_policys_own() -> None:
    usual = EnvConfig(task=TaskConfig(steering_weight=0.5, time_limit_s=12.0))
    assert exam(usual)[0] == suite("test-v1"), "a reward of one's own does not change how it is driven"
    for change in ({"vehicle": LONG}, {"roads": RoadsConfig(radius_min_m=12.0)}, {"roads": RoadsConfig(kind="circle")}):
        made, _ = exam(dataclasses.replace(EnvConfig(), **change))
        here = made.cells[0].environment(dataclasses.replace(EnvConfig(), **change))
        for name, value in change.items():
            if name == "vehicle":
                assert here.vehicle == value
            else:
                assert (here.roads.kind, here.roads.radius_min_m) == (value.kind, value.radius_min_m)


def test_lanes_of_a_map_that_training_leaves_out_are_examined() -> None:
    trained = RoadsConfig(kind="file", file=str(EXAMPLE_MAP))
    every = read_roads(EXAMPLE_MAP, "all")
    validation, test = exam_roads(trained, "validation", 100), exam_roads(trained, "test", 100)
    assert validation.unseen
    assert test.unseen
    assert {*validation.seeds, *test.seeds} == set(range(1, len(every))), "all but the main lane"
    assert not {*validation.seeds} & {*test.seeds}, "what chooses the best policy is not reported on"
    one = dataclasses.replace(trained, lane="all", first_seed=1, last_seed=1)
    assert 1 not in exam_roads(one, "test", 100).seeds
    named = dataclasses.replace(trained, lane=every[1].name)
    assert 1 not in {*exam_roads(named, "test", 100).seeds, *exam_roads(named, "validation", 100).seeds}
    assert not exam_roads(dataclasses.replace(trained, lane="all"), "test", 100).unseen


def test_a_run_on_a_track_is_examined_on_it(tmp_path: Path) -> None:
    track = write_ellipse(tmp_path / "my track.csv", 60.0, 60.0)
    env = dataclasses.replace(ENV, roads=RoadsConfig(kind="file", file=str(track)), vehicle=LONG)
    config, console = dataclasses.replace(TINY, env=env), silent()
    result = train(config, tmp_path / "run", console)
    assert {item.totals.roads for item in result.evaluations} == {1}
    policy = load_policy(tmp_path / "run")
    assert drive(PurePursuitDriver(), policy.config, [0]).roads[0].route_completion == pytest.approx(1.0)
    report(result, config, console)
    text = said(console)
    assert text.count("my track.csv has no other lane to drive, so the policy is evaluated on the one that") == 2
    assert f"or: dashcam evaluate {tmp_path}/run --road '{track}'" in text
    card = json.loads((tmp_path / "run" / "policy" / "scorecard.json").read_text())
    assert (card["suite"]["name"], card["suite"]["cells"][0]["kind"]) == ("real-v1", "file")
    assert card["suite"]["cells"][0]["vehicle"]["l_f"] == LONG.l_f
    assert "1 road that it trained on" in (tmp_path / "run" / "policy" / "card.md").read_text()
    [failed] = failures(tmp_path / "run", "run", policy.config).roads
    assert failed.environment.roads.file == str(track)
    drivers = driver_options([tmp_path / "run"], "policy")
    [session] = play_drive(drivers, None, roads_to_watch(policy.config.roads), None).sessions
    assert session.world.config.roads.file == str(track), "where it was trained is where it is watched"


def test_a_policy_of_a_map_is_examined_on_other_trips_through_it(tmp_path: Path) -> None:
    file = t_junction(tmp_path)
    trained = RoadsConfig(kind="town", file=str(file), last_seed=50)
    suite, roads = exam(dataclasses.replace(ENV, roads=trained))
    (cell,) = suite.cells
    assert (cell.kind, cell.file, len(cell.road_seeds), roads.unseen) == ("town", str(file), 200, False)
    assert cell.file_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert roads.remark == f"The policy is evaluated on trips through {file.name} that it may know."
    assert cell.environment(ENV).roads.kind == "town"
    validated = exam_roads(trained, "validation", 20)
    assert not {*validated.seeds} & {*roads.seeds}
