"""Roads: geometry against closed forms, what seeds promise, and the pool that keeps them."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.camera.picture import take_picture
from sim.config import CITY_RADIUS, TEST_ROAD_SEEDS, CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError
from sim.pool import _FIRST_ROOM, RoadPool
from sim.roads.catalog import CIRCLE_RADIUS, build_road
from sim.roads.centerline import sample, tangent_length, write_corner
from sim.roads.course import CrossSection
from sim.roads.geometry import nearest_segment, to_map, to_road
from sim.roads.road import segment_rows
from sim.roads.roadside import OBJECT_X, OBJECT_Y
from sim.roads.source import ListedRoads, road_source
from sim.types import (
    GEOMETRY_FIELDS,
    SEGMENT_COS,
    SEGMENT_SIN,
    SEGMENT_STATION,
    SEGMENT_X,
    SEGMENT_Y,
)
from sim.world import World

SEEDS = [*range(20), *range(1_000_000, 1_000_020)]
HERE = np.zeros(2)


@pytest.mark.parametrize("kind", ["straight", "circle", "s-curve", "procedural"])
def test_road_to_world_and_back_is_the_identity(kind: str) -> None:
    road = build_road(kind, 3)  # type: ignore[arg-type]
    segments = segment_rows(road.line, HERE)
    geometry = np.zeros(GEOMETRY_FIELDS)
    geometry[:3] = len(segments), road.line.step, road.closed
    random = np.random.default_rng(0)
    for s in random.uniform(5.0, road.length - 5.0, 200):
        d = random.uniform(-6.0, 6.0)
        index = int(s / road.line.step)
        x, y, _ = to_map(segments, index, s, d)
        found = nearest_segment(segments, geometry, x, y, index, 12)
        s_back, d_back = to_road(segments, found, x, y)
        assert s_back == pytest.approx(s, abs=0.01)
        assert d_back == pytest.approx(d, abs=0.005)


def test_progress_does_not_jump_where_a_car_crosses_the_centre_of_a_bend() -> None:
    segments = segment_rows(build_road("circle", 0).line, HERE)
    sideways = np.linspace(90.0, 110.0, 81)  # m to the left of a segment, across the centre 100 m away
    for along in (-0.4, 0.05, 0.4):
        x = segments[0, SEGMENT_X] + along * segments[0, SEGMENT_COS] - sideways * segments[0, SEGMENT_SIN]
        y = segments[0, SEGMENT_Y] + along * segments[0, SEGMENT_SIN] + sideways * segments[0, SEGMENT_COS]
        stations = np.array([to_road(segments, 0, *place)[0] for place in zip(x, y, strict=True)])
        assert np.abs(stations - segments[0, SEGMENT_STATION]).max() < 2.0


def test_circle_has_the_radius_and_length_of_a_circle() -> None:
    road = build_road("circle", 0)
    center = np.array([0.0, CIRCLE_RADIUS])
    assert np.allclose(np.hypot(*(road.points - center).T), CIRCLE_RADIUS, atol=1e-6)
    outer = CIRCLE_RADIUS + 0.5 * road.lane_width
    assert road.lane_distance(0.0, road.length) == pytest.approx(2.0 * math.pi * outer), "the right lane is outside"


def test_corner_turns_by_its_deflection_and_ends_where_its_tangents_say() -> None:
    deflection, radius, share = 1.1, 30.0, 0.5
    pieces = np.empty((3, 3))
    write_corner(deflection, radius, share, pieces)
    line = sample(pieces, (0.0, 0.0, 0.0), closed=False)
    assert line.heading[-1] + 0.5 * line.step * line.curvature[-1] == pytest.approx(deflection, abs=1e-3)
    assert np.abs(line.curvature).max() == pytest.approx(1.0 / radius, rel=1e-6)
    tangent = radius * tangent_length(deflection, share)
    end = tangent * np.array([1.0 + math.cos(deflection), math.sin(deflection)])
    last = np.array([line.x[-1], line.y[-1]]) + 0.5 * line.step * np.array([math.cos(deflection), math.sin(deflection)])
    assert np.allclose(last, end, atol=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_procedural_road_is_sound(seed: int) -> None:
    road = build_road("procedural", seed)
    line = road.line
    assert road.lane_distance(*road.route_bounds) >= 500.0
    assert np.abs(line.curvature).max() <= 1.0 / CITY_RADIUS + 1e-9
    assert np.abs(np.diff(line.curvature)).max() < 0.02, "curvature has no jumps: clothoids join straights and arcs"
    assert np.allclose(np.hypot(np.diff(line.x), np.diff(line.y)), line.step, atol=1e-3)
    assert 3.0 <= road.lane_width <= 3.9
    if road.closed:
        gap = road.points[0] - road.points[-1]
        assert np.hypot(*gap) == pytest.approx(line.step, abs=1e-3), "the last segment meets the first"


@pytest.mark.parametrize("radius", [8.0, 40.0])
def test_procedural_bends_are_as_tight_as_is_wanted(radius: float) -> None:
    source = road_source(RoadsConfig(radius_min_m=radius))
    tightest = max(np.abs(source.build(seed).line.curvature).max() for seed in range(5))
    assert 0.8 / radius < tightest <= 1.0 / radius + 1e-9
    with pytest.raises(UserError, match="radius_min_m is 7"):
        RoadsConfig(radius_min_m=7.0)


def test_roads_vary_by_seed_and_repeat_for_the_same_one() -> None:
    first, again, other = (build_road("procedural", seed) for seed in (5, 5, 6))
    assert np.array_equal(first.points, again.points)
    assert first.style == again.style
    assert first.style != other.style
    roads = [build_road("procedural", seed) for seed in range(40)]
    assert {road.closed for road in roads} == {True, False}
    assert {road.style.center_line for road in roads} == {"dashed", "solid", "double"}
    assert min(road.line.curvature.min() for road in roads) < 0.0 < max(road.line.curvature.max() for road in roads)


def test_training_and_test_seeds_do_not_mix() -> None:
    RoadsConfig(first_seed=TEST_ROAD_SEEDS[0], last_seed=TEST_ROAD_SEEDS[0] + 99)
    with pytest.raises(UserError, match="mix training roads"):
        RoadsConfig(first_seed=0, last_seed=TEST_ROAD_SEEDS[0])


def test_pool_keeps_roads_in_use_and_forgets_the_least_recently_used() -> None:
    pool = RoadPool(RoadsConfig(), slots=3)
    kept = pool.acquire(1)
    for seed in (2, 3, 4):
        pool.release(pool.acquire(seed))
    assert pool.place(kept).seed == 1
    seeds = {road.seed for road in pool.places if road is not None}
    assert seeds == {1, 3, 4}, "road 2 made room for road 4"
    assert pool.acquire(1) == kept, "a road in use is found, not built again"


def test_preloaded_roads_are_there_before_the_first_reset() -> None:
    world = World(EnvConfig(roads=RoadsConfig(first_seed=5, last_seed=9, pool_size=3, preload=True)), num_cars=2)
    assert {road.seed for road in world.kept_roads()} == {5, 6, 7}, "as many as the pool keeps"


def test_a_fixed_road_is_built_once() -> None:
    world = World(EnvConfig(roads=RoadsConfig(kind="straight", preload=True)), num_cars=3)
    world.reset()
    assert len(world.kept_roads()) == 1


def test_a_road_that_could_not_be_built_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = RoadPool(RoadsConfig(), slots=2)
    with monkeypatch.context() as little:
        little.setattr("sim.pool._FIRST_ROOM", _FIRST_ROOM._replace(cells=8))
        pool = RoadPool(RoadsConfig(), slots=2)
        little.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=0))
        for _ in range(3):
            with pytest.raises(UserError, match="The map of this road would need"):
                pool.acquire(0)
    slots = [(each, each.acquire(0)) for each in (whole, pool)]
    cells = [each.ground.cells[slot, :100] for each, slot in slots]
    assert np.array_equal(*cells)


def test_roads_do_not_run_into_what_stands_beside_them() -> None:
    for seed in range(30):
        road = build_road("procedural", seed)
        feet = road.objects[:, [OBJECT_X, OBJECT_Y]].astype(float)
        distance = np.hypot(*(feet[:, None, :] - road.points[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        assert distance.min() > road.half_width + 0.2, f"road {seed}"


def test_a_road_of_one_cross_section_takes_the_slot_of_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, source = build_road("procedural", 3), ListedRoads((build_road("procedural", 3),))
    course = plain.course
    sections = (*course.sections, CrossSection((), ()))
    changing = dataclasses.replace(course, sections=sections, section=np.arange(len(plain.line.x)) // 2 % 2)
    roads = (dataclasses.replace(plain, course=changing), plain)
    pools = []
    for listed in (ListedRoads(roads), source):
        monkeypatch.setattr("sim.pool.road_source", lambda config, listed=listed: listed)
        pools.append(RoadPool(RoadsConfig(), slots=1))
    for number in range(2):
        slot = pools[0].acquire(number)
        pools[0].release(slot)
        pools[1].release(pools[1].acquire(0))
        camera, pose = CameraConfig(width=32, height=24), (*plain.points[40], plain.line.heading[40])
        pictures = [take_picture(camera, pose, pool.ground.looks[0], pool.ground, 0) for pool in pools]
        assert np.array_equal(*pictures) == (number == 1)


def test_pool_grows_for_a_road_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = _FIRST_ROOM._replace(segments=8, cells=8, objects=8)
    monkeypatch.setattr("sim.pool._FIRST_ROOM", narrow)
    small, roomy = RoadPool(RoadsConfig(), slots=2), None
    monkeypatch.undo()
    roomy = RoadPool(RoadsConfig(), slots=2)
    for pool in (small, roomy):
        pool.acquire(0)
        pool.acquire(1)
    for slot in (0, 1):
        count = int(roomy.route.geometry[slot, 0])
        assert np.array_equal(small.route.segments[slot, :count], roomy.route.segments[slot, :count])
        cells = int(roomy.ground.sizes[slot, 0] * roomy.ground.sizes[slot, 1])
        assert np.array_equal(small.ground.cells[slot, :cells], roomy.ground.cells[slot, :cells])
        objects = int(roomy.ground.sizes[slot, 2])
        assert np.array_equal(small.ground.objects[slot, :objects], roomy.ground.objects[slot, :objects])
