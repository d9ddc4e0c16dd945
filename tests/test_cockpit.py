"""Playback: the picture, the film, the window and its keys."""

import dataclasses
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pygame
import pytest
from PIL import Image

from agents import cockpit
from agents.film import record
from agents.play import Controls, handle, play, steer
from agents.policy import load_policy
from agents.session import HumanDriver, Moment, Session, drive_moments, make_driver
from sim.drivers import PurePursuitDriver
from sim.errors import UserError

ROAD = 1_000_000


def session(driver: str = "pure-pursuit") -> Session:
    policy = load_policy()
    return Session(policy if driver == "policy" else make_driver(driver), policy.config, ROAD)


@pytest.fixture(scope="module")
def moment() -> Moment:
    return list(drive_moments(session("policy"), 3.0))[-1]


def region(picture: np.ndarray, rect: pygame.Rect) -> np.ndarray:
    return picture[rect.top : rect.bottom, rect.left : rect.right]


def drawn(moment: Moment) -> np.ndarray:
    return cockpit.pixels(cockpit.draw(moment))


def test_picture_shows_the_view_and_the_networks_own_frame(moment: Moment) -> None:
    picture = drawn(moment)
    assert picture.shape == (720, 1280, 3)
    below = region(picture, cockpit.VIEW)[60:]
    assert np.array_equal(below, moment.windscreen[60:])
    dark = dataclasses.replace(moment, frame=np.zeros_like(moment.frame))
    assert (region(drawn(dark), cockpit.EYE) != region(picture, cockpit.EYE)).mean() > 0.3


def test_map_shows_where_the_car_has_been(moment: Moment) -> None:
    longer = list(drive_moments(session("policy"), 20.0))[-1]
    path = [(region(drawn(item), cockpit.MAP) == cockpit.ACCENT).all(axis=2).sum() for item in (moment, longer)]
    assert path[1] > path[0] + 20


def test_brightest_cell_is_the_chosen_action(moment: Moment) -> None:
    assert moment.q_values is not None
    for steering, speed, corner in ((-1, -1, "left top"), (0, 0, "right bottom")):
        values = np.zeros_like(moment.q_values)
        values[steering, speed] = 1.0
        panel = region(drawn(dataclasses.replace(moment, q_values=values)), cockpit.VALUES)
        rows, columns = np.nonzero((panel == cockpit.ACCENT).all(axis=2))
        side = "left" if columns.mean() < panel.shape[1] / 2 else "right"
        height = "top" if rows.mean() < panel.shape[0] / 2 else "bottom"
        assert f"{side} {height}" == corner


def test_other_drivers_have_no_q_values_and_are_drawn_all_the_same() -> None:
    plain = session().step()
    assert plain.q_values is None
    assert drawn(plain).std() > 10.0


def test_the_end_of_a_drive_is_said(moment: Moment) -> None:
    ended = dataclasses.replace(moment, ended_by="off_road")
    assert (region(drawn(ended), cockpit.VIEW) == cockpit.BAD).all(axis=2).any()


def test_mp4_has_the_pictures_and_the_length_of_the_drive(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    assert record(drive_moments(session(), 2.0), path) == 20
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == 20
    assert seconds == pytest.approx(2.0, abs=0.1)
    reader = imageio_ffmpeg.read_frames(str(path))
    assert next(reader)["size"] == (1280, 720)
    reader.close()
    assert [item.name for item in tmp_path.iterdir()] == ["drive.mp4"]


def test_gif_has_every_picture(tmp_path: Path) -> None:
    path = tmp_path / "drive.gif"
    record(drive_moments(session(), 1.0), path)
    with Image.open(path) as film:
        assert film.n_frames == 10  # type: ignore[attr-defined]
        assert film.size == (640, 360)


def test_a_failing_recording_leaves_no_file(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield session().step()
        raise RuntimeError("the drive broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        record(broken(), tmp_path / "drive.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film.avi", "film", "nowhere/film.mp4"])
def test_films_that_cannot_be_written_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        record([], tmp_path / name)


def test_an_ended_road_leads_to_the_next() -> None:
    watched = session("constant-speed")
    seeds = {item.road.seed for item in drive_moments(watched, 60.0)}
    assert min(seeds) == ROAD
    assert len(seeds) > 1


def key(code: int) -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYDOWN, key=code)


def test_keys_pause_restart_change_the_road_and_quit() -> None:
    watched, controls = session(), Controls()
    for _ in range(5):
        watched.step()
    handle(key(pygame.K_SPACE), controls, watched)
    assert controls.paused
    handle(key(pygame.K_r), controls, watched)
    assert watched.world.telemetry.progress[0] == 0.0
    handle(key(pygame.K_n), controls, watched)
    assert watched.world.road_seeds[0] == ROAD + 1
    handle(key(pygame.K_b), controls, watched)
    assert watched.world.road_seeds[0] == ROAD
    handle(key(pygame.K_ESCAPE), controls, watched)
    assert not controls.running


def test_window_opens_and_closes() -> None:
    pygame.init()
    pygame.display.init()
    pygame.event.post(key(pygame.K_ESCAPE))
    play(session())
    assert not pygame.display.get_init()


def test_without_a_display_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError, match="--record"):
        play(session())


class Keys(dict[int, bool]):
    def __missing__(self, _: int) -> bool:
        return False


def test_arrow_keys_drive() -> None:
    human = HumanDriver()
    watched = Session(human, load_policy().config, ROAD)
    for _ in range(15):
        steer(human, Keys({pygame.K_UP: True, pygame.K_LEFT: True}))  # type: ignore[arg-type]
        watched.step()
    assert watched.world.telemetry.speed[0] > 1.0
    assert watched.world.telemetry.steering_angle[0] > 0.1
    steer(human, Keys())  # type: ignore[arg-type]
    assert human.steering < 1.0, "let go, the wheel returns"


def test_unknown_driver_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="pure-pursuit, constant-speed, random"):
        make_driver("chauffeur")
    assert isinstance(make_driver("pure-pursuit"), PurePursuitDriver)
