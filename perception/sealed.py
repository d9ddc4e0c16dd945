"""Folders whose description gives the SHA-256 of every other file; nothing that is read runs code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perception.whole import parse_json, read_whole, write_whole
from sim.errors import UserError
from sim.fields import quoted

MAX_DESCRIPTION_BYTES = 10_000_000  # 100 million frames need 3 MB; in memory, JSON takes up to 25 times as much


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_description(path: Path, description: Mapping[str, Any]) -> None:
    """Writes a description as JSON."""
    write_whole(path, f"{json.dumps(description, indent=2)}\n".encode())


def read_part(folder: Path, name: str, most_bytes: int, whole: str) -> bytes:
    """The contents of a file of the folder, or of one elsewhere that it is a link to, as in caches: see the digest.

    Args:
        folder: Where it is.
        name: Its name there.
        most_bytes: A larger file is not what was looked for.
        whole: What it belongs to, for the error message, such as "encoder".

    Raises:
        UserError: missing, too large, or unreadable.
    """
    try:
        return read_whole(folder / name, most_bytes)
    except OSError as error:
        raise UserError(
            f"{folder / name} cannot be read ({error.strerror}); the {whole} is incomplete or damaged."
        ) from error


def read_description(path: Path, version: int, whole: str) -> dict[str, Any]:
    """A description of this schema version; the rest of it is unchecked.

    Raises:
        UserError: missing, not a description, or of another version.
    """
    try:
        description = parse_json(read_part(path.parent, path.name, MAX_DESCRIPTION_BYTES, whole))
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON; the {whole} is damaged or was made by something else.") from error
    found = description.get("schema_version") if isinstance(description, dict) else None
    if found is None:
        raise UserError(f"{path} has no schema_version; the {whole} is damaged or was made by something else.")
    if found != version:
        raise UserError(
            f"{path} has schema version {quoted(found)}, but this Dashcam reads {version}; use the version that "
            f"wrote it, or make the {whole} again."
        )
    assert isinstance(description, dict)
    return description


def require_digest(path: Path, data: bytes, wanted: object, described_by: str) -> None:
    """Makes sure that a file is the one that was described.

    Raises:
        UserError: it was changed.
    """
    if digest(data) != wanted:
        raise UserError(f"{path} is not the file that {described_by} describes (its SHA-256 differs): it was changed.")
