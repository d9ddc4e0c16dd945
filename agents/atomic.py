"""Replaces folders whole or not at all, whatever ends the program: a signal, a full disk, a power cut.

A folder cannot take the place of another in one step, as a file can (``perception.whole``), so it is swapped in two,
``NAME`` to ``NAME.old`` and ``NAME.new`` to ``NAME``; whoever finds no ``NAME`` between them takes ``NAME.old``.
docs/decisions/016-folders-are-swapped.md says why. Only the standard library is needed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perception.whole import sync_folder


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to fill with files that are sent to the disk; it takes the place of ``folder`` at the end.

    A link in that place is replaced itself: what it leads to may be anybody's, and stays as it is. When something is
    raised meanwhile, ``folder`` stays as it was.

    Raises:
        OSError: it could not be made or put in place.
    """
    settle_folder(folder)
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
        settle_folder(folder)


def whole_folder(folder: Path) -> Path:
    """``folder``, or where its contents are if its replacement was interrupted between the two steps."""
    old = _beside(folder, ".old")
    return old if not folder.exists() and old.is_dir() else folder


def settle_folder(folder: Path) -> None:
    """Ends a replacement that was interrupted, forwards where the new folder was whole, and clears up.

    Raises:
        OSError: a folder could not be renamed.
    """
    fresh, old = _beside(folder, ".new"), _beside(folder, ".old")
    was_there = old.is_dir() or old.is_symlink()
    if was_there and not os.path.lexists(folder):  # it was renamed once the new one was whole
        (fresh if fresh.is_dir() else old).rename(folder)
    for leftover in (fresh, old):
        if leftover.is_symlink():
            leftover.unlink()
        elif leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(folder.name + ending)
