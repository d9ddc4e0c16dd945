"""What no OpenDRIVE map may contain: each is refused in a sentence that says where it stands."""

from pathlib import Path

import pytest

from sim.errors import UserError
from sim.roads.formats import read_roads
from tools.roads.writer import LINE, geometry, junction, lane, road, section, straight, two_lanes, write_map

XML = '<?xml version="1.0"?>'
HARMFUL = {
    "entity bomb": XML + '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><OpenDRIVE>&b;</OpenDRIVE>',
    "external entity": XML + '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]><OpenDRIVE>&a;</OpenDRIVE>',
    "external definition": XML + '<!DOCTYPE z SYSTEM "http://localhost/x.dtd"><OpenDRIVE/>',
}


@pytest.mark.parametrize("name", sorted(HARMFUL))
def test_what_expands_or_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "map.xodr"
    path.write_text(HARMFUL[name])
    with pytest.raises(UserError, match="declares a document type or entities"):
        read_roads(path)


def changed(old: str, new: str) -> str:
    assert old in straight()
    return straight().replace(old, new, 1)


DIP = '<width sOffset="50.3" a="-3" b="0" c="0" d="0"/><width sOffset="50.9" a="3.5" b="0" c="0" d="0"/>'
ONE_SIDE = section(50, right=[lane(-1)]).replace('s="50"', 's="50" singleSide="true"')
BEND = geometry(0, 0, 0, 0, 60, '<arc curvature="0.05"/>')  # with a radius of 20 m
BAD = {
    "no number": (changed('hdg="0"', 'hdg="east"'), "line 3: <geometry> hdg is 'east', but must be a number"),
    "not a number": (changed('x="0.0"', 'x="nan"'), "x is 'nan', but must be a finite number"),
    "infinite": (changed('length="100.0"', 'length="1e999"'), "<road> length is '1e999'"),
    "negative length": (changed('length="100.0"', 'length="-1"'), "<road> is -1 m long"),
    "no shape": (changed(LINE, ""), "has no shape"),
    "empty polynomial": (changed(LINE, "<paramPoly3/>"), "<paramPoly3> has no aU"),
    "whirl": (changed(LINE, '<arc curvature="40"/>'), "which no road turns by"),
    "no lanes": (road(1, 100, geometry(0, 0, 0, 0, 100), ""), "has no laneSection"),
    "folded borders": (
        changed('a="3.5" b="0"', 'a="3.5" b="-0.1"'),
        "road 1, lane 1 is -6.50 to 3.50 m wide: its borders fold",
    ),
    "borders that fold for a moment": (
        changed("<roadMark", DIP + "<roadMark"),
        "lane 1 is -3.00 to 3.50 m wide: its borders fold at s = 50.3",
    ),
    "lane beyond the middle of its bend": (
        road(1, 60, BEND, section(0, [lane(1)]), offset='<laneOffset s="0" a="40" b="0" c="0" d="0"/>'),
        "lane 1:1 folds at s = 60.0",
    ),
    "lane that jumps": (
        road(1, 60, geometry(0, 0, 0, 0, 60), two_lanes(), offset='<laneOffset s="30" a="3" b="0" c="0" d="0"/>'),
        "lane 1:-1 with 2.1 m, for it jumps by 3.00 m at s = 30.",
    ),
    "heading in degrees": (
        road(1, 100, geometry(0, 0, 0, 0, 50) + geometry(50, 50, 0, 45, 50), two_lanes()),
        ", for it kinks by 58 degrees at s = 50.",
    ),
    "borders without their sign": (
        straight(sections=section(0, [lane(1)], [lane(-1).replace("<width", "<border")])),
        "line 3: road 1, lane -1 has its border at 3.50 m, on the other side of the road",
    ),
    "width with a sign": (
        straight(sections=section(0, right=[lane(-1, 'a="-3.5" b="0" c="0" d="0"')])),
        "lane -1 is -3.50 m wide: widths are positive on either side of the road, so its sign is wrong",
    ),
    "too short": (
        straight(1, 19.97),
        "has no lane of 20 m or more: the longest, 1:-1, has 19.97 m, because no lane follows.",
    ),
    "too narrow": (
        straight(sections=section(0, right=[lane(-1, 'a="1.2" b="0" c="0" d="0"')])),
        "the widest for cars, 1:-1, is 1.20 m wide, but must be 1.5 m",
    ),
    "no lanes but lane 0": (straight(sections=section(0)), "its roads have no lanes beside lane 0"),
    "geometry of negative length": (
        changed('length="100.0"><line', 'length="-100"><line'),
        "<geometry> is -100 m long, but must be 0 to",
    ),
    "nothing but tiny roads": (straight(1, 1e-7), "is a map without roads that have a length"),
    "grouped digits": (changed('lane id="-1"', 'lane id="-1_0"'), "<lane> id is '-1_0', but must be a whole number"),
    "digits of another script": (changed('a="3.5"', 'a="٣"'), "<width> a is '٣', but must be a number"),
    "a side or not": (
        changed('s="0"><left', 's="0" singleSide="right"><left'),
        "singleSide is 'right', but must be true",
    ),
    "endless name": (changed('id="1" name', f'id="{"1" * 5000}" name'), "id has 5,000 characters, but may have 100"),
    "two junctions of one id": (
        straight() + 2 * junction(9, "direct", 'incomingRoad="1" linkedRoad="1"', (-1, -1)),
        "has the id '9', as another junction has",
    ),
    "lanes that go on and on": (
        straight(sections=section(0, [lane(k, mark="") for k in range(1, 1001)]) + 15 * ONE_SIDE),
        "its sections have more than 15,000 lanes",
    ),
    "lanes left out": (straight(sections=section(0, right=[lane(-1), lane(-3)])), "must leave none out"),
    "a lane a billion lanes away": (
        straight(sections=section(0, right=[lane(-1), lane(-(10**17))])),
        "must leave none out",
    ),
    "lane on the wrong side": (straight(sections=section(0, right=[lane(2)])), "does not belong here"),
    "no drivable lane": (
        straight().replace("driving", "sidewalk"),
        "none is of a type for cars, such as driving; their types",
    ),
    "two roads of one id": (straight() + straight(), "has the id '1', as another road has"),
    "jump": (
        road(1, 100, geometry(0, 0, 0, 0, 50) + geometry(50, 80, 0, 0, 50), two_lanes()),
        "jumps by 30.00 m at s = 50",
    ),
    "line too short": (road(1, 100, geometry(0, 0, 0, 0, 50), two_lanes()), "its geometry ends at s = 50"),
    "unknown rule": (changed('junction="-1"', 'junction="-1" rule="UP"'), "rule is 'UP'"),
    "no roads": ("", "is a map without roads"),
    "torn": ("<road>", "this is no XML"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_map_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, sentence = BAD[name]
    with pytest.raises(UserError) as caught:
        read_roads(write_map(tmp_path, text))
    assert sentence in str(caught.value)
    assert "map.xodr" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("heading", [0.0, 0.7371, 2.5])
def test_twenty_metres_are_enough(tmp_path: Path, heading: float) -> None:
    """Rounding takes nothing off, wherever the road lies."""
    path = write_map(tmp_path, road(1, 20, geometry(0, 1234.5678, -987.123, heading, 20), two_lanes()))
    assert len(read_roads(path, "all")) == 2


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("7:-1", "has no road '7'; its roads are 1"),
        ("1:-5", "has no lane '1:-5'; its lanes are -1, 1"),
        ("left", "must be ROAD:LANE"),
        ("1:-1:4", "has no lane '1:-1:4'"),
    ],
)
def test_unknown_lane_is_refused_with_those_that_there_are(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_roads(write_map(tmp_path, straight()), name)
