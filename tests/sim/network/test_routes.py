"""Routes as cars follow them: the line, the road's edges, commands, stop lines and speeds."""

import math

import numpy as np
import pytest

from sim.network.lane_places import place_on
from sim.network.network import FOLLOW, LEFT, RIGHT, STOP_AT_SIGNAL, STOP_TO_YIELD, STRAIGHT, Network
from sim.network.route_map import route_map
from sim.network.route_rules import BRAKING, LATERAL_ACCELERATION
from sim.network.routes import make_routes, write_route
from sim.network.routing import find_route
from sim.roads.geometry import lane_distance
from sim.roads.road import OPEN_END, OPEN_START
from sim.types import (
    COMMAND_DISTANCE,
    EDGE_LANE_WIDTH,
    EDGE_LEFT,
    EDGE_RIGHT,
    ROUTE_CLOSED,
    ROUTE_LANE,
    SEGMENT_COS,
    SEGMENT_CURVATURE,
    SEGMENT_SIN,
    SEGMENT_STATION,
    SEGMENT_TURNED,
    FloatArray,
)
from tests.support.networks import (
    AHEAD,
    EAST,
    LEFT_RADIUS,
    LIMIT,
    LINE_AT,
    NORTH,
    RIGHT_LINE_AT,
    SLOW,
    SOUTH,
    TURN_LEFT,
    WEST,
    WEST_RIGHT,
    crossroads,
)
from tests.support.routes import Laid, Place, arrays, lay, room
from tests.support.towns import FEW, town

HALF_CAR = 0.9  # m


def some_routes(network: Network, seed: int, count: int = 8) -> list[tuple[Place, Place]]:
    """Places on streets, far enough from the ends of lanes for any change."""
    random = np.random.default_rng(seed)
    long = np.flatnonzero((network.lane_junction < 0) & (network.lane_length > 40.0))
    return [
        ((int(a), 0.2 * float(network.lane_length[a])), (int(b), 0.8 * float(network.lane_length[b])))
        for a, b in random.choice(long, (count, 2))
        if network.lane_road[a] != network.lane_road[b]
    ]


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("seed", FEW)
def test_the_line_is_even_and_smooth(seed: int, left_hand: bool) -> None:
    network = town(seed, left_hand).network
    for start, goal in some_routes(network, seed):
        route = lay(network, start, goal)
        np.testing.assert_allclose(route.segments[:, SEGMENT_STATION], route.stations, atol=1e-3)
        np.testing.assert_allclose(np.hypot(*np.diff(route.points, axis=0).T), route.step, atol=0.01)
        assert 0.98 < route.step < 1.02
        heading = np.unwrap(np.arctan2(route.segments[:, SEGMENT_SIN], route.segments[:, SEGMENT_COS]))
        np.testing.assert_allclose(route.segments[:, SEGMENT_TURNED], heading - heading[0], atol=1e-3)
        bend = np.abs(route.segments[:, SEGMENT_CURVATURE])
        beyond = np.abs(np.diff(heading)) - np.maximum(bend[1:], bend[:-1]) * route.step
        assert np.degrees(beyond.max()) < 2.0
        seen = np.arctan2(*np.diff(route.points, axis=0).T[::-1])
        between = (heading[1:] + heading[:-1]) / 2.0
        assert np.degrees(np.abs((seen - between + np.pi) % (2.0 * np.pi) - np.pi).max()) < 2.0
        assert (route.geometry[ROUTE_CLOSED], route.geometry[ROUTE_LANE]) == (0.0, 0.0)


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("seed", FEW)
def test_the_line_lies_on_the_lanes_of_the_way(seed: int, left_hand: bool) -> None:
    network = town(seed, left_hand).network
    lines = route_map(network).lines
    for start, goal in some_routes(network, seed):
        route, way = lay(network, start, goal), find_route(network, start, goal)
        places = np.array([place_on(lines, *place) for place in zip(*route.rules[:2], strict=True)])
        off = np.hypot(*(places[:, :2] - route.points).T)
        changing = set(way.lanes[np.flatnonzero(way.changes)]) | set(way.lanes[np.flatnonzero(way.changes) + 1])
        assert off[~np.isin(route.rules.lanes, list(changing))].max() < 0.05
        assert off.max() < 0.5 * network.lane_width.max() + 0.3
        driven = route.rules.lanes[(route.stations > route.start) & (route.stations < route.goal)]
        assert set(driven.tolist()) <= set(way.lanes.tolist())
        np.testing.assert_array_equal(route.edges[:, EDGE_LANE_WIDTH], network.lane_width[route.rules.lanes])
        np.testing.assert_array_equal(route.rules.limits, network.lane_limit[route.rules.lanes])
        np.testing.assert_array_equal(route.rules.inside, network.lane_junction[route.rules.lanes] >= 0)
        assert way.length - 3.0 < route.goal - route.start < way.length + 3.0
        assert len(route.stations) * route.step == pytest.approx(OPEN_START + route.goal - route.start + OPEN_END)


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("seed", FEW)
def test_start_and_goal_lie_where_they_were_wanted(seed: int, left_hand: bool) -> None:
    network = town(seed, left_hand).network
    lines = route_map(network).lines
    for start, goal in some_routes(network, seed):
        route = lay(network, start, goal)
        for place, station in ((start, route.start), (goal, route.goal)):
            x, y = (np.interp(station, route.stations, column) for column in route.points.T)
            wanted = place_on(lines, *place)[:2]
            assert math.hypot(x - wanted[0], y - wanted[1]) < 0.05


