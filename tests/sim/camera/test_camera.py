"""The camera: projection against geometry, frames against pictures that were looked at."""

import math
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest

from sim.camera.ground import Viewpoint, dash_cover
from sim.camera.objects import MOST_VISIBLE, Lens, sort_visible
from sim.camera.projection import camera_arrays, project, rays
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.roads.cells import CELL_SIZE, cell_cosine, cell_curvature, cell_offset, cell_phase, cell_sine
from sim.roads.geometry import to_map
from sim.types import ByteArray
from sim.world import World

GOLDEN = Path(__file__).parent / "golden"
BARE = AppearanceConfig(scenery=False)
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
    road = world.road(0)
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
    road = world.road(0)
    row, column = project(np.array([[40.0, -road.lane_width - road.lane_offset]]), camera)[0]
    line = world.frames[0, int(row), :, 0].astype(float)
    assert line[int(column) - 1 : int(column) + 2].max() > line[int(column) - 3] + 6.0


@pytest.mark.parametrize("distance", [20.0, 30.0, 40.0])
def test_far_line_does_not_crawl_when_the_car_moves_slowly(distance: float) -> None:
    camera = CameraConfig(color="gray")
    world = world_at_the_start_of("straight", camera=camera)
    road = world.road(0)
    row, column = project(np.array([[distance, -road.lane_width - road.lane_offset]]), camera)[0]
    around = slice(int(column) - 2, int(column) + 3)
    crawl = np.array([[0.0, 0.2]])  # m/s: 2 cm a step
    brightness = []
    for _ in range(200):
        world.step(crawl)
        brightness.append(world.frames[0, int(row), around, 0].astype(float).sum())
    changes = np.abs(np.diff(brightness))
    assert np.ptp(brightness) < 40.0, "five pixels together keep the line's brightness"
    assert changes.max() <= 16.0, "and change it smoothly"


def test_map_knows_the_road_as_well_as_its_segments_do() -> None:
    world = world_at_the_start_of("procedural", 5)
    road, ground, slot = world.road(0), world.core.ground, world.core.episode.slot[0]
    columns, origin = ground.sizes[slot, 0], ground.origins[slot]
    random = np.random.default_rng(0)
    for index in random.integers(20, len(road.line.x) - 20, 300):
        s, d = (index + random.uniform()) * road.line.step, random.uniform(-6.0, 6.0)
        x, y, heading = to_map(world.core.route.segments[slot], index, s, d)
        cell = ground.cells[slot, int(y / CELL_SIZE) * columns + int(x / CELL_SIZE)]
        low, high = np.int32(np.uint32(cell & 0xFFFFFFFF)), np.int32(np.uint32(cell >> np.uint64(32)))
        dx, dy = (value - (int(value / CELL_SIZE) + 0.5) * CELL_SIZE for value in (x, y))
        cos, sin, curvature = cell_cosine(high), cell_sine(high), cell_curvature(high)
        u, v = cos * dx + sin * dy, cos * dy - sin * dx
        assert cell_offset(low) + v - 0.5 * curvature * u * u == pytest.approx(d, abs=0.02)
        phase = cell_phase(low) + u * (1.0 + curvature * cell_offset(low)) / road.style.dash_period
        missed = (phase - s / road.style.dash_period + 0.5) % 1.0 - 0.5
        assert missed * road.style.dash_period == pytest.approx(0.0, abs=0.05)
        assert math.cos(heading - math.atan2(sin, cos)) > 0.99
    assert np.all(origin < 1e4)


