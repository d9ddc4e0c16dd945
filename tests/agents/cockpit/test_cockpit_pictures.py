"""What the cockpit draws: every panel against a picture that was looked at, and where panels go."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pygame
import pytest

from agents.cockpit import theme
from agents.cockpit.layout import PANELS, lay_out
from agents.cockpit.moment import Tick, mix
from agents.cockpit.panels.charts import ChartsPanel, Trace, bounds
from agents.cockpit.panels.dials import DialsPanel
from agents.cockpit.panels.eye import EyePanel
from agents.cockpit.panels.guide import draw_guide
from agents.cockpit.panels.map import MapPanel
from agents.cockpit.panels.panel import Panel
from agents.cockpit.panels.pose import PosePanel
from agents.cockpit.panels.values import ValuesPanel
from agents.cockpit.panels.view import ViewPanel
from agents.cockpit.screen import DisplayOptions, Screen
from agents.cockpit.status import Status
from tests.support.cockpit_scenes import (
    CONFIG,
    explained_moment,
    pursuit_session,
    straight_session,
    town_moment,
    watched_moment,
)

GOLDEN = Path(__file__).parent / "golden"
ALL = frozenset(PANELS)


def two_cars() -> Tick:
    sessions = (pursuit_session(), straight_session())
    for _ in range(60):
        tick = tuple(session.step() for session in sessions)
    return tick


def whole(tick: Tick, options: DisplayOptions, status: Status) -> pygame.Surface:
    """The whole picture, made smaller."""
    return pygame.transform.smoothscale(Screen().draw(tick, options, status), (640, 360))


def panel(make: Callable[[], Panel], size: tuple[int, int], explained: bool = False) -> pygame.Surface:
    return make().picture(size, (explained_moment() if explained else watched_moment(),))


def in_town(make: Callable[[], Panel], size: tuple[int, int]) -> pygame.Surface:
    return make().picture(size, (town_moment(),))


def guide() -> pygame.Surface:
    """The display over the view, without the view."""
    surface, told = pygame.Surface((320, 90)), town_moment().guide
    assert told is not None
    draw_guide(surface, told)
    return surface


BUSY = Status(
    "2 of 3: leaves its lane", "screenshot: runs/cockpit/screenshot-1.png", True, 0.5, 3.0, 12.0, True, "H: keys"
)
PICTURES: dict[str, Callable[[], pygame.Surface]] = {
    "eye": lambda: panel(EyePanel, (180, 190)),
    "eye-explained": lambda: panel(EyePanel, (180, 190), explained=True),
    "map": lambda: panel(MapPanel, (180, 190)),
    "map-town": lambda: in_town(MapPanel, (220, 190)),
    "dials-town": lambda: in_town(DialsPanel, (310, 178)),
    "guide": guide,
    "values": lambda: panel(ValuesPanel, (372, 240)),
    "dials": lambda: panel(DialsPanel, (310, 178)),
    "charts": lambda: panel(ChartsPanel, (556, 178)),
    "pose": lambda: panel(PosePanel, (372, 200)),
    "view-dashboard": lambda: panel(ViewPanel, (480, 270)),
    "view-explained": lambda: panel(ViewPanel, (480, 270), explained=True),
    "view-chase": lambda: panel(lambda: ViewPanel(kind="chase"), (480, 270)),
    "whole": lambda: whole((watched_moment(),), DisplayOptions(), BUSY),
    "help": lambda: whole((watched_moment(),), DisplayOptions(help=True), Status()),
    "compare": lambda: whole(two_cars(), DisplayOptions(), Status(span_s=6.0)),
}


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_picture_is_the_one_that_was_looked_at(name: str, tmp_path: Path) -> None:
    """A change that is meant replaces a picture by what the failure names."""
    saved = tmp_path / f"{name}.png"
    picture = theme.pixels(PICTURES[name]())
    imageio.imwrite(saved, picture)
    golden = imageio.imread(GOLDEN / f"{name}.png")[..., :3]
    assert picture.shape == golden.shape, f"see {saved}"
    difference = np.abs(picture.astype(int) - golden.astype(int))
    assert (difference > 24).mean() < 5e-3, f"{(difference > 24).mean():.2%} of the values differ; see {saved}"


def test_brightest_cell_is_the_best_action() -> None:
    for steering, speed, corner in ((-1, -1, "left top"), (0, 0, "right bottom")):
        values = np.zeros((5, 3), dtype=np.float32)
        values[steering, speed] = 1.0
        moment = dataclasses.replace(watched_moment(), q_values=values)
        drawn = theme.pixels(ValuesPanel().picture((372, 240), (moment,)))
        rows, columns = np.nonzero((drawn == theme.ACCENT).all(axis=2))
        side = "left" if columns.mean() < drawn.shape[1] / 2 else "right"
        height = "top" if rows.mean() < drawn.shape[0] / 2 else "bottom"
        assert f"{side} {height}" == corner


def test_a_panel_shows_news_and_nothing_old() -> None:
    values, moment = ValuesPanel(), watched_moment()
    first = theme.pixels(values.picture((372, 240), (moment,)))
    assert moment.q_values is not None
    other = dataclasses.replace(moment, q_values=moment.q_values[::-1].copy(), frames=moment.frames.copy())
    assert not np.array_equal(first, theme.pixels(values.picture((372, 240), (other,))))


def test_between_two_steps_the_car_is_between_two_places() -> None:
    session = pursuit_session()
    before, after = [session.step() for _ in range(20)][-2:]
    half = mix(before, after, 0.5)
    assert half.x == pytest.approx(0.5 * (before.x + after.x))
    assert half.progress == pytest.approx(0.5 * (before.progress + after.progress))
    session.restart()
    assert mix(after, session.moment(), 0.5).progress == 0.0, "a new drive does not begin on the way from the old one"


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (900, 520), (640, 480), (400, 300), (160, 120), (50, 20)])
@pytest.mark.parametrize("cars", [1, 2])
def test_panels_keep_apart_and_inside_windows_of_any_size(size: tuple[int, int], cars: int) -> None:
    layout = lay_out(size, ALL, cars)
    room = pygame.Rect(0, 0, max(size[0], 160), max(size[1], 120))
    rects = [place.rect for place in layout.places] + [layout.status]
    assert all(room.contains(rect) and min(rect.size) > 0 for rect in rects)
    assert not any(a.colliderect(b) for number, a in enumerate(rects) for b in rects[:number])
    assert [place.panel for place in layout.places][:cars] == ["view"] * cars


def test_a_small_window_says_what_it_leaves_out_and_a_large_one_gives_the_view_more() -> None:
    assert lay_out((1280, 720), ALL).left_out == ()
    small = lay_out((640, 400), ALL)
    assert set(small.left_out) == ALL, "the view comes first"
    assert set(lay_out((640, 480), ALL).left_out) == {"eye", "map", "values", "pose"}
    assert lay_out((1920, 1080), ALL).places[0].rect.width > lay_out((1280, 720), ALL).places[0].rect.width
    alone = lay_out((1280, 720), frozenset())
    assert alone.places[0].rect.size == (1260, 674)
    said = theme.pixels(Screen((640, 400)).draw((watched_moment(),)))
    assert (said[small.status.top : small.status.bottom] == theme.TEXT).all(axis=2).any()


def test_nothing_of_the_keys_is_left_when_they_are_put_away() -> None:
    screen, tick = Screen(), (watched_moment(),)
    before = theme.pixels(screen.draw(tick))
    assert not np.array_equal(theme.pixels(screen.draw(tick, DisplayOptions(help=True))), before)
    assert np.array_equal(theme.pixels(screen.draw(tick)), before)


@pytest.mark.parametrize("size", [(1280, 720), (640, 400), (320, 240)])
def test_a_long_message_is_readable_to_its_end(size: tuple[int, int]) -> None:
    """In the line, or over the view where the line is too short."""
    told = "The film runs/cockpit/film-1.mp4 broke off after 3.2 s, since the disk is full or cannot be written; "
    drawn = [
        theme.pixels(Screen(size).draw((watched_moment(),), DisplayOptions(), Status(told + end)))
        for end in ("nothing of it is left.", "what was written until then is kept.")
    ]
    assert not np.array_equal(*drawn)


def test_scales_are_round_and_hold_all_values() -> None:
    for values in ((-0.03, 1.02), (14.9, 26.4), (-9.36, 1.73), (0.0, 0.0), (1e-9, 2e-9), (-4e4, 9e4)):
        low, high = bounds([Trace("", np.array(values, dtype=np.float32), theme.TEXT)], 1.0)
        assert low <= min(values)
        assert high >= max(values)
        assert len(f"{low:g}") <= 6
        assert len(f"{high:g}") <= 6


def test_gray_frames_and_stacks_are_drawn() -> None:
    camera = dataclasses.replace(CONFIG.camera, color="gray", stack=4)
    session = pursuit_session(config=dataclasses.replace(CONFIG, camera=camera))
    drawn = theme.pixels(EyePanel().picture((180, 190), (session.step(),)))
    assert drawn[60:130, 60:120].std() > 10.0