@pytest.mark.parametrize("left_hand", [False, True])
@pytest.mark.parametrize("seed", FEW)
def test_a_car_on_the_line_is_on_the_road(seed: int, left_hand: bool) -> None:
    network = town(seed, left_hand).network
    for start, goal in some_routes(network, seed):
        edges = lay(network, start, goal).edges
        assert edges[:, EDGE_RIGHT].max() < -HALF_CAR
        assert edges[:, EDGE_LEFT].min() > HALF_CAR


def test_a_command_is_told_from_30_m_before_a_junction_until_its_end() -> None:
    network = crossroads()
    straight_on = 10.0 + 80.0, 10.0 + 100.0  # where the junction begins and ends on the line
    for goal, command, (entry, leave) in (
        ((EAST, 40.0), STRAIGHT, straight_on),
        ((NORTH, 40.0), LEFT, (90.0, 90.0 + 0.5 * math.pi * LEFT_RADIUS)),
    ):
        route = lay(network, (WEST, 20.0), goal)
        told = (route.stations >= entry - COMMAND_DISTANCE) & (route.stations < leave)
        np.testing.assert_array_equal(route.rules.commands, np.where(told, command, FOLLOW))
        wanted = np.where(told, np.maximum(entry - route.stations, 0.0), COMMAND_DISTANCE)
        np.testing.assert_allclose(route.rules.distances, wanted, atol=1e-3)
        np.testing.assert_array_equal(route.rules.inside, (route.stations >= entry) & (route.stations < leave))
        assert (route.start, route.goal) == (OPEN_START, pytest.approx(leave + 40.0, abs=0.01))


def test_two_junctions_within_30_m_are_told_one_after_the_other() -> None:
    network = crossroads()
    junctions = network.lane_junction.copy()
    junctions[EAST] = 1  # as if the way out led into another one at once
    turns = network.lane_turn.copy()
    turns[EAST] = RIGHT
    both = network._replace(
        lane_junction=junctions, lane_turn=turns, junction_control=np.repeat(network.junction_control, 2)
    )
    for name in ("lane_junction", "lane_turn", "junction_control"):
        getattr(both, name).flags.writeable = False
    route = lay(both, (WEST, 20.0), (EAST, 40.0))
    before, after = route.rules.commands[route.stations < 110.0], route.rules.commands[route.stations > 110.0]
    assert set(before[-50:].tolist()) == {STRAIGHT}
    assert after[0] == RIGHT
    assert route.rules.distances[route.stations > 110.0][0] == 0.0


def test_stop_lines_of_the_driven_lanes_alone() -> None:
    network = crossroads()
    route = lay(network, (WEST, 20.0), (NORTH, 40.0))
    assert route.rules.stop_stations.tolist() == [pytest.approx(OPEN_START + LINE_AT - 20.0, abs=1e-3)]
    assert (route.rules.stop_lines[0], route.rules.stop_kinds[0], route.rules.stop_groups[0]) == (1, STOP_AT_SIGNAL, 3)
    right = lay(network, (WEST, 20.0), (SOUTH, 40.0))
    assert (right.rules.stop_lines.tolist(), right.rules.stop_kinds.tolist()) == ([0], [STOP_TO_YIELD])
    lane = np.searchsorted(right.stations, right.rules.stop_stations[0])
    assert right.rules.lanes[lane] == WEST_RIGHT
    assert right.rules.lane_stations[lane] == pytest.approx(RIGHT_LINE_AT, abs=1.0)
    assert lay(network, (WEST, 99.0), (NORTH, 40.0)).rules.stop_counts == 0, "the line is behind the start"


@pytest.mark.parametrize("seed", FEW)
def test_stop_lines_in_order_where_their_lanes_have_them(seed: int) -> None:
    network = town(seed).network
    lines, met = route_map(network).lines, 0
    for start, goal in some_routes(network, seed):
        route = lay(network, start, goal)
        rules, way = route.rules, find_route(network, start, goal)
        assert np.all(np.diff(rules.stop_stations) > 0.0)
        for line, station in zip(rules.stop_lines, rules.stop_stations, strict=True):
            x, y = (np.interp(station, route.stations, column) for column in route.points.T)
            at_x, at_y, cos, sin = place_on(lines, network.stop_lane[line], network.stop_station[line])[:4]
            assert abs(cos * (x - at_x) + sin * (y - at_y)) < 0.05
            assert abs(cos * (y - at_y) - sin * (x - at_x)) < 0.5, "the end of a change of lanes"
        passed = [
            line
            for k, lane in enumerate(way.lanes)
            for line in np.flatnonzero(network.stop_lane == lane)
            if way.begin[k] <= network.stop_station[line] < way.end[k]
        ]
        before_goal = rules.stop_lines[rules.stop_stations < route.goal]
        assert sorted(passed) == sorted(before_goal.tolist())
        met += len(passed)
    assert met > 0


