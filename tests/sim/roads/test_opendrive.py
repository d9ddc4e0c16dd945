"""OpenDRIVE: geometry against closed forms, lanes, marks and links."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.roads.formats import read_roads
from sim.roads.formats.opendrive import read_map
from sim.roads.formats.opendrive.lanes import border, laterals, middle
from sim.roads.formats.opendrive.plan import reference
from sim.roads.formats.opendrive.routes import Router, all_routes, named_route
from tools.roads.writer import (
    BROKEN,
    SOLID,
    geometry,
    junction,
    lane,
    link,
    road,
    section,
    straight,
    two_lanes,
    write_map,
)

FAR = (5_123_456.0, -687_654.0)  # m, as projected coordinates are


def places(tmp_path: Path, shape: str, length: float, heading: float = 0.7) -> np.ndarray:
    """The reference line of one geometry far off, back in its own axes: (K, 3) u, v [m] and turn [rad]."""
    plan = geometry(0, *FAR, heading, length, shape)
    item = read_map(write_map(tmp_path, road(1, length, plan, two_lanes()))).roads["1"]
    x, y, angle = reference(item, np.linspace(0.0, length, 101))
    dx, dy = x - FAR[0], y - FAR[1]
    cos, sin = math.cos(heading), math.sin(heading)
    return np.stack([cos * dx + sin * dy, cos * dy - sin * dx, angle - heading], axis=1)


def test_arc_is_a_circle(tmp_path: Path) -> None:
    found = places(tmp_path, '<arc curvature="-0.02"/>', 120.0)
    turn = -0.02 * np.linspace(0.0, 120.0, 101)
    expected = np.stack([np.sin(turn) / -0.02, (1.0 - np.cos(turn)) / -0.02, turn], axis=1)
    assert np.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.05), (0.04, -0.02), (-0.01, -0.01)])
def test_spiral_is_the_integral_of_its_heading(tmp_path: Path, start: float, end: float) -> None:
    found = places(tmp_path, f'<spiral curvStart="{start}" curvEnd="{end}"/>', 80.0)
    s = (np.arange(100_000) + 0.5) * 80.0 / 100_000
    heading = start * s + 0.5 * (end - start) / 80.0 * s * s
    u, v = (np.cumsum(values) * 80.0 / 100_000 for values in (np.cos(heading), np.sin(heading)))
    assert np.allclose(found[1:, 0], u[999::1000], atol=1e-6)
    assert np.allclose(found[1:, 1], v[999::1000], atol=1e-6)
    assert found[-1, 2] == pytest.approx(0.5 * (start + end) * 80.0)


def test_poly3_goes_by_the_length_of_its_curve(tmp_path: Path) -> None:
    found = places(tmp_path, '<poly3 a="0" b="0.3" c="0.01" d="-0.0002"/>', 60.0)
    u, v = found[:, 0], found[:, 1]
    assert np.allclose(v, 0.3 * u + 0.01 * u**2 - 0.0002 * u**3, atol=1e-6)
    assert np.allclose(np.hypot(np.diff(u), np.diff(v)), 0.6, atol=1e-4), (
        "equal steps of s are equal steps on the curve"
    )
    assert np.allclose(found[:, 2], np.arctan(0.3 + 0.02 * u - 0.0006 * u**2), atol=1e-6)


@pytest.mark.parametrize(("kind", "unit"), [('pRange="arcLength"', 1.0), ('pRange="normalized"', 50.0), ("", 50.0)])
def test_parametric_polynomial_in_both_ranges(tmp_path: Path, kind: str, unit: float) -> None:
    """It runs to 1 where nothing is said: the same curve then has coefficients that grow with the length's powers."""
    values = {"aU": 0.0, "bU": unit, "cU": 0.0, "dU": 0.0, "aV": 0.0, "bV": 0.0, "cV": 0.004 * unit**2, "dV": 0.0}
    written = " ".join(f'{name}="{value}"' for name, value in values.items())
    found = places(tmp_path, f"<paramPoly3 {written} {kind}/>", 50.0)
    u, v = found[:, 0], found[:, 1]
    assert np.allclose(v, 0.004 * u**2, atol=1e-6)
    assert np.allclose(found[:, 2], np.arctan(0.008 * u), atol=1e-6)
    assert u[[0, -1]] == pytest.approx([0.0, 50.0]), "it ends where the parameter does"
    assert np.ptp(np.hypot(np.diff(u), np.diff(v))) < 1e-4, "equal steps of s are equal steps on the curve"


