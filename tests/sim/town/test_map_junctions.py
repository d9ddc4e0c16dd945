"""Junctions of OpenDRIVE maps as towns: who goes first, lights, signs, crossings, and what is wrong with them."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from sim.network.network import (
    LEFT,
    PEDESTRIANS,
    RIGHT,
    SIGNALLED,
    SIGNALS,
    STOP,
    STOP_ALWAYS,
    STOP_AT_SIGNAL,
    STOP_TO_YIELD,
    STRAIGHT,
    UNCONTROLLED,
    YIELD,
    ZEBRA,
    Network,
)
from sim.network.signals import GREEN, signal_state
from sim.town.furniture import SIGN_STOP, SIGN_YIELD
from sim.town.opendrive.town import read_town
from tests.support.map_towns import (
    ALL_LIT,
    ARM,
    REACH,
    controller,
    crosswalk,
    signal,
    signals,
    t_junction,
    ways,
    yields_to,
)
from tests.support.towns import owners


def stop_of(network: Network, lane_number: int) -> tuple[int, float, int]:
    """Kind, station and group of a lane's stop line."""
    row = network.stop_lane.tolist().index(lane_number)
    return int(network.stop_kind[row]), float(network.stop_station[row]), int(network.stop_group[row])


def test_without_signs_right_goes_before_left_and_left_turns_wait(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path))
    network, through = town.network, ways(town)
    assert network.junction_control.tolist() == [UNCONTROLLED]
    assert yields_to(network, through[11], through[14]) is True, "from the south is from the right"
    assert yields_to(network, through[14], through[11]) is False
    assert yields_to(network, through[16], through[11]) is True, "a left turn across oncoming traffic"
    assert yields_to(network, through[16], through[12]) is None, "they begin in the same lane"
    assert not len(network.stop_lane)


@pytest.mark.parametrize("grouped", [True, False])
def test_lights_are_grouped_by_controllers_or_else_by_road(tmp_path: Path, grouped: bool) -> None:
    after = controller(1, 1, 2) + controller(2, 3) if grouped else ""
    town = read_town(t_junction(tmp_path, ALL_LIT, after=after))
    network, through = town.network, ways(town)
    assert network.junction_control.tolist() == [SIGNALS]
    group = {k: stop_of(network, town.lane(f"{k}:-1"))[2] for k in (1, 2, 3)}
    assert len(network.group_kind) == len(set(group.values())) == (2 if grouped else 3)
    assert (group[1] == group[2]) is grouped
    for k in group:
        kind, station, _ = stop_of(network, town.lane(f"{k}:-1"))
        assert (kind, station) == (STOP_AT_SIGNAL, pytest.approx(ARM - 2.0, abs=0.01)), "1 m before the light"
    origin = {11: 1, 12: 2, 13: 1, 14: 3, 15: 3, 16: 2}
    for row, own in enumerate(owners(network)):
        a, b = (origin[int(town.names[k].split(":")[0])] for k in (own, network.conflict_lane[row]))
        if {a, b} != {1, 2}:
            never_green_together(network, group[a], group[b])
    assert yields_to(network, through[16], through[11]) is True, "opposite roads are green together, and lefts wait"
    assert not town.notes


def never_green_together(network: Network, one: int, other: int) -> None:
    cycle = int(network.junction_cycle[network.group_junction[one]])
    states = [(signal_state(network, one, k), signal_state(network, other, k)) for k in range(cycle)]
    assert (GREEN, GREEN) not in states
    assert any(a == GREEN for a, _ in states)
    assert any(b == GREEN for _, b in states)


def test_a_controller_of_conflicting_roads_is_split(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path, ALL_LIT, after=controller(7, 1, 2, 3)))
    network = town.network
    group = {k: stop_of(network, town.lane(f"{k}:-1"))[2] for k in (1, 2, 3)}
    never_green_together(network, group[1], group[3])
    assert any("controller" in note and "7" in note for note in town.notes)


def test_a_head_hangs_where_the_file_says_and_shines_at_who_comes(tmp_path: Path) -> None:
    turned = {**ALL_LIT, 1: signals(signal(1, ARM - 1.0, hOffset="0.25"))}
    network = read_town(t_junction(tmp_path, turned)).network
    row = int(np.argmin(network.head_x))
    assert (network.head_x[row], network.head_y[row]) == pytest.approx((-REACH - 1.0, -5.0), abs=1e-3)
    assert network.head_height[row] == pytest.approx(3.0)
    assert math.remainder(float(network.head_heading[row]) - (math.pi + 0.25), math.tau) == pytest.approx(0, abs=1e-5)
    assert not network.head_far[row]


