"""Atomic writes: a file or folder holds its old contents or its new ones, whatever ends the program.

A file is replaced in one rename. A folder takes two, ``NAME`` to ``NAME.old`` and ``NAME.new`` to ``NAME``; a reader
that finds no ``NAME`` between them takes ``NAME.old``. docs/decisions/016-folders-are-swapped.md says why. Only the
standard library is needed.
"""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DISK_FAILS = {errno.EIO, errno.ENOSPC, errno.EDQUOT}  # what fsync says of a disk that would sync, but cannot now


def write_atomic(path: Path, data: bytes) -> None:
    """Writes a file under another name, sends it to the disk, and renames it; makes its folder.

    Raises:
        OSError: it could not be written; names ``path``, which is as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes a JSON file, indented by two spaces; see ``write_atomic``."""
    write_atomic(path, f"{json.dumps(value, indent=2)}\n".encode())


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yields an empty folder to fill with files that are sent to the disk; it replaces ``folder`` at the end.

    A link in that place is replaced itself; what it leads to stays as it is. If the block raises, ``folder`` stays as
    it was.

    Raises:
        OSError: it could not be made or put in place.
    """
    recover_folder(folder)
    fresh = _beside(folder, ".new")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        sync_folder(fresh)
        if os.path.lexists(folder):
            folder.rename(_beside(folder, ".old"))
        fresh.rename(folder)
        sync_folder(folder.parent)
    finally:
        recover_folder(folder)


def current_folder(folder: Path) -> Path:
    """``folder``, or the place of its contents if its replacement was interrupted between the two renames."""
    old = _beside(folder, ".old")
    return old if not folder.exists() and old.is_dir() else folder


def recover_folder(folder: Path) -> None:
    """Completes an interrupted replacement if the new folder was complete, undoes it otherwise, and clears up.

    Raises:
        OSError: a folder could not be renamed.
    """
    fresh, old = _beside(folder, ".new"), _beside(folder, ".old")
    was_there = old.is_dir() or old.is_symlink()
    if was_there and not os.path.lexists(folder):  # it was renamed once the new one was complete
        (fresh if fresh.is_dir() else old).rename(folder)
    for leftover in (fresh, old):
        if leftover.is_symlink():
            leftover.unlink()
        elif leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)


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


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(folder.name + ending)