def test_a_careful_driver_brakes_before_a_bend_and_before_a_lower_limit() -> None:
    route = lay(crossroads(), (WEST, 20.0), (NORTH, 40.0))
    bend = math.sqrt(LATERAL_ACCELERATION * LEFT_RADIUS)
    middle = (route.stations > 92.0) & (route.stations < 119.0)
    np.testing.assert_allclose(route.rules.allowed_speeds[middle], bend, rtol=1e-3)
    before = route.stations[route.stations < 89.0]
    wanted = np.minimum(np.sqrt(bend**2 + 2.0 * BRAKING * (90.0 - before)), LIMIT)
    np.testing.assert_allclose(route.rules.allowed_speeds[: len(before)], wanted, atol=0.2)
    assert route.rules.allowed_speeds[route.rules.lanes == NORTH].max() == pytest.approx(SLOW)
    straight = lay(crossroads(), (WEST, 20.0), (EAST, 40.0))
    np.testing.assert_allclose(straight.rules.allowed_speeds, LIMIT, rtol=1e-6)


def test_a_change_of_lanes_takes_as_long_as_there_is_room() -> None:
    route = lay(crossroads(), (WEST, 20.0), (SOUTH, 40.0))
    aside = -route.points[:, 1][route.points[:, 0] < 99.0]
    assert np.all(np.diff(aside) > -1e-6)
    between = np.count_nonzero((aside > 0.01) & (aside < 3.49))
    assert 35 < between < 50, "3.5 s at 50 km/h are 49 m, at whose ends the line hardly moves aside"
    change = route.segments[: len(aside), SEGMENT_CURVATURE]
    assert np.abs(change).max() == pytest.approx(5.77 * 3.5 / (3.5 * LIMIT) ** 2, rel=0.02), "a quintic blend's"
    short = lay(crossroads(), (WEST, 75.0), (SOUTH, 40.0))
    aside = -short.points[:, 1][short.points[:, 0] < 99.0]
    assert np.count_nonzero((aside > 1e-6) & (aside < 3.5 - 1e-6)) == pytest.approx(24, abs=2)
    assert aside[short.stations[: len(aside)] < OPEN_START].max() < 1e-6, "not before the start"


def test_where_no_lanes_are_the_line_goes_straight_on() -> None:
    route = lay(crossroads(), (WEST, 3.0), (EAST, 78.0))
    assert route.points[0] == pytest.approx((3.0 - OPEN_START + 0.5 * route.step, 0.0), abs=1e-3)
    assert route.points[-1] == pytest.approx((198.0 + OPEN_END - 0.5 * route.step, 0.0), abs=1e-3)
    assert set(route.rules.lanes[-40:].tolist()) == {EAST}
    assert (route.rules.lane_stations[0], route.rules.lane_stations[-1]) == (0.0, 80.0)
    assert np.all(route.segments[:, SEGMENT_CURVATURE] == 0.0)


def test_the_step_reads_a_route_as_it_reads_a_road() -> None:
    route = lay(crossroads(), (WEST, 20.0), (NORTH, 40.0))
    way = lane_distance(arrays()[0].segments[1], route.geometry, route.start, route.goal)
    assert way == pytest.approx(80.0 + 0.5 * math.pi * LEFT_RADIUS + 40.0, abs=0.05)


def test_what_cannot_be_reached_or_has_no_room_is_not_written() -> None:
    network = crossroads()
    small = make_routes(1, 100)
    places = (WEST, 20.0, EAST, 40.0)
    needed = write_route(route_map(network), *places, room(), *small, 0)
    assert needed == round(OPEN_START + 140.0 + OPEN_END)
    assert not small[0].segments.any()
    assert write_route(route_map(network), EAST, 20.0, NORTH, 40.0, room(), *small, 0) == 0


def test_beside_a_lane_that_is_left_lies_the_same_kerb() -> None:
    route: Laid = lay(crossroads(), (WEST, 20.0), (SOUTH, 40.0))
    changing = (route.points[:, 0] > 25.0) & (route.points[:, 0] < 90.0)
    edges: FloatArray = route.edges[changing][:, [EDGE_RIGHT, EDGE_LEFT]]
    np.testing.assert_allclose(edges, np.tile((-1.75, 1.75), (len(edges), 1)), atol=1e-5)
    assert set(route.rules.lanes[changing].tolist()) == {WEST, WEST_RIGHT}
    assert AHEAD not in route.rules.lanes
    assert TURN_LEFT not in route.rules.lanes
