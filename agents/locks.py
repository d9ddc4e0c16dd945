"""Keeps two programs from writing to one place."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sim.errors import UserError

LOCK = ".lock"  # in the folder of a run: network disks lock files, but not folders


@contextmanager
def held(path: Path, taken: str) -> Iterator[None]:
    """Holds a file or a folder for this program, until its end at the latest; Windows and some network disks cannot.

    Args:
        path: A file or a folder.
        taken: What to say where another program holds it.

    Raises:
        UserError: another program holds it.
        OSError: it is not there, or cannot be opened.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_WRONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(taken) from None
        except OSError:  # a network disk without locks
            pass
        yield
    finally:
        os.close(descriptor)


@contextmanager
def training_in(folder: Path) -> Iterator[None]:
    """Holds the folder of a run for this program; see ``held``.

    Raises:
        UserError: another program holds it, or nothing can be written there.
    """
    with ExitStack() as stack:
        try:
            (folder / LOCK).touch()
            stack.enter_context(held(folder / LOCK, f"Another program is training in {folder}; let it end first."))
        except OSError as error:
            raise UserError(f"{folder} cannot be written ({error.strerror}); make it writable.") from error
        yield
