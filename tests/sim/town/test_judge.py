"""The rules of towns against what can be read off the network by hand: lines, signals, waiting, junctions."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from sim.config import EnvConfig
from sim.drivers import PurePursuitDriver, RuleBasedDriver
from sim.env import env_config
from sim.judge import CLOCK_STEPS
from sim.network.network import LEFT, RIGHT, STOP_ALWAYS, STOP_AT_SIGNAL, STRAIGHT, Network
from sim.network.signals import GREEN, RED, YELLOW
from sim.observation import describe
from sim.task import ENDINGS
from sim.trips import Trip
from sim.types import FloatArray, IntArray
from sim.world import World
from tests.support.towns import points_of, town

SEED = 0
BLOCKED_S = 2.0
CONFIG: EnvConfig = env_config(
    {
        "camera": {"width": 8, "height": 8, "color": "gray"},
        "roads": {"kind": "town", "first_seed": SEED, "last_seed": SEED},
        "task": {"start": "beginning", "time_limit_s": 120.0},
        "town": {"blocked_s": BLOCKED_S},
    }
)
BRISK = 5.0  # m/s
OVERHANG = 0.5 * (CONFIG.vehicle.length - CONFIG.vehicle.wheelbase)  # m, behind the rear axle, and as much in front
Speeds = Callable[[World], Any]
"""Target speeds (N,) [m/s]."""


@pytest.fixture(scope="module")
def network() -> Network:
    return town(SEED).network


def over_lines(
    network: Network, kind: int, turns: tuple[int, ...] = (LEFT, RIGHT, STRAIGHT)
) -> Iterator[tuple[int, Trip]]:
    """Stop lines of a kind, and trips that begin 30 m before them and end on the street behind the junction."""
    for line in np.flatnonzero(network.stop_kind == kind):
        lane, station = int(network.stop_lane[line]), float(network.stop_station[line])
        for inside in followers(network, lane):
            for out in followers(network, inside):
                if station > 31.0 and network.lane_turn[inside] in turns and network.lane_length[out] > 30.0:
                    yield int(line), Trip(lane, station - 30.0, out, 25.0)


def followers(network: Network, lane: int) -> list[int]:
    return network.successors[network.successor_starts[lane] : network.successor_starts[lane + 1]].tolist()


def begun(trips: list[Trip], clocks: IntArray) -> World:
    """Cars that stand at the beginnings of trips when the town's clock shows ``clocks``."""
    world = World(CONFIG, len(trips))
    draws = np.zeros_like(world.draws)
    draws[:, -1] = (np.asarray(clocks) + 0.5) / CLOCK_STEPS
    world.reset(road_seeds=[SEED] * len(trips), draws=draws, trips=trips)
    return world


def drive(world: World, speeds: Speeds, watch: Callable[[World], None] = lambda world: None) -> list[str]:
    """Follows the routes at these target speeds to their ends; returns what ended each."""
    steering = PurePursuitDriver()
    while not world.done.all():
        commands = steering.commands(world)
        commands[:, 1] = speeds(world)
        world.step(commands)
        watch(world)
    return [ENDINGS[ended] for ended in world.ended_by]


def beyond_line(network: Network, line: int, world: World) -> tuple[FloatArray, FloatArray]:
    """How far rears and fronts of cars (N,) lie beyond a stop line [m], along the lane's direction there."""
    rows = points_of(network, int(network.stop_lane[line]))
    at, stations = float(network.stop_station[line]), network.station[rows]
    columns = (network.x, network.y, network.cos, network.sin)
    x, y, cos, sin = (np.interp(at, stations, column[rows]) for column in columns)
    now = world.telemetry
    axle = (now.x - x) * cos + (now.y - y) * sin
    ahead = np.cos(now.heading) * cos + np.sin(now.heading) * sin
    return axle - OVERHANG * ahead, axle + (CONFIG.vehicle.wheelbase + OVERHANG) * ahead


def shown(network: Network, line: int, clock: int) -> int:
    """What a stop line's signal shows, from the columns that docs/network.md describes."""
    group = network.stop_group[line]
    junction = network.group_junction[group]
    cycle = int(network.junction_cycle[junction])
    now = (clock + int(network.junction_offset[junction])) % cycle
    if network.group_green_begin[group] <= now < network.group_green_end[group]:
        return GREEN
    return YELLOW if 0 <= now - network.group_green_end[group] < network.group_yellow[group] else RED


