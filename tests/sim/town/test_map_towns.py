"""Whole OpenDRIVE maps as towns: lanes, links, junctions, lights, signs, crossings, and what is wrong with a file."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.connected import connected
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
    VEHICLES,
    YIELD,
    ZEBRA,
    Network,
)
from sim.network.routing import find_route
from sim.network.signals import GREEN, signal_state
from sim.network.validate import link_errors, validate
from sim.town.furniture import SIGN_LIMIT, SIGN_STOP, SIGN_YIELD
from sim.town.opendrive.town import MapTown, read_town
from tests.support.map_towns import (
    ARM,
    REACH,
    WIDTH,
    controller,
    crosswalk,
    ring,
    signal,
    signals,
    successors,
    t_junction,
    yields_to,
)
from tests.support.towns import owners
from tools.roads.writer import geometry, lane, link, road, section, straight, two_lanes, write_map

ALL_LIT = {k: signals(signal(k, ARM - 1.0)) for k in (1, 2, 3)}


def ways(town: MapTown) -> dict[int, int]:
    """The lanes through the T-junction, by connecting road."""
    return {int(name.split(":")[0]): k for k, name in enumerate(town.names) if town.network.lane_junction[k] >= 0}


def stop_of(network: Network, lane_number: int) -> tuple[int, float, int]:
    """Kind, station and group of a lane's stop line."""
    row = network.stop_lane.tolist().index(lane_number)
    return int(network.stop_kind[row]), float(network.stop_station[row]), int(network.stop_group[row])


def test_a_t_junction_has_its_lanes_lengths_and_turns(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path))
    network, through = town.network, ways(town)
    validate(network, "the map", open_ends=True)
    assert len(network.lane_length) == 12
    half = 0.5 * WIDTH
    radius = {11: 0.0, 12: 0.0, 13: REACH - half, 15: REACH - half, 14: REACH + half, 16: REACH + half}
    for number, lane_number in through.items():
        length = 0.5 * math.pi * radius[number] if radius[number] else 2.0 * REACH
        assert network.lane_length[lane_number] == pytest.approx(length, abs=2e-3)
    turns = {11: STRAIGHT, 12: STRAIGHT, 13: RIGHT, 14: LEFT, 15: RIGHT, 16: LEFT}
    assert {number: int(network.lane_turn[k]) for number, k in through.items()} == turns
    assert link_errors(network)[0].max() < 0.001
    assert np.degrees(link_errors(network)[1].max()) < 0.1
    assert sorted(successors(network, town.lane("1:-1"))) == sorted([through[11], through[13]])
    assert network.lane_opposite[town.lane("1:-1")] == town.lane("1:1")
    np.testing.assert_allclose(network.lane_limit, 50.0 / 3.6, rtol=1e-5)
    np.testing.assert_allclose(network.lane_width, WIDTH, atol=1e-3)
    np.testing.assert_allclose(network.curvature[network.lane_points[through[14]] + 5], 1 / (REACH + half), rtol=0.02)


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


def test_stop_lines_and_stripes_are_painted_across_the_ribbon(tmp_path: Path) -> None:
    more = {**ALL_LIT, 1: signals(signal(1, ARM - 1.0)), 2: signals(signal(2, ARM - 1.0)) + crosswalk(30.0)}
    town = read_town(t_junction(tmp_path, more))
    ribbons = {ribbon.road: ribbon for ribbon in town.ribbons}
    stop = ribbons["1"]
    period, length, at = stop.rhythm[int(ARM - 2.0)]
    assert (period, length, at) == pytest.approx((64.0, 0.5, ARM - 2.0), abs=0.02)
    (line,) = [item for item in stop.course.sections[stop.course.section[int(ARM - 2.0)]].lines if item.dashed]
    assert (line.position, line.width) == pytest.approx((-0.5 * WIDTH, WIDTH), abs=0.06)
    assert stop.rhythm[50].tolist() == [9.0, 3.0, 0.0]
    zebra = ribbons["2"]
    assert zebra.rhythm[30].tolist() == pytest.approx([64.0, 4.0, 30.0], abs=0.02)
    stripes = zebra.course.sections[zebra.course.section[30]].lines
    assert len(stripes) == 7, "0.5 m wide, and as far apart, on 7 m of asphalt"
    assert all(item.dashed for item in stripes)


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