@pytest.mark.parametrize("size", [(64, 36), (96, 96), (97, 50), (320, 240)])
@pytest.mark.parametrize("kind", ["circle", "s-curve", "procedural"])
def test_spans_show_what_single_pixels_show(kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at_the_start_of(kind, 7)
    camera = CameraConfig(width=size[0], height=size[1])
    for _ in range(15):
        world.step(np.array([[0.04, 10.0]]))
    in_spans = world.render(0, camera).astype(int)
    monkeypatch.setattr("sim.camera.spans.LONGEST_SPAN", 0.0)
    monkeypatch.setattr("sim.camera.picture._arrays_of", camera_arrays)
    pixels = camera_arrays(camera)
    assert len(pixels.span_width) == len(pixels.forward)
    difference = np.abs(in_spans - world.render(0, camera))
    assert (difference > 2).mean() < 5e-3
    assert difference.mean() < 0.15


@pytest.mark.parametrize(
    "camera", [*SIZES, CameraConfig(width=9, height=8), CameraConfig(pitch_down_deg=-30.0, height=20)]
)
def test_spans_cover_every_pixel_once(camera: CameraConfig) -> None:
    arrays = camera_arrays(camera)
    pixels, spans = (int(arrays.blocks[:, column].sum()) for column in (1, 3))
    assert (pixels, spans) == (len(arrays.forward), len(arrays.span_width))
    for first, count, first_span, spans in arrays.blocks:
        size = count // spans
        forward = arrays.forward[first : first + count].reshape(spans, size).mean(axis=1)
        assert np.allclose(forward, arrays.span_forward[first_span : first_span + spans], rtol=1e-5)
        row = (first + size * np.arange(spans)) // camera.width
        assert np.array_equal(row, (first + size * np.arange(spans) + size - 1) // camera.width), "within one row"


def frames_of(cars: int = 4, **appearance: object) -> ByteArray:
    """Frames of cars that start at random on one road, each with its own draw of the day."""
    world = World(EnvConfig(appearance=AppearanceConfig(**appearance)), cars)  # type: ignore[arg-type]
    world.seed(list(range(10, 10 + cars)))
    world.reset(road_seeds=[3] * cars)
    return world.frames.copy()


def test_scenery_stands_beside_the_road_and_can_be_left_out() -> None:
    with_scenery, bare = frames_of(scenery=True), frames_of(scenery=False)
    changed = np.abs(with_scenery.astype(int) - bare.astype(int)).max(axis=3) > 0
    assert changed[:, :39].any(axis=(1, 2)).all(), "hills and trees stand before the sky"
    assert changed[:, 70:, 30:66].sum() == 0, "the road ahead stays free"


@pytest.mark.parametrize("option", ["light", "shadows", "weather", "noise"])
def test_days_differ_between_episodes_and_repeat_with_the_seed(option: str) -> None:
    today = frames_of(**{option: 1.0})
    assert np.array_equal(today, frames_of(**{option: 1.0}))
    plain = frames_of()
    assert sum(not np.array_equal(a, b) for a, b in zip(today, plain, strict=True)) >= 3
    mild = frames_of(**{option: 0.1})
    strength, mildness = (np.abs(frames.astype(float) - plain).mean() for frames in (today, mild))
    assert strength > mildness, "the more, the stronger"


def test_fog_takes_the_contrast_of_what_is_far() -> None:
    far, near = slice(39, 42), slice(90, 96)  # rows just below the horizon, and the frame's last
    clear = frames_of(16, scenery=False).astype(float)
    foggy = frames_of(16, scenery=False, weather=1.0).astype(float)
    left_far = foggy[:, far].std(axis=2).mean(axis=(1, 2)) / clear[:, far].std(axis=2).mean(axis=(1, 2))
    left_near = foggy[:, near].std(axis=2).mean(axis=(1, 2)) / clear[:, near].std(axis=2).mean(axis=(1, 2))
    assert left_far.min() < 0.3, "the thickest of sixteen fogs"
    assert left_near.min() > 0.8, "near markings stay"


def test_noise_has_its_strength_and_changes_with_every_frame() -> None:
    camera = CameraConfig(width=320, height=240)
    config = EnvConfig(camera=camera, appearance=AppearanceConfig(scenery=False, noise=1.0))
    world, clean = (World(item, num_cars=1) for item in (config, EnvConfig(camera=camera, appearance=BARE)))
    for item in (world, clean):
        item.seed([4])
        item.reset(road_seeds=[2])
    stand = np.array([[0.0, 0.0]])
    noise = []
    for _ in range(3):
        world.step(stand)
        clean.step(stand)
        noise.append(world.frames[0, 60:].astype(float) - clean.frames[0, 60:])
    deviation = noise[0].std()
    assert 1.0 < deviation < 13.0
    assert abs(noise[0].mean()) < 0.2
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.02


def test_a_tree_whose_top_is_behind_a_steep_camera_is_still_seen() -> None:
    camera = CameraConfig(width=64, height=64, pitch_down_deg=45.0)
    world = World(EnvConfig(camera=camera, roads=RoadsConfig(kind="straight")), num_cars=1)
    world.reset()
    x, y = world.telemetry.x[0], world.telemetry.y[0]
    bare = world.render(0, camera)
    for ahead in (3.0, 4.0, 5.0, 6.0):
        forward, left = ahead + camera.mounting_forward_m, 3.0
        cos, sin = np.cos(world.telemetry.heading[0]), np.sin(world.telemetry.heading[0])
        tree = [x + cos * forward - sin * left, y + sin * forward + cos * left, 0, 3.0, 6.0, 1.0]
        ground = world.core.ground
        ground.objects[0, 0] = tree
        ground.objects[0, 0, :2] -= ground.origins[0]
        ground.sizes[0, 2] = 1
        assert (world.render(0, camera) != bare).any(axis=2).sum() > 5, f"{ahead} m ahead"


def test_objects_hide_one_another_from_far_to_near() -> None:
    lens = Lens(*(np.float32(value) for value in (48.0, 1.0, 0.0, 0.0, 1.4)))
    view = Viewpoint(*(np.float32(value) for value in (0.0, 0.0, 1.0, 0.0, 0.0)), 0)  # type: ignore[arg-type]
    objects = np.array([[x, y, 0, 4, 5, 1] for x, y in ((20, 2), (-5, 0), (8, -3), (40, 0), (300, 0), (12, 90))])
    order, distances = np.zeros(MOST_VISIBLE, dtype=np.int32), np.zeros(MOST_VISIBLE, dtype=np.float32)
    count = sort_visible(view, lens, objects.astype(np.float32), np.float32(1.0), order, distances)
    assert order[:count].tolist() == [3, 0, 2], "those behind, beside and too far are left out"


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
    """The golden frames were checked by eye; an intentional change replaces them by what the failure names."""
    kind, seed, camera = GOLDEN_VIEWS[name]
    frame: ByteArray = np.squeeze(world_at_the_start_of(kind, seed).render(0, camera))
    saved = tmp_path / f"{name}.png"
    imageio.imwrite(saved, frame)
    golden = imageio.imread(GOLDEN / f"{name}.png")
    assert frame.shape == golden.shape, f"see {saved}"
    difference = np.abs(frame.astype(int) - golden.astype(int))
    assert (difference > 2).mean() < 1e-3, f"{(difference > 2).mean():.2%} of the values differ; see {saved}"
