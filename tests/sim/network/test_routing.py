"""Routes: as short as the shortest of all ways, with lanes that hang together and a command for each junction."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.lines import Lines, even_out
from sim.network.network import LEFT, RIGHT, ROUNDABOUT, STRAIGHT, Network, frozen
from sim.network.plain import plain_network
from sim.network.routing import Route, find_route, reached, strongly_connected
from sim.types import FloatArray
from tests.support.networks import AHEAD, EAST, NORTH, SOUTH, TURN_LEFT, WEST, crossroads, straight
from tests.support.towns import FEW, town


def all_costs(network: Network) -> FloatArray:
    """Least cost [m] from the begin of every lane to that of every other, (L, L), by Floyd and Warshall's algorithm."""
    count = len(network.lane_length)
    cost = np.full((count, count), np.inf)
    np.fill_diagonal(cost, 0.0)
    for lane in range(count):
        for onward in network.successors[slice(*network.successor_starts[lane : lane + 2])]:
            cost[lane, onward] = min(cost[lane, onward], network.lane_length[lane])
        for side in (network.lane_left[lane], network.lane_right[lane]):
            if side >= 0:
                cost[lane, side] = min(cost[lane, side], change(network.lane_length[lane]))
    for middle in range(count):
        np.minimum(cost, cost[:, middle, None] + cost[middle], out=cost)
    return cost


def change(room: float) -> float:
    """Cost of a change of lanes [m]: 30 m, and 2 m more for each metre that the lane is shorter than 40 m."""
    return 30.0 + 2.0 * max(40.0 - float(room), 0.0)


def least_cost(network: Network, costs: FloatArray, start: tuple[int, float], goal: int) -> float:
    """From a place, counted from its lane's begin, to the begin of a lane that lies not beside it."""
    found = []
    for side in (network.lane_left, network.lane_right):
        lane, before = start[0], 0.0
        while lane >= 0:
            onward = network.successors[slice(*network.successor_starts[lane : lane + 2])]
            found += [before + float(network.lane_length[lane]) + costs[k, goal] for k in onward]
            lane, before = int(side[lane]), before + change(network.lane_length[start[0]] - start[1])
    return min(found)


def cost_of(network: Network, route: Route) -> float:
    """Cost of a route from the begin of its first lane to the begin of its last one [m]."""
    driven = np.flatnonzero(route.changes[:-1] == 0)
    changed = np.flatnonzero(route.changes[:-1])
    first = int(driven[0]) if len(driven) else len(route.lanes)
    left = network.lane_length[route.lanes[0]] - route.begin[0]
    rooms = [left if k < first else network.lane_length[route.lanes[k]] for k in changed]
    return float(network.lane_length[route.lanes[driven]].sum(dtype=np.float64)) + sum(map(change, rooms))


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("seed", FEW)
def test_routes_are_as_cheap_as_any_way(seed: int, left_hand: bool) -> None:
    network = town(seed, left_hand).network
    costs, lanes = all_costs(network), np.arange(len(network.lane_length))
    random = np.random.default_rng(seed)
    for begin, goal in random.choice(lanes, (50, 2)):
        if network.lane_road[begin] == network.lane_road[goal] and network.lane_junction[begin] < 0:
            continue
        start = (int(begin), float(random.random() * network.lane_length[begin]))
        route = find_route(network, start, (int(goal), 0.0))
        assert cost_of(network, route) == pytest.approx(least_cost(network, costs, start, int(goal)), abs=1e-3)


@pytest.mark.parametrize("seed", FEW)
def test_a_route_hangs_together(seed: int) -> None:
    network = town(seed).network
    random = np.random.default_rng(seed)
    lanes = np.flatnonzero(network.lane_junction < 0)
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
    network = town(seed).network
    random = np.random.default_rng(seed)
    lanes = np.flatnonzero(network.lane_junction < 0)
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
    alone = frozen(
        network._replace(
            successors=network.successors[:0].copy(), successor_starts=np.zeros_like(network.successor_starts)
        )
    )
    goal = int(np.flatnonzero(network.lane_road != network.lane_road[0])[0])
    with pytest.raises(UserError, match=rf"^No way leads from lane 0 to lane {goal}; choose another start or goal\.$"):
        find_route(alone, (0, 0.0), (goal, 0.0))
    with pytest.raises(UserError, match="The goal is on lane 99999, but the lanes are numbered from 0 to"):
        find_route(network, (0, 0.0), (99999, 0.0))
    with pytest.raises(UserError, match=r"The start is 5000 m along lane 0, but that lane is [\d.]+ m long\."):
        find_route(network, (0, 5000.0), (1, 0.0))


def test_what_leads_where() -> None:
    network = crossroads()
    everything, ways_out = set(range(8)), {EAST, NORTH, SOUTH}
    assert set(np.flatnonzero(reached(network, WEST))) == everything, "with a change of lanes"
    assert set(np.flatnonzero(reached(network, AHEAD))) == {AHEAD, EAST}
    assert set(np.flatnonzero(reached(network, SOUTH, backwards=True))) == everything - {AHEAD, TURN_LEFT, EAST, NORTH}
    assert all(set(np.flatnonzero(reached(network, lane))) == {lane} for lane in ways_out)
    assert not strongly_connected(network)
    assert strongly_connected(town(0).network)


def test_lanes_are_changed_where_there_is_room() -> None:
    """Two lanes side by side, cut after 10 m: the change comes after the cut; without the second part, before it."""
    parts = [straight(x, y, 0.0, length) for x, length in ((0.0, 10.0), (10.0, 60.0)) for y in (0.0, -3.5)]
    network = plain_network(
        even_out(Lines(np.array([len(part) for part in parts]), *np.concatenate(parts).T)),
        links=np.array([(0, 2), (1, 3)]),
        width=np.full(4, 3.5),
        limit=np.full(4, 10.0),
        lane_left=np.array([-1, 0, -1, 2], dtype=np.int32),
        lane_right=np.array([1, -1, 3, -1], dtype=np.int32),
    )
    assert find_route(network, (0, 0.0), (3, 60.0)).lanes.tolist() == [0, 2, 3]
    assert find_route(network, (1, 0.0), (2, 60.0)).lanes.tolist() == [1, 3, 2]
    assert find_route(network, (0, 0.0), (1, 8.0)).lanes.tolist() == [0, 1]
