"""A policy bundle on disk: what is in the folder, and how it is read without trusting it.

Only the standard library is needed here, so that ``agents.runtime`` reads a bundle where neither the simulator nor
PyTorch is installed. A part is read by its fixed name, up to a known size, and counts only if its SHA-256 is the one
that the description gives; nothing in the folder says what else to read. docs/deploy.md describes the format.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perception.atomic import current_folder
from perception.manifest import MAX_WEIGHTS_BYTES, WEIGHTS, FolderFormat

SCHEMA_VERSION = 3
DESCRIPTION = "policy.json"
MODEL = "model.onnx"
SCORECARD = "scorecard.json"
CARD = "card.md"
STATE = ["speed_mps", "steering_angle_rad"]  # columns of the car's own state, where a policy observes it
TOLD = ["follow", "left", "right", "straight", "junction_distance_m"]  # and in towns, what the navigator tells
REFERENCE = Path(__file__).parent.parent / "policies" / "reference"

MAX_DESCRIPTION_BYTES = 1_000_000  # that of the reference policy has 3 kB
MAX_BYTES = {WEIGHTS: MAX_WEIGHTS_BYTES, MODEL: 500_000_000, SCORECARD: 100_000_000, CARD: 1_000_000}  # of each part


class BundleError(ValueError):
    """A bundle, or what was given to its policy, is wrong; the message says what, where and what to do.

    The simulator's ``UserError`` means the same, but cannot be imported where the simulator is not installed.
    """


BUNDLE = FolderFormat("policy", DESCRIPTION, SCHEMA_VERSION, "dashcam train", BundleError, MAX_DESCRIPTION_BYTES)


def bundle_folder(path: Path | str | None) -> Path:
    """The folder of a policy: itself, ``policy`` in a run folder, or the reference policy's for None.

    Raises:
        BundleError: there is no policy.
    """
    if path is None:
        return REFERENCE
    path = Path(path)
    if not path.exists():
        raise BundleError(f"There is no policy at {path}; name a run folder or a policy folder, or train one first.")
    if not path.is_dir():
        raise BundleError(f"{path} is not a policy: it is a file; name a run or a policy folder.")
    kept = current_folder(path / "policy")
    folder = kept if kept.is_dir() else path
    if not (folder / DESCRIPTION).is_file():
        raise BundleError(f"{path} is not a policy: there is no {DESCRIPTION} in it; name a run or a policy folder.")
    return folder


def read_description(folder: Path) -> dict[str, Any]:
    """What ``policy.json`` says, of this schema version and with a sound list of parts; the rest is unchecked.

    Raises:
        BundleError: unreadable, not a description, or of another version.
    """
    description = BUNDLE.read_manifest(folder)
    _require_parts(description.get("sha256"), folder / DESCRIPTION)
    return description


def read_part(folder: Path, name: str, description: Mapping[str, Any]) -> bytes:
    """A part of the bundle that is as described.

    Raises:
        BundleError: missing, too large, or changed.
    """
    if name not in description["sha256"]:
        hint = f'; "dashcam export {shlex.quote(str(folder))}" makes a bundle that has one' if name == MODEL else ""
        raise BundleError(f"{folder} has no {name}: {DESCRIPTION} does not name it{hint}.")
    return BUNDLE.read(folder, name, description["sha256"][name], MAX_BYTES[name])


def read_beside(folder: Path, name: str, description: Mapping[str, Any]) -> bytes | None:
    """A part that may be missing, or not be described: training writes scores and card after the policy.

    Without a digest, and since an export copies it, it may not be a link out of the folder.

    Raises:
        BundleError: too large, or described and changed or missing.
    """
    if name in description["sha256"]:
        return read_part(folder, name, description)
    return BUNDLE.read_unlisted(folder, name, MAX_BYTES[name]) if os.path.lexists(folder / name) else None


def _require_parts(digests: object, path: Path) -> None:
    if not isinstance(digests, dict) or not all(isinstance(digest, str) for digest in digests.values()):
        raise BundleError(f"{path} does not describe a policy of this version: sha256 must hold a digest per file.")
    foreign = sorted(set(digests) - set(MAX_BYTES))
    if foreign:
        raise BundleError(
            f"{path} names the file {foreign[0]!r:.80}, which no bundle has; a bundle holds {', '.join(MAX_BYTES)}."
        )
