"""Playback: the playhead, keys, hands at the wheel, the window, films, and what people drive."""

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import psutil
import pygame
import pytest
from cockpit_scenes import CONFIG, ROAD, pursuit_session, straight_session
from PIL import Image

from agents.cockpit.keys import KEYS, Ask
from agents.cockpit.pilot import Chauffeur, Pilot
from agents.cockpit.player import Player
from agents.cockpit.screen import Screen
from agents.cockpit.wheel import Wheel
from agents.cockpit.window import Window
from agents.drivers import HumanDriver, make_driver
from agents.film import record
from agents.recording import first_mismatch, load_recording
from agents.session import Session, drive_moments
from sim.drivers import PurePursuitDriver
from sim.errors import UserError


def played(seconds: float = 5.0) -> Player:
    player = Player([pursuit_session()])
    for _ in range(round(10 * seconds)):
        player.advance(0.1)
    return player


def key(code: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYDOWN, key=code)


# The playhead


def test_the_simulation_keeps_its_pace_whatever_that_of_the_pictures_is() -> None:
    player = Player([pursuit_session()])
    for _ in range(60):
        player.advance(1.0 / 60.0)
    assert player.sessions[0].log.steps == 10
    player.change_speed(1)
    for _ in range(60):
        player.advance(1.0 / 60.0)
    assert player.sessions[0].log.steps == 30


def test_scrubbing_shows_the_past_and_changes_nothing() -> None:
    player = played()
    present = player.shown()[0]
    player.skip(-3.0)
    player.paused = True
    past = player.shown()[0]
    assert past.elapsed_s == pytest.approx(present.elapsed_s - 3.0, abs=0.11)
    assert len(past.trail) == past.step
    player.scrub(0.0)
    assert player.shown()[0].step == 0
    player.go_live()
    assert player.shown()[0].step == player.sessions[0].log.steps == 50


def test_steps_go_one_by_one_in_both_directions() -> None:
    player = played()
    player.single_step(-1)
    assert (player.paused, player.shown()[0].step) == (True, 49)
    player.single_step(1)
    player.single_step(1)
    assert player.shown()[0].step == 51, "at the present, the simulation takes a step"


def test_only_the_last_minutes_are_kept() -> None:
    player = Player([pursuit_session()], kept=20)
    for _ in range(50):
        player.advance(0.1)
    assert player.span_s == pytest.approx(1.9)
    player.scrub(0.0)
    assert player.shown()[0].step == 31


def test_driving_on_from_the_past_gives_the_drive_another_end() -> None:
    player = played()
    frames = [player.history[number].beat[0].frame for number in range(player.history.last + 1)]
    player.skip(-2.0)
    player.drive_on_from_here()
    assert player.sessions[0].log.steps == 30
    player.advance(0.1)
    assert np.array_equal(player.sessions[0].look().frame, frames[31]), "the same driver does the same again"


def test_driving_on_from_an_earlier_road_goes_back_to_it() -> None:
    player = played(2.0)
    player.move(1)
    for _ in range(10):
        player.advance(0.1)
    player.skip(-2.0)
    player.drive_on_from_here()
    assert player.sessions[0].world.road_seeds[0] == ROAD
    assert player.sessions[0].log.steps == 11


def test_an_end_is_shown_and_leads_to_the_next_road() -> None:
    player = Player([straight_session()])
    seeds, endings = set(), set()
    for _ in range(400):
        player.advance(0.1)
        seeds.add(player.shown()[0].road.seed)
        endings.add(player.shown()[0].ended_by)
    assert {ROAD, ROAD + 1} <= seeds
    assert "off_road" in endings


# Keys and hands


@pytest.fixture
def pilot(tmp_path: Path) -> Pilot:
    chauffeurs = [Chauffeur(PurePursuitDriver(), CONFIG), Chauffeur(make_driver("random"), CONFIG)]
    return Pilot(played(1.0), tmp_path, chauffeurs)


def test_every_key_is_listed_once_and_answered(pilot: Pilot) -> None:
    codes = [code for item in KEYS for code in item.codes]
    assert len(codes) == len(set(codes))
    assert {item.ask for item in KEYS} == set(Ask)
    for item in KEYS:
        for code in item.codes:
            pilot.answer(key(code))
            pilot.pass_time(0.1, frozenset())
    assert not pilot.running


def test_keys_pause_change_the_pace_and_the_road(pilot: Pilot) -> None:
    player = pilot.player
    pilot.answer(key(pygame.K_SPACE))
    assert player.paused
    pilot.answer(key(pygame.K_MINUS))
    assert player.speed == 0.5
    pilot.answer(key(pygame.K_n))
    assert player.shown()[0].road.seed == ROAD + 1
    pilot.answer(key(pygame.K_b))
    pilot.answer(key(pygame.K_r))
    assert (player.shown()[0].road.seed, player.shown()[0].step) == (ROAD, 0)


def test_keys_switch_panels_view_and_help(pilot: Pilot) -> None:
    pilot.answer(key(pygame.K_2))
    assert "map" not in pilot.wishes.panels
    pilot.answer(key(pygame.K_0))
    assert len(pilot.wishes.panels) == 6
    pilot.answer(key(pygame.K_c))
    pilot.answer(key(pygame.K_h))
    assert (pilot.wishes.view, pilot.wishes.help) == ("chase", True)


