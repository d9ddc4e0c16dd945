"""Routes: as short as the shortest of all ways, with lanes that hang together and a command for each junction."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.network import LEFT, RIGHT, ROUNDABOUT, STRAIGHT, Network
from sim.network.routing import LANE_CHANGE_COST, Route, find_route
from sim.types import FloatArray, IntArray
from tests.support.towns import FEW, town


def network_of(seed: int) -> tuple[Network, np.random.Generator, IntArray]:
    """A town's network, chance, and the lanes outside junctions."""
    network = town(seed).network
    return network, np.random.default_rng(seed), np.flatnonzero(network.lane_junction < 0)


def costs_to(network: Network, goal: int) -> FloatArray:
    """Least cost [m] from the begin of every lane to that of another, by going through all edges again and again."""
    cost = np.full(len(network.lane_length), np.inf)
    cost[goal] = 0.0
    while True:
        before = cost.copy()
        for lane in range(len(cost)):
            for onward in network.successors[slice(*network.successor_starts[lane : lane + 2])]:
                cost[lane] = min(cost[lane], network.lane_length[lane] + cost[onward])
            for side in (network.lane_left[lane], network.lane_right[lane]):
                if side >= 0:
                    cost[lane] = min(cost[lane], LANE_CHANGE_COST + cost[side])
        if np.array_equal(cost, before):
            return cost


def cost_of(network: Network, route: Route) -> float:
    """Cost of a route from the begin of its first lane to the begin of its last one [m]."""
    before = network.lane_length[route.lanes[:-1]][route.changes[:-1] == 0].astype(np.float64)
    return float(before.sum()) + LANE_CHANGE_COST * np.count_nonzero(route.changes)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_routes_are_as_short_as_any_way(seed: int) -> None:
    network, random, lanes = network_of(seed)
    for goal in random.choice(lanes, 3, replace=False):
        least = costs_to(network, int(goal))
        for start in random.choice(lanes[lanes != goal], 12, replace=False):
            if network.lane_road[start] == network.lane_road[goal]:
                continue
            route = find_route(network, (int(start), 0.0), (int(goal), 0.0))
            assert cost_of(network, route) == pytest.approx(least[start], abs=1e-3)


@pytest.mark.parametrize("seed", FEW)
def test_a_route_hangs_together(seed: int) -> None:
    network, random, lanes = network_of(seed)
    for _ in range(10):
        start, goal = (
            (int(lane), float(network.lane_length[lane]) * random.random()) for lane in random.choice(lanes, 2)
        )
        route = find_route(network, start, goal)
        assert (route.lanes[0], route.begin[0]) == (start[0], pytest.approx(start[1]))
        assert (route.lanes[-1], route.end[-1]) == (goal[0], pytest.approx(goal[1]))
        for k, change in enumerate(route.changes[:-1]):
            lane, onward = int(route.lanes[k]), int(route.lanes[k + 1])
            if change:
                assert onward == (network.lane_left if change > 0 else network.lane_right)[lane]
            else:
                assert onward in network.successors[slice(*network.successor_starts[lane : lane + 2])]
                assert route.end[k] == pytest.approx(network.lane_length[lane], abs=1e-3)
        assert np.all(route.end >= route.begin)
        assert route.length == pytest.approx(float(np.sum(route.end - route.begin)))
        np.testing.assert_allclose(route.along[1:], np.cumsum(route.end - route.begin)[:-1])


@pytest.mark.parametrize("seed", FEW)
def test_a_command_for_each_junction_by_how_the_heading_changes(seed: int) -> None:
    network, random, lanes = network_of(seed)
    for _ in range(10):
        start, goal = ((int(lane), 0.0) for lane in random.choice(lanes, 2))
        route = find_route(network, start, goal)
        junctions = network.lane_junction[route.lanes]
        met = [j for k, j in enumerate(junctions) if j >= 0 and (k == 0 or junctions[k - 1] != j)]
        assert len(route.command) == len(met)
        for command, begin, end, junction in zip(
            route.command, route.command_begin, route.command_end, met, strict=True
        ):
            first, last = (
                int(np.flatnonzero(np.isclose(route.along, begin))[-1]),
                int(np.searchsorted(route.along, end - 1e-6)) - 1,
            )
            enter, leave = network.lane_points[route.lanes[first]], network.lane_points[route.lanes[last] + 1] - 1
            headings = [np.arctan2(network.sin[k], network.cos[k]) for k in (enter, leave)]
            turn = np.degrees((headings[1] - headings[0] + np.pi) % (2.0 * np.pi) - np.pi)
            if abs(turn) > 130.0:
                assert network.junction_control[junction] == ROUNDABOUT
                continue
            assert command in (
                (STRAIGHT,) if abs(turn) < 20.0 else (LEFT, STRAIGHT) if turn > 0.0 else (RIGHT, STRAIGHT)
            )
            assert command != STRAIGHT or abs(turn) < 46.0


def test_a_goal_behind_the_start_is_reached_by_a_way_around() -> None:
    network = town(0).network
    lane = int(np.argmax(np.where(network.lane_left >= 0, network.lane_length, 0.0)))
    beside, length = int(network.lane_left[lane]), float(network.lane_length[lane])
    ahead = find_route(network, (lane, 0.2 * length), (beside, 0.9 * float(network.lane_length[beside])))
    assert ahead.lanes.tolist() == [lane, beside]
    assert ahead.begin[1] / network.lane_length[beside] == pytest.approx(ahead.end[0] / length)
    for goal in (lane, beside):
        behind = find_route(network, (lane, 0.6 * length), (goal, 0.1 * length))
        assert len(behind.lanes) > 4
        assert behind.lanes[-1] == goal


def test_what_cannot_be_reached_is_said_in_one_sentence() -> None:
    network = town(0).network
    alone = network._replace(
        successors=network.successors[:0].copy(),
        successor_starts=np.zeros_like(network.successor_starts),
    )
    goal = int(np.flatnonzero(network.lane_road != network.lane_road[0])[0])
    with pytest.raises(UserError, match=rf"^No way leads from lane 0 to lane {goal}; choose another start or goal\.$"):
        find_route(alone, (0, 0.0), (goal, 0.0))
    with pytest.raises(UserError, match="The goal is on lane 99999, but the lanes are numbered from 0 to"):
        find_route(network, (0, 0.0), (99999, 0.0))
    with pytest.raises(UserError, match=r"The start is 5000 m along lane 0, but that lane is [\d.]+ m long\."):
        find_route(network, (0, 5000.0), (1, 0.0))
