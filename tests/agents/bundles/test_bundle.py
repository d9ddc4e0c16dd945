"""Bundles that are changed, foreign or hostile are named and refused, and nothing in them runs."""

import json
import pickle
from pathlib import Path
from typing import Any

import onnx
import pytest

from agents.bundles.bundle import DESCRIPTION, MAX_BYTES, MODEL, BundleError
from agents.deploy.export import export_bundle
from agents.policy import load_policy, save_policy
from agents.runtime import Runtime
from perception.manifest import WEIGHTS
from perception.preprocess import describe_preprocessing
from tests.support.bundles import change, replace
from tests.support.hostile_files import Hostile

STEPS = describe_preprocessing(load_policy().config.camera)


def test_changed_missing_and_unlisted_models_are_named(bundle: Path) -> None:
    model = (bundle / MODEL).read_bytes()
    (bundle / MODEL).write_bytes(model[:-1] + b"x")
    with pytest.raises(BundleError, match=r"model\.onnx is not the file .* SHA-256 differs"):
        Runtime.load(bundle)
    (bundle / MODEL).unlink()
    with pytest.raises(BundleError, match=r"model\.onnx cannot be read .*incomplete"):
        Runtime.load(bundle)
    (bundle / MODEL).mkdir()
    with pytest.raises(BundleError, match=r"model\.onnx cannot be read \(it is not a file\)"):
        Runtime.load(bundle)
    save_policy(load_policy(), bundle)
    with pytest.raises(BundleError, match=r'no model\.onnx.*"dashcam export .*" makes a bundle'):
        Runtime.load(bundle)


def test_what_is_too_large_is_not_read(bundle: Path) -> None:
    with (bundle / MODEL).open("wb") as file:
        file.truncate(MAX_BYTES[MODEL] + 1)  # takes no room on the disk, but would in memory
    with pytest.raises(BundleError, match=r"model\.onnx cannot be read \(it is larger than 500,000,000 bytes\)"):
        Runtime.load(bundle)


@pytest.mark.parametrize(
    "fields",
    [
        {"schema_version": 2},
        {"schema_version": 4},
        {"frames": None},
        {"frames": {"height": 44, "width": 64, "channels": 1, "stack": 10**9}},
        {"frames": {"height": 44, "width": 64.0, "channels": 1, "stack": 2}},
        {"state": ["speed_mps"]},
        {"actions": {"steering": "change", "steering_limit_rad": 0.2, "table": [[0.0, float("nan")]]}},
        {"actions": {"steering": "change", "steering_limit_rad": 0.2, "table": []}},
        {"actions": {"steering": "swerve", "steering_limit_rad": 0.2, "table": [[0.0, 4.0]]}},
        {"control_period_s": "often"},
        {"preprocessing": {"divide_by": 255.0}},
        {"preprocessing": {**STEPS, "crop": {"field_of_view_deg": 180.0}}},
        {"preprocessing": {**STEPS, "resize": {"height": 45, "width": 64}}},
        {"preprocessing": {**STEPS, "gray": [0.3, 0.3, 0.3]}},
        {"preprocessing": {**STEPS, "stack": 2}},
        {"sha256": None},
        {"sha256": {MODEL: 7}},
    ],
)
def test_descriptions_of_something_else_are_refused(bundle: Path, fields: dict[str, Any]) -> None:
    change(bundle, **fields)
    with pytest.raises(BundleError, match=r"policy\.json"):
        Runtime.load(bundle)


def test_description_and_model_must_fit(bundle: Path) -> None:
    actions = json.loads((bundle / DESCRIPTION).read_text())["actions"]
    change(bundle, actions={**actions, "table": actions["table"][1:]})
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


def test_files_may_be_links_into_a_cache_which_their_digests_vouch_for(bundle: Path) -> None:
    """As those of DVC and Hugging Face are."""
    (bundle.parent / "blobs").mkdir()
    for number, path in enumerate(sorted(bundle.iterdir())):
        path.rename(bundle.parent / "blobs" / str(number))
        path.symlink_to(f"../blobs/{number}")
    Runtime.load(bundle)
    export_bundle(load_policy(bundle), bundle, bundle.parent / "out")
    assert not any(path.is_symlink() for path in (bundle.parent / "out").iterdir())
    (bundle / WEIGHTS).unlink()
    (bundle / WEIGHTS).symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="its SHA-256 differs"):
        load_policy(bundle)


def test_links_without_a_digest_are_not_followed_out_of_the_bundle(bundle: Path) -> None:
    """Whoever exports a stranger's policy, and gives it away, gives no file of their own away with it."""
    digests = json.loads((bundle / DESCRIPTION).read_text())["sha256"]
    change(bundle, sha256={name: digest for name, digest in digests.items() if name != "card.md"})
    (bundle / "card.md").rename(bundle.parent / "secret")
    (bundle / "card.md").symlink_to("../secret")
    with pytest.raises(BundleError, match=r"card\.md cannot be read \(it leads out of its folder\)"):
        export_bundle(load_policy(bundle), bundle, bundle.parent / "out")


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