def test_borders_add_up_from_the_lane_offset_outwards(tmp_path: Path) -> None:
    lanes = section(
        20, [lane(1), lane(2, 'a="2" b="0.1" c="0" d="0"', "shoulder")], [lane(-1, 'a="3" b="0" c="0.001" d="0"')]
    )
    offset = '<laneOffset s="10" a="0.5" b="0.02" c="0" d="0"/>'
    path = write_map(tmp_path, road(1, 60, geometry(0, 0, 0, 0, 60), two_lanes() + lanes, offset=offset))
    item = read_map(path).roads["1"]
    s = np.array([20.0, 40.0])
    t = laterals(item, item.sections[1], s)
    middle_line = 0.5 + 0.02 * (s - 10.0)
    assert np.allclose(t[0], middle_line)
    assert np.allclose(t[2], middle_line + 3.5 + 2.0 + 0.1 * (s - 20.0))
    assert np.allclose(border(item, item.sections[1], -1, s)[:, 1], middle_line - 3.0 - 0.001 * (s - 20.0) ** 2)
    assert laterals(item, item.sections[0], np.array([5.0]))[0] == 0.0, "no offset before the first piece"


def test_border_elements_say_where_lanes_end(tmp_path: Path) -> None:
    borders = [
        lane(-1).replace("<width", "<border").replace('a="3.5"', 'a="-3.1"'),
        lane(-2).replace("<width", "<border").replace('a="3.5"', 'a="-6"'),
    ]
    item = read_map(write_map(tmp_path, straight(sections=section(0, right=borders)))).roads["1"]
    points = middle(item, item.sections[0], -2, np.array([0.0, 50.0]))
    assert np.allclose(points, [[0.0, -4.55], [50.0, -4.55]])


def test_left_hand_traffic_runs_the_other_way(tmp_path: Path) -> None:
    path = write_map(tmp_path, straight().replace('junction="-1"', 'junction="-1" rule="LHT"'))
    for name, heading, y in (("1:1", 0.0, 1.75), ("1:-1", math.pi, -1.75)):
        line = read_roads(path, name)[0].line
        assert math.cos(line.heading[0] - heading) == pytest.approx(1.0)
        assert np.allclose(line.y, y)


def test_lane_is_followed_through_sections_and_roads(tmp_path: Path) -> None:
    """A section without length lies on the way, and the second road runs towards the first: left is right there."""
    shoulder = lane(-1, 'a="0" b="0" c="0" d="0"', "shoulder")
    sections = (
        section(0, right=[lane(-1, links=(None, -2))])
        + section(60, right=[shoulder, lane(-2, links=(-1, -1))])
        + section(60, right=[lane(-1, links=(-2, 1))])
    )
    reverse = road(
        2,
        50,
        geometry(0, 150, 0, math.pi, 50),
        section(0, [lane(1, links=(None, -1))]),
        link=link("successor", 1, "end"),
    )
    path = write_map(tmp_path, straight(1, 100, link=link("successor", 2, "end"), sections=sections), reverse)
    route = all_routes(Router(read_map(path)))[0]
    assert [str(piece) for piece in route.pieces] == ["1:-1", "1:-2", "1:-1", "2:1"]
    assert np.allclose(read_roads(path)[0].line.y, -1.75, atol=1e-6)


