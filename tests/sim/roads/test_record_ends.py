"""What holds where one record of an OpenDRIVE map ends and the next begins, worked out on paper.

Roads are straight along x, so that y is the lateral position t; section 0 reaches from 0 to 100 m, section 1 from there
to 200 m. Each record holds up to the next, not at it: at 100 m, section 0 has its own records still, section 1 its own.
First the second calculation is held to that, then the reader.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest

from sim.roads.formats.map_lanes import map_roads
from sim.roads.formats.opendrive import RoadMap, read_map
from sim.roads.road import Road
from tools.roads.compare import compare_lines, compare_links
from tools.roads.standard import LaneEnd, StandardMap, StandardRoad
from tools.roads.writer import BROKEN, SOLID, geometry, lane, road, section, write_map

SIDES = {"right": -1, "left": 1}
ROUNDED = 1e-9  # m, by which stations miss one another that should be the same
EXACT = 1e-6  # m
EVERY_STEP = pytest.mark.parametrize(
    ("side", "rule", "outwards", "start"),
    list(itertools.product(SIDES, ("RHT", "LHT"), (True, False), (100.0, 100.0 - ROUNDED, 100.0 + ROUNDED))),
)


def polynomial(tag: str, start: float, a: float, b: float = 0.0) -> str:
    """A record that begins at ``start`` [m], in the road or, if it is a lane's, in its section."""
    name = "sOffset" if tag in ("width", "border") else "s"
    return f'<{tag} {name}="{start!r}" a="{a}" b="{b}" c="0" d="0"/>'


def lane_with(number: int, records: str, links: tuple[int | None, int | None] = (None, None)) -> str:
    """A lane that can be driven and has these records alone."""
    whole = lane(number, mark="", links=links)
    return whole.replace('<width sOffset="0" a="3.5" b="0" c="0" d="0"/>', records)


def two_sections(side: str, first: str, second: str, *, offset: str = "", plan: str = "", rule: str = "RHT") -> str:
    """A straight road of 200 m with these lanes in its two sections."""
    sections = "".join(section(s, **{side: [lanes]}) for s, lanes in ((0.0, first), (100.0, second)))
    attributes = f'junction="-1" rule="{rule}"'
    return road(1, 200.0, plan or geometry(0, 0, 0, 0, 200), sections, offset=offset, attributes=attributes)


def stepping_offset(side: str, rule: str = "RHT", outwards: bool = True, start: float = 100.0) -> str:
    """A straight lane whose number changes by one at 100 m, while the middle of the road goes the other way."""
    sign = SIDES[side]
    inner, outer = sign, 2 * sign
    before, after = (inner, outer) if outwards else (outer, inner)

    def lanes(driven: int, links: tuple[int | None, int | None]) -> str:
        return "".join(
            lane(
                number, kind="driving" if number == driven else "none", links=links if number == driven else (None,) * 2
            )
            for number in ((inner, outer) if driven == outer else (inner,))
        )

    middle = {inner: 0.0, outer: -3.5 * sign}
    offset = polynomial("laneOffset", 0.0, middle[before]) + polynomial("laneOffset", start, middle[after])
    return two_sections(side, lanes(before, (None, after)), lanes(after, (before, None)), offset=offset, rule=rule)


def standard_road(folder: Path, part: str) -> StandardRoad:
    return StandardMap(write_map(folder, part)).roads["1"]


def at(*stations: float) -> np.ndarray:
    return np.array(stations)


@EVERY_STEP
def test_lane_stays_where_it_is_when_its_number_steps_with_the_offset(
    tmp_path: Path, side: str, rule: str, outwards: bool, start: float
) -> None:
    standard = StandardMap(write_map(tmp_path, stepping_offset(side, rule, outwards, start)))
    steps, sign = standard.roads["1"], SIDES[side]
    before, after = (sign, 2 * sign) if outwards else (2 * sign, sign)
    for stretch, number, stations in ((0, before, at(0, 50, 100)), (1, after, at(100, 150, 200))):
        assert np.allclose(steps.middle(stretch, number, stations), stations + 1.75j * sign)
        assert np.allclose(steps.border(stretch, number, stations), stations + 3.5j * sign)
        assert steps.runs_against(stretch, number) == ((side == "left") == (rule == "RHT"))
    ends = LaneEnd("1", 0, before, "end"), LaneEnd("1", 1, after, "start")
    assert standard.meeting(ends[0]) == {ends[1]}
    assert standard.meeting(ends[1]) == {ends[0]}
    assert standard.gap(*ends) == pytest.approx(0.0, abs=1e-6)


