"""Labelled training: it learns, repeats, ends well; mirrored frames and drawn lanes are those of the simulator."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from perception.augment import mirror_bends, mirror_values, vary_light
from perception.collect import collect
from perception.data_plan import CollectConfig, begin
from perception.dataset import read_frames
from perception.labels import BENDS, CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET, TARGETS
from perception.overlay import lane_lines
from perception.pretrain import Epoch, Examples, estimate, pretrain
from perception.scores import score
from perception.settings import PretrainConfig, pretrain_preset
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.drivers import NoisyDriver
from sim.errors import UserError
from sim.types import ByteArray
from sim.world import World

CAMERA = CameraConfig(width=40, height=36, color="gray", pitch_down_deg=20.0)
VIEW = CameraConfig(width=64, height=44, pitch_down_deg=20.0)
QUICK = PretrainConfig(epochs=3, batch_size=64)
NAMES = [target.name for target in TARGETS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    config = CollectConfig(EnvConfig(camera=CAMERA, task=TaskConfig(time_limit_s=0.8)), frames=4000)
    begin(config, folder)
    collect(config, folder, NoisyDriver, lambda frames: None)
    return folder


def nothing(frames: int, epoch: Epoch | None) -> None:
    pass


def world_at(kind: str, offset: float, heading_error: float) -> World:
    """A car 100 m along a bare road, so far to the left of its lane's centre [m] and so far turned left [rad]."""
    env = EnvConfig(
        camera=CAMERA,
        roads=RoadsConfig(kind=kind),
        appearance=AppearanceConfig(scenery=False),  # type: ignore[arg-type]
    )
    world = World(env, 1)
    world.seed([0])
    world.reset(road_seeds=[0])
    line = world.road(0).line
    index = round(100.0 / line.step)
    d, heading = world.road(0).lane_offset + offset, line.heading[index]
    telemetry, ahead = world.telemetry, env.vehicle.l_r
    telemetry.heading[0] = heading + heading_error
    telemetry.x[0] = line.x[index] - d * math.sin(heading) - ahead * math.cos(heading + heading_error)
    telemetry.y[0] = line.y[index] + d * math.cos(heading) - ahead * math.sin(heading + heading_error)
    return world


def view(offset: float, heading_error: float) -> ByteArray:
    return world_at("straight", offset, heading_error).render(0, VIEW)


@pytest.mark.parametrize(("offset", "heading"), [(0.0, 0.0), (0.6, 0.1), (-1.0, -0.2), (2.0, 0.05)])
def test_mirrored_frame_is_what_a_car_sees_where_the_mirrored_labels_say(offset: float, heading: float) -> None:
    """The grain of the ground is not symmetric, so frames agree up to it; where the lane is is another matter."""
    labels = torch.tensor([[offset, heading, 0.0, 0.0, 0.0, 0.0, 3.5]])
    mirrored = mirror_values(labels, NAMES)[0].tolist()
    seen = view(offset, heading)[:, ::-1].astype(float)
    right = np.abs(seen - view(mirrored[0], mirrored[1])).mean()
    assert right < 4.0
    assert np.abs(seen - view(-offset, -heading)).mean() > 2.0 * right


def test_mirroring_turns_curvatures_and_classes_round_and_twice_is_nothing() -> None:
    labels = torch.tensor([[0.3, 0.1, 0.01, 0.02, -0.03, 0.04, 3.2]])
    mirrored = mirror_values(labels, NAMES)
    assert torch.allclose(mirrored[0], torch.tensor([2.9, -0.1, -0.01, -0.02, 0.03, -0.04, 3.2]))
    assert torch.allclose(mirror_values(mirrored, NAMES), labels)
    assert [BENDS[bend] for bend in mirror_bends(torch.tensor([0, 1, 2]))] == ["right", "straight", "left"]


def test_other_light_differs_by_frame_and_stays_in_range() -> None:
    frames = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * 0.5 + 0.25
    varied = vary_light(frames, 1.0, torch.Generator().manual_seed(0))
    assert varied.shape == frames.shape
    assert varied.min() >= 0.0
    assert varied.max() <= 1.0
    assert len({round(float(mean), 2) for mean in varied.mean(dim=(1, 2, 3))}) > 1
    assert torch.allclose(vary_light(frames, 0.0, torch.Generator()), frames, atol=1e-6)


def test_it_learns_where_the_car_is_and_how_the_road_bends(data: Path) -> None:
    result = pretrain(dataclasses.replace(QUICK, epochs=6), data, nothing)
    truth = read_frames(data, "test").columns
    always_mean = float(np.mean(np.abs(truth[LATERAL_OFFSET] - np.mean(truth[LATERAL_OFFSET]))))
    assert result.pretrained.scores["lateral_offset_m"] < 0.5 * always_mean
    counts = np.array(result.pretrained.scores["confusion"])
    assert np.mean(np.diag(counts) / counts.sum(axis=1)) > 1.3 / len(BENDS), "chance gives 1 of 3"
    assert [epoch.number for epoch in result.epochs] == [1, 2, 3, 4, 5, 6]


def test_same_seed_learns_the_same_and_another_does_not(data: Path) -> None:
    short = dataclasses.replace(QUICK, epochs=1, mirror=0.5, light=0.5)
    losses = [pretrain(dataclasses.replace(short, seed=seed), data, nothing).epochs[0] for seed in (3, 3, 4)]
    assert losses[0] == losses[1]
    assert losses[0].validation_loss != losses[2].validation_loss


