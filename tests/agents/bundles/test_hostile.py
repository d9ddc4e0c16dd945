"""Whoever makes a bundle can write what they like into it: no command runs any of it, and each says what is wrong."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from agents.bundles.bundle import DESCRIPTION, MODEL, BundleError
from agents.cli import main
from agents.deploy.serve import create_app
from agents.policy import load_policy
from agents.runtime import Runtime
from perception.manifest import WEIGHTS
from sim.errors import UserError
from tests.support.bundles import replace
from tests.support.hostile_files import as_pickle, as_torch_archive

COMMANDS = {
    "evaluate": ["evaluate", "bundle", "--road-seeds", "1000000", "--out", "out"],
    "play": ["play", "bundle", "--record", "film.gif", "--seconds", "1"],
    "export": ["export", "bundle", "--out", "out"],
    "serve": ["serve", "bundle", "--port", "0"],
}
READ = {"evaluate": WEIGHTS, "play": WEIGHTS, "export": WEIGHTS, "serve": MODEL}  # besides the description


def refusal(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence that a command refuses with; makes sure that nothing ran and nothing was written."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert not Path("trace").exists(), "the bundle's code ran"
    assert not Path("out").exists()
    assert not Path("film.gif").exists()
    said = capsys.readouterr().err
    assert said.startswith("dashcam: ")
    assert len(said.strip().splitlines()) == 1
    return said


@pytest.fixture(autouse=True)
def beside_the_bundle(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bundle.parent)


@pytest.mark.parametrize("make", [as_pickle, as_torch_archive])
def test_the_hostile_files_are_hostile(make: Callable[[], bytes]) -> None:
    with contextlib.suppress(RuntimeError):  # what PyTorch says of a pickle that it did not write, after it ran
        torch.load(io.BytesIO(make()), weights_only=False)
    assert Path("trace").exists()


@pytest.mark.parametrize("make", [as_pickle, as_torch_archive])
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_pickles_run_in_no_command(
    command: str, make: Callable[[], bytes], bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(bundle, READ[command], make())
    assert READ[command] in refusal(COMMANDS[command], capsys)
    (bundle / DESCRIPTION).write_bytes(make())
    assert "policy.json is not valid JSON" in refusal(COMMANDS[command], capsys)
    Path("policy.pkl").write_bytes(make())
    words = ["policy.pkl" if word == "bundle" else word for word in COMMANDS[command]]
    assert "policy.pkl is not a policy: it is a file" in refusal(words, capsys)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_refuses_what_was_changed_or_is_newer(
    command: str, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = bundle / READ[command]
    data = part.read_bytes()
    part.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert "SHA-256 differs" in refusal(COMMANDS[command], capsys)
    part.unlink()
    assert f"{part.name} cannot be read" in refusal(COMMANDS[command], capsys)
    description = json.loads((bundle / DESCRIPTION).read_text())
    (bundle / DESCRIPTION).write_text(json.dumps({**description, "schema_version": 99}))
    assert "schema version 99, but this Dashcam reads" in refusal(COMMANDS[command], capsys)


def with_foreign_operator(model: onnx.ModelProto) -> None:
    """An operator of a library that would have to be loaded."""
    model.graph.node[0].op_type, model.graph.node[0].domain = "PyOp", "hostile"
    model.opset_import.append(onnx.helper.make_opsetid("hostile", 1))


def with_weights_elsewhere(model: onnx.ModelProto) -> None:
    """Weights in the folder where the command is called, from which onnxruntime would take them."""
    tensor = model.graph.initializer[0]
    Path("private.bin").write_bytes(tensor.raw_data)
    onnx.external_data_helper.set_external_data(tensor, "private.bin")
    tensor.ClearField("raw_data")


@pytest.mark.parametrize("change", [with_foreign_operator, with_weights_elsewhere])
def test_models_reach_for_nothing_outside(
    change: Callable[[onnx.ModelProto], None], bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = onnx.load(bundle / MODEL)
    change(model)
    replace(bundle, MODEL, model.SerializeToString())
    for load in (Runtime.load, create_app):
        with pytest.raises(BundleError, match="is not a model that onnxruntime can run"):
            load(bundle)
    assert "is not a model that onnxruntime can run" in refusal(COMMANDS["serve"], capsys)


def test_a_model_that_loads_but_cannot_be_run_is_named(bundle: Path) -> None:
    """Only where it computes does it come out that its numbers do not fill their shape."""
    model = onnx.load(bundle / MODEL)
    actions = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    shape = onnx.numpy_helper.from_array(np.array([-1, actions], dtype=np.int64), "shape")
    node = onnx.helper.make_node("Reshape", ["state", "shape"], ["q_values"])
    del model.graph.node[:]
    del model.graph.initializer[:]
    model.graph.node.append(node)
    model.graph.initializer.append(shape)
    replace(bundle, MODEL, model.SerializeToString())
    runtime = Runtime.load(bundle)
    with pytest.raises(BundleError, match="cannot be run"):
        runtime.q_values(np.zeros((1, *runtime.interface.observation_shape), dtype=np.uint8), [[0.0, 0.0]])


@pytest.mark.parametrize(
    "camera", [{"width": 10**9}, {"height": -1}, {"stack": 10**9}, {"color": "__import__('os')"}, {"wheels": 4}]
)
def test_cameras_that_cannot_be_are_refused(camera: dict[str, Any], bundle: Path) -> None:
    description = json.loads((bundle / DESCRIPTION).read_text())
    description["environment"]["camera"] |= camera
    (bundle / DESCRIPTION).write_text(json.dumps(description))
    with pytest.raises((BundleError, UserError)):
        load_policy(bundle)
