"""What map files say half, twice or wrongly at the ends of things, and what a driver makes of it."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.roads.formats import read_roads
from sim.roads.formats.map_section import cross_sections
from sim.roads.formats.opendrive import RoadMap, read_map
from sim.roads.formats.opendrive.lanes import laterals, spread, widths
from sim.roads.formats.opendrive.links import LanePiece
from sim.roads.formats.opendrive.routes import MapRoute, Router, all_routes
from sim.roads.style import RoadStyle
from tests.support.command_line import run
from tools.roads.writer import LINE, geometry, junction, lane, link, road, section, straight, two_lanes, write_map

NARROW, WIDE, NONE = ('a="%s" b="0" c="0" d="0"' % width for width in (3.5, 7.0, 0.0))  # noqa: UP031
ROUNDING = 1e-7  # m


def longest(path: Path) -> MapRoute:
    return max(all_routes(Router(read_map(path))), key=lambda route: route.length)


def notes(path: Path) -> str:
    return " ".join(read_map(path).notes)


def is_straight(path: Path, y: float = -1.75) -> bool:
    line = read_roads(path)[0].line
    return bool(np.allclose(line.y, y, atol=1e-6) and np.abs(line.curvature).max() < 1e-6)


# At the end of a lane section its own records count.


def step(start: float, side: int) -> str:
    """A straight lane of 200 m whose number and lane offset both change at ``start`` or so."""
    first, second = lane(side, links=(None, 2 * side)), [lane(side, kind="none"), lane(2 * side, links=(side, None))]
    sections = [section(0, right=[first]), section(start, right=second)]
    if side > 0:
        sections = [section(0, [first]), section(start, second)]
    offset = f'<laneOffset s="0" a="1" b="0" c="0" d="0"/><laneOffset s="80" a="{1 - 3.5 * side}" b="0" c="0" d="0"/>'
    return road(1, 200.0, geometry(0, 0, 0, 0, 200), "".join(sections), offset=offset)


@pytest.mark.parametrize("start", [80.0, 80.0 + ROUNDING, 80.0 - ROUNDING])
@pytest.mark.parametrize("side", [1, -1])
def test_lane_that_changes_its_number_where_the_offset_steps_is_straight(
    tmp_path: Path, start: float, side: int
) -> None:
    path = write_map(tmp_path, step(start, side))
    assert longest(path).length == pytest.approx(200.0)
    assert max(Router(read_map(path)).gaps()) < 1e-6
    assert is_straight(path, 1.0 + 1.75 * side)


def across(road_map: RoadMap, index: int, s: float) -> tuple[dict[int, float], list[str]]:
    """Lateral positions of all borders and kinds of marks seen at a station of a section."""
    item = road_map.roads["1"]
    t = {number: float(places[0]) for number, places in laterals(item, item.sections[index], np.array([s])).items()}
    seen = next(iter(cross_sections(road_map, LanePiece("1", index, -1, True), np.array([s]), RoadStyle())))
    return t, ["broken" if line.dashed else "solid" for line in seen.lines if line.position < 0.0]


@pytest.mark.parametrize("tag", ["width", "border"])
def test_widths_borders_and_marks_end_with_their_section(tmp_path: Path, tag: str) -> None:
    """Records that begin where their section ends, or behind that, never hold; those of the next begin there."""
    sign = -1 if tag == "border" else 1
    records = "".join(f'<{tag} sOffset="{s}" a="{sign * a}" b="0" c="0" d="0"/>' for s, a in ((0, 3), (50, 4), (90, 5)))
    marks = "".join(
        f'<roadMark sOffset="{s}" type="{kind}"/>' for s, kind in ((0, "solid"), (50, "broken"), (90, "none"))
    )
    first = f'<lane id="-1" type="driving">{records}{marks}</lane>'
    path = write_map(tmp_path, straight(sections=section(0, right=[first]) + section(50, right=[lane(-1, WIDE)])))
    road_map = read_map(path)
    assert across(road_map, 0, 0.0) == across(road_map, 0, 50.0) == ({0: 0.0, -1: -3.0}, ["solid"])
    assert across(road_map, 1, 50.0)[0] == {0: 0.0, -1: -7.0}


def test_width_that_never_holds_folds_nothing(tmp_path: Path) -> None:
    never = '<width sOffset="50" a="-3" b="0" c="0" d="0"/>'
    first = lane(-1, links=(None, -1)).replace("<roadMark", never + "<roadMark")
    sections = section(0, right=[first]) + section(50, right=[lane(-1, links=(-1, None))])
    path = write_map(tmp_path, straight(sections=sections))
    assert longest(path).length == pytest.approx(100.0)
    item = read_map(path).roads["1"]
    assert np.allclose(widths(item, item.sections[0], spread(item.sections[0], 1.0))[-1], 3.5)


def test_what_begins_where_its_road_ends_is_nowhere(tmp_path: Path) -> None:
    profile = '<elevation s="0" a="5" b="0" c="0" d="0"/><elevation s="100" a="9" b="1" c="0" d="0"/>'
    offset = '<laneOffset s="0" a="0" b="0" c="0" d="0"/><laneOffset s="100" a="9" b="0" c="0" d="0"/>'
    part = road(1, 100, geometry(0, 0, 0, 0, 100), two_lanes(), offset=offset)
    path = write_map(tmp_path, part.replace("<lanes>", f"<elevationProfile>{profile}</elevationProfile><lanes>"))
    item = read_map(path).roads["1"]
    assert np.allclose(item.elevation(np.array([0.0, 100.0])), 5.0)
    assert is_straight(path)
    assert not read_map(path).notes, "nothing rises"


# Tiny and empty things are passed over.


def chain(middle: str, start: float = 100.0) -> list[str]:
    """A road, something with the id 2, and another road."""
    first = straight(1, link=link("successor", 2, "start"))
    return [first, middle, straight(3, 80.0, start, link=link("predecessor", 2, "end"))]


BOTH = link("predecessor", 1, "end") + link("successor", 3, "start")


def tiny(length: float, plan: str, sections: str = "") -> str:
    return road(2, length, plan, sections or two_lanes((-1, -1)), link=BOTH)


WHIRL = '<spiral curvStart="0" curvEnd="-40"/>'
TINY = {
    "no length": tiny(0.0, geometry(0, 100, 0, 0, 0)),
    "a micrometre, somewhere else": tiny(1e-6, geometry(0, 7, 7, 0, 1e-6)),
    "no geometry": tiny(1e-8, ""),
    "a geometry without length": tiny(0.2, geometry(0, 100, 0, 0, 0)),
    "two of them": tiny(3e-7, geometry(0, 100, 0, 0, 1e-7) + geometry(1e-7, 100, 0, 1, 2e-7)),
    "nothing but a whirl": tiny(0.02, geometry(0, 100, 0, 0, 0.02, WHIRL)),
    "several sections": tiny(1e-7, "", section(0, right=[lane(-1, links=(-1, -2))]) + section(0, right=[
        lane(-1, NONE), lane(-2, links=(-1, -1))])),
    "no links between its lanes": tiny(1e-7, "", two_lanes()),
}  # fmt: skip


@pytest.mark.parametrize("name", TINY)
def test_road_without_length_is_passed_over_and_its_links_are_kept(tmp_path: Path, name: str) -> None:
    path = write_map(tmp_path, *chain(TINY[name]))
    route = longest(path)
    assert [piece.road for piece in route.pieces] == ["1", "3"]
    assert route.length == pytest.approx(180.0)
    assert is_straight(path)
    assert "A road is too short to be driven, and passed over: road 2." in notes(path)
    with pytest.raises(UserError, match="road 2 is too short to be driven"):
        read_roads(path, "2:-1")


def test_several_roads_without_length_in_a_row_and_in_a_ring(tmp_path: Path) -> None:
    """They lead to one another for ever, and once out again."""
    second = road(2, 0, "", two_lanes((-1, -1)), link=link("predecessor", 1, "end") + link("successor", 4, "start"))
    lanes = section(0, right=[lane(-1, links=(-1, -1)).replace("</link>", '<successor id="-2"/></link>'), lane(-2)])
    fourth = road(4, 0, "", lanes, link=link("predecessor", 2, "end") + link("successor", 5, "start"))
    fifth = road(5, 0, "", two_lanes((-1, -1)), link=link("predecessor", 4, "end") + link("successor", 3, "start"))
    first = straight(1, link=link("successor", 2, "start"))
    path = write_map(
        tmp_path, first, second, fourth, fifth, straight(3, 80.0, 100.0, link=link("predecessor", 5, "end"))
    )
    assert [piece.road for piece in longest(path).pieces] == ["1", "3"]
    ring = road(5, 0, "", two_lanes((-1, -1)), link=link("predecessor", 4, "end") + link("successor", 2, "start"))
    path = write_map(tmp_path, first, second, fourth, ring)
    assert longest(path).length == pytest.approx(100.0)


@pytest.mark.parametrize("direct", [False, True])
def test_road_without_length_in_a_junction(tmp_path: Path, direct: bool) -> None:
    inside = road(2, 0, "", two_lanes((-1, -1)), link=BOTH, attributes='junction="9"')
    if direct:
        parts = [straight(1, link=link("successor", 2, "start")), straight(3, 80.0, 100.0, link=link("predecessor", 9))]
        parts.append(road(2, 0, "", two_lanes((-1, None)), link=link("predecessor", 1, "end") + link("successor", 9)))
        parts.append(junction(9, "direct", 'incomingRoad="2" linkedRoad="3"', (-1, -1)))
    else:
        parts = [straight(1, link=link("successor", 9)), inside, straight(3, 80.0, 100.0, link=link("predecessor", 9))]
        parts.append(junction(9, "default", 'incomingRoad="1" connectingRoad="2"', (-1, -1)))
    path = write_map(tmp_path, *parts)
    assert [piece.road for piece in longest(path).pieces] == ["1", "3"]
    assert is_straight(path)


def plan_with(shape: str, length: float, at: float) -> str:
    """Straights along x, and between them, or at an end, something else that leads nowhere."""
    pieces = [(0.0, at, LINE), (at, length, shape), (at + length, 100.0 - at - length, LINE)]
    return "".join(geometry(s, s, 0, 0, part, what) for s, part, what in pieces if part > 1e-12 or what != LINE)


@pytest.mark.parametrize("at", [0.0, 60.0, 99.97])
@pytest.mark.parametrize(
    "shape",
    [
        '<spiral curvStart="0" curvEnd="13.8"/>',
        '<spiral curvStart="-1e7" curvEnd="1e7"/>',
        '<arc curvature="-6"/>',
        '<paramPoly3 aU="0" bU="0" cU="0" dU="0" aV="0" bV="0" cV="0" dV="0"/>',
    ],
)
def test_whirl_of_some_centimetres_is_passed_over(tmp_path: Path, shape: str, at: float) -> None:
    path = write_map(tmp_path, road(1, 100, plan_with(shape, 0.03, at), two_lanes()))
    assert is_straight(path)
    assert f"whirls, and is passed over: road 1 at s = {at:g}." in notes(path)


def test_geometries_without_length_are_noted(tmp_path: Path) -> None:
    path = write_map(tmp_path, road(1, 100, plan_with('<arc curvature="1"/>', 1e-6, 100.0 - 1e-6), two_lanes()))
    assert is_straight(path)
    assert "road 1 at s = 100." in notes(path)


def test_sharp_corner_that_the_line_goes_round_stays(tmp_path: Path) -> None:
    """An arc of 0.4 m with a radius of 0.5 m, after which the road runs on in its direction."""
    turn = 0.4 / 0.5
    x, y = 50.0 + 0.5 * math.sin(turn), 0.5 * (1.0 - math.cos(turn))
    plan = geometry(0, 0, 0, 0, 50) + geometry(50, 50, 0, 0, 0.4, '<arc curvature="2"/>')
    path = write_map(tmp_path, road(1, 100, plan + geometry(50.4, x, y, turn, 49.6), two_lanes()))
    assert len(read_map(path).roads["1"].geometries) == 3


def test_whirl_of_some_metres_is_refused_as_before(tmp_path: Path) -> None:
    path = write_map(tmp_path, road(1, 100, plan_with('<arc curvature="13"/>', 2.0, 60.0), two_lanes()))
    with pytest.raises(UserError, match="curvature is 13 1/m over 2 m, which no road turns by"):
        read_map(path)


@pytest.mark.parametrize("empty", ["", ' id=""', ' id=" "'])
def test_link_that_names_nothing_is_none(tmp_path: Path, empty: str) -> None:
    first = straight(1, link=link("successor", 2, "start") + '<predecessor elementId=""/>')
    second = straight(2, 80.0, 100.0, link=link("predecessor", 1, "end"))
    path = write_map(tmp_path, first.replace("<link><", f"<link><predecessor{empty}/><"), second)
    assert longest(path).length == pytest.approx(180.0)
    assert "A link names nothing, and is passed over: line 3." in notes(path)


# Links that are said half.


def junction_roads(into: tuple[int | None, int | None], inside: tuple[int | None, int | None]) -> list[str]:
    """A road, a connecting road and a road, straight on; links of the first and the second's lanes are given."""
    one = section(0, right=[lane(-1, links=into)])
    two = road(2, 20, geometry(0, 100, 0, 0, 20), section(0, right=[lane(-1, links=inside)]), link=BOTH,
               attributes='junction="9"')  # fmt: skip
    last = straight(3, 80.0, 120.0, link=link("predecessor", 9), sections=section(0, right=[lane(-1)]))
    return [straight(1, link=link("successor", 9), sections=one), two, last]


