"""Keeps two programs from training in one folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import UserError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder for this program, until its end at the latest; Windows and some network disks cannot.

    Raises:
        UserError: another program holds it, or nothing can be written there.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        file = (folder / LOCK).open("ab")
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}); make it writable.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another program is training in {folder}; let it end first.") from None
        except OSError:  # a network disk without locks
            pass
        yield
