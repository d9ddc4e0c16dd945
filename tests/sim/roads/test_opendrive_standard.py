"""The reader of OpenDRIVE maps against a second calculation from the standard, which shares no line with it."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from sim.roads.formats.opendrive import read_map
from tools.roads.compare import compare_driven, compare_lines, compare_links
from tools.roads.standard import StandardMap, curve_of
from tools.roads.writer import LINE, geometry, junction, lane, link, road, section, straight, two_lanes, write_map

CLOSE = 0.05  # m
FAR = (5_123_456.0, -687_654.0)  # m, as projected coordinates are


def chain(shapes: Sequence[tuple[float, str]], x: float = 0.0, y: float = 0.0, heading: float = 0.3) -> str:
    """Geometries one after the other, each beginning where the one before ends."""
    written, s = "", 0.0
    for length, shape in shapes:
        piece = geometry(s, x, y, heading, length, shape)
        offset, turn = curve_of(fromstring(piece))(np.array([length]))
        step = complex(offset[0]) * complex(math.cos(heading), math.sin(heading))
        x, y, heading, s = x + step.real, y + step.imag, heading + float(turn[0]), s + length
        written += piece
    return written


def bezier(points: Sequence[complex], kind: str) -> tuple[float, str]:
    """A Bezier curve of four points and its length [m]; its parameter runs unevenly, as that of real files does."""
    p0, p1, p2, p3 = points
    curve = np.array([p0, 3 * (p1 - p0), 3 * (p0 - 2 * p1 + p2), p3 - p0 + 3 * (p1 - p2)])
    parameter = np.linspace(0.0, 1.0, 100_001)
    length = float(np.abs(np.diff(np.polynomial.polynomial.polyval(parameter, curve))).sum())
    if kind == "arcLength":
        curve = curve / length ** np.arange(4)
    values = [f'{letter}U="{value.real}" {letter}V="{value.imag}"' for letter, value in zip("abcd", curve, strict=True)]
    return length, f'<paramPoly3 {" ".join(values)} pRange="{kind}"/>'


def all_shapes() -> list[str]:
    """One road of every shape, far from the origin, that rises and falls."""
    shapes = [
        (40.0, LINE),
        (50.0, '<spiral curvStart="0" curvEnd="0.02"/>'),
        (30.0, '<arc curvature="0.02"/>'),
        (60.0, '<spiral curvStart="0.02" curvEnd="-0.03"/>'),
        (45.0, '<poly3 a="0" b="0" c="-0.008" d="0.00005"/>'),
        bezier([0j, 8 + 0j, 30 + 12j, 40 + 30j], "normalized"),
        bezier([0j, 25 + 0j, 35 + 2j, 50 + 8j], "arcLength"),
    ]
    length = sum(part for part, _ in shapes)
    heights = '<elevation s="0" a="3" b="0.02" c="0" d="0"/><elevation s="90" a="4.8" b="0.02" c="-0.0001" d="1e-7"/>'
    plan = road(1, length, chain(shapes, *FAR), two_lanes())
    return [plan.replace("<lanes>", f"<elevationProfile>{heights}</elevationProfile><lanes>")]


def lanes_that_change() -> list[str]:
    """Three sections with a shifting centre, and a lane that opens, is driven on and closes."""
    opening = 'a="0" b="0" c="0.01166667" d="-0.00025926"'
    closing = 'a="3.5" b="0" c="-0.01166667" d="0.00025926"'
    wide = 'a="3.2" b="0.01" c="0" d="0"/><width sOffset="25" a="3.45" b="0" c="0.002" d="0"'
    sections = (
        section(0, [lane(1, links=(None, 1))], [lane(-1, wide, links=(None, -1)), lane(-2, opening, links=(None, -2))])
        + section(30, [lane(1, links=(1, 1))], [lane(-1, links=(-1, -1)), lane(-2, links=(-2, -2))])
        + section(90, [lane(1, links=(1, None))], [lane(-1, links=(-1, None)), lane(-2, closing, links=(-2, None))])
    )
    offset = '<laneOffset s="0" a="0" b="0" c="0.002" d="-0.00002"/><laneOffset s="60" a="2.88" b="0.024" c="0" d="0"/>'
    plan = chain([(120.0, '<arc curvature="-0.01"/>')])
    return [road(1, 120.0, plan, sections, offset=offset)]


def borders() -> list[str]:
    """Lanes whose borders are given instead of their widths, on both sides of a bend."""

    def bordered(number: int, t: str) -> str:
        return lane(number, t).replace("<width", "<border")

    left = [bordered(1, 'a="3.1" b="0.004" c="0" d="0"'), bordered(2, 'a="6.4" b="0" c="0.0001" d="0"')]
    right = [bordered(-1, 'a="-3.4" b="0" c="0" d="0"/><border sOffset="40" a="-3.4" b="-0.01" c="0" d="0"')]
    return [road(1, 80.0, chain([(80.0, '<arc curvature="0.012"/>')]), section(0, left, right))]


def left_hand_traffic() -> list[str]:
    """Two roads that run towards each other, driven on the left, through a junction with a connecting road."""
    rule = 'junction="-1" rule="LHT"'
    first = road(1, 60.0, geometry(0, 0, 0, 0, 60), two_lanes(), link=link("successor", 9), attributes=rule)
    bend = '<arc curvature="0.02"/>'
    turn, radius = 40.0 * 0.02, 50.0
    end = (60.0 + radius * math.sin(turn), radius * (1.0 - math.cos(turn)))
    inside = road(
        5,
        40.0,
        geometry(0, 60, 0, 0, 40, bend),
        section(0, [lane(1, links=(1, -1))]),
        link=link("predecessor", 1, "end") + link("successor", 2, "end"),
        attributes='junction="9" rule="LHT"',
    )
    begin = (end[0] + 70.0 * math.cos(turn), end[1] + 70.0 * math.sin(turn))
    plan = geometry(0, *begin, turn + math.pi, 70)
    second = road(2, 70.0, plan, two_lanes(), link=link("successor", 9), attributes=rule)
    return [first, inside, second, junction(9, "default", 'incomingRoad="1" connectingRoad="5"', (1, 1))]


def direct_junction() -> list[str]:
    """A lane leaves a road of two for a road of its own."""
    right = [lane(-1), lane(-2)]
    first = straight(1, 80.0, link=link("successor", 9), sections=section(0, right=right))
    offset = '<laneOffset s="0" a="-3.5" b="0" c="0" d="0"/>'
    bend = chain([(90.0, '<spiral curvStart="0" curvEnd="-0.01"/>')], 80.0, 0.0, 0.0)
    slip = road(3, 90.0, bend, section(0, right=[lane(-1)]), link=link("predecessor", 9), offset=offset)
    onward = straight(2, 80.0, 80.0, link=link("predecessor", 9), sections=section(0, right=[lane(-1)]))
    parts = [junction(9, "direct", f'incomingRoad="1" linkedRoad="{to}"', lanes) for to, lanes in TO_LINKED]
    inside = "".join(part[part.index("<connection") : part.index("</junction>")] for part in parts)
    return [first, slip, onward, f'<junction id="9" name="" type="direct">{inside}</junction>']


TO_LINKED = ((2, (-1, -1)), (3, (-2, -1)))


def sections_of_one_side() -> list[str]:
    """The right side is divided at 40 m, the left one at 70 m; what is not divided goes on, also in width."""
    wide = 'a="3" b="0.01" c="0" d="0"/><width sOffset="50" a="3.5" b="-0.002" c="0" d="0"'
    first = section(0, [lane(1, wide, links=(None, 2))], [lane(-1, links=(None, -1))])
    second = section(40, right=[lane(-1, links=(-1, None)), lane(-2)]).replace(' s="40"', ' s="40" singleSide="true"')
    inner = lane(1, 'a="0" b="0.1" c="0" d="0"')
    third = section(70, [inner, lane(2, 'a="3.46" b="0" c="0" d="0"', links=(1, None))])
    third = third.replace(' s="70"', ' s="70" singleSide="true"')
    return [road(1, 100.0, chain([(100.0, '<arc curvature="0.005"/>')]), first + second + third)]


MAPS = {  # how many lanes to drive are linked, and how many routes there are
    "all shapes": (all_shapes, 0, 2),
    "lanes that change": (lanes_that_change, 6, 3),
    "borders": (borders, 0, 3),
    "left-hand traffic": (left_hand_traffic, 2, 3),
    "direct junction": (direct_junction, 2, 2),
    "sections of one side": (sections_of_one_side, 5, 3),
}


@pytest.mark.parametrize("name", MAPS)
def test_reader_and_standard_agree(tmp_path: Path, name: str) -> None:
    parts, num_links, num_routes = MAPS[name]
    path = write_map(tmp_path, *parts())
    standard, read = StandardMap(path), read_map(path)
    lines, links, driven = (compare(standard, read) for compare in (compare_lines, compare_links, compare_driven))
    assert max(lines.reference, lines.border, lines.height) < CLOSE
    assert (links.count, links.unlike) == (num_links, [])
    assert links.gap < CLOSE
    assert driven.roads == num_routes
    assert max(driven.middle, driven.border) < CLOSE


def test_comparison_sees_what_differs(tmp_path: Path) -> None:
    """A lane of 10 cm more, a link to the other lane, a line that bends a little more."""
    right = straight(sections=section(0, [lane(1)], [lane(-1, links=(None, -1))]) + section(50, [lane(1)], [lane(-1)]))
    read = read_map(write_map(tmp_path, right))
    wider = StandardMap(write_map(tmp_path, right.replace('a="3.5"', 'a="3.6"')))
    assert compare_lines(wider, read).border == pytest.approx(0.1)
    driven = compare_driven(wider, read)
    assert (driven.middle, driven.border) == pytest.approx((0.05, 0.1))
    other = StandardMap(write_map(tmp_path, right.replace('<successor id="-1"/>', '<successor id="1"/>')))
    assert compare_links(other, read).unlike == ["1:-1:0 end"]
    bent = StandardMap(write_map(tmp_path, right.replace(LINE, '<arc curvature="0.0001"/>')))
    assert compare_lines(bent, read).reference == pytest.approx(0.5, abs=0.01)
