"""Failures first: departures are found, driven again to the same end, shown, and filmed; two drivers are compared."""

import dataclasses
import json
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pygame
import pytest
import torch
from PIL import Image

from agents.bundles.bundle import REFERENCE
from agents.cockpit.clips import best, failures_of, worst
from agents.cockpit.controller import Controller
from agents.cockpit.failures import failures, shows
from agents.cockpit.handover import DriverOption
from agents.cockpit.player import Player
from agents.cockpit.playlists import ClipPlaylist
from agents.cockpit.shots import clip_shots
from agents.drives.drivers import HumanDriver
from agents.drives.rollouts import Rollout, roll_out
from agents.explaining.explain import Explainer
from agents.policy import Policy, empty_network, load_policy, save_policy
from agents.scoring.evaluate import PolicyDriver, drive_suite, evaluation_config
from agents.scoring.scorecard import write_scorecard
from agents.scoring.suites import seeded_suite, suite
from sim.config import AppearanceConfig, EnvConfig
from sim.errors import UserError
from tests.support import EXAMPLE_MAP
from tests.support.cockpit_scenes import key, pursuit_session
from tests.support.command_line import run
from tests.support.made_up import scores

ROADS = range(1_000_000, 1_000_003)


@pytest.fixture(scope="module")
def poor_policy() -> Policy:
    """The reference policy before it has learned anything."""
    policy = load_policy()
    torch.manual_seed(0)
    network = empty_network(policy.config, policy.encoder, policy.head)
    return dataclasses.replace(policy, network=network.eval(), name="poor")


@pytest.fixture(scope="module")
def rollouts(poor_policy: Policy) -> list[Rollout]:
    return roll_out(poor_policy, evaluation_config(poor_policy.config), ROADS)