def test_drivers_are_switched_in_mid_drive(pilot: Pilot) -> None:
    before = pilot.player.shown()[0]
    pilot.answer(key(pygame.K_p))
    session = pilot.player.sessions[0]
    assert session.at_wheel == "random"
    assert session.look().progress == pytest.approx(before.progress)
    pilot.pass_time(0.3, frozenset())
    assert {item.at_wheel for item in session.log.decisions} == {"pure-pursuit", "random"}


def test_a_driver_with_another_camera_takes_over_the_same_drive() -> None:
    session = pursuit_session()
    before = [session.step() for _ in range(15)][-1]
    camera = dataclasses.replace(CONFIG.camera, width=32, height=24)
    session.switch(PurePursuitDriver(), dataclasses.replace(CONFIG, camera=camera))
    after = session.look()
    assert after.frame.shape == (24, 32, 3)
    assert (after.step, after.x, after.y) == (15, before.x, before.y)


def test_arrow_keys_take_the_wheel_smoothly_and_give_it_back(pilot: Pilot) -> None:
    for _ in range(60):
        pilot.pass_time(0.1, frozenset())
    speed = pilot.player.shown()[0].speed
    pilot.answer(key(pygame.K_LEFT))
    session = pilot.player.sessions[0]
    assert session.at_wheel == "human"
    assert session.human is not None
    assert session.human.throttle == pytest.approx(min(speed / 10.0, 1.0), abs=0.05), "it does not brake"
    heading = pilot.player.shown()[0].heading
    for _ in range(5):
        pilot.pass_time(0.1, {pygame.K_LEFT})
    assert pilot.player.shown()[0].heading > heading + 0.05
    pilot.answer(key(pygame.K_g))
    assert session.at_wheel == "pure-pursuit"


def test_taking_the_wheel_in_the_past_drives_on_from_there(pilot: Pilot) -> None:
    pilot.player.skip(-0.5)
    pilot.answer(key(pygame.K_UP))
    assert pilot.player.sessions[0].log.steps == 5
    assert not pilot.player.paused


def stick(axis: int, value: float) -> pygame.event.Event:
    return pygame.event.Event(pygame.JOYAXISMOTION, instance_id=0, axis=axis, value=value)


def test_a_gamepad_drives_and_may_go_away(pilot: Pilot) -> None:
    pilot.answer(stick(0, 0.05))
    assert pilot.player.sessions[0].human is None, "a worn spring does not take the wheel"
    pilot.answer(stick(0, -1.0))
    pilot.pass_time(0.1, frozenset())
    human = pilot.player.sessions[0].human
    assert human is not None
    assert human.steering == 1.0
    pilot.answer(pygame.event.Event(pygame.JOYDEVICEREMOVED, instance_id=0))
    assert pilot.player.paused, "nobody is left to drive"
    assert "gamepad is gone" in pilot.status().message
    pilot.answer(key(pygame.K_SPACE))
    pilot.pass_time(0.5, frozenset())
    assert human.steering == 0.0, "the wheel springs back"


def test_pedals_go_no_further_than_to_the_floor() -> None:
    wheel = Wheel()
    wheel.hold({pygame.K_UP, pygame.K_RIGHT}, 5.0)
    assert (wheel.human.throttle, wheel.human.steering) == (1.0, -1.0)
    wheel.hold({pygame.K_DOWN}, 5.0)
    assert (wheel.human.throttle, wheel.human.steering) == (0.0, 0.0)


# The window


@pytest.fixture
def window(pilot: Pilot) -> Iterator[Window]:
    opened = Window(pilot)
    yield opened
    opened.close()


def press(window: Window, *codes: int) -> None:
    """Presses keys and lets them go, each for a picture."""
    for code in codes:
        pygame.event.post(key(code))
        window.turn(1.0 / 60.0)
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code))
        window.turn(1.0 / 60.0)


def test_a_held_key_repeats_only_what_may_be_repeated(window: Window, pilot: Pilot) -> None:
    for _ in range(3):
        pygame.event.post(key(pygame.K_COMMA))
        pygame.event.post(key(pygame.K_h))
    window.turn(0.01)
    assert pilot.player.shown()[0].step == 7
    assert pilot.wishes.help


def test_window_writes_screenshots_replays_and_films(window: Window, pilot: Pilot, tmp_path: Path) -> None:
    press(window, pygame.K_F2, pygame.K_F3)
    for _ in range(30):
        window.turn(1.0 / 60.0)
    press(window, pygame.K_F3, pygame.K_F4)
    assert [path.name for path in pilot.saved] == ["screenshot-1.png", "film-1.mp4", f"road-{ROAD}-1.replay"]
    with Image.open(tmp_path / "screenshot-1.png") as picture:
        assert picture.size == (1280, 720)
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "film-1.mp4"))[0] in range(13, 20)
    assert first_mismatch(load_recording(pilot.saved[2])) is None
    assert len(list(tmp_path.iterdir())) == 3