def test_lights_that_stand_on_connecting_roads_rule_the_lanes_before_them(tmp_path: Path) -> None:
    more = {
        11: signals(signal(5, 0.5), '<signalReference id="6" s="0.5" t="0" orientation="+"/>'),
        15: signals(signal(6, 0.5)),
    }
    town = read_town(t_junction(tmp_path, more))
    assert stop_of(town.network, town.lane("1:-1"))[0] == STOP_AT_SIGNAL
    assert stop_of(town.network, town.lane("3:-1"))[0] == STOP_AT_SIGNAL
    assert stop_of(town.network, town.lane("2:-1"))[0] == STOP_TO_YIELD, "it has no light and waits for those who do"
    through = ways(town)
    assert yields_to(town.network, through[16], through[11]) is True
    assert yields_to(town.network, through[12], through[14]) is True


def test_a_light_that_names_its_lane_may_be_turned_around(tmp_path: Path) -> None:
    turned = signal(1, ARM - 1.0, orientation="-")
    named = turned.replace("/>", '><validity fromLane="-1" toLane="-1"/></signal>')
    (tmp_path / "named").mkdir()
    town = read_town(t_junction(tmp_path / "named", {1: signals(named)}))
    assert stop_of(town.network, town.lane("1:-1"))[0] == STOP_AT_SIGNAL
    assert not len(read_town(t_junction(tmp_path, {1: signals(turned)})).network.head_x), "it is for who comes out"


def test_a_junction_with_controllers_alone_gets_lights_by_rule(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path, inside='<controller id="1" type="0"/>', after=controller(1)))
    network = town.network
    assert network.junction_control.tolist() == [SIGNALS]
    assert sorted(network.stop_lane.tolist()) == sorted(town.lane(f"{k}:-1") for k in (1, 2, 3))
    assert set(network.head_group.tolist()) == {0, 1, 2}
    near = ~network.head_far
    assert np.hypot(network.head_x[near], network.head_y[near]).max() < REACH + 4.0


@pytest.mark.parametrize(("code", "control", "kind", "sign"), [
    ("206", STOP, STOP_ALWAYS, SIGN_STOP),
    ("205", YIELD, STOP_TO_YIELD, SIGN_YIELD),
])  # fmt: skip
def test_signs_make_a_minor_road(tmp_path: Path, code: str, control: int, kind: int, sign: int) -> None:
    town = read_town(t_junction(tmp_path, {3: signals(signal(1, ARM - 2.0, code, dynamic="no"))}))
    network, through = town.network, ways(town)
    assert network.junction_control.tolist() == [control]
    assert network.stop_lane.tolist() == [town.lane("3:-1")]
    assert network.stop_kind.tolist() == [kind]
    assert yields_to(network, through[14], through[11]) is True
    assert yields_to(network, through[11], through[14]) is False
    (row,) = town.furniture.signs
    assert row[3] == sign
    assert row[:2] == pytest.approx((5.0, -REACH - 2.0), abs=1e-3)


def test_priorities_of_a_file_hold_and_get_a_sign(tmp_path: Path) -> None:
    pairs = "".join(f'<priority high="{a}" low="{b}"/>' for a, b in itertools.product((11, 12), (14, 15)))
    town = read_town(t_junction(tmp_path, inside=pairs))
    through = ways(town)
    assert town.network.junction_control.tolist() == [YIELD]
    assert town.network.stop_lane.tolist() == [town.lane("3:-1")]
    assert yields_to(town.network, through[14], through[11]) is True
    assert town.furniture.signs[:, 3].tolist() == [SIGN_YIELD]


