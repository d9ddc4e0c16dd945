"""Pretrained encoders: what is written comes back, and what was changed, foreign or hostile is named and refused."""

import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from perception.labels import TARGETS
from perception.lane_encoder import DESCRIPTION, load_pretrained, new_pretrained, save_pretrained
from perception.manifest import WEIGHTS, digest
from sim.config import CameraConfig
from sim.errors import UserError
from tests.support.hostile_files import Hostile

CAMERA = CameraConfig(width=40, height=36, stack=2)
FIELDS = dataclasses.asdict(CAMERA)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", CAMERA))
    return tmp_path / "encoder"


def change(folder: Path, **fields: Any) -> None:
    description = json.loads((folder / DESCRIPTION).read_text())
    (folder / DESCRIPTION).write_text(json.dumps({**description, **fields}))


def replace_weights(folder: Path, data: bytes) -> None:
    """Other weights with their digest: what whoever makes a hostile folder can do."""
    (folder / WEIGHTS).write_bytes(data)
    change(folder, sha256={WEIGHTS: digest(data)})


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    made = new_pretrained("fast", CAMERA)
    made = dataclasses.replace(made, scores={"lateral_offset_m": 0.05})
    save_pretrained(tmp_path / "encoder", made)
    read = load_pretrained(tmp_path / "encoder")
    assert (read.name, read.camera, read.scores) == (made.name, made.camera, made.scores)
    assert read.targets == tuple(target.name for target in TARGETS)
    frames = torch.rand(3, 6, 36, 40)
    for left, right in zip(read.estimate(frames), made.estimate(frames), strict=True):
        assert torch.equal(left, right)


def test_classifier_alone_has_no_estimates(tmp_path: Path) -> None:
    save_pretrained(tmp_path / "encoder", new_pretrained("convnet", CAMERA, targets=()))
    estimates, logits = load_pretrained(tmp_path / "encoder").estimate(torch.rand(3, 6, 36, 40))
    assert estimates.shape == (3, 0)
    assert logits.shape == (3, 3)


def test_estimates_are_in_the_units_of_their_names() -> None:
    heads = new_pretrained("fast", CAMERA).heads
    assert heads.regression is not None
    for parameter in heads.parameters():
        torch.nn.init.zeros_(parameter)
    torch.nn.init.ones_(heads.regression.bias)
    estimates, _ = heads(torch.rand(1, 128))
    assert torch.allclose(estimates[0], torch.tensor([target.mean + target.scale for target in TARGETS]))


def test_changed_and_missing_weights_are_named(folder: Path) -> None:
    weights = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(weights[:-1])
    with pytest.raises(UserError, match=r"weights\.safetensors is not the file .* SHA-256 differs"):
        load_pretrained(folder)
    (folder / WEIGHTS).unlink()
    with pytest.raises(UserError, match=r"weights\.safetensors cannot be read"):
        load_pretrained(folder)


def test_weights_of_another_encoder_and_infinite_ones_are_refused(folder: Path, tmp_path: Path) -> None:
    other = new_pretrained("convnet", CAMERA)
    save_pretrained(tmp_path / "other", other)
    replace_weights(folder, (tmp_path / "other" / WEIGHTS).read_bytes())
    with pytest.raises(UserError, match="does not hold the weights of this encoder"):
        load_pretrained(folder)
    torch.nn.init.constant_(other.heads.bend.bias, float("nan"))
    save_pretrained(tmp_path / "other", other)
    with pytest.raises(UserError, match="not finite"):
        load_pretrained(tmp_path / "other")


def test_a_pickle_does_not_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    replace_weights(folder, pickle.dumps(Hostile("executed")))
    with pytest.raises(UserError, match="does not hold the weights"):
        load_pretrained(folder)
    Path("pickle.pkl").write_bytes(pickle.dumps(Hostile("executed")))
    with pytest.raises(UserError, match=r"pickle\.pkl holds no encoder"):
        load_pretrained(Path("pickle.pkl"))
    assert not Path("executed").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"schema_version": 99}, "schema version 99, but this Dashcam reads 2"),
        ({"encoder": "resnet-9000"}, "Encoder 'resnet-9000' is unknown"),
        ({"encoder": ["fast"]}, "does not describe an encoder"),
        ({"camera": {"width": "wide"}}, "has an invalid camera: width is 'wide'"),
        ({"camera": 7}, "has an invalid camera: CameraConfig is 7"),
        ({"camera": {**FIELDS, "height": -1}}, "has an invalid camera: camera height is -1,"),
        ({"camera": {**FIELDS, "height": 8}}, "36 x 36 px or more"),
        ({"camera": {**FIELDS, "stack": 3}}, "has preprocessing that this Dashcam does not know"),
        ({"encoder": "pilotnet"}, "does not hold the weights"),
        ({"bends": ["right", "left"]}, "has bends that this Dashcam does not know"),
        ({"preprocessing": {"divide_by": 1.0}}, "has preprocessing that this Dashcam does not know"),
        ({"targets": [{"name": "x", "mean": 0.0, "scale": float("nan")}]}, "does not describe an encoder"),
        ({"sha256": {}}, "does not describe an encoder"),
    ],
)
def test_descriptions_that_do_not_fit_are_refused(folder: Path, fields: dict[str, Any], sentence: str) -> None:
    change(folder, **fields)
    with pytest.raises(UserError, match=sentence):
        load_pretrained(folder)


def test_a_folder_without_a_description_is_not_an_encoder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no encoder\.json in it"):
        load_pretrained(tmp_path)
