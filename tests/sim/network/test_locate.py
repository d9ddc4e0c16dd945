"""Starts and goals that are given as points: the lane that they lie on, and messages where they lie on none."""

import math

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.lane_places import place_on
from sim.network.locate import FARTHEST, lane_at
from sim.network.route_map import route_map
from tests.support.networks import AHEAD, EAST, NORTH, TURN_LEFT, WEST, WEST_RIGHT, crossroads
from tests.support.towns import town


@pytest.mark.parametrize("seed", range(5))
def test_places_on_lanes_are_found(seed: int) -> None:
    network = town(seed).network
    lines, random = route_map(network).lines, np.random.default_rng(seed)
    for lane in np.flatnonzero(network.lane_junction < 0):
        station = float(network.lane_length[lane] * random.uniform(0.1, 0.9))
        x, y, cos, sin = place_on(lines, lane, station)[:4]
        aside = random.uniform(-1.0, 1.0)
        found, at = lane_at(network, "start", (x - aside * sin, y + aside * cos), math.atan2(sin, cos))
        if found == lane:  # a turn lane begins on top of another
            assert at == pytest.approx(station, abs=0.2)
        else:
            other = place_on(lines, found, at)
            assert math.hypot(x - aside * sin - other[0], y + aside * cos - other[1]) < abs(aside) + 0.01


def test_the_nearest_lane_in_the_direction_of_travel() -> None:
    network = crossroads()
    assert lane_at(network, "start", (40.25, -1.0)) == (WEST, pytest.approx(40.25))
    assert lane_at(network, "start", (40.25, -2.0)) == (WEST_RIGHT, pytest.approx(40.25))
    assert lane_at(network, "goal", (118.0, 25.0))[0] == NORTH
    assert lane_at(network, "goal", (110.0, 2.0), heading=1.2)[0] == TURN_LEFT
    assert lane_at(network, "goal", (110.0, 0.5), heading=0.0)[0] == AHEAD
    assert lane_at(network, "goal", (203.0, 0.0)) == (EAST, pytest.approx(80.0))


def test_places_off_the_network_are_refused_in_one_sentence() -> None:
    network = crossroads()
    with pytest.raises(
        UserError, match=r"^The start \(50, 5.2\) is more than 5 m from every lane; a lane near it passes"
    ):
        lane_at(network, "start", (50.0, FARTHEST + 0.2))
    with pytest.raises(UserError, match=r"The goal \(205\.5, 0\) is more than 5 m from every lane"):
        lane_at(network, "goal", (205.5, 0.0))
    with pytest.raises(UserError, match=r"from every lane in its direction; a lane near it passes \(50\.0, 0\.0\)\.$"):
        lane_at(network, "start", (50.0, 0.0), heading=math.pi)
    for place in ((math.nan, 0.0), (0.0, math.inf)):
        with pytest.raises(UserError, match="give two finite numbers, x and y in metres"):
            lane_at(network, "start", place)
    with pytest.raises(UserError, match="is more than 5 m from every lane"):
        lane_at(network, "start", (1e308, -1e308))
