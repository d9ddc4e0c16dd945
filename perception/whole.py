"""Files as a whole: written whole or not at all, and read without trusting them, not even their size.

Only the standard library is needed, so that what reads a policy's bundle runs where neither the simulator nor PyTorch
is installed. Whoever reads says in words of its own what an ``OSError`` from here means; its ``strerror`` is a clause.
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST_NUMBER = 60  # characters of a whole number in JSON; the states of random generators have 39
DISK_FAILS = {errno.EIO, errno.ENOSPC, errno.EDQUOT}  # what fsync says of a disk that would sync, but cannot now
MOST_NESTED = 32  # levels of lists and objects in JSON; ours have 8 at the most


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file: ``path`` holds all of ``data`` afterwards, or what it held before, whatever ends the program.

    It is written under another name, sent to the disk, and renamed.

    Raises:
        OSError: it could not be written; names ``path``.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk names no file
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sends the names in a folder to the disk, where the disk and the system can.

    Raises:
        OSError: the disk is full or broken.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # it may be written, but not listed
        return
    try:
        os.fsync(descriptor)
    except OSError as error:  # network disks, shared folders of virtual machines and FUSE know no such thing
        if error.errno in DISK_FAILS:
            raise
    finally:
        os.close(descriptor)


def read_whole(path: Path, most_bytes: int) -> bytes:
    """A file's contents; neither a folder's nor those of a pipe or a device, which may have no end.

    Args:
        path: Where it is.
        most_bytes: A larger file is not what was looked for, and none of it is read.

    Raises:
        OSError: missing, no file, too large, or unreadable.
    """
    size = require_file(path, most_bytes)
    with path.open("rb") as file:
        return file.read(size)


def require_file(path: Path, most_bytes: int) -> int:
    """Makes sure that ``path`` is a file that may be read whole; returns its size [bytes].

    Raises:
        OSError: missing, no file, or too large.
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
    """The contents of a file of a folder that somebody else may have made: no name and no link leads out of it.

    Raises:
        OSError: as ``read_whole``, or it lies elsewhere.
    """
    try:
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
    except (ValueError, RuntimeError):  # a zero in the name; links in a circle
        inside = False
    if not inside:
        raise OSError(errno.EPERM, "it leads out of its folder")
    return read_whole(folder / name, most_bytes)


def parse_json(data: bytes) -> Any:
    """What a JSON file says.

    Raises:
        ValueError: it is not valid, is nested too deeply, or holds a number that is too long.
    """
    try:
        value = json.loads(data, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    level = [value]
    for _ in range(MOST_NESTED):
        level = [item for outer in level if isinstance(outer, dict | list) for item in _items(outer)]
        if not level:
            return value
    raise ValueError("it is nested too deeply")


def _items(outer: Any) -> Iterable[Any]:
    return outer.values() if isinstance(outer, dict) else outer


def _whole_number(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("it holds a number that is too long")
    return int(text)