CONNECTION = junction(9, "default", 'incomingRoad="1" connectingRoad="2"', (-1, -1))
HALF_SAID = {
    "the junction alone": (CONNECTION, (None, None), "without a link, and goes on there: 2:-1 to 3:-1"),
    "the connecting road alone": (CONNECTION[: CONNECTION.index("<laneLink")] + "</connection></junction>", (-1, -1),
                                  "is taken for both: 1:-1 to 2:-1"),
    "no lane": (CONNECTION[: CONNECTION.index("<laneLink")] + "</connection></junction>", (None, None),
                "goes on there: 1:-1 to 2:-1, 2:-1 to 3:-1"),
    "a junction without connections": ('<junction id="9" name=""/>', (-1, -1), "is taken for both: 1:-1 to 2:-1"),
}  # fmt: skip


@pytest.mark.parametrize("name", HALF_SAID)
def test_junction_that_is_linked_by_halves_is_crossed(tmp_path: Path, name: str) -> None:
    crossing, inside, note = HALF_SAID[name]
    path = write_map(tmp_path, *junction_roads((None, None), inside), crossing)
    assert longest(path).length == pytest.approx(200.0)
    assert is_straight(path)
    assert note in notes(path)


def pair(first: tuple[int | None, int | None], second: tuple[int | None, int | None], y: float = 0.0) -> list[str]:
    """Two straight roads that follow one another, the second moved aside; links of their right lanes are given."""
    plan = geometry(0, 100, y, 0, 80)
    back = link("predecessor", 1, "end")
    lanes = [two_lanes().replace(lane(-1), lane(-1, links=links)) for links in (first, second)]
    return [straight(1, link=link("successor", 2, "start"), sections=lanes[0]), road(2, 80, plan, lanes[1], link=back)]