def test_limits_come_from_roads_and_lanes_and_cut_them(tmp_path: Path) -> None:
    kinds = '<type s="0" type="town"><speed max="30" unit="km/h"/></type>'
    kinds += '<type s="60" type="town"><speed max="70" unit="mph"/></type>'
    slow = lane(-1).replace("</lane>", '<speed sOffset="0" max="10"/></lane>')
    town = read_town(
        write_map(
            tmp_path,
            straight(1, sections=section(0, [lane(1)], [lane(-1)])).replace("<planView>", f"{kinds}<planView>"),
            road(2, 50, geometry(0, 0, 50, 0, 50), section(0, [lane(1)], [slow])),
        )
    )
    limits = [round(float(value), 2) for value in town.network.lane_limit]
    lengths = town.network.lane_length.tolist()
    assert sorted(limits) == [8.33, 8.33, 10.0, 13.89, 31.29, 31.29]
    assert sorted(lengths) == pytest.approx([40, 40, 50, 50, 60, 60], abs=0.01)
    along = next(k for k, name in enumerate(town.names) if name == "1:-1")
    (after,) = successors(town.network, along)
    assert town.network.lane_limit[after] == pytest.approx(70 * 0.44704, rel=1e-4)


def test_a_way_through_a_junction_has_the_lesser_limit_of_its_roads(tmp_path: Path) -> None:
    path = t_junction(tmp_path)
    slow = '<type s="0" type="town"><speed max="30" unit="km/h"/></type>'
    path.write_text(
        path.read_text().replace('<planView><geometry s="0" x="-100', f'{slow}<planView><geometry s="0" x="-100')
    )
    town = read_town(path)
    through = ways(town)
    limits = {number: round(float(town.network.lane_limit[k] * 3.6)) for number, k in through.items()}
    assert limits == {11: 30, 12: 30, 13: 30, 14: 30, 15: 50, 16: 50}


def test_lanes_beside_one_another_are_neighbours_along_their_whole_way(tmp_path: Path) -> None:
    three = section(0, [lane(1, links=(1, 1))], [lane(-1, links=(-1, -1)), lane(-2, links=(-2, -2))])
    wider = section(
        40, [lane(1, links=(1, None))], [lane(k, links=(k if k > -3 else None, None)) for k in (-1, -2, -3)]
    )
    town = read_town(write_map(tmp_path, straight(1, 100, sections=three + wider)))
    network = town.network
    assert sorted(network.lane_length.tolist()) == pytest.approx([40, 40, 60, 60, 60, 100], abs=0.01)
    inner, outer = town.lane("1:-1"), town.lane("1:-2")
    assert (network.lane_right[inner], network.lane_left[outer]) == (outer, inner)
    assert network.lane_length[town.lane("1:1")] == pytest.approx(100.0, abs=0.01), "its own side goes on"
    opened = town.lane("1:-3")
    assert network.lane_left[opened] == successors(network, outer)[0]
    route = find_route(network, (inner, 0.0), (opened, 50.0))
    assert route.changes.tolist().count(-1) == 2


def test_a_direct_junction_joins_lanes_and_the_ring_is_what_hangs_together(tmp_path: Path) -> None:
    town = read_town(ring(tmp_path))
    network, into, around = town.network, town.lane("2:-1"), town.lane("1:-1")
    assert len(network.junction_control) == 0
    assert successors(network, into) == successors(network, around) == [around]
    assert town.main.tolist() == [k == around for k in range(2)]
    found = connected(network)
    assert found.reached.tolist() == town.main.tolist()
    assert found.leading.all()


def test_a_file_of_one_road_is_a_town(tmp_path: Path) -> None:
    walk = lane(-2, 'a="2" b="0" c="0" d="0"', kind="sidewalk")
    town = read_town(write_map(tmp_path, straight(1, 100, sections=section(0, [lane(1)], [lane(-1), walk]))))
    assert sorted(town.network.lane_length.tolist()) == pytest.approx([100.0, 100.0], abs=0.01)
    (ribbon,) = town.ribbons
    assert ribbon.line.length == pytest.approx(100.0, abs=0.01)
    (course,) = ribbon.course.sections
    middle = 0.5 * (3.5 - 5.5)
    assert [surface.begin + middle for surface in course.surfaces] == pytest.approx([-5.5, -3.5, 3.5], abs=0.06)
    np.testing.assert_allclose(ribbon.course.edges[:, 1:], [(-2.5, 4.5)] * 100, atol=1e-6)
    away = np.abs(town.furniture.trees[:, 1])
    assert len(away) > 2
    assert away.min() > 4.5


def test_a_wide_road_is_several_ribbons_side_by_side(tmp_path: Path) -> None:
    lanes = [lane(k) for k in range(1, 7)], [lane(-k) for k in range(1, 7)]
    town = read_town(write_map(tmp_path, straight(1, 100, sections=section(0, *lanes))))
    right, left = sorted(town.ribbons, key=lambda ribbon: float(ribbon.line.y[0]))
    assert (float(right.line.y[0]), float(left.line.y[0])) == pytest.approx((-10.5, 10.5))
    for ribbon in (right, left):
        np.testing.assert_allclose(ribbon.course.edges[0, 1:], (-10.5, 10.5), atol=1e-6)
    total = [line for ribbon in (right, left) for line in ribbon.course.sections[ribbon.course.section[0]].lines]
    assert len(total) >= 13


