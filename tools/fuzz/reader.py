"""What a reader is to the fuzzer: a valid input, ways to break it, and a way to read it as a command would."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.fuzz.file_mutations import Mutation

Files = dict[str, bytes]  # contents by name
Enter = Callable[[Any, str, bytes], None]


def write_files(files: Files, folder: Path) -> None:
    """Writes them into a folder, which need not be there."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def unchanged(files: Files) -> Files:
    """What is not sealed and not packed."""
    return files


@dataclass(frozen=True)
class Reader:
    """A reader and what to feed it."""

    make: Callable[[Path], None]
    """Writes a valid input into a folder."""
    read: Callable[[Path], None]
    """Reads what is in a folder, and works with it for a moment."""
    mutations: Mapping[str, Mutation]
    """How each file, by its name in the folder, is broken."""
    seal: Callable[[Files], Files] = unchanged
    """Puts digests right again, as whoever makes a hostile file would."""


def resealed(description: str, enter: Enter) -> Callable[[Files], Files]:
    """Lets the JSON file ``description`` describe the other files as they are, where it can still be read.

    Args:
        description: Its name.
        enter: Called with what it says, and name and contents of each other file.
    """

    def seal(files: Files) -> Files:
        try:
            value = json.loads(files[description])
            for name in set(files) - {description}:
                enter(value, name, files[name])
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            return files
        return {**files, description: json.dumps(value).encode()}

    return seal


def sha256(data: bytes) -> str:
    """The digest that descriptions hold."""
    return hashlib.sha256(data).hexdigest()


def edit_json(path: Path, change: Callable[[Any], object]) -> None:
    """Changes what a JSON file says."""
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")