@pytest.mark.parametrize("kind", ["default", "direct"])
def test_lane_is_followed_through_a_junction(tmp_path: Path, kind: str) -> None:
    into, out = link("successor", 9), link("predecessor", 9)
    if kind == "direct":
        parts = [straight(1, 100, link=into), straight(2, 80, 100.0, link=out)]
        parts.append(junction(9, kind, 'incomingRoad="1" linkedRoad="2"', (-1, -1)))
        expected = ["1:-1", "2:-1"]
    else:
        across = link("predecessor", 1, "end") + link("successor", 2, "start")
        lanes = section(0, right=[lane(-1, links=(-1, -1))])
        inside = road(5, 20, geometry(0, 100, 0, 0, 20), lanes, link=across, attributes='junction="9"')
        parts = [straight(1, 100, link=into), straight(2, 80, 120.0, link=out), inside]
        parts.append(junction(9, kind, 'incomingRoad="1" connectingRoad="5"', (-1, -1)))
        expected = ["1:-1", "5:-1", "2:-1"]
    path = write_map(tmp_path, *parts)
    route = all_routes(Router(read_map(path)))[0]
    assert [str(piece) for piece in route.pieces] == expected
    line = read_roads(path)[0].line
    assert np.allclose(line.y, -1.75, atol=1e-6)
    assert np.abs(line.curvature).max() < 1e-6, "the lanes close without a kink"


def test_direct_junction_is_left_backwards_too(tmp_path: Path) -> None:
    path = write_map(
        tmp_path,
        straight(1, 100, link=link("successor", 9)),
        straight(2, 80, 100.0, link=link("predecessor", 9)),
        junction(9, "direct", 'incomingRoad="1" linkedRoad="2"', (1, 1)),
    )
    item = read_roads(path, "2:1")[0]
    assert item.lane_distance(*item.route_bounds) == pytest.approx(180.0)


def test_direct_junction_is_left_where_it_is_met(tmp_path: Path) -> None:
    """The second road meets the junction with both ends, but only its start is linked."""
    both = link("predecessor", 9) + link("successor", 9)
    path = write_map(
        tmp_path,
        straight(1, 100, link=link("successor", 9)),
        straight(2, 80, 100.0, link=both),
        junction(9, "direct", 'incomingRoad="1" linkedRoad="2"', (-1, -1)),
    )
    route = all_routes(Router(read_map(path)))[0]
    assert [str(piece) for piece in route.pieces] == ["1:-1", "2:-1"]
    assert route.end == "no lane follows"


def test_long_ways_are_cut_and_go_on(tmp_path: Path) -> None:
    """Seven roads of 4 km, one after the other: routes of 8 km, which together drive all of them in both directions."""
    roads = [
        straight(
            number,
            4000.0,
            4000.0 * number,
            link=(link("predecessor", number - 1, "end") if number > 1 else "")
            + (link("successor", number + 1, "start") if number < 7 else ""),
        )
        for number in range(1, 8)
    ]
    routes = all_routes(Router(read_map(write_map(tmp_path, *roads))))
    assert [len(route.pieces) for route in routes] == [2, 2, 2, 2, 2, 2, 1, 1]
    assert len({piece for route in routes for piece in route.pieces}) == 14
    item = read_roads(write_map(tmp_path, straight(1, 25_000.0)))[0]
    assert item.lane_distance(*item.route_bounds) == pytest.approx(10_000.0, abs=1.0)


def ring(tmp_path: Path) -> Path:
    """One road in a circle of 50 m radius that follows itself."""
    length = 2.0 * math.pi * 50.0
    plan = geometry(0, 0, 0, 0, length, '<arc curvature="0.02"/>')
    links = link("predecessor", 1, "end") + link("successor", 1, "start")
    return write_map(tmp_path, road(1, length, plan, two_lanes((-1, -1)), link=links))


def test_ring_is_a_closed_road(tmp_path: Path) -> None:
    outer, inner = read_roads(ring(tmp_path), "all")
    for item, radius in ((outer, 51.75), (inner, 48.25)):
        assert item.closed
        assert item.length == pytest.approx(2.0 * math.pi * radius, rel=1e-4)
        assert np.allclose(np.abs(item.line.curvature), 1.0 / radius, rtol=0.01)
    assert outer.line.curvature[0] > 0.0 > inner.line.curvature[0], "the inner lane is driven clockwise"


def test_tight_turns_are_no_part_of_a_route(tmp_path: Path) -> None:
    bend = road(
        2,
        5.0,
        geometry(0, 100, 0, 0, 5, '<arc curvature="-0.25"/>'),
        two_lanes((-1, None)),
        link=link("predecessor", 1, "end"),
    )
    path = write_map(tmp_path, straight(1, link=link("successor", 2, "start")), bend)
    route = named_route(Router(read_map(path)), "1:-1")
    assert len(route.pieces) == 1
    assert "turns with a radius of 2.2 m" in route.end


