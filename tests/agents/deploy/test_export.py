"""Every kind of network becomes the same function in one file, or nothing is written."""

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image

from agents.bundles.bundle import CARD, DESCRIPTION, MODEL, REFERENCE, SCORECARD, BundleError
from agents.config import TrainConfig
from agents.deploy.export import export_bundle, rendered_observations, to_onnx
from agents.deploy.serve import create_app
from agents.policy import Policy, empty_network, load_policy, save_policy
from agents.runtime import Runtime
from perception.manifest import WEIGHTS
from sim.config import ActionConfig, CameraConfig
from sim.errors import UserError

CONFIG = TrainConfig().env
VARIANTS = {
    "nature": (CONFIG, "nature", "linear"),
    "pilotnet": (CONFIG, "pilotnet", "dueling"),
    "convnet": (CONFIG, "convnet", "quadratic"),
    "three gray frames": (
        dataclasses.replace(CONFIG, camera=CameraConfig(width=48, height=40, color="gray", stack=3)),
        "fast",
        "quadratic",
    ),
    "camera alone": (
        dataclasses.replace(
            CONFIG, observation="camera", camera=CameraConfig(width=48, height=40), actions=ActionConfig()
        ),
        "fast",
        "quadratic",
    ),
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_kind_of_network_can_be_exported(name: str, tmp_path: Path) -> None:
    config, encoder, head = VARIANTS[name]
    policy = Policy(empty_network(config, encoder, head).eval(), config, encoder, head, "test")
    save_policy(policy, tmp_path / "run")
    assert export_bundle(policy, tmp_path / "run", tmp_path / "bundle") <= 1e-4
    runtime = Runtime.load(tmp_path / "bundle")
    frames, state = rendered_observations(config, 5)
    for count in (1, 5):
        wanted = policy.q_values(frames[:count], state[:count])
        assert np.abs(runtime.q_values(frames[:count], state[:count]) - wanted).max() <= 1e-4
    if not runtime.interface.state:
        assert runtime.act(frames).shape == (5, 2), "angles need no state"
    successive = np.split(frames[4], runtime.interface.stack, axis=2)
    stacks = {1: runtime.frame_stack().push(successive[-1]), len(successive): frames[4:]}
    for sent, seen in stacks.items():
        said = served(tmp_path / "bundle", np.concatenate(successive[-sent:]), state[4])
        assert np.abs(np.array(said["q_values"]) - runtime.q_values(seen, state[4:])[0]).max() <= 1e-5
    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {DESCRIPTION, WEIGHTS, MODEL}


def served(bundle: Path, frame: np.ndarray, state: np.ndarray) -> Any:
    """What the service answers to a PNG, and to the state where it asks for one."""
    client, picture = TestClient(create_app(bundle)), io.BytesIO()
    Image.fromarray(frame.squeeze()).save(picture, "PNG")
    names = client.get("/policy").json()["state"]
    parameters = dict(zip(names, state.tolist(), strict=False))
    headers = {"Content-Type": "image/png"}
    return client.post("/act", params=parameters, content=picture.getvalue(), headers=headers).json()


def test_model_is_one_file_that_names_nobody_s_folders() -> None:
    model = onnx.load(REFERENCE / MODEL, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert {entry.domain for entry in model.opset_import} == {""}
    assert b".py" not in (REFERENCE / MODEL).read_bytes()


def test_exporting_twice_gives_the_same_model() -> None:
    policy = load_policy()
    assert to_onnx(policy) == to_onnx(policy)


def test_networks_that_compute_nothing_are_not_exported(tmp_path: Path) -> None:
    policy = Policy(empty_network(CONFIG, "fast", "linear").eval(), CONFIG, "fast", "linear", "test")
    with torch.no_grad():
        policy.network.head.bias.fill_(float("nan"))  # type: ignore[operator, union-attr]
    save_policy(policy, tmp_path / "run")
    with pytest.raises(UserError, match=r"differs from the policy by nan .* nothing was written"):
        export_bundle(policy, tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_changed_scorecard_is_not_passed_on(bundle: Path, tmp_path: Path) -> None:
    (bundle / SCORECARD).write_text('{"success_rate": 1.0}')
    with pytest.raises(BundleError, match=r"scorecard\.json is not the file"):
        export_bundle(load_policy(bundle), bundle, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_scores_and_card_of_a_run_go_along(bundle: Path, tmp_path: Path) -> None:
    policy = load_policy(bundle)
    save_policy(policy, tmp_path / "run")
    (tmp_path / "run" / CARD).write_text("# Mine\n")
    export_bundle(policy, tmp_path / "run", tmp_path / "out")
    assert (tmp_path / "out" / CARD).read_text() == "# Mine\n"
    assert load_policy(tmp_path / "out").config == policy.config
    assert not (tmp_path / "out" / SCORECARD).exists()
