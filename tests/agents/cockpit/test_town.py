"""The cockpit in towns: what is told is true, what is seen is what the world shows, and trips are driven again."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from agents.bundles.bundle import REFERENCE
from agents.cockpit import theme
from agents.cockpit.panels.map import MapPanel
from agents.cockpit.panels.town_map import SIGNALS
from agents.cockpit.panels.view import ViewPanel
from agents.cockpit.playback import TOWN_DRIVERS, driver_options
from agents.cockpit.spectator import Spectator, dashboard_camera
from agents.drives.drive_log import Control, DriveLog
from agents.drives.recording import first_mismatch, load_recording, save_recording
from agents.roads.files import roads_to_watch, seeds_to_watch
from agents.words import ENDINGS
from sim import task
from sim.config import RoadsConfig
from sim.errors import UserError
from sim.navigator import describe_trips
from sim.trips import Trip
from sim.types import ByteArray
from sim.world import World
from tests.support import EXAMPLE_MAP
from tests.support.cockpit_scenes import TOWN, town_moment, town_session
from tests.support.command_line import run


def test_a_moment_tells_what_the_world_tells() -> None:
    session = town_session()
    for _ in range(30):
        moment = session.step()
    told, guide = describe_trips(session.world.core), moment.guide
    assert guide is not None
    assert (guide.command, guide.signal, guide.clock) == (told["command"][0], told["signal"][0], told["clock"][0])
    assert (guide.junction_distance, guide.speed_limit) == (told["junction_distance"][0], told["speed_limit"][0])
    assert np.hypot(*(guide.route[guide.passed] - (moment.x, moment.y))) < 2.0, "the rear axle is on the route"
    lengths = np.hypot(*np.diff(guide.route, axis=0).T)
    assert lengths.sum() == pytest.approx(moment.route_length, abs=3.0)


def test_people_see_what_the_camera_sees() -> None:
    """Houses and signals, too, at the same time of the clock."""
    session = town_session()
    moment = session.step()
    moment = dataclasses.replace(moment, look=session.world.looks[0].copy())
    camera = dashboard_camera(moment, (96, 64))
    seen = Spectator().render(moment, camera, (moment.x, moment.y, moment.heading))
    assert moment.guide is not None
    assert moment.guide.command == "follow", "no arrow lies over the picture"
    assert np.array_equal(seen, session.world.render(0, camera))


def in_color(picture: ByteArray, state: str) -> int:
    return int((picture == SIGNALS[state]).all(axis=2).sum())


def test_stop_lines_have_the_colors_of_their_signals() -> None:
    """Over a cycle, the lines on the map show all of them."""
    moment, panel, counts = town_moment(), MapPanel(), []
    assert moment.guide is not None
    for seconds in range(0, 120, 2):
        guide = dataclasses.replace(moment.guide, clock=moment.guide.clock + 10 * seconds)
        later = dataclasses.replace(moment, guide=guide, frames=moment.frames.copy())
        picture = theme.pixels(panel.picture((220, 190), (later,)))
        counts.append([in_color(picture, state) for state in SIGNALS])
    assert (np.ptp(counts, axis=0) > 0).all()


def test_the_map_follows_the_car_wherever_it_goes() -> None:
    """A car that has moved on is in the middle of other streets; one off the map is no reason to fail."""
    moment, panel = town_moment(), MapPanel()
    first = theme.pixels(panel.picture((220, 190), (moment,))).copy()
    away = dataclasses.replace(moment, x=moment.x + 100.0, y=moment.y + 100.0, frames=moment.frames.copy())
    moved = theme.pixels(panel.picture((220, 190), (away,))).copy()
    assert not np.array_equal(first, moved)
    assert np.array_equal(moved, theme.pixels(MapPanel().picture((220, 190), (away,))))
    far = dataclasses.replace(moment, x=1e8, frames=moment.frames.copy())
    assert theme.pixels(MapPanel().picture((220, 190), (moment, far))).any()


def test_every_ending_has_words() -> None:
    assert set(ENDINGS) == {*task.ENDINGS} - {""}
    plain = theme.pixels(ViewPanel().picture((480, 270), (town_moment(),))).copy()
    for ending in ENDINGS:
        ended = dataclasses.replace(town_moment(), ended_by=ending)
        assert not np.array_equal(plain, theme.pixels(ViewPanel().picture((480, 270), (ended,))))


def other_trip(world: World) -> Trip:
    """The trip that the episode of another seed has."""
    world.seed([1])
    world.reset(road_seeds=[TOWN])
    return Trip.of(world.snapshot()["trips"][0])


@pytest.fixture(scope="module")
def chosen_drive() -> DriveLog:
    """A drive whose trip was chosen, and not drawn."""
    session = town_session()
    trip = other_trip(session.world)
    log = DriveLog.start(session.world, TOWN, TOWN, trip)
    for _ in range(20):
        log.step(session.world, Control("rule-based", session.driver.commands(session.world)))  # type: ignore[union-attr]
    return log


def test_a_trip_is_replayed_exactly(chosen_drive: DriveLog, tmp_path: Path) -> None:
    save_recording(chosen_drive.recording("rule-based"), tmp_path / "town.replay")
    loaded = load_recording(tmp_path / "town.replay")
    assert loaded.trip == chosen_drive.trip
    assert first_mismatch(loaded) is None
    assert first_mismatch(dataclasses.replace(loaded, trip=None)) == 0
    session = town_session()
    session.open(loaded)
    while not session.ended:
        moment = session.step()
    assert session.mismatch is None
    session.return_to(session.log, dataclasses.replace(moment, step=5))
    assert session.log.hashes == chosen_drive.hashes[:6]


@pytest.mark.parametrize(
    ("trip", "sentence"),
    [
        (Trip(99_999, 0.0, 1, 0.0), "town.replay cannot be driven: The start is on lane 99999"),
        (Trip(0, 0.0, 1, 5000.0), "town.replay cannot be driven: The goal is 5000 m along lane 1"),
        (Trip(0, -1.0, 1, 0.0), "town.replay does not say how its drive began"),
        (Trip(0, float("nan"), 1, 0.0), "town.replay does not say how its drive began"),
    ],
)
def test_trips_that_cannot_be_are_refused(
    trip: Trip, sentence: str, chosen_drive: DriveLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = dataclasses.replace(chosen_drive.recording("rule-based"), trip=trip)
    save_recording(recording, tmp_path / "town.replay")
    assert run("play", str(tmp_path / "town.replay"), "--record", str(tmp_path / "film.gif")) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_policy_of_towns_is_shown_in_them() -> None:
    """Also in the town that a file is, on many trips."""
    for trained in (RoadsConfig(kind="town"), RoadsConfig(kind="town", file=str(EXAMPLE_MAP))):
        shown = roads_to_watch(trained)
        assert (shown.kind, shown.file) == ("town", trained.file)
        assert len(seeds_to_watch(shown)) == 100


def test_who_drives_in_towns() -> None:
    names = [option.driver.name for option in driver_options((), "policy", "town")]
    assert names == list(TOWN_DRIVERS)
    assert next(iter(driver_options((), "blind", "town"))).driver.name == "blind"
    with pytest.raises(UserError, match="rule-based, blind"):
        driver_options((), "somebody", "town")


@pytest.mark.parametrize(
    "command", [("play", str(REFERENCE)), ("film",), ("explain",), ("play", "--compare", str(REFERENCE))]
)
def test_a_policy_of_roads_is_not_sent_into_towns(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    option = "--record" if command[0] == "play" else "--out"
    assert run(*command, "--road", "town", option, str(tmp_path / ("a.png" if "explain" in command else "a.gif"))) == 2
    assert "was trained on roads and knows no commands of a navigator" in " ".join(capsys.readouterr().err.split())


def test_a_film_of_a_town_needs_no_policy(tmp_path: Path) -> None:
    film = tmp_path / "town.gif"
    words = ("play", "--road", "town", "--compare", "blind", "--view", "chase", "--seconds", "0.3")
    assert run(*words, "--record", str(film)) == 0
    assert film.stat().st_size > 10_000
