"""Films of drives, and scores of what people drive."""

import dataclasses
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pygame
import pytest
from PIL import Image

from agents.cockpit import theme
from agents.cockpit.film import draw_shots, record
from agents.cockpit.human_score import human_drives, score_human
from agents.cockpit.playback import driver_options
from agents.cockpit.session import Session
from agents.cockpit.shots import drive_shots
from agents.drives.drivers import HumanDriver
from agents.policy import load_policy
from sim.config import VehicleConfig
from sim.drivers import PurePursuitDriver
from sim.errors import UserError
from tests.support.cockpit_scenes import ROAD, pursuit_session


def test_mp4_has_the_pictures_and_the_length_of_the_drive(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    assert record(drive_shots([pursuit_session()], 2.0), path) == 60
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == 60
    assert seconds == pytest.approx(2.0, abs=0.1)
    reader = imageio_ffmpeg.read_frames(str(path))
    assert next(reader)["size"] == (1280, 720)
    reader.close()
    assert [item.name for item in tmp_path.iterdir()] == ["drive.mp4"]


def test_gif_has_every_picture(tmp_path: Path) -> None:
    path = tmp_path / "drive.gif"
    record(drive_shots([pursuit_session()], 1.0), path)
    with Image.open(path) as film:
        assert film.n_frames == 10  # type: ignore[attr-defined]
        assert film.size == (640, 360)


def test_a_gif_keeps_the_colours_of_the_screen_to_its_end(tmp_path: Path) -> None:
    record(drive_shots([pursuit_session()], 12.0), tmp_path / "drive.gif")
    shown = list(draw_shots(drive_shots([pursuit_session()], 12.0), 1))[-1]
    expected = theme.pixels(pygame.transform.smoothscale(shown, (640, 360))).astype(int)
    with Image.open(tmp_path / "drive.gif") as film:
        film.seek(119)
        found = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(found - expected).mean() < 4.0


def test_a_failing_recording_leaves_no_file(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield (pursuit_session().step(),), ""
        raise RuntimeError("the drive broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        record(broken(), tmp_path / "drive.mp4")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / ".drive.part.mp4").symlink_to("/dev/full")
    with pytest.raises(UserError, match="the disk is full or cannot be written; nothing of it is left"):
        record(drive_shots([pursuit_session()], 3.0), tmp_path / "drive.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film.avi", "film", "nowhere/film.mp4"])
def test_films_that_cannot_be_written_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        record([], tmp_path / name)


def test_unknown_driver_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="pure-pursuit, constant-speed, random"):
        driver_options([], "chauffeur")
    names = [option.driver.name for option in driver_options([], "constant-speed")]
    assert names == ["constant-speed", "reference", "pure-pursuit", "random"]


@pytest.mark.parametrize("vehicle", [VehicleConfig(), VehicleConfig(l_f=1.6, l_r=1.9)])
def test_a_person_who_drives_no_worse_than_pure_pursuit_scores_as_much(vehicle: VehicleConfig) -> None:
    policy = load_policy()
    policy = dataclasses.replace(policy, config=dataclasses.replace(policy.config, vehicle=vehicle))
    session = Session(policy, policy.config, ROAD)
    session.human = HumanDriver()
    pursuit = PurePursuitDriver()
    limits = policy.config.actions
    while not session.ended:
        steering, speed = pursuit.commands(session.world)[0]
        session.human.steering, session.human.throttle = steering / limits.steering_limit, speed / limits.speed_limit
        session.step()
    person, _, master = score_human(human_drives(session.finished), policy)
    assert person.driver == "human"
    assert person.totals.success_rate == 1.0
    assert dataclasses.replace(person.roads[0], total_reward=0.0) == dataclasses.replace(
        master.roads[0], total_reward=0.0
    )
