"""What stands in a town: rows for the camera, and frames of whole towns."""

import numpy as np
import pytest

from sim.camera.look import LOOK_SCENERY, road_look
from sim.camera.picture import take_picture
from sim.camera.projection import camera_arrays
from sim.camera.renderer import make_scratch, render_from, scratch_of
from sim.camera.rows import (
    ARROWS,
    BOXES,
    DETAILS,
    HEADS,
    HOUSE_COS,
    HOUSE_HALF_DEPTH,
    HOUSE_HALF_WIDTH,
    HOUSE_SIN,
    HOUSE_X,
    HOUSE_Y,
    HOUSES,
    TILE,
    TREES,
)
from sim.camera.scenery import FIELDS, Rows, bytes_of, scenery_of
from sim.config import CameraConfig
from sim.kernels import kernel
from sim.roads.style import RoadStyle
from sim.town.scenery import scenery_rows
from sim.town.settings import TownSettings
from sim.town.town import Town, build_town
from sim.types import ByteArray
from tests.support.ground import plain_ground
from tools.towns.frames import lane_poses

GROUND, LOOK, ORIGIN = plain_ground(), road_look(RoadStyle(), 0.15), np.zeros(2)
LOOK[LOOK_SCENERY] = 1.0


@pytest.fixture(scope="module", params=[3, 11])
def town(request: pytest.FixtureRequest) -> Town:
    return build_town(request.param, TownSettings(size_m=350.0, left_hand=request.param == 11))


def frames_of(
    rows: Rows, poses: list[tuple[float, float, float]], camera: CameraConfig | None = None
) -> list[ByteArray]:
    scenery = scenery_of(rows, ORIGIN)
    camera = camera or CameraConfig()
    return [take_picture(camera, pose, LOOK, GROUND, 0, clock=17 * k, scenery=scenery) for k, pose in enumerate(poses)]


def test_the_order_of_rows_changes_no_frame(town: Town) -> None:
    random, rows, poses = np.random.default_rng(0), scenery_rows(town), lane_poses(town.network, 40, 0)
    shuffled = rows._replace(**{kind: random.permutation(getattr(rows, kind), axis=0) for kind in FIELDS})
    for one, other in zip(frames_of(rows, poses), frames_of(shuffled, poses), strict=True):
        assert np.array_equal(one, other)


def test_gray_frames_show_the_luma_of_those_in_colour(town: Town) -> None:
    rows, poses = scenery_rows(town), lane_poses(town.network, 12, 0)
    gray = frames_of(rows, poses, CameraConfig(color="gray"))
    for one, other in zip(frames_of(rows, poses), gray, strict=True):
        assert np.abs(one @ [0.299, 0.587, 0.114] - other[:, :, 0]).max() < 4.0


def test_frames_wider_than_a_strip_show_the_same_as_their_parts(town: Town) -> None:
    """Of a frame twice as large with the same view, every other pixel's surroundings look like the small one's."""
    rows, poses = scenery_rows(town), lane_poses(town.network, 10, 0)
    small = frames_of(rows, poses, CameraConfig(width=120, height=80))
    large = frames_of(rows, poses, CameraConfig(width=240, height=160))
    for one, other in zip(small, large, strict=True):
        means = other.reshape(80, 2, 120, 2, 3).mean(axis=(1, 3))
        assert (np.abs(means - one).max(axis=2) > 40.0).mean() < 0.07


@kernel
def _render(pose, clock, ground, scenery, look, camera, scratch, picture):
    render_from(pose, 0, clock, ground, scenery, 0, look, camera, scratch_of(scratch, 0), picture)


@pytest.mark.parametrize("pitch", [-20.0, 10.0, 45.0])
def test_no_pose_writes_outside_of_the_frame(town: Town, pitch: float) -> None:
    """Also inside of houses, cars and trees, and far outside of the town."""
    rows = scenery_rows(town)
    camera = CameraConfig(width=50, height=37, pitch_down_deg=pitch)
    scenery, arrays = scenery_of(rows, ORIGIN), camera_arrays(camera)
    scratch, random = make_scratch(1, camera.frame_shape), np.random.default_rng(1)
    around = np.full((37 + 20, 50, 3), 77, dtype=np.uint8)
    places = np.concatenate([table[:, :2] for table in rows[: len(FIELDS)]])
    middles = places[random.integers(len(places), size=300)] + random.normal(0.0, 1.5, (300, 2))
    for k, (x, y) in enumerate([*middles, (1e5, -1e5), (-3e3, 0.0)]):
        pose = float(x), float(y), float(random.uniform(-np.pi, np.pi))
        _render(pose, k, GROUND, scenery, LOOK, arrays, scratch, around[10:-10])
        again = take_picture(camera, pose, LOOK, GROUND, 0, clock=k, scenery=scenery)
        assert np.array_equal(around[10:-10], again), "nor does what was drawn before matter"
    assert (around[:10] == 77).all()
    assert (around[-10:] == 77).all()


def test_no_house_stands_on_a_lane() -> None:
    for seed in range(6):
        town = build_town(seed, TownSettings(size_m=350.0))
        houses, network = scenery_rows(town).houses, town.network
        dx, dy = network.x - houses[:, HOUSE_X, None], network.y - houses[:, HOUSE_Y, None]
        cos, sin = houses[:, HOUSE_COS, None], houses[:, HOUSE_SIN, None]
        along, aside = np.abs(cos * dx + sin * dy), np.abs(cos * dy - sin * dx)
        assert ((along > houses[:, HOUSE_HALF_DEPTH, None]) | (aside > houses[:, HOUSE_HALF_WIDTH, None])).all()


def test_a_town_takes_little_memory_and_is_the_same_each_time() -> None:
    tiled = scenery_of(scenery_rows(build_town(5)), ORIGIN)
    assert bytes_of(tiled) < 600_000
    again = scenery_of(scenery_rows(build_town(5)), ORIGIN)
    assert all(np.array_equal(a, b) for a, b in zip(tiled, again, strict=True))


def test_every_row_is_found_through_its_tile() -> None:
    tiled = scenery_of(scenery_rows(build_town(2)), np.array([-400.0, -300.0]))
    columns, _, x, y = tiled.grids[0]
    trees, details = np.split(tiled.panels[0], [tiled.tiles[0, DETAILS, 0]])
    tables = {
        HOUSES: tiled.houses[0],
        BOXES: tiled.boxes[0],
        TREES: trees,
        HEADS: tiled.heads[0],
        ARROWS: tiled.arrows[0],
    }
    for kind, table in (tables | {DETAILS: details}).items():
        starts = tiled.tiles[0, kind] - tiled.tiles[0, kind, 0]
        assert starts[-1] == len(table)
        place = np.floor((table[:, :2] - (x, y)) / TILE)
        assert np.array_equal(
            np.repeat(np.arange(len(starts) - 1), np.diff(starts)), place[:, 1] * columns + place[:, 0]
        )


def test_nothing_upright_stands_on_a_lane() -> None:
    for seed in range(8):
        town = build_town(seed)
        furniture, network = town.furniture, town.network
        half = 0.5 * np.repeat(network.lane_width, np.diff(network.lane_points))
        for table in (furniture.masts, furniture.lamps, furniture.signs, furniture.trees):
            distance = np.hypot(network.x[:, None] - table[:, 0], network.y[:, None] - table[:, 1])
            assert (distance > half[:, None] + 0.2).all()
