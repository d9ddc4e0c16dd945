"""Policy bundles: they come back as they were, and what is damaged or foreign is named and refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from agents.bundles.bundle import DESCRIPTION, REFERENCE, BundleError
from agents.config import TrainConfig
from agents.policy import Policy, empty_network, load_policies, load_policy, save_policy
from perception.manifest import WEIGHTS
from sim.actions import action_table
from sim.errors import UserError

CONFIG = TrainConfig().env


def untrained(encoder: str = "fast") -> Policy:
    return Policy(empty_network(CONFIG, encoder, "quadratic"), CONFIG, encoder, "quadratic", "test")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    save_policy(untrained(), tmp_path / "bundle")
    return tmp_path / "bundle"


def observations(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (count, *CONFIG.camera.observation_shape), dtype=np.uint8)
    return frames, random.uniform(0.0, 1.0, (count, 2)).astype(np.float32)


def test_policies_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    paths = [tmp_path / run / "policy" for run in ("first", "second")]
    for path in paths:
        save_policy(untrained(), path)
    assert [policy.name for policy in load_policies(paths)] == [str(path) for path in paths]
    assert [policy.name for policy in load_policies(paths[:1])] == [load_policy(paths[0]).name]


def test_saved_policy_comes_back_with_the_same_q_values(tmp_path: Path) -> None:
    policy = untrained()
    save_policy(policy, tmp_path)
    loaded = load_policy(tmp_path)
    assert loaded.config == CONFIG
    assert np.array_equal(loaded.q_values(*observations(9)), policy.q_values(*observations(9)))
    assert loaded.act(*observations(9)).shape == (9,)


def test_a_run_folder_stands_for_its_policy(bundle: Path) -> None:
    bundle.rename(bundle.parent / "policy")
    assert load_policy(bundle.parent).encoder == "fast"


def test_reference_policy_ships_and_is_small() -> None:
    policy = load_policy()
    frames = np.zeros((2, *policy.config.camera.observation_shape), dtype=np.uint8)
    values = policy.q_values(frames, np.zeros((2, 2), dtype=np.float32))
    assert values.shape == (2, len(action_table(policy.config.actions)))
    assert sum(path.stat().st_size for path in REFERENCE.iterdir()) <= 3_000_000


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="There is no policy at"):
        load_policy(tmp_path / "nowhere")


def test_folder_without_a_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"is not a policy: there is no policy\.json"):
        load_policy(tmp_path)


@pytest.mark.parametrize(("name", "sentence"), [(WEIGHTS, "SHA-256 differs"), (DESCRIPTION, "not valid JSON")])
def test_truncated_files_are_refused(bundle: Path, name: str, sentence: str) -> None:
    data = (bundle / name).read_bytes()
    (bundle / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(BundleError, match=sentence):
        load_policy(bundle)


def test_missing_weights_are_named(bundle: Path) -> None:
    (bundle / WEIGHTS).unlink()
    with pytest.raises(BundleError, match=r"weights\.safetensors cannot be read"):
        load_policy(bundle)


@pytest.mark.parametrize(
    "change", [{"schema_version": 99}, {"encoder": "nix"}, {"environment": {"wheels": 3}}, {"control_period_s": 0.2}]
)
def test_foreign_descriptions_are_refused(bundle: Path, change: dict[str, object]) -> None:
    description = json.loads((bundle / DESCRIPTION).read_text())
    (bundle / DESCRIPTION).write_text(json.dumps({**description, **change}))
    with pytest.raises((BundleError, UserError)):
        load_policy(bundle)


@pytest.mark.parametrize(
    "text",
    ["[]", "7", "{}", '{"schema_version": 3}', '{"schema_version": 3, "sha256": {}, "environment": 3}'],
)
def test_descriptions_that_describe_nothing_are_refused(bundle: Path, text: str) -> None:
    (bundle / DESCRIPTION).write_text(text)
    with pytest.raises((BundleError, UserError)):
        load_policy(bundle)


def test_weights_of_another_network_are_refused(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    save_policy(untrained("nature"), other)
    description = json.loads((other / DESCRIPTION).read_text())
    (bundle / WEIGHTS).write_bytes((other / WEIGHTS).read_bytes())
    (bundle / DESCRIPTION).write_text(json.dumps({**description, "encoder": "fast"}))
    with pytest.raises(BundleError, match="does not hold the weights"):
        load_policy(bundle)
