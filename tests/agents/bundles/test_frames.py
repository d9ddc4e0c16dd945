"""Frames of another camera become what the policy's camera sees, in a bundle's runtime as in training."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.bundles.bundle import BundleError
from agents.bundles.frames import crop_for, fit_frame
from agents.bundles.interface import Interface, parse_interface
from agents.config import TrainConfig
from agents.policy import Policy, describe, empty_network, load_policy
from agents.roads import TEST_SEEDS
from agents.runtime import Runtime
from agents.scoring.evaluate import evaluation_config
from perception.preprocess import crop_for as crop_for_data
from perception.preprocess import fit_frames, fitted_camera
from perception.resize import Crop, resized_crop
from sim.config import CameraConfig
from sim.errors import UserError
from sim.types import ByteArray
from sim.world import World

ENV = TrainConfig().env
RGB = CameraConfig(width=64, height=44)
GRAY = CameraConfig(width=41, height=37, color="gray", field_of_view_deg=70.0)


def interface_of(camera: CameraConfig) -> Interface:
    """What a bundle of a policy with this camera says."""
    env = dataclasses.replace(ENV, camera=camera)
    return parse_interface(
        describe(Policy(empty_network(env, "fast", "linear"), env, "fast", "linear", "test")), Path()
    )


def noise(camera: CameraConfig, count: int = 1) -> ByteArray:
    return np.random.default_rng(0).integers(0, 256, (count, *camera.frame_shape), dtype=np.uint8)


@pytest.mark.parametrize("wanted", [RGB, GRAY], ids=["rgb", "gray"])
@pytest.mark.parametrize(
    "camera",
    [
        CameraConfig(width=640, height=480),
        CameraConfig(width=97, height=131),
        CameraConfig(width=161, height=113, field_of_view_deg=123.0),
        CameraConfig(width=64, height=44),
    ],
    ids=lambda camera: f"{camera.width} x {camera.height}",
)
def test_runtime_and_perception_give_the_same_bytes(camera: CameraConfig, wanted: CameraConfig) -> None:
    frames = noise(camera, count=2)
    fitted, interface = fit_frames(frames, camera, wanted), interface_of(wanted)
    assert fitted.shape == (2, *wanted.frame_shape)
    for frame, expected in zip(frames, fitted, strict=True):
        assert np.array_equal(fit_frame(frame, camera.field_of_view_deg, interface), expected)


@pytest.mark.parametrize("size", [(8, 10), (15, 21), (5, 3)])
def test_every_pixel_is_the_mean_of_its_area_rounded_once(size: tuple[int, int]) -> None:
    (height, width), weights = size, (0.299, 0.587, 0.114)
    frames = np.random.default_rng(0).integers(0, 256, (2, 17, 24, 3), dtype=np.uint8)
    fine = frames[:, 1:16, 2:23].astype(int).repeat(height, axis=1).repeat(width, axis=2)
    sums, count = fine.reshape(2, height, 15, width, 21, 3).sum(axis=(2, 4)), 15 * 21
    colored = np.floor_divide(2 * sums + count, 2 * count)
    gray = np.floor_divide(2 * sums @ [[299], [587], [114]] + 1000 * count, 2000 * count)
    assert np.array_equal(resized_crop(frames, Crop(1, 2, 15, 21), size), colored)
    assert np.array_equal(resized_crop(frames, Crop(1, 2, 15, 21), size, weights), gray)


def both(frame: ByteArray, camera: CameraConfig, wanted: CameraConfig) -> NDArray[np.uint8]:
    """What perception makes of it, after a look at what the runtime does."""
    interface = dataclasses.replace(
        Runtime.load().interface,
        height=wanted.height,
        width=wanted.width,
        channels=wanted.channels,
        gray_weights=(0.299, 0.587, 0.114),
        field_of_view_deg=wanted.field_of_view_deg,
    )
    [fitted] = fit_frames(frame[None], camera, wanted)
    assert np.array_equal(fit_frame(frame, camera.field_of_view_deg, interface), fitted)
    return fitted


def test_pixels_are_means_of_the_area_that_they_cover() -> None:
    """Three pixels on two: the middle one counts for half of each; the mean is rounded once."""
    camera, wanted = CameraConfig(width=12, height=12), CameraConfig(width=8, height=8)
    columns = np.tile(np.array([0, 90, 255], dtype=np.uint8), 4)
    frame = np.tile(columns[None, :, None], (12, 1, 3))
    assert both(frame, camera, wanted)[:, :, 0].tolist() == [[30, 200] * 4] * 8
    blocks = noise(wanted)[0]
    larger = blocks.repeat(5, axis=0).repeat(5, axis=1)
    assert np.array_equal(both(larger, CameraConfig(width=40, height=40), wanted), blocks)


def test_gray_is_the_simulator_s_gray() -> None:
    world = World(dataclasses.replace(ENV, camera=RGB), num_cars=1)
    world.seed([0])
    world.reset()
    gray = dataclasses.replace(RGB, color="gray")
    seen, wanted = both(world.render(0, RGB), RGB, gray).astype(int), world.render(0, gray).astype(int)
    assert np.abs(seen - wanted).max() <= 1, "three channels were rounded before"


@pytest.mark.parametrize("camera", [CameraConfig(width=400, height=400, field_of_view_deg=110.0)])
def test_a_fitted_frame_is_what_the_policy_s_camera_sees(camera: CameraConfig) -> None:
    world = World(dataclasses.replace(ENV, camera=RGB), num_cars=1)
    world.seed([3])
    world.reset()
    fitted, wanted = both(world.render(0, camera), camera, RGB), world.render(0, RGB)
    misjudged = both(world.render(0, camera), dataclasses.replace(camera, field_of_view_deg=90.0), RGB)
    error = np.abs(fitted.astype(int) - wanted).mean()
    assert error < 3.0
    assert np.abs(misjudged.astype(int) - wanted).mean() > 3.0 * error


def test_the_reference_policy_drives_from_frames_of_a_wider_camera() -> None:
    policy, runtime = load_policy(), Runtime.load()
    camera = dataclasses.replace(policy.config.camera, width=160, height=120, field_of_view_deg=100.0)
    world = World(evaluation_config(dataclasses.replace(policy.config, camera=camera)), num_cars=1)
    world.reset(road_seeds=[TEST_SEEDS[0]])
    stack = runtime.frame_stack()
    for _ in range(60):
        frame = runtime.fit(world.frames[0], camera.field_of_view_deg)
        world.step(runtime.act(stack.push(frame), world.vehicle_state))
    assert world.telemetry.progress[0] > 30.0
    assert not world.done[0], "it is still on the road"
    assert abs(world.telemetry.lateral_offset[0]) < 1.0


def test_the_crop_is_around_the_middle_and_keeps_the_shape_of_things() -> None:
    interface = interface_of(RGB)
    assert crop_for(480, 640, 90.0, interface) == (20, 0, 440, 640)
    top, left, height, width = crop_for(480, 640, 100.0, interface)
    assert abs(2 * top + height - 480) <= 1
    assert abs(2 * left + width - 640) <= 1
    assert width == round(640 / np.tan(np.radians(50.0)))
    assert height == round(width * 44 / 64)


@pytest.mark.parametrize(
    ("shape", "field_of_view", "sentence"),
    [
        ((480, 640, 3), 62.0, "show less than is needed: 1065 x 732 of such pixels, 90 degrees"),
        ((360, 640, 3), 90.0, "show less than is needed"),
        ((43, 63, 3), 90.0, "63 x 43 pixels, but 64 x 44 or more are needed: frames are not enlarged"),
        ((480, 640, 1), 90.0, "is gray, but the policy needs RGB"),
        ((480, 640, 4), 90.0, "must be (height, width, 3) in RGB"),
        ((480, 640), 90.0, "must be (height, width, 3) in RGB"),
        ((480, 640, 3), 9.0, "field of view is 9.0 degrees, but must be from 10.0 to 170.0"),
        ((480, 640, 3), float("nan"), "field of view is nan degrees"),
    ],
)
def test_frames_that_cannot_be_fitted_are_named(shape: tuple[int, ...], field_of_view: float, sentence: str) -> None:
    with pytest.raises(BundleError, match=re.escape(sentence)):
        fit_frame(np.zeros(shape, dtype=np.uint8), field_of_view, interface_of(RGB))


def test_pixels_that_are_no_bytes_are_named() -> None:
    with pytest.raises(BundleError, match="of type float64, but must be a numpy array of uint8"):
        fit_frame(np.zeros((480, 640, 3)), 90.0, interface_of(RGB))  # type: ignore[arg-type]


def test_a_smaller_camera_keeps_what_it_can_see() -> None:
    data = CameraConfig(width=96, height=96, field_of_view_deg=90.0)
    assert fitted_camera(data, dataclasses.replace(data, width=64, height=44)).field_of_view_deg == 90.0
    upright = fitted_camera(data, dataclasses.replace(data, width=40, height=80))
    assert np.isclose(np.tan(np.radians(upright.field_of_view_deg / 2.0)), 0.5), "half of the columns are left"
    slender = fitted_camera(data, dataclasses.replace(data, width=36, height=79))
    assert crop_for_data(data, slender).height == 96, "all rows are used, whatever the columns are rounded to"
    with pytest.raises(UserError, match="frames are not enlarged"):
        fitted_camera(data, dataclasses.replace(data, width=97))
    with pytest.raises(UserError, match="Gray frames cannot be turned into RGB"):
        fitted_camera(dataclasses.replace(data, color="gray"), data)
