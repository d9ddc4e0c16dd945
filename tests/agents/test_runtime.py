"""The runtime drives as the policy does, without PyTorch and the simulator, and names what does not fit it."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.bundles.bundle import DESCRIPTION, MAX_BYTES, REFERENCE, BundleError
from agents.bundles.frames import FrameStack
from agents.deploy.export import rendered_observations
from agents.policy import load_policy
from agents.runtime import Runtime
from sim.actions import action_table, to_commands
from sim.world import World
from tests.support import ROOT
from tests.support.example_car import Car

REFERENCE_CONFIG = load_policy().config
EVERY_PART = {DESCRIPTION, *MAX_BYTES}

# In a process where these cannot be imported, the reference policy drives on the frames of a file.
WITHOUT_TORCH = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        missing = ("torch", "stable_baselines3", "gymnasium", "sim")
        there = {f"perception.{module}" for module in ("atomic", "manifest", "resize", "untrusted")}
        if name.split(".")[0] in missing or (name.startswith("perception.") and name not in there):
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Missing())
import numpy as np
from agents.runtime import Runtime
seen = np.load("observations.npz")
runtime = Runtime.load()
observed = seen["frames"], seen["state"]
np.savez("decided.npz", q=runtime.q_values(*observed), act=runtime.act(*observed))
"""


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


def test_reference_is_a_bundle_of_its_weights() -> None:
    description = json.loads((REFERENCE / DESCRIPTION).read_text())
    assert {path.name for path in REFERENCE.iterdir()} == EVERY_PART
    for name in MAX_BYTES:
        assert description["sha256"][name] == hashlib.sha256((REFERENCE / name).read_bytes()).hexdigest()
    runtime, policy = Runtime.load(), load_policy()
    frames, state = rendered_observations(policy.config, 500)
    assert np.abs(runtime.q_values(frames, state) - policy.q_values(frames, state)).max() <= 1e-4


def test_single_frames_become_the_stack_that_the_simulator_gives() -> None:
    camera = dataclasses.replace(REFERENCE_CONFIG.camera, stack=3)
    world = World(dataclasses.replace(REFERENCE_CONFIG, camera=camera), num_cars=1)
    world.seed([0])
    world.reset()
    stack = FrameStack(dataclasses.replace(Runtime.load().interface, stack=3))
    newest = slice(-camera.channels, None)
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
        stack.push(FRAMES)
    with pytest.raises(BundleError, match="must be uint8"):
        stack.push(np.zeros(REFERENCE_CONFIG.camera.frame_shape))


def test_runtime_needs_a_thread() -> None:
    with pytest.raises(BundleError, match="threads are 0, but must be 1 or more"):
        Runtime.load(threads=0)


def test_example_in_the_docs_drives(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle.parent / "runs").mkdir()
    bundle.rename(bundle.parent / "runs" / "bundle-1")
    monkeypatch.chdir(bundle.parent)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    example, *_ = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(), flags=re.DOTALL)
    car = Car(steps=100)
    exec(example, {"car": car, "camera": car})  # noqa: S102
    assert car.world.telemetry.progress[0] > 50.0
    assert not car.world.done[0], "it is still on the road"
    assert abs(car.world.telemetry.lateral_offset[0]) < 1.0