def test_lane_that_opens_is_driven_from_where_a_car_fits(tmp_path: Path) -> None:
    opening = lane(-2, 'a="0" b="0.05" c="0" d="0"')
    item = read_roads(write_map(tmp_path, straight(sections=section(0, right=[lane(-1), opening]))), "1:-2")[0]
    begin, end = item.route_bounds
    assert item.lane_distance(begin, end) == pytest.approx(70.0, abs=0.5), "it is 1.5 m wide after 30 m"
    assert item.edges[:, 0].min() >= 1.5
    assert item.edges[:, 0].max() == pytest.approx(5.0)


def test_road_far_off_is_brought_near(tmp_path: Path) -> None:
    plan = geometry(0, *FAR, 0, 100)
    item = read_roads(write_map(tmp_path, road(1, 100, plan, two_lanes())))[0]
    assert np.abs(item.points).max() < 1000.0
    assert np.allclose(item.points[10] + item.origin, [FAR[0] + 0.5, FAR[1] - 1.75], atol=1e-6)


def test_marks_become_lines_across_the_road(tmp_path: Path) -> None:
    """Seen from the right lane: a solid white edge, and a yellow double line whose left part is solid."""
    double = '<roadMark sOffset="0" type="solid broken" color="yellow" width="0.1"/>'
    changed = SOLID + '<roadMark sOffset="40" type="none"/>'
    lanes = section(0, [lane(1, mark=BROKEN)], [lane(-1, mark=changed)], center=lane(0, mark=double))
    item = read_roads(write_map(tmp_path, straight(sections=lanes)), "1:-1")[0]
    lines = item.course.sections[item.course.section[20]].lines
    by_place = {round(line.position, 2): line.dashed for line in lines}
    assert by_place == {-1.75: False, 1.65: True, 1.85: False, 5.25: True}
    assert len(item.course.sections[item.course.section[60]].lines) == 3, "the edge line ends after 40 m"


def test_surfaces_follow_the_types_of_lanes(tmp_path: Path) -> None:
    walk = lane(-3, 'a="2" b="0" c="0" d="0"', "sidewalk")
    lanes = section(0, right=[lane(-1), lane(-2, 'a="1" b="0" c="0" d="0"', "shoulder"), walk])
    item = read_roads(write_map(tmp_path, straight(sections=lanes)))[0]
    assert np.allclose(item.edges, [3.5, -2.75, 1.75]), "the car may use the shoulder, not the sidewalk"
    surfaces = item.course.sections[0].surfaces
    assert [round(surface.begin, 2) for surface in surfaces] == [-4.75, -2.75, 1.75]


def test_comments_before_the_declaration_are_passed_over(tmp_path: Path) -> None:
    path = write_map(tmp_path, straight(), before="<!-- made\nby hand -->\n")
    assert list(read_map(path).roads) == ["1"]
    path = write_map(tmp_path, straight().replace('length="100.0"', 'length="x"', 1), before="<!-- made\nby hand -->\n")
    with pytest.raises(UserError, match="line 5: <road> length is 'x'"):
        read_map(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = write_map(tmp_path, straight().replace('name=""', 'name="Allee nach Sanssouci, östlich"'))
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    path.write_bytes(path.read_text().replace('<?xml version="1.0"?>', declared).encode(encoding))
    assert read_map(path).roads["1"].name == "Allee nach Sanssouci, östlich"


def test_links_to_nothing_and_empty_lanes_are_noted(tmp_path: Path) -> None:
    lanes = section(0, right=[lane(-1, links=(None, -9)), lane(-2, 'a="0" b="0" c="0" d="0"')]) + section(
        80, right=[lane(-1)]
    )
    path = write_map(tmp_path, straight(1, link=link("successor", 2, "start"), sections=lanes))
    notes = " ".join(read_map(path).notes)
    assert "road 1 to road 2" in notes
    assert "lane is linked to one that is not there: 1:-1." in notes
    assert "driving lane is never wider than 0.1 m: 1:-2." in notes
    assert read_roads(path)[0].name
    with pytest.raises(UserError, match="lane 1:-2 is too narrow for a car"):
        read_roads(path, "1:-2")
