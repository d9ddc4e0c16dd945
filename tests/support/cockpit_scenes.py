"""Moments that the tests of the cockpit share: made without a policy, so that they are the same everywhere."""

import dataclasses
import functools

import numpy as np
import pygame

from agents.cockpit.moment import Moment
from agents.cockpit.player import Player
from agents.cockpit.session import Session
from agents.cockpit.trail import ESTIMATED_HEADING, ESTIMATED_OFFSET, GREATEST_Q, HEADING, OFFSET
from agents.explaining.explain import Explanation
from perception.labels import CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET
from sim.config import ActionConfig, CameraConfig, EnvConfig
from sim.drivers import ConstantSpeedDriver, PurePursuitDriver, RuleBasedDriver
from sim.env import env_config

ROAD, TOWN = 1_000_000, 1_000_001
CONFIG = EnvConfig(
    camera=CameraConfig(width=64, height=44, pitch_down_deg=20.0),
    actions=ActionConfig(steering="change", steering_commands=(-0.04, -0.02, 0.0, 0.02, 0.04)),
)
LANE = {LATERAL_OFFSET: 0.25, HEADING_ERROR: 0.05, LANE_WIDTH: 3.4, **dict.fromkeys(CURVATURES, 0.01)}


def pursuit_session(road: int = ROAD, config: EnvConfig = CONFIG) -> Session:
    """Pure pursuit at the start of a road."""
    return Session(PurePursuitDriver(), config, road)


def straight_session(road: int = ROAD) -> Session:
    """A driver who will leave the road."""
    return Session(ConstantSpeedDriver(), CONFIG, road)


def town_session() -> Session:
    """A careful driver at the start of a trip through a town, past signals."""
    camera = {"width": 40, "height": 40}
    return Session(RuleBasedDriver(), env_config({"roads": {"kind": "town"}, "camera": camera}), TOWN)


@functools.cache
def town_moment() -> Moment:
    """A moment shortly before a junction with signals."""
    session = town_session()
    while (guide := session.step().guide) is None or guide.command == "follow" or not guide.signal:
        assert not session.ended
    return session.moment()


def played(seconds: float = 5.0) -> Player:
    """A player after so much driving [s]."""
    player = Player([pursuit_session()])
    for _ in range(round(10 * seconds)):
        player.advance(0.1)
    return player


def key(code: int) -> pygame.event.Event:
    """Somebody presses a key."""
    return pygame.event.Event(pygame.KEYDOWN, key=code)


@functools.cache
def watched_moment() -> Moment:
    """A moment after 12 s of driving in which everything is known that panels draw."""
    session = pursuit_session()
    for _ in range(120):
        moment = session.step()
    trail = moment.trail.copy()
    time = np.linspace(0.0, 12.0, len(trail), dtype=np.float32)
    trail[:, GREATEST_Q] = 25.0 + 5.0 * np.sin(time)
    trail[:, ESTIMATED_OFFSET] = trail[:, OFFSET] + 0.2 * np.cos(2.0 * time)
    trail[:, ESTIMATED_HEADING] = trail[:, HEADING] + 0.02 * np.sin(3.0 * time)
    values = (20.0 + 2.0 * np.arange(15, dtype=np.float32)).reshape(5, 3)
    return dataclasses.replace(moment, driver="policy", q_values=values, action=14, lane=LANE, trail=trail)


def explained_moment() -> Moment:
    """The same, with a spot that the policy looks at."""
    rows, columns = np.mgrid[0:44, 0:64]
    attention = np.exp(-((rows - 20.0) ** 2 + (columns - 44.0) ** 2) / 30.0).astype(np.float32)
    return dataclasses.replace(watched_moment(), explanation=Explanation(attention, CONFIG.camera, LANE, 1.422))