def test_offset_need_not_begin_with_a_section(tmp_path: Path) -> None:
    """From 60 m on it grows by 0.01 m per m, through the sections' border; what begins at 200 m is beyond the road."""
    records = [polynomial("laneOffset", *values) for values in ((20.0, 1.0), (60.0, 2.0, 0.01), (200.0, 9.0))]
    item = standard_road(tmp_path, two_sections("right", lane(-1), lane(-1), offset="".join(records)))
    assert np.allclose(item.t(0, 0, at(0, 19, 20, 59, 60, 100)), [0, 0, 1, 1, 2, 2.4])
    assert np.allclose(item.t(1, -1, at(100, 150, 200)), [2.4 - 3.5, 2.9 - 3.5, 3.4 - 3.5])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("tag", ["width", "border"])
@pytest.mark.parametrize("end", [100.0, 100.0 - ROUNDED, 100.0 + ROUNDED, 130.0])
def test_widths_and_borders_end_with_their_section(tmp_path: Path, side: str, tag: str, end: float) -> None:
    """3 m, from 40 m on 4 m and growing; what would begin at the section's end or later never does."""
    sign = SIDES[side]
    factor = sign if tag == "border" else 1
    values = ((0.0, 3.0 * factor), (40.0, 4.0 * factor, 0.01 * factor), (end, 9.0 * factor))
    first = lane_with(sign, "".join(polynomial(tag, *record) for record in values))
    second = lane_with(sign, polynomial(tag, 0.0, 5.0 * factor))
    item = standard_road(tmp_path, two_sections(side, first, second))
    assert np.allclose(item.t(0, sign, at(0, 39, 40, 100)), sign * at(3, 3, 4, 4.6))
    assert np.allclose(item.t(1, sign, at(100, 200)), sign * at(5, 5))


@pytest.mark.parametrize("tag", ["roadMark", "speed"])
@pytest.mark.parametrize("end", [100.0, 100.0 - ROUNDED, 130.0])
def test_marks_and_speeds_end_with_their_section(tmp_path: Path, tag: str, end: float) -> None:
    """Nothing before 10 m; A, from 40 m on B; C never; then D."""
    records = "".join(
        f'<{tag} sOffset="{s!r}" type="{name}" max="{name}"/>' for s, name in ((10.0, "A"), (40.0, "B"), (end, "C"))
    )
    first = lane_with(-1, polynomial("width", 0.0, 3.5) + records)
    second = lane_with(-1, polynomial("width", 0.0, 3.5) + f'<{tag} sOffset="0" type="D" max="D"/>')
    item = standard_road(tmp_path, two_sections("right", first, second))

    def names(stretch: int, *stations: float) -> list[str | None]:
        return [None if told is None else told.get("type") for told in item.told(stretch, -1, tag, at(*stations))]

    assert names(0, 0, 9, 10, 39, 40, 100) == [None, None, "A", "A", "B", "B"]
    assert names(1, 100, 200) == ["D", "D"]


@pytest.mark.parametrize("path", ["elevationProfile/elevation", "lateralProfile/superelevation"])
def test_heights_hold_up_to_the_next(tmp_path: Path, path: str) -> None:
    profile, tag = path.split("/")
    records = "".join(polynomial(tag, *values) for values in ((30.0, 0.1, 0.001), (100.0, 0.5), (200.0, 9.0)))
    part = two_sections("right", lane(-1), lane(-1)).replace("<lanes>", f"<{profile}>{records}</{profile}><lanes>")
    item = standard_road(tmp_path, part)
    assert np.allclose(item.profile(path, 0, at(0, 30, 100)), [0, 0.1, 0.17])
    assert np.allclose(item.profile(path, 1, at(100, 200)), [0.5, 0.5])


def test_reference_line_ends_where_its_own_geometry_does(tmp_path: Path) -> None:
    """The second geometry begins 10 cm beside the end of the first, and turned by 0.1 rad."""
    plan = geometry(0, 0, 0, 0, 100) + geometry(100, 100, 0.1, 0.1, 100)
    item = standard_road(tmp_path, two_sections("right", lane(-1), lane(-1), plan=plan))
    assert np.allclose(item.border(0, -1, at(50, 100)), [50 - 3.5j, 100 - 3.5j])
    turned = np.exp(0.1j)
    assert np.allclose(item.border(1, -1, at(100, 200)), 100 + 0.1j + at(0, 100) * turned - 3.5j * turned)


def test_section_shorter_than_rounding_has_its_own_records(tmp_path: Path) -> None:
    """The offset is 0, then 1 m over 1e-9 m, then 2 m, as editors leave such slivers behind."""
    later = 100.0 + ROUNDED
    offset = "".join(polynomial("laneOffset", *values) for values in ((0.0, 0.0), (100.0, 1.0), (later, 2.0)))
    sections = "".join(section(s, right=[lane(-1)]) for s in (0.0, 100.0, later))
    item = standard_road(tmp_path, road(1, 200.0, geometry(0, 0, 0, 0, 200), sections, offset=offset))
    ends = [item.t(stretch, 0, at(*item.reach(stretch))).tolist() for stretch in range(3)]
    assert ends == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]


