"""Worse cameras: the same for a car whatever else happens, harsher with each severity, and what they are called."""

import numpy as np
import pytest

from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.corruptions import NAMES, SEVERITIES, CorruptedView, Corruption
from sim.corruptions.air import BANK_DEPTH, FOG_COLOR, VISIBILITIES
from sim.corruptions.catalog import FILTERS, HOLDS
from sim.corruptions.noise import DEVIATIONS, PHOTONS
from sim.corruptions.scene import Scene, ground_of
from sim.drivers import PurePursuitDriver, RuleBasedDriver
from sim.env import env_config
from sim.errors import UserError
from sim.types import ByteArray
from sim.world import World

CAMERA = CameraConfig(width=64, height=44, pitch_down_deg=20.0)
ROADS = (1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_000_005)


def world_of(road_seeds: tuple[int, ...], camera: CameraConfig = CAMERA) -> World:
    roads = RoadsConfig(first_seed=1_000_000, last_seed=1_000_099)
    config = EnvConfig(camera=camera, roads=roads, task=TaskConfig(start="beginning"), appearance=AppearanceConfig())
    world = World(config, len(road_seeds))
    world.seed(road_seeds)
    world.reset(road_seeds=road_seeds)
    return world


@pytest.fixture(scope="module")
def towns() -> list[tuple[World, tuple[int, ...]]]:
    """Two cars in two towns, and the second one alone."""
    roads = {"kind": "town", "first_seed": ROADS[0], "last_seed": ROADS[1]}
    config = env_config({"camera": {"width": 40, "height": 40, "stack": 2}, "roads": roads})
    return [(World(config, len(seeds)), seeds) for seeds in (ROADS[:2], ROADS[1:2])]


def advance(world: World, steps: int) -> None:
    for _ in range(steps):
        world.step(PurePursuitDriver().commands(world))


def scene(count: int, moment: int = 30) -> Scene:
    random = np.random.default_rng(1)
    keys = random.integers(0, 2**32, count, dtype=np.uint32)
    x, y, heading = random.uniform(-50.0, 50.0, (3, count))
    return Scene(keys, np.full(count, moment), x, y, heading)


def only(whole: Scene, cars: list[int]) -> Scene:
    return Scene(*(values[cars] for values in whole))


@pytest.fixture(scope="module")
def frames() -> ByteArray:
    world = world_of(ROADS)
    advance(world, 30)
    return world.frames.copy()


def corrupted(name: str, severity: int, pictures: ByteArray, where: Scene, camera: CameraConfig = CAMERA) -> ByteArray:
    result = pictures.copy()
    FILTERS[name](severity, camera)(result, where)
    return result


@pytest.mark.parametrize("name", FILTERS)
def test_a_cars_frame_does_not_depend_on_the_other_cars(name: str, frames: ByteArray) -> None:
    where = scene(len(frames))
    together = corrupted(name, 4, frames, where)
    for cars in ([2], [5, 0, 3]):
        assert np.array_equal(corrupted(name, 4, frames[cars], only(where, cars)), together[cars])


@pytest.mark.parametrize("name", FILTERS)
def test_every_severity_takes_frames_further_from_the_clean_ones(name: str, frames: ByteArray) -> None:
    where = scene(len(frames))
    distances = [
        np.abs(corrupted(name, severity, frames, where).astype(float) - frames).mean() for severity in SEVERITIES
    ]
    assert distances[0] > 0.5, "the mildest changes next to nothing"
    assert np.all(np.diff(distances) > 0.0), distances


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("camera", [CameraConfig(width=40, height=30, color="gray"), CameraConfig(width=32, height=8)])
def test_every_camera_can_be_corrupted(name: str, camera: CameraConfig) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, *camera.frame_shape), dtype=np.uint8)
    assert not np.array_equal(corrupted(name, 5, pictures, scene(2), camera), pictures)