def test_a_red_light_is_run_where_the_rear_crosses_the_line_at_red(network: Network) -> None:
    line, trip = next(over_lines(network, STOP_AT_SIGNAL, (STRAIGHT,)))
    cycle = int(network.junction_cycle[network.group_junction[network.stop_group[line]]])
    clocks = np.arange(0, cycle, 15)
    world, crossed, term = begun([trip] * len(clocks), clocks), np.full(len(clocks), -1), np.zeros(len(clocks))

    def watch(world: World) -> None:
        term[:] += world.reward_terms["red_light"]
        rear, _ = beyond_line(network, line, world)
        crossed[(crossed < 0) & (rear > 0.0)] = world.telemetry.steps[0]

    ended = drive(world, lambda world: BRISK, watch)
    states = [shown(network, line, int(clock + step)) for clock, step in zip(clocks, crossed, strict=True)]
    assert set(states) == {RED, YELLOW, GREEN}
    assert ended == ["red_light" if state == RED else "completed" for state in states]
    infractions = describe(world)["infractions"]["red_light"]
    assert infractions.tolist() == [int(state == RED) for state in states]
    run = np.array(states) == RED
    assert term.tolist() == [-CONFIG.town.red_light_penalty if state == RED else 0.0 for state in states]
    assert world.terminated[run].all()
    assert (world.telemetry.steps[run] == crossed[run]).all()


def test_info_tells_what_signals_show_and_how_far_their_line_is(network: Network) -> None:
    line, trip = next(over_lines(network, STOP_AT_SIGNAL))
    clocks = np.arange(0, 1200, 37)
    world = begun([trip] * len(clocks), clocks)
    for _ in range(12):
        told, now = describe(world), world.telemetry.steps[0]
        _, front = beyond_line(network, line, world)
        assert told["clock"].tolist() == (clocks + now).tolist()
        assert told["stop_distance"] == pytest.approx(-front, abs=0.3)
        names = np.array(["red", "yellow", "green"])
        assert told["signal"].tolist() == [names[shown(network, line, int(clock))] for clock in told["clock"]]
        world.step(np.tile([0.0, BRISK], (len(clocks), 1)))


def test_a_stop_sign_asks_to_stand_just_before_its_line(network: Network) -> None:
    line, trip = next(over_lines(network, STOP_ALWAYS))
    halts = np.array([np.inf, 1.5, 10.0])  # m before the line where each car stands first; the first one does not
    world, stood, term = begun([trip] * 3, np.zeros(3, dtype=np.int64)), np.isinf(halts), np.zeros(3)

    def speeds(world: World) -> FloatArray:
        _, front = beyond_line(network, line, world)
        stood[:] |= (world.telemetry.speed < 0.1) & (np.abs(-front - halts) < 1.0)
        return np.where(stood, BRISK, np.clip(0.8 * (-front - halts), 0.0, BRISK))

    def watch(world: World) -> None:
        term[:] += world.reward_terms["stop_sign"]

    assert drive(world, speeds, watch) == ["completed"] * 3
    assert stood.all()
    assert describe(world)["infractions"]["stop_sign"].tolist() == [1, 0, 1]
    penalty = CONFIG.town.stop_sign_penalty
    assert term == pytest.approx([-penalty, 0.0, -penalty])


def test_who_stands_for_nothing_is_blocked_but_not_who_waits_at_red(network: Network) -> None:
    line, trip = next(over_lines(network, STOP_AT_SIGNAL))
    cycle = int(network.junction_cycle[network.group_junction[network.stop_group[line]]])
    steps = round(BLOCKED_S / 0.1)
    red, green = (
        next(at for at in range(cycle) if all(shown(network, line, at + k) == state for k in range(steps + 15)))
        for state in (RED, GREEN)
    )
    world = begun([trip, trip], np.array([red, green]))
    for _ in range(steps):
        world.step(np.zeros((2, 2)))
    assert not world.done.any()
    for _ in range(2):
        world.step(np.zeros((2, 2)))
    assert [ENDINGS[ended] for ended in world.ended_by] == ["", "blocked"]
    assert world.terminated.tolist() == [False, True]


def test_leaving_the_route_in_a_junction_is_told_from_leaving_the_road(network: Network) -> None:
    _, trip = next(over_lines(network, STOP_AT_SIGNAL, (LEFT,)))
    world = begun([trip, trip], np.zeros(2, dtype=np.int64))
    steering, term = RuleBasedDriver(), np.zeros(2)
    while not world.done.all():
        commands = steering.commands(world)
        inside = network.lane_junction[describe(world)["lane"]] >= 0
        commands[0] = (-0.2, BRISK) if inside[0] else commands[0]
        commands[1] = (-0.5, BRISK)
        world.step(commands)
        term += world.reward_terms["departure"]
    assert [ENDINGS[ended] for ended in world.ended_by] == ["off_route", "off_road"]
    assert term.tolist() == [-CONFIG.task.departure_penalty] * 2
    assert (network.lane_junction[describe(world)["lane"]] >= 0).tolist() == [True, False]


def test_who_keeps_the_rules_arrives_and_is_truncated(network: Network) -> None:
    trips = [trip for kind in (STOP_AT_SIGNAL, STOP_ALWAYS) for _, trip in over_lines(network, kind)][:12]
    world, driver = begun(trips, np.arange(len(trips)) * 97), RuleBasedDriver()
    while not world.done.all():
        world.step(driver.commands(world))
    assert {ENDINGS[ended] for ended in world.ended_by} == {"completed"}
    assert world.truncated.all()
    assert not world.terminated.any()
    assert not world.core.episode.infractions.any()
    assert (world.telemetry.progress >= world.route_length).all()
