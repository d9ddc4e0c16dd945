"""What a file claims is compared with what can be before any memory is taken for it."""

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from agents.bundles.bundle import DESCRIPTION, BundleError
from agents.config import TrainConfig
from agents.policy import describe, load_policy
from agents.runtime import Runtime
from agents.training.checkpoints.format import CONFIG
from agents.training.resume import stored_settings
from agents.training.train import resume
from perception.dataset import DATA_SET, read_frames
from perception.lane_encoder import load_pretrained, new_pretrained, save_pretrained
from perception.preprocess import describe_preprocessing
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError
from sim.world import World
from tests.support.bundles import change
from tests.support.failing import memory_for

ENOUGH = 500_000_000  # bytes, for whoever does not believe such claims
LARGEST = dataclasses.asdict(CameraConfig(width=4096, height=4096, stack=16))


def change_camera(bundle: Path, encoder: str = "fast", **fields: Any) -> None:
    environment = json.loads((bundle / DESCRIPTION).read_text())["environment"]
    camera = {**environment["camera"], **fields}
    change(bundle, encoder=encoder, environment={**environment, "camera": camera})


def policy_of_a_million_pixels_a_side(folder: Path) -> None:
    change_camera(folder, width=10**6, height=10**6)
    load_policy(folder)


def policy_of_billions_of_weights(folder: Path) -> None:
    change_camera(folder, encoder="nature", **LARGEST)
    load_policy(folder)


def policy_of_100_000_angles(folder: Path) -> None:
    environment = json.loads((folder / DESCRIPTION).read_text())["environment"]
    change(folder, environment={**environment, "actions": {"steering_commands": [0.0] * 10**5}})
    load_policy(folder)


def service_of_a_gigabyte_a_request(folder: Path) -> None:
    camera = CameraConfig(width=4096, height=4096, stack=16)
    change(folder, **{**describe(load_policy(folder)), "preprocessing": describe_preprocessing(camera)})
    change(folder, frames={"height": 4096, "width": 4096, "channels": 3, "stack": 16})
    Runtime.load(folder)


def run_of_a_trillion_cars(folder: Path) -> None:
    config = TrainConfig(num_cars=10**12, learning_starts=10**12, buffer_frames=10**13, frames=10**13)
    (folder / CONFIG).write_text(config.as_json())
    resume(stored_settings(folder)[0], folder, Console(file=io.StringIO()))


def run_of_a_trillion_frames_kept(folder: Path) -> None:
    env = dataclasses.replace(TrainConfig().env, roads=RoadsConfig(pool_size=1))
    (folder / CONFIG).write_text(TrainConfig(env=env, buffer_frames=10**12).as_json())
    resume(stored_settings(folder)[0], folder, Console(file=io.StringIO()))


def encoder_of_billions_of_weights(folder: Path) -> None:
    save_pretrained(folder / "encoder", new_pretrained("fast", CameraConfig(width=40, height=36)))
    path = folder / "encoder" / "encoder.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "camera": LARGEST}))
    load_pretrained(folder / "encoder")


def data_of(shards: int, frames: int) -> Callable[[Path], None]:
    def read(folder: Path) -> None:
        names = [f"train/{number:05d}.parquet" for number in range(shards)]
        entries = [{"file": name, "frames": frames, "bytes": 9, "sha256": ""} for name in names]
        DATA_SET.write_manifest(folder, {"complete": True, "camera": LARGEST, "splits": {"train": {"shards": entries}}})
        read_frames(folder, "train")

    return read


CLAIMS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a camera of 10^6 x 10^6 pixels": (policy_of_a_million_pixels_a_side, "camera width is 1000000,"),
    "a network of 8 billion weights": (policy_of_billions_of_weights, "would have 8,456,409,760 weights"),
    "100,000 angles of steering": (
        policy_of_100_000_angles,
        "are 100000, but must be from 1 to 100",
    ),
    "requests of 800 MB": (service_of_a_gigabyte_a_request, "too many pixels"),
    "10^12 cars": (run_of_a_trillion_cars, r"1000000000000 cars .* would need \d+\.\d\d GB"),
    "a replay of 10^12 frames": (run_of_a_trillion_frames_kept, r"The replay would need \d+\.\d\d GB"),
    "an encoder of a billion weights": (encoder_of_billions_of_weights, r"would have [\d,]{13} weights"),
    "a shard of 10^12 frames": (data_of(1, 10**12), "has 1000000000000 frames, which no shard has"),
    "10^9 frames of 50 MB": (data_of(10_000, 100_000), r"would need \d+\.\d\d GB"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_cannot_be_are_refused_before_memory_is_taken(name: str, bundle: Path) -> None:
    read, sentence = CLAIMS[name]
    with memory_for(ENOUGH), pytest.raises((UserError, BundleError), match=sentence):
        read(bundle)


def test_so_little_memory_is_refused_to_whoever_believes_them() -> None:
    with memory_for(ENOUGH), pytest.raises(MemoryError):
        np.ones((2, 4096, 4096, 3 * 16), dtype=np.uint8)


def test_cars_that_a_limit_leaves_no_memory_for_are_refused() -> None:
    with memory_for(ENOUGH), pytest.raises(UserError, match=r"of memory are available \(ulimit -v\)"):
        World(EnvConfig(camera=CameraConfig(width=4096, height=4096, stack=16)), num_cars=2)
