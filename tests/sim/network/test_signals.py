"""Signals: programs that keep conflicting traffic apart, with times by formula."""

import itertools

import numpy as np
import pytest

from sim.network.network import LEFT, PEDESTRIANS, STRAIGHT, VEHICLES, Network
from sim.network.signals import (
    GREEN,
    RED,
    YELLOW,
    Clash,
    Group,
    clearing_seconds,
    make_program,
    signal_state,
    yellow_seconds,
)
from sim.types import IntArray
from tests.support.towns import FEW, group_of_lanes, owners, town


def states(network: Network, group: int) -> IntArray:
    """What a group shows in each step of its cycle."""
    cycle = network.junction_cycle[network.group_junction[group]]
    return np.array([signal_state(network, group, step) for step in range(cycle)])


def signalled_conflicts(network: Network) -> list[tuple[int, int, int]]:
    """Conflicts between lanes of different signal groups: index, own and other group."""
    group = group_of_lanes(network)
    groups = zip(group[owners(network)].tolist(), group[network.conflict_lane].tolist(), strict=True)
    return [(k, a, b) for k, (a, b) in enumerate(groups) if a >= 0 and b >= 0 and a != b]


def is_permitted_turn(network: Network, k: int) -> bool:
    """Whether one of the two lanes turns left, towards the other, and alone gives way."""
    a, b = int(owners(network)[k]), int(network.conflict_lane[k])
    back = [
        j for j in range(network.conflict_starts[b], network.conflict_starts[b + 1]) if network.conflict_lane[j] == a
    ]
    ways = bool(network.conflict_gives_way[k]), bool(network.conflict_gives_way[back[0]])
    first, second = network.lane_points[[a, b]]
    facing = network.cos[first] * network.cos[second] + network.sin[first] * network.sin[second] < -0.7
    turner = a if ways[0] else b
    return bool(facing) and ways[0] != ways[1] and network.lane_turn[turner] == LEFT


@pytest.mark.parametrize("seed", FEW)
def test_conflicting_lanes_are_never_green_at_once_but_for_turns_that_yield(seed: int) -> None:
    network = town(seed).network
    shown = [states(network, group) for group in range(len(network.group_kind))]
    for k, a, b in signalled_conflicts(network):
        together = bool(np.any((shown[a] == GREEN) & (shown[b] != RED)))
        assert not together or is_permitted_turn(network, k)
        assert together or not network.conflict_gives_way[k]


@pytest.mark.parametrize("seed", FEW)
def test_all_red_lasts_until_the_conflict_is_clear(seed: int) -> None:
    network = town(seed).network
    offsets = network.lane_length[network.stop_lane] - network.stop_station
    before = {int(lane): float(offset) for lane, offset in zip(network.stop_lane, offsets, strict=True)}
    own = owners(network)
    for k, a, b in signalled_conflicts(network):
        if network.conflict_gives_way[k] or is_permitted_turn(network, k):
            continue
        lanes = int(own[k]), int(network.conflict_lane[k])
        stop = [before[int(network.predecessors[network.predecessor_starts[lane]])] for lane in lanes]
        speed = 10.0 if network.lane_turn[lanes[0]] == STRAIGHT else 7.0
        clearing = (stop[0] + network.conflict_end[k] + 6.0) / speed
        entering = (stop[1] + network.conflict_other_begin[k]) / (40.0 / 3.6)
        cycle = network.junction_cycle[network.group_junction[a]]
        red_since = network.group_green_end[a] + network.group_yellow[a]
        gap = (network.group_green_begin[b] - red_since) % cycle
        assert 0.1 * gap >= max(clearing - entering, 1.0) - 1e-3


@pytest.mark.parametrize("seed", FEW)
def test_greens_are_long_enough_and_yellow_follows_the_speed(seed: int) -> None:
    network = town(seed).network
    limits = dict(zip(network.stop_group.tolist(), network.lane_limit[network.stop_lane].tolist(), strict=True))
    for group, kind in enumerate(network.group_kind):
        shown = states(network, group)
        assert np.count_nonzero(shown == GREEN) >= 50
        if kind == VEHICLES:
            seconds = {30: 3.0, 50: 3.0, 70: 5.0}[round(3.6 * limits[group])]
            assert np.count_nonzero(shown == YELLOW) == round(10 * seconds)
            changes = {(int(a), int(b)) for a, b in itertools.pairwise([*shown, shown[0]]) if a != b}
            assert changes == {(RED, GREEN), (GREEN, YELLOW), (YELLOW, RED)}
        else:
            assert not np.any(shown == YELLOW)


@pytest.mark.parametrize("seed", FEW)
def test_people_reach_the_other_kerb_before_cars_start_over_their_crossing(seed: int) -> None:
    network = town(seed).network
    group_of_lane = dict(zip(network.stop_lane.tolist(), network.stop_group.tolist(), strict=True))
    for crossing in np.flatnonzero(network.crossing_group >= 0):
        walkers = int(network.crossing_group[crossing])
        assert network.group_kind[walkers] == PEDESTRIANS
        walk = np.hypot(*(np.diff(column[crossing])[0] for column in (network.crossing_x, network.crossing_y)))
        rows = slice(network.crossing_lane_starts[crossing], network.crossing_lane_starts[crossing + 1])
        cycle = network.junction_cycle[network.group_junction[walkers]]
        for lane in network.crossing_lanes[rows]:
            cars = group_of_lane.get(int(lane), -1)
            if cars < 0 or network.group_junction[cars] != network.group_junction[walkers]:
                continue  # the lane leads away from this crossing
            assert not np.any((states(network, walkers) == GREEN) & (states(network, cars) != RED))
            gap = (network.group_green_begin[cars] - network.group_green_end[walkers]) % cycle
            assert 0.1 * gap >= walk / 1.2 - 0.01


def test_a_state_is_a_function_of_the_clock() -> None:
    network = town(0).network
    for group in range(len(network.group_kind)):
        cycle = int(network.junction_cycle[network.group_junction[group]])
        for step in (0, 7, 123):
            assert signal_state(network, group, step) == signal_state(network, group, step + 5 * cycle)


def test_yellow_and_clearing_by_formula() -> None:
    assert [yellow_seconds(kmh / 3.6) for kmh in (30, 50, 60, 70)] == [3.0, 3.0, 4.0, 5.0]
    assert clearing_seconds(14.0, turns=False) == pytest.approx((14.0 + 6.0) / 10.0)
    assert clearing_seconds(15.0, turns=True) == pytest.approx((15.0 + 6.0) / 7.0)


def test_a_program_by_hand() -> None:
    """Two roads and a crossing over the first: one green of 10 s each, yellow 3 s, all-red 2 s and 1 s."""
    limit = 50.0 / 3.6
    groups = [Group(VEHICLES, limit), Group(VEHICLES, limit), Group(PEDESTRIANS, walk=12.0)]
    clash = Clash()
    clash.add(0, 1, clearing_s=2.5, entering_s=0.5)
    clash.add(1, 0, clearing_s=1.0, entering_s=0.9)
    clash.add(0, 2, clearing_s=1.2)
    clash.part(0, 1)
    clash.part(0, 2)
    assert make_program(groups, clash, [10.0]) == 100 + 30 + 20 + 110 + 30 + 10
    assert groups[0].green == (0, 100)
    assert groups[1].green == (150, 260)
    assert groups[2].green == (150, 200), "12 m take 10 s, so people start for 5 s and cars wait for them"
