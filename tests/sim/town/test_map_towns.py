"""Whole OpenDRIVE maps as towns: lanes, links, limits, ribbons, what stands beside roads, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.connected import connected
from sim.network.network import (
    LEFT,
    RIGHT,
    STRAIGHT,
    VEHICLES,
)
from sim.network.routing import find_route
from sim.network.validate import link_errors, validate
from sim.town.furniture import SIGN_LIMIT
from sim.town.opendrive.town import read_town
from tests.support.map_towns import (
    ALL_LIT,
    ARM,
    REACH,
    WIDTH,
    crosswalk,
    ring,
    signal,
    signals,
    successors,
    t_junction,
    ways,
)
from tools.roads.writer import geometry, lane, link, road, section, straight, two_lanes, write_map


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
