"""Trips that are drawn: starts and goals where cars may stand, ways as long and with as many turns as wished."""

import numpy as np
import pytest

from sim.network.network import LEFT, RIGHT, ROUNDABOUT, STRAIGHT, Network
from sim.network.of_road import network_of
from sim.network.route_map import route_map
from sim.network.routes import draw_route, write_route
from sim.network.routing import Route, find_route
from sim.network.trips import (
    CHANGE_ROOM,
    KEPT_CLEAR,
    NAVIGATION,
    ONE_TURN,
    STRAIGHT_ON,
    TRIP_DRAWS,
    TripWishes,
    draw_trip,
)
from sim.roads.catalog import build_road
from sim.types import FloatArray
from tests.support.routes import Place, arrays, laid, room
from tests.support.towns import FEW, town

TURNS = (LEFT, RIGHT)


def draws(seed: int) -> FloatArray:
    return np.random.default_rng(seed).random(TRIP_DRAWS)


def trip(network: Network, seed: int, wishes: TripWishes | None = None) -> tuple[Place, Place, bool]:
    parts = route_map(network)
    found = draw_trip(parts.graph, parts.stops, draws(seed), wishes or TripWishes(), room().trips)
    return (int(found[0]), float(found[1])), (int(found[2]), float(found[3])), bool(found[4])


def is_clear(network: Network, place: Place) -> bool:
    """Whether a place lies on a street, not right before a stop line or a junction."""
    lane, station = place
    lines = network.stop_station[network.stop_lane == lane]
    onward = network.successors[slice(*network.successor_starts[lane : lane + 2])]
    ends = [
        *lines.tolist(),
        *([float(network.lane_length[lane])] if (network.lane_junction[onward] >= 0).any() else []),
    ]
    return bool(network.lane_junction[lane] < 0) and all(station <= end - KEPT_CLEAR + 1e-3 for end in ends)


def rooms(route: Route) -> list[float]:
    """Length of lane that each change takes [m]."""
    pairs = [
        min(route.end[k] - route.begin[k], route.end[k + 1] - route.begin[k + 1]) for k in np.flatnonzero(route.changes)
    ]
    return [2.0 * pair for pair in pairs]


def turns_back(network: Network, route: Route) -> bool:
    """Whether the heading turns by more than 135 degrees at a roundabout."""
    inside = [
        np.flatnonzero((route.along >= begin - 1e-6) & (route.along < end - 1e-6))
        for begin, end in zip(route.command_begin, route.command_end, strict=True)
    ]
    for rows in inside:
        first, last = route.lanes[rows[0]], route.lanes[rows[-1]]
        enter, leave = network.lane_points[first], network.lane_points[last + 1] - 1
        cosine = network.cos[enter] * network.cos[leave] + network.sin[enter] * network.sin[leave]
        if network.junction_control[network.lane_junction[first]] == ROUNDABOUT and cosine < np.cos(np.radians(135.5)):
            return True
    return False


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("task", [STRAIGHT_ON, ONE_TURN, NAVIGATION])
def test_trips_are_as_wished(task: int, left_hand: bool) -> None:
    turned = []
    for seed in FEW:
        network = town(seed, left_hand).network
        for number in range(20):
            start, goal, wished = trip(network, number, TripWishes(task, 150.0, 400.0))
            assert wished
            assert is_clear(network, start)
            assert is_clear(network, goal)
            route = find_route(network, start, goal)
            assert 145.0 < route.length < 406.0, "lanes in bends differ in length"
            assert len(route.command) >= 1
            assert not turns_back(network, route)
            turned.append(int(np.isin(route.command, TURNS).sum()))
            assert all(length > 0.99 * CHANGE_ROOM for length in rooms(route))
    wanted = {STRAIGHT_ON: {0}, ONE_TURN: {1}}
    assert set(turned) == wanted.get(task, set(turned))
    assert task != NAVIGATION or {0, 1, 2, 3} <= set(turned)


def test_starts_are_spread_by_length_and_goals_over_the_town() -> None:
    network = town(3).network
    starts, goals = zip(*[trip(network, number)[:2] for number in range(2000)], strict=True)
    usable = np.array(
        [
            sum(is_clear(network, (k, s)) for s in np.arange(0.5, network.lane_length[k]))
            for k in range(len(network.lane_length))
        ]
    )
    share = np.bincount([lane for lane, _ in starts], minlength=len(usable)) / len(starts)
    np.testing.assert_allclose(share, usable / usable.sum(), atol=0.012)
    assert len({lane for lane, _ in goals}) > 0.8 * np.count_nonzero(usable > 20)


def test_a_drawn_route_is_the_route_between_its_places() -> None:
    for seed in FEW:
        network = town(seed).network
        parts = route_map(network)
        for number in range(5):
            start, goal, wished = trip(network, number)
            count, as_wished = draw_route(parts, draws(number), TripWishes(), room(), *arrays(), 0)
            assert as_wished == wished
            assert write_route(parts, *start, *goal, room(), *arrays(), 1) == count
            for a, b in zip(laid(0)[:3], laid(1)[:3], strict=True):
                np.testing.assert_array_equal(a, b)
            for a, b in zip(laid(0).rules, laid(1).rules, strict=True):
                np.testing.assert_array_equal(a, b)


def test_where_no_goal_is_as_wished_it_is_the_farthest_one() -> None:
    network = town(0).network
    start, goal, wished = trip(network, 1, TripWishes(NAVIGATION, 5000.0, 6000.0))
    assert not wished
    longest = find_route(network, start, goal).length
    for seed in range(40):
        other = trip(network, 100 + seed)[1]
        assert find_route(network, start, other).length < longest + 1.0
    start, goal, wished = trip(network, 1, TripWishes(ONE_TURN, 1.0, 2.0))
    assert not wished


def test_on_a_single_road_trips_go_ahead() -> None:
    for kind, seed in (("procedural", 0), ("straight", 0), ("circle", 0)):
        network = network_of(build_road(kind, seed))  # type: ignore[arg-type]
        for number in range(20):
            (lane, station), (to, goal), wished = trip(network, number)
            assert wished
            assert to == lane
            assert 150.0 <= goal - station <= 400.0


def test_commands_of_a_trip_straight_on_are_all_straight() -> None:
    for seed in FEW:
        start, goal, _ = trip(town(seed).network, seed, TripWishes(STRAIGHT_ON))
        assert set(find_route(town(seed).network, start, goal).command.tolist()) == {STRAIGHT}