def test_dragging_the_time_line_scrubs(window: Window, pilot: Pilot) -> None:
    window.turn(0.01)
    for kind, x in ((pygame.MOUSEBUTTONDOWN, 120), (pygame.MOUSEMOTION, 10), (pygame.MOUSEBUTTONUP, 10)):
        pygame.event.post(pygame.event.Event(kind, pos=(x, 702), button=1, rel=(0, 0), buttons=(1, 0, 0)))
    window.turn(0.01)
    assert pilot.player.paused
    assert pilot.player.shown()[0].step == 0


def test_a_full_disk_ends_the_film_and_not_the_drive(window: Window, pilot: Pilot, tmp_path: Path) -> None:
    (tmp_path / ".film-1.part.mp4").symlink_to("/dev/full")
    press(window, pygame.K_F3)
    for _ in range(400):
        window.turn(1.0 / 30.0)
        if pilot.film is None:
            break
    else:
        press(window, pygame.K_F3)
    assert pilot.film is None
    assert "the disk is full or cannot be written" in pilot.status().message
    steps = pilot.player.sessions[0].log.steps
    window.turn(0.2)
    assert pilot.player.sessions[0].log.steps > steps


def test_files_that_cannot_be_written_are_said(window: Window, pilot: Pilot, tmp_path: Path) -> None:
    pilot.folder = tmp_path / "file"
    pilot.folder.write_text("not a folder")
    for code in (pygame.K_F2, pygame.K_F3, pygame.K_F4):
        press(window, code)
        assert "cannot be written" in pilot.status().message
    assert not pilot.saved


def test_closing_the_window_ends_the_film_that_is_being_made(pilot: Pilot, tmp_path: Path) -> None:
    window = Window(pilot)
    press(window, pygame.K_F3)
    window.turn(0.2)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.run()
    assert not pygame.display.get_init()
    assert [path.name for path in tmp_path.iterdir()] == ["film-1.mp4"]


def test_without_a_display_the_way_out_is_named(pilot: Pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError, match="--record"):
        Window(pilot)


def test_a_display_that_does_not_answer_is_said(pilot: Pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":77")
    with pytest.raises(UserError, match="no display that answers"):
        Window(pilot)


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb; apt-get install xvfb")
def test_window_answers_on_a_real_display(tmp_path: Path) -> None:
    server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24"], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        display = f":{server.stdout.readline().decode().strip()}"
        env = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11", "PYTHONPATH": str(Path(__file__).parent)}
        script = Path(__file__).parent / "drive_window.py"
        subprocess.run([sys.executable, str(script), str(tmp_path)], env=env, check=True, timeout=120)
        with Image.open(tmp_path / "screenshot-1.png") as picture:
            assert picture.size == (1000, 600)
            assert np.asarray(picture).std() > 30.0
    finally:
        server.terminate()
        server.wait()


def test_ten_thousand_pictures_leave_no_memory_behind() -> None:
    player, small, large = Player([pursuit_session()], kept=100), Screen((330, 200)), Screen()
    process, grown = psutil.Process(), []
    for number in range(10_000):
        player.advance(1.0 / 20.0)
        screen = large if number % 20 == 0 else small  # all panels, or the view alone
        screen.draw(player.shown())
        if number % 2_000 == 1_999:
            grown.append(process.memory_info().rss)
    assert grown[-1] - grown[0] < 8_000_000, f"memory after each 2,000 pictures: {grown}"


# Films


def test_mp4_has_the_pictures_and_the_length_of_the_drive(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    assert record(drive_moments(pursuit_session(), 2.0), path) == 60
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == 60
    assert seconds == pytest.approx(2.0, abs=0.1)
    reader = imageio_ffmpeg.read_frames(str(path))
    assert next(reader)["size"] == (1280, 720)
    reader.close()
    assert [item.name for item in tmp_path.iterdir()] == ["drive.mp4"]


def test_gif_has_every_picture(tmp_path: Path) -> None:
    path = tmp_path / "drive.gif"
    record(drive_moments(pursuit_session(), 1.0), path)
    with Image.open(path) as film:
        assert film.n_frames == 10  # type: ignore[attr-defined]
        assert film.size == (640, 360)


def test_a_failing_recording_leaves_no_file(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield pursuit_session().step()
        raise RuntimeError("the drive broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        record(broken(), tmp_path / "drive.mp4")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / ".drive.part.mp4").symlink_to("/dev/full")
    with pytest.raises(UserError, match="the disk is full or cannot be written; nothing of it is left"):
        record(drive_moments(pursuit_session(), 3.0), tmp_path / "drive.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film.avi", "film", "nowhere/film.mp4"])
def test_films_that_cannot_be_written_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        record([], tmp_path / name)


def test_unknown_driver_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="pure-pursuit, constant-speed, random"):
        make_driver("chauffeur")
    assert isinstance(make_driver("pure-pursuit"), PurePursuitDriver)


def test_a_person_who_drives_no_worse_than_pure_pursuit_scores_as_much() -> None:
    from agents.human_score import human_drives, score_human
    from agents.policy import load_policy

    policy = load_policy()
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
