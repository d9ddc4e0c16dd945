"""Keys and hands: what they ask for is done."""

import dataclasses
from pathlib import Path

import numpy as np
import pygame
import pytest

from agents.cockpit.controller import Controller
from agents.cockpit.handover import DriverOption
from agents.cockpit.human_input import HumanInput
from agents.cockpit.keys import KEYS, UserAction
from agents.cockpit.layout import PANELS
from agents.cockpit.player import Player
from sim.config import AppearanceConfig, VehicleConfig
from sim.drivers import DRIVERS, PurePursuitDriver
from tests.support.cockpit_scenes import CONFIG, ROAD, key, played, pursuit_session


@pytest.fixture
def controller(tmp_path: Path) -> Controller:
    player = played(1.0)
    player.sessions[0].switch(driver := PurePursuitDriver(), CONFIG)
    return Controller(player, tmp_path, [DriverOption(driver, CONFIG), DriverOption(DRIVERS["random"](0), CONFIG)])


def test_every_key_is_listed_once_and_answered(controller: Controller) -> None:
    codes = [code for item in KEYS for code in item.codes]
    assert len(codes) == len(set(codes))
    assert {item.action for item in KEYS} == set(UserAction)
    for item in KEYS:
        for code in item.codes:
            controller.answer(key(code))
            controller.pass_time(0.1, frozenset())
    assert not controller.running


def test_keys_pause_change_the_pace_and_the_road(controller: Controller) -> None:
    player = controller.player
    controller.answer(key(pygame.K_SPACE))
    assert player.paused
    controller.answer(key(pygame.K_MINUS))
    assert player.speed == 0.5
    controller.answer(key(pygame.K_n))
    assert player.shown()[0].road_seed == ROAD + 1
    controller.answer(key(pygame.K_b))
    controller.answer(key(pygame.K_r))
    assert (player.shown()[0].road_seed, player.shown()[0].step) == (ROAD, 0)


def test_keys_switch_panels_view_and_help(controller: Controller) -> None:
    controller.answer(key(pygame.K_2))
    assert "map" not in controller.display.panels
    controller.answer(key(pygame.K_0))
    assert len(controller.display.panels) == 6
    controller.answer(key(pygame.K_c))
    controller.answer(key(pygame.K_h))
    assert (controller.display.view, controller.display.help) == ("chase", True)


def test_drivers_are_switched_in_mid_drive(controller: Controller) -> None:
    before = controller.player.shown()[0]
    controller.answer(key(pygame.K_p))
    session = controller.player.sessions[0]
    assert session.active_driver == "random"
    assert session.moment().progress == pytest.approx(before.progress)
    controller.pass_time(0.3, frozenset())
    assert {item.driver for item in session.log.controls} == {"pure-pursuit", "random"}


def test_a_driver_with_another_camera_takes_over_the_same_drive() -> None:
    session = pursuit_session()
    before = [session.step() for _ in range(15)][-1]
    camera = dataclasses.replace(CONFIG.camera, width=32, height=24)
    trained_in = dataclasses.replace(
        CONFIG, camera=camera, vehicle=VehicleConfig(l_f=1.5), appearance=AppearanceConfig(light=1.0)
    )
    session.switch(PurePursuitDriver(), trained_in)
    after = session.moment()
    assert after.frame.shape == (24, 32, 3)
    assert (after.step, after.x, after.y) == (15, before.x, before.y), "whoever drives, the car is the same"
    assert np.array_equal(after.look, before.look), "and so is the day"


def test_arrow_keys_take_the_wheel_smoothly_and_give_it_back(controller: Controller) -> None:
    for _ in range(60):
        controller.pass_time(0.1, frozenset())
    speed = controller.player.shown()[0].speed
    controller.answer(key(pygame.K_LEFT))
    session = controller.player.sessions[0]
    assert session.active_driver == "human"
    assert session.human is not None
    assert session.human.throttle == pytest.approx(min(speed / 10.0, 1.0), abs=0.05), "it does not brake"
    heading = controller.player.shown()[0].heading
    for _ in range(5):
        controller.pass_time(0.1, {pygame.K_LEFT})
    assert controller.player.shown()[0].heading > heading + 0.05
    controller.answer(key(pygame.K_g))
    assert session.active_driver == "pure-pursuit"


def test_panels_of_one_car_alone_are_said_to_be_missing_for_two(tmp_path: Path) -> None:
    controller = Controller(Player([pursuit_session(), pursuit_session()]), tmp_path)
    controller.answer(key(pygame.K_6))
    assert "no panel pose" in controller.status().message
    controller.answer(key(pygame.K_2))
    assert controller.display.panels == frozenset(PANELS) - {"map"}


def test_another_driver_takes_the_wheel_from_a_person(controller: Controller) -> None:
    controller.answer(key(pygame.K_UP))
    controller.answer(key(pygame.K_p))
    assert "random drives" in controller.status().message
    controller.pass_time(0.3, frozenset())
    assert controller.player.shown()[0].active_driver == "random"


def test_taking_the_wheel_in_the_past_drives_on_from_there(controller: Controller) -> None:
    controller.player.skip(-0.5)
    controller.answer(key(pygame.K_UP))
    assert controller.player.sessions[0].log.steps == 5
    assert not controller.player.paused


def test_arrow_keys_drive_where_a_gamepad_lies_idle(controller: Controller) -> None:
    for value in (-1.0, 0.0):
        controller.answer(pygame.event.Event(pygame.JOYAXISMOTION, instance_id=0, axis=0, value=value))
    controller.pass_time(0.4, {pygame.K_RIGHT})
    assert controller.human.driver.steering == -1.0


def test_without_a_policy_there_is_nothing_to_explain(controller: Controller) -> None:
    controller.answer(key(pygame.K_s))
    assert "nothing to explain" in controller.status().message
    assert controller.player.shown()[0].explanation is None


def test_pedals_go_no_further_than_to_the_floor() -> None:
    hands = HumanInput()
    hands.hold({pygame.K_UP, pygame.K_RIGHT}, 5.0)
    assert (hands.driver.throttle, hands.driver.steering) == (1.0, -1.0)
    hands.hold({pygame.K_DOWN}, 5.0)
    assert (hands.driver.throttle, hands.driver.steering) == (0.0, 0.0)
