"""Keeps two programs from training in one folder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from agents.locks import held
from sim.errors import UserError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder for this program, until its end at the latest; Windows and some network disks cannot.

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
