"""The window, driven with synthetic events."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pygame
import pytest
from PIL import Image
from rich.console import Console

from agents.cockpit.controller import Controller
from agents.cockpit.handover import DriverOption
from agents.cockpit.window import Window
from agents.demo import watch
from agents.drives.recording import first_mismatch, load_recording
from agents.policy import load_policy
from sim.drivers import DRIVERS, PurePursuitDriver
from sim.errors import UserError
from tests.support import ROOT
from tests.support.cockpit_scenes import CONFIG, ROAD, key, played
from tests.support.virtual_gamepad import VirtualGamepad


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    drivers = [DriverOption(PurePursuitDriver(), CONFIG), DriverOption(DRIVERS["random"](0), CONFIG)]
    return Controller(played(1.0), tmp_path, drivers)


@pytest.fixture
def window(controller: Controller) -> Iterator[Window]:
    opened = Window(controller)
    yield opened
    opened.close()


def press(window: Window, *codes: int) -> None:
    """Presses keys and lets them go, each for a picture."""
    for code in codes:
        pygame.event.post(key(code))
        window.turn(1.0 / 60.0)
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code))
        window.turn(1.0 / 60.0)


def test_a_held_key_repeats_only_what_may_be_repeated(window: Window, controller: Controller) -> None:
    for _ in range(3):
        pygame.event.post(key(pygame.K_COMMA))
        pygame.event.post(key(pygame.K_h))
    window.turn(0.01)
    assert controller.player.shown()[0].step == 7
    assert controller.display.help


def test_window_writes_screenshots_replays_and_films(window: Window, controller: Controller, tmp_path: Path) -> None:
    press(window, pygame.K_F2, pygame.K_F3)
    for _ in range(30):
        window.turn(1.0 / 60.0)
    press(window, pygame.K_F3, pygame.K_F4)
    assert [path.name for path in controller.output.saved] == [
        "screenshot-1.png",
        "film-1.mp4",
        f"road-{ROAD}-1.replay",
    ]
    with Image.open(tmp_path / "screenshot-1.png") as picture:
        assert picture.size == (1280, 720)
    assert imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "film-1.mp4"))[0] in range(13, 20)
    assert first_mismatch(load_recording(controller.output.saved[2])) is None
    assert len(list(tmp_path.iterdir())) == 3


def test_gamepads_drive_and_may_go_away(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS", "1")  # the dummy display has no focus
    window = Window(controller)
    used, idle = VirtualGamepad(), VirtualGamepad()
    window.turn(0.0)
    assert "left stick takes the wheel" in controller.status().message
    used.push(0, -0.05)
    window.turn(0.1)
    assert controller.player.sessions[0].human is None, "a worn spring does not take the wheel"
    used.push(0, -1.0)
    window.turn(0.1)
    human = controller.player.sessions[0].human
    assert human is not None
    assert human.steering == 1.0
    idle.pull_out()
    window.turn(0.1)
    assert not controller.player.paused, "somebody still drives"
    used.pull_out()
    window.turn(0.1)
    assert controller.player.paused, "nobody is left to drive"
    assert "the gamepad is gone; the arrow keys still drive" in controller.status().message
    press(window, pygame.K_SPACE)
    window.turn(0.5)
    assert human.steering == 0.0, "the wheel springs back"
    window.close()


def test_dragging_the_time_line_scrubs(window: Window, controller: Controller) -> None:
    window.turn(0.01)
    for kind, x in ((pygame.MOUSEBUTTONDOWN, 120), (pygame.MOUSEMOTION, 10), (pygame.MOUSEBUTTONUP, 10)):
        pygame.event.post(pygame.event.Event(kind, pos=(x, 702), button=1, rel=(0, 0), buttons=(1, 0, 0)))
    window.turn(0.01)
    assert controller.player.paused
    assert controller.player.shown()[0].step == 0


def test_a_full_disk_ends_the_film_and_not_the_drive(window: Window, controller: Controller, tmp_path: Path) -> None:
    (tmp_path / ".film-1.part.mp4").symlink_to("/dev/full")
    press(window, pygame.K_F3)
    for _ in range(40):
        window.turn(1.0 / 30.0)
    if controller.output.film is not None:  # the encoder has not told yet
        press(window, pygame.K_F3)
    assert controller.output.film is None
    assert "the disk is full or cannot be written" in controller.status().message
    steps = controller.player.sessions[0].log.steps
    window.turn(0.2)
    assert controller.player.sessions[0].log.steps > steps


def test_files_that_cannot_be_written_are_said(window: Window, controller: Controller, tmp_path: Path) -> None:
    controller.output.folder = tmp_path / "file"
    controller.output.folder.write_text("not a folder")
    for code in (pygame.K_F2, pygame.K_F3, pygame.K_F4):
        press(window, code)
        assert "cannot be written" in controller.status().message
    assert not controller.output.saved


def test_closing_the_window_ends_the_film_that_is_being_made(controller: Controller, tmp_path: Path) -> None:
    window = Window(controller)
    press(window, pygame.K_F3)
    window.turn(0.2)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.run()
    assert not pygame.display.get_init()
    assert [path.name for path in tmp_path.iterdir()] == ["film-1.mp4"]


def test_without_a_display_the_way_out_is_named(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError, match="--record"):
        Window(controller)


@pytest.fixture
def no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A display that does not answer."""
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":77")


@pytest.mark.usefixtures("no_answer")
def test_a_display_that_does_not_answer_is_said(controller: Controller) -> None:
    with pytest.raises(UserError, match="no display that answers"):
        Window(controller)


@pytest.mark.usefixtures("no_answer")
def test_a_demo_ends_well_where_no_display_answers(tmp_path: Path) -> None:
    said = Console(file=io.StringIO(), width=200)
    watch(load_policy(), tmp_path, said)
    assert said.file.getvalue() == "No display answers, so there is no window; the film shows the same.\n"


def test_window_answers_on_a_real_display(tmp_path: Path) -> None:
    assert shutil.which("Xvfb"), "the window is tested on a virtual display; on Debian: apt-get install xvfb"
    server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24"], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        display = f":{server.stdout.readline().decode().strip()}"
        env = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11", "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-m", "tests.support.drive_window", str(tmp_path)], env=env, check=True, timeout=120
        )
        with Image.open(tmp_path / "screenshot-1.png") as picture:
            assert picture.size == (1000, 600)
            assert np.asarray(picture).std() > 30.0
    finally:
        server.terminate()
        server.wait()
