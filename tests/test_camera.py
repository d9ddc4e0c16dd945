"""The camera: projection against geometry, frames against pictures that were looked at."""

import math
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest

from sim.camera.ground import dash_cover
from sim.camera.projection import camera_arrays, project, rays
from sim.config import CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.types import ByteArray
from sim.world import World

GOLDEN = Path(__file__).parent / "golden"
SIZES = [CameraConfig(), CameraConfig(width=64, height=36, color="gray"), CameraConfig(width=160, height=120)]


def world_at_the_start_of(kind: str, seed: int = 0, camera: CameraConfig | None = None) -> World:
    config = EnvConfig(
        camera=camera or CameraConfig(),
        roads=RoadsConfig(kind=kind),  # type: ignore[arg-type]
        task=TaskConfig(start="beginning"),
    )
    world = World(config, num_cars=1)
    world.reset(road_seeds=[seed])
    return world


@pytest.mark.parametrize("camera", SIZES)
def test_ground_seen_by_a_pixel_projects_back_into_it(camera: CameraConfig) -> None:
    arrays = camera_arrays(camera)
    rows, columns = np.mgrid[arrays.first_ground_row : camera.height, 0 : camera.width]
    back = project(np.stack([arrays.forward, arrays.left], axis=1).astype(float), camera)
    assert np.allclose(back, np.stack([rows.ravel(), columns.ravel()], axis=1) + 0.5, atol=0.01)


def test_ray_of_the_central_pixel_hits_the_ground_where_trigonometry_says() -> None:
    camera = CameraConfig(width=95, height=95, pitch_down_deg=20.0)
    forward, left, up = rays(camera)[47, 47]
    assert left == pytest.approx(0.0)
    assert -up / forward == pytest.approx(math.tan(math.radians(20.0)))
    arrays = camera_arrays(camera)
    pixel = (47 - arrays.first_ground_row) * camera.width + 47
    distance = camera.mounting_height_m / math.tan(math.radians(20.0))
    assert arrays.forward[pixel] == pytest.approx(camera.mounting_forward_m + distance, abs=1e-5)
    assert arrays.left[pixel] == pytest.approx(0.0, abs=1e-5)


def test_field_of_view_reaches_from_edge_to_edge() -> None:
    camera = CameraConfig(width=400, height=100, field_of_view_deg=60.0, pitch_down_deg=0.0)
    forward, left, _ = rays(camera)[50, 0]
    assert math.degrees(math.atan2(left, forward)) == pytest.approx(30.0, abs=0.2)


def test_edge_line_is_where_the_projection_puts_it() -> None:
    camera = CameraConfig(width=320, height=240)
    world = world_at_the_start_of("straight")
    picture = world.render(0, camera).astype(float)
    road = world.roads[0]
    right_edge = -road.lane_width - road.lane_offset  # from the car, which stands on its lane's centre
    for distance in (4.0, 8.0, 15.0):
        row, column = project(np.array([[distance, right_edge]]), camera)[0]
        brightness = picture[int(row)].mean(axis=1)
        window = slice(int(column) - 12, int(column) + 13)
        brightest = window.start + int(np.argmax(brightness[window]))
        assert abs(brightest + 0.5 - column) <= 3.0, f"at {distance} m"


@pytest.mark.parametrize("size", [(96, 96), (84, 84), (64, 64)])
def test_far_markings_stay_legible(size: tuple[int, int]) -> None:
    camera = CameraConfig(width=size[0], height=size[1], color="gray")
    world = world_at_the_start_of("straight", camera=camera)
    road = world.roads[0]
    row, column = project(np.array([[30.0, -road.lane_width - road.lane_offset]]), camera)[0]
    line = world.frames[0, int(row), :, 0].astype(float)
    assert line[int(column) - 1 : int(column) + 2].max() > line[int(column) - 3] + 8.0


def test_dashes_cover_their_share_and_fade_into_the_mean() -> None:
    stations = np.linspace(-30.0, 30.0, 6001)
    for depth in (0.1, 1.0, 4.0, 8.0, 20.0):
        cover = [dash_cover(np.float32(s / 9.0), np.float32(depth / 9.0), np.float32(1.0 / 3.0)) for s in stations]
        assert min(cover) >= 0.0
        assert max(cover) <= 1.0
        assert np.mean(cover) == pytest.approx(1.0 / 3.0, abs=0.02)
        assert np.abs(np.diff(cover)).max() <= 0.011 / min(depth, 1.0), "no jumps as the car moves"


def test_same_pose_gives_the_same_picture_in_gray_as_in_rgb() -> None:
    world = world_at_the_start_of("procedural", 4)
    color = world.render(0, CameraConfig()).astype(float)
    gray = world.render(0, CameraConfig(color="gray"))[:, :, 0].astype(float)
    assert np.abs(color @ [0.299, 0.587, 0.114] - gray).max() < 2.5


def test_stack_holds_successive_frames_newest_last() -> None:
    camera = CameraConfig(width=64, height=64, stack=3)
    config = EnvConfig(camera=camera, task=TaskConfig(start="beginning"))
    world = World(config, num_cars=2)
    world.reset(road_seeds=[1, 2])
    assert np.array_equal(world.frames[:, :, :, :3], world.frames[:, :, :, 6:]), "starts as three times the first frame"
    seen = [world.frames[:, :, :, 6:].copy()]
    for _ in range(4):
        world.step(np.array([[0.05, 8.0], [-0.05, 8.0]]))
        seen.append(world.frames[:, :, :, 6:].copy())
        expected = np.concatenate([*([seen[0]] * 2), *seen], axis=3)[:, :, :, -9:]
        assert np.array_equal(world.frames, expected)


GOLDEN_VIEWS = {
    "straight": ("straight", 0, CameraConfig()),
    "circle": ("circle", 0, CameraConfig()),
    "double-line": ("procedural", 4, CameraConfig(width=160, height=120)),
    "dashed-yellow": ("procedural", 3, CameraConfig(width=160, height=120)),
    "gray-64": ("procedural", 0, CameraConfig(width=64, height=64, color="gray")),
}


@pytest.mark.parametrize("name", sorted(GOLDEN_VIEWS))
def test_golden_frame(name: str, tmp_path: Path) -> None:
    """Pictures in tests/golden were looked at; a change that is meant replaces them by what the failure names."""
    kind, seed, camera = GOLDEN_VIEWS[name]
    frame: ByteArray = np.squeeze(world_at_the_start_of(kind, seed).render(0, camera))
    saved = tmp_path / f"{name}.png"
    imageio.imwrite(saved, frame)
    golden = imageio.imread(GOLDEN / f"{name}.png")
    assert frame.shape == golden.shape, f"see {saved}"
    difference = np.abs(frame.astype(int) - golden.astype(int))
    assert (difference > 2).mean() < 1e-3, f"{(difference > 2).mean():.2%} of the values differ; see {saved}"
