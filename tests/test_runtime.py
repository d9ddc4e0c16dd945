"""The bundle drives without PyTorch as the policy does with it, and refuses what is not what it should be."""

import dataclasses
import hashlib
import json
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from agents.bundle import CARD, DESCRIPTION, MAX_BYTES, MODEL, REFERENCE, SCORECARD, WEIGHTS, BundleError
from agents.config import TrainConfig
from agents.evaluate import TEST_SEEDS, evaluation_config
from agents.export import export_bundle, rendered_observations, to_onnx
from agents.policy import Policy, empty_network, load_policy, save_policy
from agents.runtime import Runtime
from sim.actions import action_table, to_commands
from sim.config import ActionConfig, CameraConfig
from sim.errors import UserError
from sim.world import World

ROOT = Path(__file__).parent.parent
CONFIG = TrainConfig().env
REFERENCE_CONFIG = load_policy().config
EVERY_PART = {DESCRIPTION, *MAX_BYTES}

# In a process where these cannot be imported, the reference policy drives on the frames of a file.
WITHOUT_TORCH = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "stable_baselines3", "gymnasium", "sim", "perception"):
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Missing())
import numpy as np
from agents.runtime import Runtime
seen = np.load("observations.npz")
runtime = Runtime.load()
observed = seen["frames"], seen["state"]
np.savez("decided.npz", q=runtime.q_values(*observed), act=runtime.act(*observed))
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    shutil.copytree(REFERENCE, tmp_path / "bundle")
    return tmp_path / "bundle"


def change(bundle: Path, **fields: Any) -> None:
    description = json.loads((bundle / DESCRIPTION).read_text())
    (bundle / DESCRIPTION).write_text(json.dumps({**description, **fields}))


def replace(bundle: Path, name: str, data: bytes) -> None:
    """Another file, with its digest in the description: what whoever makes a hostile bundle can do."""
    (bundle / name).write_bytes(data)
    digests = json.loads((bundle / DESCRIPTION).read_text())["sha256"]
    change(bundle, sha256={**digests, name: hashlib.sha256(data).hexdigest()})


def test_drives_without_pytorch_and_simulator_as_the_policy_does_with_them(tmp_path: Path) -> None:
    policy = load_policy()
    frames, state = rendered_observations(policy.config, 2_000)
    np.savez(tmp_path / "observations.npz", frames=frames, state=state)
    path = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], cwd=tmp_path, env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    decided = np.load(tmp_path / "decided.npz")
    wanted = policy.q_values(frames, state)
    assert len(np.unique(wanted.argmax(axis=1))) > 3, "the frames should not all look alike"
    assert decided["q"].dtype == np.float32
    assert np.abs(decided["q"] - wanted).max() <= 1e-4
    assert (decided["q"].argmax(axis=1) == wanted.argmax(axis=1)).mean() >= 0.999
    actions = policy.config.actions
    chosen = action_table(actions)[decided["q"].argmax(axis=1)]
    commands = to_commands(chosen, state[:, 1].astype(np.float64), actions)
    assert np.allclose(decided["act"], commands, rtol=0.0, atol=1e-7)
    assert np.abs(decided["act"][:, 0]).max() <= actions.steering_limit