@pytest.fixture(scope="module")
def poor_run(poor_policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this policy and a scorecard that says where it failed."""
    folder = tmp_path_factory.mktemp("run") / "poor"
    save_policy(poor_policy, folder)
    roads = seeded_suite("procedural", ROADS[:1])
    write_scorecard([drive_suite(PolicyDriver(poor_policy), poor_policy.config, roads)], roads, folder)
    return folder


def test_scenes_show_what_happened_in_the_evaluation(rollouts: list[Rollout]) -> None:
    scenes = failures_of(rollouts)
    assert scenes, "the policy is poor enough"
    session = pursuit_session()
    for scene in scenes[:3]:
        last = [tick[0] for tick, _ in clip_shots(session, [scene])][-1]
        rollout = next(item for item in rollouts if item.recording is scene.recording)
        assert last.lateral_offset == rollout.drive.lateral_offset[scene.last - 1]
        outside = rollout.drive.outside[scene.first : scene.last]
        assert outside.any()
        assert not outside[0]


def test_best_and_worst_are_told_apart(rollouts: list[Rollout]) -> None:
    values = [item.worth for item in rollouts]
    assert best(rollouts).recording is rollouts[int(np.argmax(values))].recording
    assert worst(rollouts).recording is rollouts[int(np.argmin(values))].recording
    assert "worst of 3 roads" in worst(rollouts).title


def test_a_broken_rule_is_a_failure(rollouts: list[Rollout]) -> None:
    """Also where the car was in its lane."""
    first = rollouts[0]
    ended = [dataclasses.replace(first.drive, ended_by=by) for by in ("off_road", "red_light", "blocked")]
    scenes = [failures_of([dataclasses.replace(first, drive=drive)]) for drive in ended]
    assert [len(scene) - len(scenes[0]) for scene in scenes] == [0, 1, 1]
    assert scenes[1][-1].title.startswith("runs a red light after")
    assert scenes[1][-1].last == first.drive.steps


def test_scenes_follow_each_other_in_the_window(rollouts: list[Rollout]) -> None:
    scenes = failures_of(rollouts)[:2]
    session = pursuit_session()
    tour = ClipPlaylist(session, scenes)
    player = Player([session], tour)
    assert player.shown()[0].step == scenes[0].first
    for _ in range(scenes[0].last - scenes[0].first):
        player.advance(0.1)
    assert player.shown()[0].step == scenes[0].last
    for _ in range(16):
        player.advance(0.1)
    assert tour.number == 1 % len(scenes)


def test_the_wheel_is_given_back_to_who_can_drive_on(
    rollouts: list[Rollout], poor_policy: Policy, tmp_path: Path
) -> None:
    """Somebody who did better than the recording is elsewhere, where what was recorded would lead nowhere."""
    session = pursuit_session()
    player = Player([session], ClipPlaylist(session, failures_of(rollouts)[:1]))
    controller = Controller(player, tmp_path)
    for code in (pygame.K_UP, pygame.K_g):
        controller.answer(key(code))
    assert "a recording cannot continue" in controller.status().message
    assert session.active_driver == "human"
    controller.handover.options = [DriverOption(poor_policy, poor_policy.config)]
    controller.answer(key(pygame.K_g))
    controller.pass_time(0.2, frozenset())
    assert session.active_driver == player.shown()[0].driver == "poor"


def test_charts_of_a_scene_begin_before_it(rollouts: list[Rollout], poor_policy: Policy) -> None:
    """Also what was read off the frames, and what the policy makes of a person who takes over."""
    scene = next(item for item in failures_of(rollouts) if item.first > 10)
    session = pursuit_session()
    session.open(scene.recording, Explainer(poor_policy), scene.first)
    session.human = HumanDriver()
    moment = session.step()
    assert np.isfinite(moment.trail).all()
    assert moment.q_values is not None
    assert moment.action is None


def test_roads_that_failed_are_driven_under_the_conditions_of_their_suite(
    poor_run: Path, poor_policy: Policy, tmp_path: Path
) -> None:
    (failed,) = failures(poor_run, "poor", poor_policy.config).roads
    assert failed.road_seeds == (ROADS[0],)
    assert failed.environment.appearance == AppearanceConfig(), "a clear day, other than in training"
    (all_roads,) = failures(tmp_path, "poor", poor_policy.config).roads
    assert len(all_roads.road_seeds) == 100, "without a scorecard"


@pytest.mark.parametrize(("driver", "roads"), [("good", (2,)), ("poor", (0, 1)), ("unknown", (2, 0, 1))])
def test_roads_that_failed_are_those_of_the_driver_who_is_shown(
    driver: str, roads: tuple[int, ...], tmp_path: Path
) -> None:
    labels = ["procedural"] * 3
    driven = [scores("good", [1.0, 1.0, 0.5], labels), scores("poor", [0.5, 0.5, 1.0], labels)]
    write_scorecard(driven, seeded_suite("procedural", range(3)), tmp_path)
    (failed,) = failures(tmp_path, driver, EnvConfig()).roads
    assert failed.road_seeds == roads


def test_failures_of_a_worse_camera_or_car_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    robust = suite("robust-v1")
    labels = [cell.label for cell in robust.cells for _ in cell.road_seeds]
    driven = scores(REFERENCE.name, [1.0 if label == "clear" else 0.5 for label in labels], labels)
    write_scorecard([driven], robust, tmp_path)
    assert run("play", str(REFERENCE), "--failures", str(tmp_path), "--record", str(tmp_path / "film.gif")) == 0
    said = capsys.readouterr().out
    assert "Left out: 1,080 failed drives with a degraded camera or car." in said
    assert "never left in the other drives" in said


def test_a_film_offers_failures_where_they_are_the_same(poor_policy: Policy, poor_run: Path, tmp_path: Path) -> None:
    driven = evaluation_config(poor_policy.config)
    assert shows(tmp_path, poor_policy, driven, ROADS), "without a scorecard, the test roads in its own environment"
    assert not shows(tmp_path, poor_policy, driven, [5])
    assert not shows(poor_run, poor_policy, driven, ROADS[:1]), "its scorecard is of another day"


def test_a_scorecard_of_another_suite_is_refused(poor_run: Path, poor_policy: Policy, tmp_path: Path) -> None:
    card = json.loads((poor_run / "scorecard.json").read_text())
    card["suite"]["hash"] = "0" * 64
    (tmp_path / "scorecard.json").write_text(json.dumps(card))
    with pytest.raises(UserError, match="evaluate again"):
        failures(tmp_path, "poor", poor_policy.config)


def test_failures_are_filmed_without_a_display(
    poor_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "failures.gif"
    assert run("play", "--failures", str(poor_run), "--record", str(film), "--seconds", "1") == 0
    with Image.open(film) as pictures:
        assert pictures.n_frames == 10  # type: ignore[attr-defined]
    assert run("play", "--failures", str(tmp_path), "--record", str(film)) == 2
    assert "holds no policy; name it, too" in capsys.readouterr().err


def test_a_policy_that_never_fails_has_nothing_to_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scorecard([scores(REFERENCE.name, [1.0])], seeded_suite("procedural", [0]), tmp_path)
    assert run("play", str(REFERENCE), "--failures", str(tmp_path), "--record", str(tmp_path / "film.gif")) == 0
    assert "never left" in capsys.readouterr().out


def test_film_shows_best_worst_and_failures(poor_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "film.mp4"
    assert run("film", str(poor_run), "--road-seeds", "1000000:1000000", "--failures", "1", "--out", str(film)) == 0
    said = capsys.readouterr().out
    assert "left 1 time on 1 road; the film shows 1." in said
    assert "Next:" not in said, "play --failures drives the day of the scorecard"
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert frames == pytest.approx(30 * seconds, abs=2)
    assert seconds > 5.0


def test_two_drivers_are_compared_side_by_side(tmp_path: Path) -> None:
    film = tmp_path / "pair.gif"
    assert run("play", "--compare", "pure-pursuit", "--record", str(film), "--seconds", "0.3") == 0
    with Image.open(film) as pictures:
        picture = np.asarray(pictures.convert("RGB")).astype(int)
    left, right = picture[30:140, 10:310], picture[30:140, 330:630]
    assert left.std() > 15.0
    assert np.abs(left - right).mean() < 12.0, "both start at the same place"


def test_a_film_begins_on_any_route_of_a_map(tmp_path: Path) -> None:
    for seed in "03":
        words = ("--road", str(EXAMPLE_MAP), "--lane", "all", "--road-seed", seed, "--driver", "pure-pursuit")
        assert run("play", *words, "--record", str(tmp_path / f"{seed}.gif"), "--seconds", "0.2") == 0
    assert (tmp_path / "0.gif").read_bytes() != (tmp_path / "3.gif").read_bytes()


BAD_INPUT = {
    "compare nobody": (("play", "--compare", "nobody"), "Driver 'nobody' is unknown; choose one of rule-based, blind"),
    "compare failures": (("play", "--compare", "random", "--failures", "."), "leave out --compare."),
    "two failing": (("play", "a", "b", "--failures", ".", "--road", "moon"), "leave out --road, b."),
    "replay on a road": (
        ("play", "a.replay", "b", "c", "--driver", "random", "--road-seed", "3", "--failures", "."),
        "leave out --driver, --road-seed, --failures, c.",
    ),
    "no evaluation": (("play", "--failures", "nowhere"), "There is no evaluation at nowhere"),
    "no roads": (("film", "--road-seeds", "9:1"), "must be from 1 to 10,000"),
    "fewer than none": (("film", "--failures", "-1"), "must be from 0 to 1000"),
    "another kind": (("film", "--out", "film.avi"), "must end in .mp4 or .gif"),
    "person on film": (("play", "--driver", "human", "--record", "film.mp4"), "A person cannot drive"),
}


@pytest.mark.usefixtures("somewhere_else")
@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_what_cannot_be_shown_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, sentence = BAD_INPUT[name]
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
    assert not list(Path.cwd().iterdir())
