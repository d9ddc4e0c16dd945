"""The ground of towns: what the camera's map shows at a place is what lies there by geometry."""

from dataclasses import replace

import numpy as np
import pytest

from sim.camera.look import LOOK_DASH, road_look
from sim.camera.picture import take_picture
from sim.config import CameraConfig
from sim.network.network import ROUNDABOUT, SIGNALLED, STOP_TO_YIELD, ZEBRA
from sim.roads.centerline import sample
from sim.roads.course import Course, CrossSection, Line, Surface
from sim.roads.style import WHITE, RoadStyle
from sim.town.across import BORDER, STRIPE, stop_place
from sim.town.ground_map import ground_rows, paint_ground
from sim.town.ribbons import GroundPlan, Profiles, course_ribbon, turned
from sim.town.settings import TownSettings
from sim.town.style import draw_town_style
from sim.town.surfaces import DASHED, MEDIAN, SOLID
from sim.town.town import Town, build_town
from sim.types import EDGE_FIELDS, BoolArray, Float32Array, FloatArray, GroundMap
from tests.support.towns import is_inside, points_of, town
from tools.towns.ground import ground_colors

SEEDS = [(0, False), (4, False), (7, False), (2, True)]
CLEAR = 1.6  # m from paint across a street: there, cells may show it instead of other paint
Color = tuple[float, float, float]


def share_of(ground: GroundMap, x: FloatArray, y: FloatArray, color: Color) -> float:
    """Share of places that have this colour."""
    return float(is_color(ground, x, y, color).mean()) if len(x) else 1.0


def is_color(ground: GroundMap, x: FloatArray, y: FloatArray, color: Color) -> BoolArray:
    return np.asarray(np.abs(ground_colors(ground, x, y) - color).max(axis=1) < 4.0)


def off_street(item: Town, street: int, d: float) -> tuple[FloatArray, FloatArray]:
    """Points along a street at lateral position ``d`` [m], away from its ends."""
    surfaces = item.surfaces
    rows = slice(int(surfaces.street_points[street]) + 4, int(surfaces.street_points[street + 1]) - 4)
    heading = surfaces.street_heading[rows].astype(np.float64)
    return surfaces.street_x[rows] - d * np.sin(heading), surfaces.street_y[rows] + d * np.cos(heading)


