"""A policy bundle on disk: what is in the folder, and how it is read without trusting it.

Only the standard library is needed here, so that ``agents.runtime`` reads a bundle where neither the simulator nor
PyTorch is installed. A part is read by its fixed name, up to a known size, and counts only if its SHA-256 is the one
that the description gives; nothing in the folder says what else to read. So parts may be links into a cache, as those
of DVC and Hugging Face; what has no digest, and is copied by an export, may not. docs/deploy.md describes the format.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.atomic import whole_folder
from perception.whole import parse_json, read_inside, read_whole, write_whole

SCHEMA_VERSION = 3
DESCRIPTION = "policy.json"
WEIGHTS = "weights.safetensors"
MODEL = "model.onnx"
SCORECARD = "scorecard.json"
CARD = "card.md"
STATE = ["speed_mps", "steering_angle_rad"]  # columns of the car's own state, where a policy observes it
REFERENCE = Path(__file__).parent.parent / "policies" / "reference"

MAX_DESCRIPTION_BYTES = 1_000_000  # that of the reference policy has 3 kB
MAX_BYTES = {WEIGHTS: 500_000_000, MODEL: 500_000_000, SCORECARD: 100_000_000, CARD: 1_000_000}  # of each part


class BundleError(ValueError):
    """A bundle, or what was given to its policy, is wrong; the message says what, where and what to do.

    The simulator's ``UserError`` means the same, but cannot be imported where the simulator is not installed.
    """


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
    kept = whole_folder(path / "policy")
    folder = kept if kept.is_dir() else path
    if not (folder / DESCRIPTION).is_file():
        raise BundleError(f"{path} is not a policy: there is no {DESCRIPTION} in it; name a run or a policy folder.")
    return folder


def read_description(folder: Path) -> dict[str, Any]:
    """What ``policy.json`` says, of this schema version and with a sound list of parts; the rest is unchecked.

    Raises:
        BundleError: unreadable, not a description, or of another version.
    """
    path = folder / DESCRIPTION
    try:
        description = parse_json(_read(folder, DESCRIPTION, MAX_DESCRIPTION_BYTES))
    except BundleError:
        raise
    except ValueError as error:
        raise BundleError(f"{path} is not valid JSON; the policy is damaged or was made by something else.") from error
    if not isinstance(description, dict) or "schema_version" not in description:
        raise BundleError(f"{path} does not describe a policy: it has no schema_version.")
    version = description["schema_version"]
    if version != SCHEMA_VERSION:
        raise BundleError(
            f"{path} has schema version {version!r:.80}, but this Dashcam reads {SCHEMA_VERSION}; "
            "use the version that wrote it, or train again."
        )
    _require_parts(description.get("sha256"), path)
    return description


def read_part(folder: Path, name: str, description: Mapping[str, Any]) -> bytes:
    """A part of the bundle, whole and as described.

    Raises:
        BundleError: missing, too large, or changed.
    """
    path = folder / name
    if name not in description["sha256"]:
        hint = f'; "dashcam export {shlex.quote(str(folder))}" makes a bundle that has one' if name == MODEL else ""
        raise BundleError(f"{folder} has no {name}: {DESCRIPTION} does not name it{hint}.")
    data = _read(folder, name, MAX_BYTES[name])
    if hashlib.sha256(data).hexdigest() != description["sha256"][name]:
        raise BundleError(f"{path} is not the file that {DESCRIPTION} describes (its SHA-256 differs): it was changed.")
    return data


def read_beside(folder: Path, name: str, description: Mapping[str, Any]) -> bytes | None:
    """A part that need not be there, or be described: training writes scores and card after the policy.

    Raises:
        BundleError: too large, or described and changed or missing.
    """
    if name in description["sha256"]:
        return read_part(folder, name, description)
    return _read(folder, name, MAX_BYTES[name], inside=True) if os.path.lexists(folder / name) else None


def write_bundle(folder: Path, description: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
    """Writes all parts and then the description, so a folder without it is known to be incomplete.

    Args:
        folder: Where to; made if needed.
        description: Everything but the digests.
        parts: Contents by file name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in parts.items():
        write_whole(folder / name, data)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}
    text = json.dumps({"schema_version": SCHEMA_VERSION, **description, "sha256": digests}, indent=2)
    write_whole(folder / DESCRIPTION, f"{text}\n".encode())


def _require_parts(digests: object, path: Path) -> None:
    if not isinstance(digests, dict) or not all(isinstance(digest, str) for digest in digests.values()):
        raise BundleError(f"{path} does not describe a policy of this version: sha256 must hold a digest per file.")
    foreign = sorted(set(digests) - set(MAX_BYTES))
    if foreign:
        raise BundleError(
            f"{path} names the file {foreign[0]!r:.80}, which no bundle has; a bundle holds {', '.join(MAX_BYTES)}."
        )


def _read(folder: Path, name: str, max_bytes: int, inside: bool = False) -> bytes:
    try:
        return read_inside(folder, name, max_bytes) if inside else read_whole(folder / name, max_bytes)
    except OSError as error:
        raise BundleError(
            f"{folder / name} cannot be read ({error.strerror}); the policy is incomplete or damaged."
        ) from error