VARIANTS = {
    "nature": (CONFIG, "nature", "linear"),
    "pilotnet": (CONFIG, "pilotnet", "dueling"),
    "convnet": (CONFIG, "convnet", "quadratic"),
    "camera alone, in colour": (
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
    if not runtime.interface.uses_state:
        assert runtime.act(frames).shape == (5, 2), "angles need no state"
    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {DESCRIPTION, WEIGHTS, MODEL}


def test_reference_is_a_bundle_of_its_weights() -> None:
    description = json.loads((REFERENCE / DESCRIPTION).read_text())
    assert {path.name for path in REFERENCE.iterdir()} == EVERY_PART
    for name in MAX_BYTES:
        assert description["sha256"][name] == hashlib.sha256((REFERENCE / name).read_bytes()).hexdigest()
    runtime, policy = Runtime.load(), load_policy()
    frames, state = rendered_observations(policy.config, 500)
    assert np.abs(runtime.q_values(frames, state) - policy.q_values(frames, state)).max() <= 1e-4


def test_model_is_one_file_that_names_nobody_s_folders() -> None:
    model = onnx.load(REFERENCE / MODEL, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    assert {entry.domain for entry in model.opset_import} == {""}
    assert b".py" not in (REFERENCE / MODEL).read_bytes()


def test_exporting_twice_gives_the_same_model() -> None:
    policy = load_policy()
    assert to_onnx(policy) == to_onnx(policy)


def test_single_frames_become_the_stack_that_the_simulator_gives() -> None:
    world = World(REFERENCE_CONFIG, num_cars=1)
    world.seed([0])
    world.reset()
    stack = Runtime.load().frame_stack()
    newest = slice(-REFERENCE_CONFIG.camera.channels, None)
    assert REFERENCE_CONFIG.camera.stack > 1
    for _ in range(4):
        assert np.array_equal(stack.push(world.frames[0, :, :, newest]), world.frames)
        world.step(np.array([[0.05, 7.0]]))
    world.reset()
    stack.clear()
    assert np.array_equal(stack.push(world.frames[0, :, :, newest]), world.frames)


HEIGHT, WIDTH, DEPTH = REFERENCE_CONFIG.camera.observation_shape
FRAMES, STATE = np.zeros((3, HEIGHT, WIDTH, DEPTH), dtype=np.uint8), np.zeros((3, 2), dtype=np.float32)
NEEDED = rf"but \(N, {HEIGHT}, {WIDTH}, {DEPTH}\) is needed"
BAD_OBSERVATIONS: dict[str, tuple[Any, Any, str]] = {
    "another camera": (np.zeros((3, 97, 96, 3), dtype=np.uint8), STATE, rf"shape \(3, 97, 96, 3\), {NEEDED}"),
    "no batch": (FRAMES[0], STATE, NEEDED),
    "channels first": (FRAMES.transpose(0, 3, 1, 2), STATE, NEEDED),
    "scaled": (FRAMES.astype(np.float32), STATE, "type float32, but must be uint8"),
    "a list": (FRAMES.tolist(), STATE, "type list"),
    "a number": (7, STATE, "type int"),
    "objects": (FRAMES.astype(object), STATE, "type object"),
    "no state": (FRAMES, None, "needs the car's state"),
    "state of fewer cars": (FRAMES, STATE[:1], r"shape \(1, 2\), but \(3, 2\)"),
    "words for state": (FRAMES, [["fast", "left"]] * 3, "must be numbers"),
    "unknown speed": (FRAMES, np.full((3, 2), np.nan), "NaN"),
}


@pytest.mark.parametrize("name", sorted(BAD_OBSERVATIONS))
def test_observations_that_do_not_fit_are_named(name: str) -> None:
    frames, state, sentence = BAD_OBSERVATIONS[name]
    runtime = Runtime.load()
    for decide in (runtime.q_values, runtime.act):
        with pytest.raises(BundleError, match=sentence):
            decide(frames, state)


def test_frames_that_do_not_fit_the_stack_are_named() -> None:
    stack = Runtime.load().frame_stack()
    with pytest.raises(BundleError, match=rf"but \({HEIGHT}, {WIDTH}, {REFERENCE_CONFIG.camera.channels}\) is needed"):
        stack.push(FRAMES[0])
    with pytest.raises(BundleError, match="must be uint8"):
        stack.push(np.zeros(REFERENCE_CONFIG.camera.frame_shape))


def test_changed_missing_and_unlisted_models_are_named(bundle: Path) -> None:
    model = (bundle / MODEL).read_bytes()
    (bundle / MODEL).write_bytes(model[:-1] + b"x")
    with pytest.raises(BundleError, match=r"model\.onnx is not the file .* SHA-256 differs"):
        Runtime.load(bundle)
    (bundle / MODEL).unlink()
    with pytest.raises(BundleError, match=r"model\.onnx cannot be read .*incomplete"):
        Runtime.load(bundle)
    (bundle / MODEL).mkdir()
    with pytest.raises(BundleError, match=r"model\.onnx is not a file"):
        Runtime.load(bundle)
    save_policy(load_policy(), bundle)
    with pytest.raises(BundleError, match=r'no model\.onnx.*"dashcam export .*" makes a bundle'):
        Runtime.load(bundle)


def test_runtime_needs_a_thread() -> None:
    with pytest.raises(BundleError, match="threads are 0, but must be 1 or more"):
        Runtime.load(threads=0)


def test_what_is_too_large_is_not_read(bundle: Path) -> None:
    with (bundle / MODEL).open("wb") as file:
        file.truncate(MAX_BYTES[MODEL] + 1)  # takes no room on the disk, but would in memory
    with pytest.raises(BundleError, match=r"model\.onnx is larger than 500,000,000 bytes"):
        Runtime.load(bundle)


@pytest.mark.parametrize(
    "fields",
    [
        {"schema_version": 1},
        {"schema_version": 3},
        {"frames": None},
        {"frames": {"height": 44, "width": 64, "channels": 1, "stack": 10**9}},
        {"frames": {"height": 44, "width": 64.0, "channels": 1, "stack": 2}},
        {"state": ["speed_mps"]},
        {"actions": {"steering": "change", "steering_limit_rad": 0.2, "table": [[0.0, float("nan")]]}},
        {"actions": {"steering": "change", "steering_limit_rad": 0.2, "table": []}},
        {"actions": {"steering": "swerve", "steering_limit_rad": 0.2, "table": [[0.0, 4.0]]}},
        {"control_period_s": "often"},
        {"sha256": None},
        {"sha256": {MODEL: 7}},
    ],
)
def test_descriptions_of_something_else_are_refused(bundle: Path, fields: dict[str, Any]) -> None:
    change(bundle, **fields)
    with pytest.raises(BundleError, match=r"policy\.json"):
        Runtime.load(bundle)


def test_description_and_model_must_fit(bundle: Path) -> None:
    frames = json.loads((bundle / DESCRIPTION).read_text())["frames"]
    change(bundle, frames={**frames, "height": HEIGHT - 1})
    with pytest.raises(BundleError, match=r"is not the model that policy\.json describes"):
        Runtime.load(bundle)


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "policy/../secret", "train.py"])
def test_descriptions_cannot_name_files_outside_the_bundle(bundle: Path, name: str) -> None:
    (bundle.parent / "secret").write_text("mine")
    digests = json.loads((bundle / DESCRIPTION).read_text())["sha256"]
    change(bundle, sha256={**digests, name: "0" * 64})
    for load in (Runtime.load, load_policy):
        with pytest.raises(BundleError, match="which no bundle has"):
            load(bundle)


def test_models_cannot_fetch_weights_from_other_files(bundle: Path) -> None:
    model = onnx.load(bundle / MODEL)
    tensor = model.graph.initializer[0]
    weights = tensor.raw_data
    for location in ("beside.bin", "../outside.bin", str(bundle.parent / "outside.bin")):
        (bundle / location).write_bytes(weights)
        tensor.raw_data = weights
        onnx.external_data_helper.set_external_data(tensor, location)
        tensor.ClearField("raw_data")
        replace(bundle, MODEL, model.SerializeToString())
        with pytest.raises(BundleError, match="is not a model that onnxruntime can run"):
            Runtime.load(bundle)


class Hostile:
    """Would leave a file behind if anything unpickled it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, (f"open({str(self.trace)!r}, 'w').close()",))


def test_pickles_run_nothing_wherever_they_are_put(bundle: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = pickle.dumps(Hostile(trace))
    pickle.loads(hostile)  # noqa: S301
    assert trace.exists(), "it would run if something unpickled it"
    trace.unlink()
    (tmp_path / "policy.pkl").write_bytes(hostile)
    for load in (Runtime.load, load_policy):
        with pytest.raises(BundleError, match=r"policy\.pkl is not a policy: it is a file"):
            load(tmp_path / "policy.pkl")
    replace(bundle, MODEL, hostile)
    with pytest.raises(BundleError, match=r"model\.onnx is not a model that onnxruntime can run"):
        Runtime.load(bundle)
    replace(bundle, WEIGHTS, hostile)
    with pytest.raises(BundleError, match="does not hold the weights"):
        load_policy(bundle)
    (bundle / DESCRIPTION).write_bytes(hostile)
    for load in (Runtime.load, load_policy):
        with pytest.raises(BundleError, match="not valid JSON"):
            load(bundle)
    assert not trace.exists()


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
    assert load_policy(tmp_path / "out").q_values(FRAMES, STATE).shape == (3, policy.num_actions)
    assert not (tmp_path / "out" / SCORECARD).exists()


class Car:
    """The simulator in the place of a user's car: what the example in the docs calls ``car`` and ``camera``."""

    def __init__(self, steps: int) -> None:
        self.world = World(evaluation_config(load_policy().config), num_cars=1)
        self.world.reset(road_seeds=[TEST_SEEDS[0]])
        self.steps_left = steps

    def is_on(self) -> bool:
        self.steps_left -= 1
        return self.steps_left >= 0

    def read(self) -> np.ndarray:
        return self.world.frames[0, :, :, -self.world.config.camera.channels :]

    def speed(self) -> float:
        return float(self.world.telemetry.speed[0])

    def steering_angle(self) -> float:
        return float(self.world.telemetry.steering_angle[0])

    def drive(self, steering_angle: float, target_speed: float) -> None:
        self.world.step(np.array([[steering_angle, target_speed]]))


def test_example_in_the_docs_drives(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle.parent / "runs").mkdir()
    bundle.rename(bundle.parent / "runs" / "bundle-1")
    monkeypatch.chdir(bundle.parent)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(), flags=re.DOTALL)
    car = Car(steps=100)
    exec(example, {"car": car, "camera": car})  # noqa: S102
    assert car.world.telemetry.progress[0] > 50.0
    assert not car.world.done[0], "it is still on the road"
    assert abs(car.world.telemetry.lateral_offset[0]) < 1.0