def test_noise_differs_between_steps_and_cars_but_dirt_stays(frames: ByteArray) -> None:
    same = np.repeat(frames[:1], 2, axis=0)
    now, next_step = scene(2, moment=30), scene(2, moment=31)
    first, second = corrupted("gaussian-noise", 3, same, now)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, corrupted("gaussian-noise", 3, same, next_step)[0])
    assert np.array_equal(corrupted("dirt", 3, same, now), corrupted("dirt", 3, same, next_step))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_noise_is_as_strong_as_it_says(severity: int) -> None:
    gray = np.full((4, 44, 64, 3), 128, dtype=np.uint8)
    normal = corrupted("gaussian-noise", severity, gray, scene(4)).astype(float)
    assert normal.mean() == pytest.approx(128.0, abs=1.0)
    assert normal.std() == pytest.approx(255.0 * DEVIATIONS[severity - 1], rel=0.05)
    shot = corrupted("shot-noise", severity, gray, scene(4)).astype(float)
    assert shot.mean() == pytest.approx(128.0, abs=1.5)
    # n photons make white, so 128 of 255 are n/2 of them, with a deviation of their root, in steps of 255 / n.
    photons = PHOTONS[severity - 1]
    assert shot.std() == pytest.approx(255.0 / photons * np.sqrt(photons * 128.0 / 255.0), rel=0.07)


@pytest.mark.parametrize("name", ["defocus-blur", "motion-blur"])
def test_blur_spreads_a_point_and_keeps_its_light(name: str) -> None:
    dark = np.zeros((1, 44, 64, 3), dtype=np.uint8)
    dark[0, 20:23, 30:33] = 240
    blurred = corrupted(name, 4, dark, scene(1)).astype(float)[0, ..., 0]
    assert blurred.sum() == pytest.approx(9 * 240.0, rel=0.05)
    rows, columns = np.nonzero(blurred)
    assert np.average(rows, weights=blurred[rows, columns]) == pytest.approx(21.0, abs=0.1)
    assert np.average(columns, weights=blurred[rows, columns]) == pytest.approx(31.0, abs=0.1)
    if name == "defocus-blur":
        around = blurred[15:28, 25:38]
        assert np.allclose(around, around.T, atol=1.0), "the disc is not round"
        assert np.allclose(around, around[::-1], atol=1.0)


def test_fog_hides_the_ground_by_its_distance() -> None:
    black = np.zeros((1, *CAMERA.frame_shape), dtype=np.uint8)
    distance = ground_of(CAMERA).distance
    for severity in SEVERITIES:
        veiled = corrupted("fog", severity, black, scene(1))[0, ..., 0] / FOG_COLOR
        for row in (20, 30, 43):  # at 5 % of contrast lies the visibility, 3 / k; banks change k by their depth
            passes = np.exp(
                -3.0 / VISIBILITIES[severity - 1] * distance[row, 32] * np.array([1 + BANK_DEPTH, 1 - BANK_DEPTH])
            )
            assert passes[0] - 0.01 <= 1.0 - veiled[row, 32] <= passes[1] + 0.01


def test_shadows_stay_where_they_are_while_the_car_moves() -> None:
    camera = CameraConfig(width=96, height=400, pitch_down_deg=45.0)
    white = np.full((1, *camera.frame_shape), 255, dtype=np.uint8)
    ground = ground_of(camera)
    ahead = ground.forward[:, 48]
    near = (ahead < 12.0) & np.isfinite(ground.distance[:, 48])
    key, moment, still = np.array([7], dtype=np.uint32), np.array([0]), np.zeros(1)

    def shade(x: float, places: np.ndarray) -> np.ndarray:
        """Brightness of the ground straight ahead at world positions ``places`` [m], seen by a car at ``x``."""
        seen = corrupted("shadow", 5, white, Scene(key, moment, np.array([x]), still, still), camera)[0, :, 48, 0]
        return np.interp(places, x + ahead[near][::-1], seen[near][::-1].astype(float))

    for start in np.arange(0.0, 40.0, 4.0):
        places = np.linspace(start + 4.0, start + 9.0, 50)
        assert np.abs(shade(start, places) - shade(start + 1.5, places)).mean() < 8.0
    whole = np.concatenate([shade(start, np.linspace(start + 4.0, start + 8.0, 40)) for start in range(0, 200, 4)])
    assert whole.min() < 60.0
    assert whole.max() == 255.0