def test_ground_between_lanes_parts_ribbons_and_only_asphalt_comes_before_others(tmp_path: Path) -> None:
    kinds = ("driving", "curb", "grass", "sidewalk")
    lanes = [lane(-1 - k, 'a="2" b="0" c="0" d="0"', kind=kind) for k, kind in enumerate(kinds)]
    town = read_town(write_map(tmp_path, straight(1, 100, sections=section(0, right=lanes))))
    walk, way = sorted(town.ribbons, key=lambda ribbon: float(ribbon.line.y[0]))
    assert (float(walk.line.y[0]), float(way.line.y[0])) == pytest.approx((-7.0, -2.0))
    np.testing.assert_allclose([walk.drawn[50], way.drawn[50]], [(-1.0, 1.0), (-2.0, 2.0)], atol=1e-6)
    np.testing.assert_allclose([walk.course.edges[50, 1:], way.course.edges[50, 1:]], [(0, 0), (0, 2)], atol=1e-6)


def test_lanes_that_do_not_quite_meet_are_joined_and_such_as_lie_elsewhere_are_not(tmp_path: Path) -> None:
    after = [link("successor", 2, "start"), link("predecessor", 1, "end")]
    near = road(2, 50, geometry(0, 100.1, 0.2, 0.05, 50), two_lanes((-1, None)), link=after[1])
    town = read_town(write_map(tmp_path, straight(1, 100, link=after[0]), near))
    assert link_errors(town.network)[0].max() < 0.001
    assert np.degrees(link_errors(town.network)[1].max()) < 0.1
    assert any("0.2" in note and "joined" in note for note in town.notes)
    far = near.replace('y="0.2"', 'y="8"')
    town = read_town(write_map(tmp_path, straight(1, 100, link=after[0]), far))
    assert len(town.network.successors) == 0
    assert any("begins elsewhere" in note and "1:-1 to 2:-1" in note for note in town.notes)


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


def test_a_junction_that_leads_nowhere_is_noted(tmp_path: Path) -> None:
    town = read_town(write_map(tmp_path, straight(1, link=link("successor", 9)), '<junction id="9"/>'))
    assert any("leads nowhere" in note and "9" in note for note in town.notes)
    assert len(town.network.junction_control) == 0


def test_a_virtual_junction_is_passed_over_with_a_note(tmp_path: Path) -> None:
    text = '<junction id="9" type="virtual" mainRoad="1" sStart="20" sEnd="40"/>'
    town = read_town(write_map(tmp_path, straight(1), text))
    assert any("virtual" in note and "9" in note for note in town.notes)


def test_a_town_too_large_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = write_map(tmp_path, straight(1), road(2, 90, geometry(0, 6000, 5000, 0, 90), two_lanes()))
    with pytest.raises(UserError, match=r"map\.xodr reaches over 6\.1 x 5\.0 km"):
        read_town(path)


def test_an_unknown_lane_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no lane '5:-1'.*such as 1:-1"):
        read_town(t_junction(tmp_path)).lane("5:-1")


def test_a_roundabout_goes_before_the_roads_that_lead_into_it(tmp_path: Path) -> None:
    group = '<junctionGroup id="1" type="roundabout"><junctionReference junction="9"/></junctionGroup>'
    town = read_town(t_junction(tmp_path, after=group))
    assert town.network.junction_control.tolist() == [YIELD]
    assert len(town.network.stop_lane) == 3, "none of these roads comes from another junction of the ring"


def test_speed_signs_stand_where_the_file_says(tmp_path: Path) -> None:
    sign = signal(1, 20.0, "274", dynamic="no", subtype="30", orientation="-", t="5")
    (row,) = read_town(write_map(tmp_path, straight(1).replace("</road>", f"{signals(sign)}</road>"))).furniture.signs
    assert row[3] == SIGN_LIMIT
    assert row[4] == pytest.approx(30 / 3.6)
    assert row[:3] == pytest.approx((20.0, 5.0, 0.0), abs=1e-5)


def test_houses_and_trees_stand_beside_the_roads(tmp_path: Path) -> None:
    town = read_town(t_junction(tmp_path))
    assert len(town.furniture.houses) > 5
    points = np.stack([town.network.x, town.network.y], axis=1)
    for row in town.furniture.houses:
        along = np.linspace(-0.5, 0.5, 9) * row[3]
        front = row[:2] + along[:, None] * np.array([-math.sin(row[2]), math.cos(row[2])])
        assert np.hypot(*(front[:, None] - points).transpose(2, 0, 1)).min() > 0.5 * WIDTH + 0.5


def test_a_town_is_the_same_each_time(tmp_path: Path) -> None:
    path = t_junction(tmp_path, {**ALL_LIT, 1: crosswalk(30.0)})
    one, other = read_town(path), read_town(path)
    for a, b in zip((*one.network, *one.furniture), (*other.network, *other.furniture), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (one.network.group_kind == VEHICLES).all()
