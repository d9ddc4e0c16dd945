"""The playhead: time passes, the past is shown, and the drive goes on from it."""

import numpy as np
import psutil
import pytest

from agents.cockpit.player import Player
from agents.cockpit.screen import Screen
from tests.support.cockpit_scenes import ROAD, played, pursuit_session, straight_session


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
    frames = [player.history[number].tick[0].frame for number in range(player.history.last + 1)]
    player.skip(-2.0)
    player.resume_from_here()
    assert player.sessions[0].log.steps == 30
    player.advance(0.1)
    assert np.array_equal(player.sessions[0].moment().frame, frames[31]), "the same driver does the same again"


def test_driving_on_from_an_earlier_road_goes_back_to_it() -> None:
    player = played(2.0)
    player.move(1)
    for _ in range(10):
        player.advance(0.1)
    player.skip(-2.0)
    player.resume_from_here()
    assert player.sessions[0].world.road_seeds[0] == ROAD
    assert player.sessions[0].log.steps == 11


def test_an_end_is_shown_and_leads_to_the_next_road() -> None:
    player = Player([straight_session()])
    seeds, endings = set(), set()
    for _ in range(400):
        player.advance(0.1)
        seeds.add(player.shown()[0].road_seed)
        endings.add(player.shown()[0].ended_by)
    assert {ROAD, ROAD + 1} <= seeds
    assert "off_road" in endings


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