def test_a_crosswalk_lies_on_the_lanes_under_it(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path, {1: crosswalk(30.0)}))
    network = town.network
    assert network.crossing_kind.tolist() == [ZEBRA]
    assert network.crossing_width[0] == pytest.approx(4.0, abs=1e-3)
    ends = np.stack([network.crossing_x[0], network.crossing_y[0]], axis=1)
    assert ends[np.argsort(ends[:, 1])] == pytest.approx(np.array([(-70.0, -4.0), (-70.0, 4.0)]), abs=1e-3)
    under = dict(zip(network.crossing_lanes.tolist(), network.crossing_begin.tolist(), strict=True))
    assert under[town.lane("1:-1")] == pytest.approx(28.0, abs=0.15)
    assert under[town.lane("1:1")] == pytest.approx(ARM - 32.0, abs=0.15)


def test_who_stops_at_lights_stops_before_the_crosswalk_and_people_wait_for_cars(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path, {**ALL_LIT, 1: signals(signal(1, ARM - 1.0)) + crosswalk(ARM - 4.0)}))
    network = town.network
    assert network.crossing_kind.tolist() == [SIGNALLED]
    _, station, group = stop_of(network, town.lane("1:-1"))
    assert station == pytest.approx(ARM - 6.0 - 1.5, abs=0.15)
    walkers = int(network.crossing_group[0])
    assert network.group_kind[walkers] == PEDESTRIANS
    never_green_together(network, group, walkers)
    never_green_together(network, stop_of(network, town.lane("2:-1"))[2], walkers)


def test_a_stop_line_of_the_file_is_where_to_stop(tmp_path: Path) -> None:
    line = crosswalk(ARM - 12.0, along=0.4, kind="roadMark").replace('id="1"', 'id="1" name="StopLine"')
    line = line.replace('id="1" name', 'id="1" orientation="+" name')
    town = read_town(t_junction(tmp_path, {**ALL_LIT, 1: signals(signal(1, ARM - 1.0)) + line}))
    assert stop_of(town.network, town.lane("1:-1"))[1] == pytest.approx(ARM - 12.2, abs=0.15)


def test_left_hand_traffic_is_the_mirror_image(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    right, left = read_town(t_junction(tmp_path)), read_town(t_junction(tmp_path / "left", left_hand=True))
    assert (right.network.left_hand, left.network.left_hand) == (False, True)
    ours, theirs = ways(right), ways(left)
    swapped = {LEFT: RIGHT, RIGHT: LEFT, STRAIGHT: STRAIGHT}
    for number, k in ours.items():
        other = theirs[number]
        assert left.network.lane_length[other] == pytest.approx(right.network.lane_length[k], abs=1e-3)
        assert left.network.lane_turn[other] == swapped[int(right.network.lane_turn[k])]
        for number_2, k_2 in ours.items():
            assert yields_to(left.network, other, theirs[number_2]) is yields_to(right.network, k, k_2)


BROKEN = {
    "a sign without a place": ('<signal id="4" type="206"/>', "line", "has no s"),
    "a sign of no number": ('<signal id="4" s="x" t="0" type="206"/>', "'x'", "must be a number"),
    "a reference to nothing": ('<signalReference id="77" s="1" t="0"/>', "'77'", "not there"),
    "a light for a lane that is not there": (
        '<signal id="4" s="89" t="0" type="1000001" orientation="+"><validity fromLane="-7" toLane="-5"/></signal>',
        "rules no lane",
        "line",
    ),
    "a light far from the junction": ('<signal id="4" s="10" t="0" type="1000001"/>', "rules no lane", "line"),
    "a light beyond its road": ('<signal id="4" s="500" t="0" type="1000001"/>', "rules no lane", "line"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_signal_is_noted_and_passed_over(tmp_path: Path, name: str) -> None:
    text, *words = BROKEN[name]
    town = read_town(t_junction(tmp_path, {1: signals(text)}))
    assert town.network.junction_control.tolist() == [UNCONTROLLED]
    assert any(all(word in note for word in words) for note in town.notes), town.notes


def test_a_controller_of_unknown_signals_is_noted(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path, ALL_LIT, after=controller(1, 1, 99)))
    assert any("99" in note and "not there" in note for note in town.notes)


def test_a_roundabout_goes_before_the_roads_that_lead_into_it(tmp_path: Path) -> None:
    group = '<junctionGroup id="1" type="roundabout"><junctionReference junction="9"/></junctionGroup>'
    town = read_town(t_junction(tmp_path, after=group))
    assert town.network.junction_control.tolist() == [YIELD]
    assert len(town.network.stop_lane) == 3, "none of these roads comes from another junction of the ring"