@pytest.mark.parametrize("name", ["gaussian-noise", "fog", "dropped-frames"])
def test_a_cars_view_is_the_same_alone_and_among_others(name: str) -> None:
    together, alone = world_of(ROADS), world_of(ROADS[3:4])
    views = [CorruptedView(world, Corruption(name, 3)) for world in (together, alone)]  # type: ignore[arg-type]
    for _ in range(20):
        seen = [view.look() for view in views]
        assert np.array_equal(seen[0][3], seen[1][0])
        advance(together, 1)
        advance(alone, 1)


def test_another_seed_spoils_frames_otherwise() -> None:
    world = world_of(ROADS[:1])
    first, second = (CorruptedView(world, Corruption("gaussian-noise", 3), seed).look() for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_stacks_carry_frames_on_as_they_were_seen() -> None:
    world = world_of(ROADS[:2], CameraConfig(width=32, height=24, stack=3))
    view = CorruptedView(world, Corruption("gaussian-noise", 4))
    clean = world.frames.copy()
    before = view.look().copy()
    assert np.array_equal(before[..., :3], before[..., 6:]), "an episode begins with a stack of its first frame"
    for _ in range(4):
        advance(world, 1)
        after = view.look().copy()
        assert np.array_equal(after[..., :6], before[..., 3:])
        assert not np.array_equal(after[..., 6:], world.frames[..., 6:])
        assert np.array_equal(view.look(), after), "looking again in the same step changed something"
        before = after
    world.reset(np.array([1]), road_seeds=[1_000_001])
    begun = view.look()
    assert np.array_equal(begun[0], before[0])
    assert np.array_equal(begun[1, ..., :3], begun[1, ..., 6:])
    assert np.array_equal(world.frames[1], clean[1]), "the world's own frames were changed"


@pytest.mark.parametrize("name", ["dropped-frames", "frozen-frames"])
def test_pictures_that_do_not_arrive_leave_the_last_one(name: str) -> None:
    world = world_of(ROADS)
    view = CorruptedView(world, Corruption(name, 4))  # type: ignore[arg-type]
    shown = view.look().copy()
    assert np.array_equal(shown, world.frames), "the first picture always arrives"
    held = np.zeros((220, len(ROADS)), dtype=bool)
    for step in range(220):
        advance(world, 1)
        seen = view.look().copy()
        fresh = (seen == world.frames).all(axis=(1, 2, 3))
        held[step] = ~fresh
        assert np.array_equal(seen[~fresh], shown[~fresh])
        shown = seen
    if name == "dropped-frames":
        assert held.mean() == pytest.approx(0.55, abs=0.06)
    else:
        for window in (held[:99], held[99:199]):
            assert np.array_equal(window.sum(axis=0), np.full(len(ROADS), 12)), "12 steps in each ten seconds"
            assert np.array_equal(np.diff(window.astype(int), axis=0).clip(0).sum(axis=0) <= 1, [True] * len(ROADS))


@pytest.mark.parametrize("severity", [0, 6, -1, 2.0, True])
def test_a_severity_that_is_none_is_refused(severity: int) -> None:
    with pytest.raises(UserError, match="from 1 to 5"):
        Corruption("fog", severity)


def test_an_unknown_corruption_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UserError, match=r"'snow' is unknown.*fog"):
        Corruption("snow", 1)  # type: ignore[arg-type]


def test_there_are_eighteen() -> None:
    assert len(set(NAMES)) == 18
    assert all(Corruption(name, severity).name == name for name in NAMES for severity in SEVERITIES)


@pytest.mark.parametrize("name", NAMES)
def test_views_of_towns_are_corrupted_car_by_car(name: str, towns: list[tuple[World, tuple[int, ...]]]) -> None:
    for world, seeds in towns:
        world.seed(seeds)
        world.reset(road_seeds=seeds)
    views = [CorruptedView(world, Corruption(name, 4)) for world, _ in towns]
    changed = False
    for _ in range(6):
        seen = [view.look() for view in views]
        assert np.array_equal(seen[0][1], seen[1][0])
        changed |= not np.array_equal(seen[0], towns[0][0].frames)
        for world, _ in towns:
            world.step(RuleBasedDriver().commands(world))
    assert changed or name not in FILTERS
    assert not changed or name in {*FILTERS, *HOLDS}