def test_classifier_alone_learns_without_estimates(data: Path) -> None:
    config = dataclasses.replace(pretrain_preset("convnet"), epochs=1, batch_size=64)
    pretrained = pretrain(config, data, nothing).pretrained
    assert pretrained.name == "convnet"
    assert pretrained.targets == ()
    assert "lateral_offset_m" not in pretrained.scores
    assert sum(map(sum, pretrained.scores["confusion"])) > 0


def test_stacks_of_frames_are_learned_from(data: Path) -> None:
    pretrained = pretrain(dataclasses.replace(QUICK, epochs=1, stack=2), data, nothing).pretrained
    assert pretrained.camera.stack == 2
    estimates, bends = estimate(Examples(read_frames(data, "test"), pretrained))
    assert estimates[LATERAL_OFFSET].shape == bends.shape == (400,)


def test_ctrl_c_keeps_the_best_so_far_and_nothing_before_there_is_one(data: Path) -> None:
    def after_first_pass(frames: int, epoch: Epoch | None) -> None:
        if frames > 3200:
            raise KeyboardInterrupt

    def at_once(frames: int, epoch: Epoch | None) -> None:
        raise KeyboardInterrupt

    result = pretrain(QUICK, data, after_first_pass)
    assert result.ended_by == "Ctrl-C"
    assert len(result.epochs) == 1
    again = estimate(Examples(read_frames(data, "validation"), result.pretrained))
    assert score(*again, read_frames(data, "validation").columns) == result.epochs[0].scores
    with pytest.raises(KeyboardInterrupt):
        pretrain(QUICK, data, at_once)


def test_training_ends_when_nothing_gets_better(data: Path) -> None:
    still = dataclasses.replace(QUICK, epochs=50, patience=2, learning_rate=1e-20)
    assert len(pretrain(still, data, nothing).epochs) == 3


def test_divergence_is_said(data: Path) -> None:
    with pytest.raises(UserError, match=r"diverged in pass 1.*lower learning_rate"):
        pretrain(dataclasses.replace(QUICK, learning_rate=1e30), data, nothing)


def test_scores_are_means_over_frames_by_group() -> None:
    columns = {
        LATERAL_OFFSET: np.array([0.0, 0.0, 1.0]),
        HEADING_ERROR: np.zeros(3),
        LANE_WIDTH: np.full(3, 3.5),
        **{name: np.array([0.02, 0.0, 0.0055]) for name in CURVATURES},
        "bend": np.array([0, 1, 0]),
        "bend_is_clear": np.array([True, True, False]),
        "road_seed": np.array([5, 5, 6]),
    }
    estimates = {name: np.zeros(3) for name in NAMES} | {HEADING_ERROR: np.array([math.radians(3.0), 0.0, 0.0])}
    scores = score(estimates, np.array([2, 1, 1]), columns)
    assert scores["bend_accuracy"] == 0.5
    assert scores["bend_accuracy_boundary"] == 0.0
    assert scores["confusion"] == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert scores["roads"] == 2
    assert scores["lateral_offset_m"] == pytest.approx(1.0 / 3.0)
    assert scores["heading_deg"] == pytest.approx(1.0)
    sharp = next(group for group in scores["by_curvature"] if group["curvature_from_per_m"] == 0.015)
    assert (sharp["frames"], sharp["heading_deg"]) == (1, pytest.approx(3.0))


@pytest.mark.parametrize("kind", ["straight", "circle"])
def test_drawn_lane_lies_on_the_road_of_the_simulator(kind: str) -> None:
    offset, heading = 0.7, 0.12
    world = world_at(kind, offset, heading)
    road, telemetry = world.road(0), world.telemetry
    curvature = float(road.line.curvature[round(100.0 / road.line.step)])
    values = {LATERAL_OFFSET: offset, HEADING_ERROR: heading, LANE_WIDTH: road.lane_width}
    lines = lane_lines(values | dict.fromkeys(CURVATURES, curvature))
    cos, sin = math.cos(telemetry.heading[0]), math.sin(telemetry.heading[0])
    drawn = lines @ np.array([[cos, sin], [-sin, cos]]) + [telemetry.x[0], telemetry.y[0]]
    for line, d in zip(drawn, (0.0, road.lane_offset, 2.0 * road.lane_offset), strict=True):
        true = road.offset_points(d)
        distances = np.linalg.norm(line[:, None] - true[None], axis=2).min(axis=1)
        assert distances.max() < 0.6 * road.line.step


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"encoder": "slow"}, "encoder is 'slow', but must be one of nature, pilotnet, convnet, fast"),
        ({"task": "lanes"}, "task is 'lanes', but must be one of lane, bend"),
        ({"color": "grey"}, "color is 'grey', but must be one of"),
        ({"epochs": 0}, "epochs is 0"),
        ({"mirror": 1.5}, "mirror is 1.5"),
        ({"light": math.nan}, "light is nan"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"stack": 0}, "stack is 0"),
        ({"seed": 2**32}, "seed is 4294967296"),
    ],
)
def test_settings_that_cannot_be_are_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        dataclasses.replace(QUICK, **fields)
