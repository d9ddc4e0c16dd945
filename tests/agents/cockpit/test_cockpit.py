"""Keys and hands: what they ask for is done."""

import dataclasses
from pathlib import Path

import numpy as np
import pygame
import pytest

from agents.cockpit.keys import KEYS, Ask
from agents.cockpit.layout import PANELS
from agents.cockpit.pilot import Chauffeur, Pilot
from agents.cockpit.player import Player
from agents.cockpit.wheel import Wheel
from agents.drives.drivers import make_driver
from sim.config import AppearanceConfig, VehicleConfig
from sim.drivers import PurePursuitDriver
from tests.support.cockpit_scenes import CONFIG, ROAD, key, played, pursuit_session


@pytest.fixture
def pilot(tmp_path: Path) -> Pilot:
    player = played(1.0)
    player.sessions[0].switch(driver := PurePursuitDriver(), CONFIG)
    return Pilot(player, tmp_path, [Chauffeur(driver, CONFIG), Chauffeur(make_driver("random"), CONFIG)])


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
    trained_in = dataclasses.replace(
        CONFIG, camera=camera, vehicle=VehicleConfig(l_f=1.5), appearance=AppearanceConfig(light=1.0)
    )
    session.switch(PurePursuitDriver(), trained_in)
    after = session.look()
    assert after.frame.shape == (24, 32, 3)
    assert (after.step, after.x, after.y) == (15, before.x, before.y), "whoever drives, the car is the same"
    assert np.array_equal(after.look, before.look), "and so is the day"


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


def test_panels_of_one_car_alone_are_said_to_be_missing_for_two(tmp_path: Path) -> None:
    pilot = Pilot(Player([pursuit_session(), pursuit_session()]), tmp_path)
    pilot.answer(key(pygame.K_6))
    assert "no panel pose" in pilot.status().message
    pilot.answer(key(pygame.K_2))
    assert pilot.wishes.panels == frozenset(PANELS) - {"map"}


def test_another_driver_takes_the_wheel_from_a_person(pilot: Pilot) -> None:
    pilot.answer(key(pygame.K_UP))
    pilot.answer(key(pygame.K_p))
    assert "random drives" in pilot.status().message
    pilot.pass_time(0.3, frozenset())
    assert pilot.player.shown()[0].at_wheel == "random"


def test_taking_the_wheel_in_the_past_drives_on_from_there(pilot: Pilot) -> None:
    pilot.player.skip(-0.5)
    pilot.answer(key(pygame.K_UP))
    assert pilot.player.sessions[0].log.steps == 5
    assert not pilot.player.paused


def test_arrow_keys_drive_where_a_gamepad_lies_idle(pilot: Pilot) -> None:
    for value in (-1.0, 0.0):
        pilot.answer(pygame.event.Event(pygame.JOYAXISMOTION, instance_id=0, axis=0, value=value))
    pilot.pass_time(0.4, {pygame.K_RIGHT})
    assert pilot.wheel.human.steering == -1.0


def test_without_a_policy_there_is_nothing_to_explain(pilot: Pilot) -> None:
    pilot.answer(key(pygame.K_s))
    assert "no policy looks on" in pilot.status().message
    assert pilot.player.shown()[0].explanation is None


def test_pedals_go_no_further_than_to_the_floor() -> None:
    wheel = Wheel()
    wheel.hold({pygame.K_UP, pygame.K_RIGHT}, 5.0)
    assert (wheel.human.throttle, wheel.human.steering) == (1.0, -1.0)
    wheel.hold({pygame.K_DOWN}, 5.0)
    assert (wheel.human.throttle, wheel.human.steering) == (0.0, 0.0)