def on_mark(item: Town, mark: int, stations: FloatArray, aside: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Places on a line along a street, at stations of the street [m]; only those clear of paint across the street."""
    surfaces, street = item.surfaces, int(item.surfaces.mark_street[mark])
    rows = slice(*surfaces.street_points[street : street + 2].tolist())
    columns = (surfaces.street_x, surfaces.street_y, np.unwrap(surfaces.street_heading[rows]))
    own = surfaces.street_station[rows]
    x, y, heading = (
        np.interp(stations, own, column if len(column) == len(own) else column[rows]) for column in columns
    )
    curvature = np.interp(stations, own, surfaces.street_curvature[rows])
    sagitta = 0.125 * curvature  # of a chord of 1 m
    d = float(surfaces.mark_lateral[mark]) + aside - sagitta * (1.0 - (2.0 * (stations % 1.0) - 1.0) ** 2)
    x, y = x - d * np.sin(heading), y + d * np.cos(heading)
    clear = far_from_paint_across(item, x, y)
    return x[clear], y[clear]


def far_from_paint_across(item: Town, x: FloatArray, y: FloatArray) -> BoolArray:
    network = item.network
    clear = np.ones(len(x), dtype=np.bool_)
    for stop in range(len(network.stop_lane)):
        stop_x, stop_y, heading = stop_place(network, stop)
        along = np.cos(heading) * (x - stop_x) + np.sin(heading) * (y - stop_y)
        clear &= (np.abs(along) > CLEAR) | (np.hypot(x - stop_x, y - stop_y) > 20.0)
    for row in range(len(network.crossing_kind)):
        ends = np.stack([network.crossing_x[row], network.crossing_y[row]], axis=1).astype(np.float64)
        across, middle = ends[1] - ends[0], ends.mean(axis=0)
        across /= np.hypot(*across)
        along = np.abs(across[1] * (x - middle[0]) - across[0] * (y - middle[1]))
        near = along < 0.5 * network.crossing_width[row] + 2.0 + CLEAR  # as far as the junction
        clear &= ~near | (np.hypot(x - middle[0], y - middle[1]) > 20.0)
    return clear


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_streets_lie_between_kerbs_and_pavements(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, style, surfaces = ground_rows(item), draw_town_style(seed), item.surfaces
    pavement = float(surfaces.street_pavement.max())
    for street in range(len(surfaces.street_right)):
        right, left = float(surfaces.street_right[street]), float(surfaces.street_left[street])
        for edge, outward in ((right, -1.0), (left, 1.0)):
            for beyond, color in (
                (0.4, style.pavement),
                (0.5 * pavement, style.pavement),
                (pavement + 0.4, style.ground),
            ):
                x, y = off_street(item, street, edge + outward * beyond)
                assert share_of(ground, x, y, color) == 1.0, f"street {street}, {beyond} m beyond the kerb"
            x, y = off_street(item, street, edge - outward * 0.2)
            clear = far_from_paint_across(item, x, y)
            assert share_of(ground, x[clear], y[clear], style.asphalt) == 1.0


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_lanes_are_asphalt_and_so_are_junctions(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, style, network = ground_rows(item), draw_town_style(seed), item.network
    for lane in range(len(network.lane_length)):
        rows = points_of(network, lane)
        x, y = network.x[rows].astype(np.float64), network.y[rows].astype(np.float64)
        clear = far_from_paint_across(item, x, y)
        ring = network.junction_control[network.lane_junction[lane]] == ROUNDABOUT
        wanted = 0.9 if network.lane_road[lane] >= 0 or ring else 1.0  # turn lanes and ways into rings cross lines
        if clear.sum() > 10:
            assert share_of(ground, x[clear], y[clear], style.asphalt) >= wanted, f"lane {lane}"


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_junctions_are_paved_within_their_outline_and_have_pavements_around(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, style, surfaces = ground_rows(item), draw_town_style(seed), item.surfaces
    random = np.random.default_rng(seed)
    points = np.stack([surfaces.outline_x, surfaces.outline_y], axis=1).astype(np.float64)
    for junction in range(len(surfaces.junction_pavement)):
        outline = points[slice(*surfaces.outline_points[junction : junction + 2].tolist())]
        x, y = random.uniform(outline.min(axis=0), outline.max(axis=0), (400, 2)).T
        inside = is_inside(outline, x, y) & (distance_to(outline, x, y) > 0.9) & far_from_paint_across(item, x, y)
        middle = float(item.network.junction_x[junction]), float(item.network.junction_y[junction])
        radius, island = np.hypot(x - middle[0], y - middle[1]), float(surfaces.ring_island[junction])
        between = 0.5 * (island + float(surfaces.ring_outer[junction]))  # of two lanes, there lies a line
        road = inside & (radius > island + 0.3) & (np.abs(radius - between) > 0.2)
        green = inside & (radius < island - 0.6)
        assert share_of(ground, x[road], y[road], style.asphalt) == 1.0
        assert not green.any() or share_of(ground, x[green], y[green], style.island) == 1.0


def distance_to(outline: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance of places to a closed polygon [m]."""
    a, b = outline, np.roll(outline, -1, axis=0)
    edge = b - a
    a, edge = a[(edge**2).sum(axis=1) > 0.0], edge[(edge**2).sum(axis=1) > 0.0]
    share = ((x[:, None] - a[:, 0]) * edge[:, 0] + (y[:, None] - a[:, 1]) * edge[:, 1]) / (edge**2).sum(axis=1)
    share = np.clip(share, 0.0, 1.0)
    dx, dy = x[:, None] - a[:, 0] - share * edge[:, 0], y[:, None] - a[:, 1] - share * edge[:, 1]
    return np.asarray(np.hypot(dx, dy).min(axis=1))


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_kerbs_of_junctions_have_a_pavement_outside(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, style, surfaces = ground_rows(item), draw_town_style(seed), item.surfaces
    outward = -1.0 if left_hand else 1.0
    for arc in range(len(surfaces.arc_x)):
        angle = float(surfaces.arc_begin[arc]) + np.linspace(0.1, 0.9, 30) * float(surfaces.arc_turn[arc])
        inner = outward if surfaces.arc_turn[arc] > 0.0 else -outward
        for beyond in (0.4, 1.0, 1.6):
            radius = float(surfaces.arc_radius[arc]) + inner * beyond
            x = float(surfaces.arc_x[arc]) + radius * np.cos(angle)
            y = float(surfaces.arc_y[arc]) + radius * np.sin(angle)
            assert share_of(ground, x, y, style.pavement) == 1.0, f"arc {arc}, {beyond} m outside"


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_marks_lie_where_they_were_laid_with_dashes_in_their_rhythm(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, surfaces = ground_rows(item), item.surfaces
    seen = dict.fromkeys((SOLID, DASHED), 0)
    for mark, style in enumerate(surfaces.mark_style.tolist()):
        begin, end = float(surfaces.mark_begin[mark]) + 1.2, float(surfaces.mark_end[mark]) - 1.2
        if end < begin + 1.0:
            continue
        if style == SOLID:
            places = on_mark(item, mark, np.arange(begin, end, 0.7))
            assert share_of(ground, *places, WHITE) > 0.98 if len(places[0]) > 10 else True, f"mark {mark}"
            seen[SOLID] += len(places[0])
            continue
        dash, gap = float(surfaces.mark_dash[mark]), float(surfaces.mark_gap[mark])
        others = surfaces.mark_dash[
            (surfaces.mark_street == surfaces.mark_street[mark]) & (surfaces.mark_style == DASHED)
        ]
        if len(set(others.tolist())) > 1:
            continue  # where rhythms meet, the lines between lanes count
        centres = np.arange(0.0, end, dash + gap)
        centres = centres[centres > begin]
        seen[DASHED] += len(centres)
        for at, white in ((0.0, True), (0.4 * dash, True), (0.5 * (dash + gap), False)):
            places = on_mark(item, mark, centres[centres + at < end] + at)
            if len(places[0]) > 2:
                assert share_of(ground, *places, WHITE) == (1.0 if white else 0.0), f"mark {mark}"
    assert min(seen.values()) > 100


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_stop_lines_cross_the_whole_lane_and_nothing_else(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, network = ground_rows(item), item.network
    for stop, lane in enumerate(network.stop_lane.tolist()):
        x, y, heading = stop_place(network, stop)
        half = 0.5 * float(network.lane_width[lane])
        aside = np.linspace(-0.9 * half, 0.9 * half, 41)
        shares = [
            share_of(ground, *moved(x, y, heading, np.full(41, along), aside), WHITE)
            for along in (-0.6, -0.2, 0.0, 0.2, 0.6)
        ]
        at_edge = network.lane_length[lane] - network.stop_station[stop] < 1.0  # where kerbs begin to turn
        low = 0.25 if network.stop_kind[stop] == STOP_TO_YIELD else 0.55 if at_edge else 0.9
        assert min(shares[1:4]) >= low, f"stop line {stop}: {shares}"
        assert max(shares[0], shares[4]) < 0.2, f"stop line {stop}: {shares}"


def moved(x: float, y: float, heading: float, along: FloatArray, aside: FloatArray) -> tuple[FloatArray, FloatArray]:
    cos, sin = np.cos(heading), np.sin(heading)
    return x + along * cos - aside * sin, y + along * sin + aside * cos


@pytest.mark.parametrize(("seed", "left_hand"), SEEDS)
def test_crossings_have_stripes_or_two_dashed_borders(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    ground, network = ground_rows(item), item.network
    for row, kind in enumerate(network.crossing_kind.tolist()):
        (ax, bx), (ay, by) = network.crossing_x[row].tolist(), network.crossing_y[row].tolist()
        length, heading = np.hypot(bx - ax, by - ay), np.arctan2(by - ay, bx - ax)
        along = np.arange(0.3, length - 0.3, 0.05)
        half = 0.5 * float(network.crossing_width[row])

        def white(aside: float) -> BoolArray:
            places = moved(ax, ay, heading, along, np.full(len(along), aside))  # noqa: B023
            return is_color(ground, *places, WHITE)

        painted = (0.0, 0.9 * half, -0.9 * half) if kind == ZEBRA else (half, -half)
        blank = (half + 0.3, -half - 0.3) if kind == ZEBRA else (0.0, 0.8 * half, -0.8 * half)
        wide = STRIPE if kind == ZEBRA else BORDER
        for aside in painted:
            stripes = white(aside)
            assert 0.35 < stripes.mean() < 0.65, f"crossing {row}"
            assert np.count_nonzero(np.diff(stripes.astype(np.int8)) == 1) >= int(length / (2.0 * wide)) - 2
        assert max(white(aside).mean() for aside in blank) < 0.05, f"crossing {row}"
    assert {ZEBRA, SIGNALLED} & set(network.crossing_kind.tolist())


def test_some_medians_are_raised() -> None:
    item = town(0)
    ground, style, surfaces = ground_rows(item), draw_town_style(0), item.surfaces
    for band in np.flatnonzero(surfaces.band_kind == MEDIAN).tolist():
        street, middle = int(surfaces.band_street[band]), 0.5 * (surfaces.band_right[band] + surfaces.band_left[band])
        rows = slice(*surfaces.street_points[street : street + 2].tolist())
        station, heading = surfaces.street_station[rows], surfaces.street_heading[rows].astype(np.float64)
        here = (station > surfaces.band_begin[band] + 8.0) & (station < surfaces.band_end[band] - 8.0)
        x = (surfaces.street_x[rows] - middle * np.sin(heading))[here]
        y = (surfaces.street_y[rows] + middle * np.cos(heading))[here]
        assert share_of(ground, x, y, style.median) == 1.0


def test_a_left_hand_town_lies_as_the_mirror_image_does() -> None:
    right, left = (ground_rows(town(3, left_hand)) for left_hand in (False, True))
    random = np.random.default_rng(0)
    x, y = random.uniform(*extent(right.origins, right), (40_000, 2)).T
    same = np.abs(ground_colors(right, x, y) - ground_colors(left, x, -y)).max(axis=1) < 4.0
    assert same.mean() > 0.995


def extent(origin: FloatArray, ground: GroundMap) -> tuple[FloatArray, FloatArray]:
    return origin, origin + ground.sizes[:2] * float(ground.cell_sizes)


def test_maps_are_small() -> None:
    maps = [ground_rows(town(seed)) for seed in range(12)]
    profiles = [len(ground.dashes) for ground in maps]
    megabytes = [1e-6 * sum(part.nbytes for part in ground) for ground in maps]
    assert np.mean(profiles) < 80
    assert np.mean(megabytes) < 3.3
    assert max(megabytes) < 3.8


def test_a_town_has_the_same_ground_whenever_it_is_painted() -> None:
    first, again = ground_rows(town(5)), ground_rows(build_town(5, TownSettings()))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_camera_sees_a_stop_line_ahead() -> None:
    item = town(0)
    rows = ground_rows(item)
    ground = GroundMap._make(np.asarray(part)[None] for part in rows)
    look: Float32Array = rows.looks.copy()
    stop = int(np.flatnonzero(item.network.stop_kind != STOP_TO_YIELD)[0])
    x, y, heading = stop_place(item.network, stop)
    ahead = [x - 9.0 * np.cos(heading), y - 9.0 * np.sin(heading), heading]
    camera = CameraConfig(width=96, height=96)
    with_line = take_picture(camera, tuple(ahead), look, ground, 0)
    look[LOOK_DASH : LOOK_DASH + 3] = 0.0
    without = take_picture(camera, tuple(ahead), look, ground, 0)
    changed = np.abs(with_line.astype(int) - without).max(axis=2) > 60
    assert changed[40:, 30:66].any(axis=0).mean() > 0.5


def test_a_cross_section_turned_twice_is_itself() -> None:
    ground, gray = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    surfaces = (Surface(-5.0, gray), Surface(-4.0, WHITE), Surface(2.0, ground))
    section = CrossSection(surfaces, (Line(-3.0, 0.12, WHITE), Line(1.0, 0.5, WHITE, True)))
    other = turned(section)
    assert other.surfaces == (Surface(-2.0, WHITE), Surface(4.0, gray), Surface(5.0, ground))
    assert other.lines == (Line(-1.0, 0.5, WHITE, True), Line(3.0, 0.12, WHITE))
    assert turned(other) == section


def test_of_two_roads_that_overlap_the_one_is_seen_in_whose_middle_a_place_lies() -> None:
    """A narrow road along x that carries dashes of 1 m every 4 m, and a wide one across it, without paint."""
    ground, gray, dark = (10.0, 20.0, 30.0), (100.0, 100.0, 100.0), (60.0, 60.0, 60.0)
    profiles, ribbons = Profiles(), []
    for angle, half, color, rhythm in ((0.0, 3.0, gray, (4.0, 1.0, 2.0)), (0.5 * np.pi, 6.0, dark, (64.0, 0.0, 0.0))):
        line = sample(np.array([[100.0, 0.0, 0.0]]), (0.0, 0.0, 0.0), closed=False)
        line = replace(line, x=line.x - 50.0).turned(angle)
        section = CrossSection((Surface(-half, color), Surface(half, ground)), (Line(0.0, 0.2, WHITE, dashed=True),))
        edges = np.broadcast_to([3.0, -half, half], (100, EDGE_FIELDS))
        course = Course((section,), np.zeros(100, dtype=np.int64), edges, reach=10.0)
        ribbons.append(course_ribbon(line, course, np.broadcast_to(rhythm, (100, 3)), profiles))
    look = road_look(RoadStyle(asphalt=gray), 0.0)
    none = np.zeros((0, 2)), np.zeros(1, dtype=np.int32)
    seen = paint_ground(GroundPlan(ribbons, profiles.sections, profiles.dashes, *none, ground, look))
    x = np.array([-30.0, -30.0, 30.0, 0.0, 0.0, -5.0, 0.0])
    y = np.array([1.0, 5.0, -1.0, 30.0, 0.0, 0.5, 40.0])
    wanted = [gray, ground, gray, dark, dark, gray, dark]
    np.testing.assert_allclose(ground_colors(seen, x, y), wanted, atol=1.0)
    along = np.arange(-40.0, -10.0, 0.1) + 0.05
    dashes = is_color(seen, along, np.zeros(len(along)), WHITE)
    np.testing.assert_array_equal(dashes, np.abs((along + 50.0) % 4.0 - 2.0) < 0.5)
