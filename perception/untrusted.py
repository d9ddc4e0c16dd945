"""Reads files without trusting whoever wrote them: neither their size, nor where they lie, nor how deep JSON nests.

Only the standard library is needed, so that what reads a policy's bundle runs where neither the simulator nor PyTorch
is installed. Callers say in words of their own what an ``OSError`` from here means; its ``strerror`` is a clause.
"""

import errno
import json
from pathlib import Path
from typing import Any

LONGEST_NUMBER = 60  # characters of an integer in JSON; the states of random generators have 39
MOST_NESTED = 32  # levels of lists and objects in JSON; ours have 8 at the most


def read_file(path: Path, most_bytes: int) -> bytes:
    """The contents of a regular file of at most ``most_bytes``; pipes and devices may have no end.

    Raises:
        OSError: missing, not a regular file, too large, or unreadable.
    """
    size = require_file(path, most_bytes)
    with path.open("rb") as file:
        return file.read(size)


def require_file(path: Path, most_bytes: int) -> int:
    """Makes sure that ``path`` is a regular file of at most ``most_bytes``; returns its size [bytes].

    Raises:
        OSError: missing, not a regular file, or too large.
    """
    try:
        size = path.stat().st_size
    except ValueError:  # a name with a zero in it
        raise OSError(errno.EINVAL, "no file can have this name") from None
    if not path.is_file():
        raise OSError(errno.EINVAL, "it is not a file")
    if size > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes")
    return size


def read_inside(folder: Path, name: str, most_bytes: int) -> bytes:
    """The contents of a file of a folder; neither its name nor a link may lead out of the folder.

    Raises:
        OSError: as ``read_file``, or it lies elsewhere.
    """
    try:
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
    except (ValueError, RuntimeError):  # a zero in the name; links in a circle
        inside = False
    if not inside:
        raise OSError(errno.EPERM, "it leads out of its folder")
    return read_file(folder / name, most_bytes)


def parse_json(data: bytes) -> Any:
    """The value of a JSON file.

    Raises:
        ValueError: it is not valid, is nested too deeply, or holds a number that is too long.
    """
    try:
        value = json.loads(data, parse_int=_integer)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    level = [value]
    for _ in range(MOST_NESTED):
        outer = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [item for items in outer for item in items]
        if not level:
            return value
    raise ValueError("it is nested too deeply")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("it holds a number that is too long")
    return int(text)
