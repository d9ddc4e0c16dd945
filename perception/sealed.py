"""Folders whose description gives the SHA-256 of every other file: written whole, read without trusting them.

Only the standard library is needed, and nothing that is read runs code.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import UserError

MAX_DESCRIPTION_BYTES = 100_000_000


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Writes under another name first, so that nobody sees half a file."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_description(path: Path, description: Mapping[str, Any]) -> None:
    """Writes a description as JSON."""
    write_whole(path, f"{json.dumps(description, indent=2)}\n".encode())


def read_whole(path: Path, most_bytes: int, whole: str) -> bytes:
    """A file's contents.

    Args:
        path: Where it is.
        most_bytes: A larger file is not what was looked for.
        whole: What it belongs to, for the error message, such as "encoder".

    Raises:
        UserError: missing, too large, or unreadable.
    """
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is not a file; the {whole} is damaged or was made by something else.")
    try:
        if path.stat().st_size > most_bytes:
            raise UserError(f"{path} is larger than {most_bytes:,} bytes, which no {whole} needs; it is not one.")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); the {whole} is incomplete.") from error


def read_description(path: Path, version: int, whole: str) -> dict[str, Any]:
    """A description of this schema version; the rest of it is unchecked.

    Raises:
        UserError: missing, not a description, or of another version.
    """
    try:
        description = json.loads(read_whole(path, MAX_DESCRIPTION_BYTES, whole))
    except UserError:
        raise
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON; the {whole} is damaged or was made by something else.") from error
    found = description.get("schema_version") if isinstance(description, dict) else None
    if found is None:
        raise UserError(f"{path} has no schema_version; the {whole} is damaged or was made by something else.")
    if found != version:
        raise UserError(
            f"{path} has schema version {found!r}, but this Dashcam reads {version}; use the version that wrote it, "
            f"or make the {whole} again."
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