def test_lane_of_one_side_steps_where_the_other_side_is_divided(tmp_path: Path) -> None:
    """The left lane goes on at 100 m, where only the right side is divided; its second width begins just there."""
    left = lane_with(1, polynomial("width", 0.0, 3.0) + polynomial("width", 100.0, 4.0))
    right = section(100.0, right=[lane(-1)]).replace(' s="100.0"', ' s="100.0" singleSide="true"')
    part = road(1, 200.0, geometry(0, 0, 0, 0, 200), section(0, [left], [lane(-1)]) + right)
    item = standard_road(tmp_path, part)
    assert np.allclose(item.t(0, 1, at(0, 100)), [3, 3])
    assert np.allclose(item.t(1, 1, at(100, 200)), [4, 4])


def driven(read: RoadMap) -> list[Road]:
    return map_roads(read, "all")


def along_route(item: Road) -> slice:
    """The segments between the ends of a route, each of 1 m."""
    first, last = item.route_bounds
    return slice(round(first / item.line.step), round(last / item.line.step))


@EVERY_STEP
def test_reader_drives_straight_through_a_step_of_the_offset(
    tmp_path: Path, side: str, rule: str, outwards: bool, start: float
) -> None:
    path = write_map(tmp_path, stepping_offset(side, rule, outwards, start))
    standard, read = StandardMap(path), read_map(path)
    assert compare_lines(standard, read).border < EXACT
    links = compare_links(standard, read)
    assert (links.count, links.unlike) == (1, [])
    [item] = driven(read)
    first, last = item.route_bounds
    assert last - first == pytest.approx(200.0, abs=0.1)
    assert np.abs(item.line.curvature).max() < 1e-6
    assert np.allclose(item.edges[along_route(item), 0], 3.5)
    for index in item.course.section[along_route(item)]:
        places = np.array([line.position for line in item.course.sections[index].lines])
        assert np.abs(places).min() == pytest.approx(1.75, abs=0.06), "a line beside the lane, and none in it"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("rule", ["RHT", "LHT"])
@pytest.mark.parametrize("tag", ["width", "border"])
@pytest.mark.parametrize("end", [100.0, 100.0 - ROUNDED, 130.0])
def test_reader_ends_widths_and_borders_with_their_section(
    tmp_path: Path, side: str, rule: str, tag: str, end: float
) -> None:
    """A lane of 3.5 m; what would begin at the section's end never does."""
    sign = SIDES[side]
    factor = sign if tag == "border" else 1
    first = lane_with(sign, polynomial(tag, 0.0, 3.5 * factor) + polynomial(tag, end, 9.0 * factor), (None, sign))
    second = lane_with(sign, polynomial(tag, 0.0, 3.5 * factor), (sign, None))
    path = write_map(tmp_path, two_sections(side, first, second, rule=rule))
    read = read_map(path)
    assert compare_lines(StandardMap(path), read).border < EXACT
    [item] = driven(read)
    assert np.allclose(item.edges[along_route(item), 0], 3.5)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("end", [100.0, 100.0 - ROUNDED, 130.0])
def test_reader_ends_marks_with_their_section(tmp_path: Path, side: str, end: float) -> None:
    """The outer edge is solid for 100 m and broken from there on; a curb from there on is not."""
    sign = SIDES[side]
    marks = SOLID + f'<roadMark sOffset="{end!r}" type="curb" color="red" width="0.3"/>'
    first, second = lane(sign, mark=marks, links=(None, sign)), lane(sign, mark=BROKEN, links=(sign, None))
    [item] = driven(read_map(write_map(tmp_path, two_sections(side, first, second))))
    edges = [
        [line for line in item.course.sections[index].lines if line.position < 0.0]
        for index in item.course.section[along_route(item)]
    ]
    assert {len(lines) for lines in edges} == {1}
    assert {lines[0].width for lines in edges} == {0.15, 0.12}
    dashed = [lines[0].dashed for lines in edges]
    assert dashed == ([False] * 100 + [True] * 100 if side == "right" else [True] * 100 + [False] * 100)


def test_reader_ends_a_section_where_its_own_geometry_does(tmp_path: Path) -> None:
    """The second geometry begins 4 cm beside the end of the first, as sloppy files have it."""
    plan = geometry(0, 0, 0, 0, 100) + geometry(100, 100, 0.04, 0, 100)
    path = write_map(tmp_path, two_sections("right", lane(-1, links=(None, -1)), lane(-1, links=(-1, None)), plan=plan))
    assert compare_lines(StandardMap(path), read_map(path)).border < EXACT