@pytest.mark.parametrize(("first", "second"), [((None, -1), (None, None)), ((None, None), (-1, None))])
def test_link_of_one_side_is_one_of_both(
    tmp_path: Path, first: tuple[int | None, int | None], second: tuple[int | None, int | None]
) -> None:
    """Whichever side it is; the lane of the other direction has none at all."""
    path = write_map(tmp_path, *pair(first, second))
    lengths = [route.length for route in all_routes(Router(read_map(path)))]
    assert lengths == [pytest.approx(180.0)] * 2


def test_links_are_not_made_up_where_lanes_miss_each_other(tmp_path: Path) -> None:
    path = write_map(tmp_path, *pair((None, None), (-1, None), y=0.6))
    assert longest(path).length == pytest.approx(100.0)
    assert not read_map(path).notes


def test_lane_that_leads_to_nothing_stays_at_its_end(tmp_path: Path) -> None:
    """Its link names a lane that is not there: what begins in the same place is another."""
    path = write_map(tmp_path, *pair((None, -4), (None, None)))
    assert [route.length for route in all_routes(Router(read_map(path))) if route.pieces[0].lane == -1] == [100.0, 80.0]


def test_link_without_a_contact_leads_to_the_end_that_leads_back(tmp_path: Path) -> None:
    second = road(2, 80, geometry(0, 180, 0, math.pi, 80), section(0, [lane(1, links=(None, -1))]),
                  link=link("successor", 1, "end"))  # fmt: skip
    lanes = section(0, right=[lane(-1, links=(None, 1))])
    first = straight(1, link=link("successor", 2, "end").replace(' contactPoint="end"', ""), sections=lanes)
    assert longest(write_map(tmp_path, first, second)).length == pytest.approx(180.0)


# What a user is told.


@pytest.mark.usefixtures("somewhere_else")
def test_notes_are_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_map(tmp_path, *chain(TINY["no length"]))
    assert run("roads", str(path)) == 0
    assert "Note: A road is too short to be driven, and passed over: road 2." in capsys.readouterr().out
    for lane_name in (None, "all", "1:-1"):
        read_roads(path, lane_name)
    assert capsys.readouterr().err.count("passed over: road 2.") == 1
