"""What can be told of files and folders before work is spent on them."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from sim.errors import UserError


def require_writable(path: Path) -> None:
    """Makes sure that a file can be written there; leaves the file as it is, and no folder that was not there before.

    Raises:
        UserError: it cannot.
    """
    if path.exists() and not path.is_file():  # to open a pipe would wait for a reader
        raise UserError(f"{str(path)!r} cannot be written: it is not a file.")
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be written: {error.strerror}.") from None
    finally:
        _remove_empty(missing)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def claim_folder(folder: Path, option: str = "--out") -> None:
    """Makes sure that nothing is overwritten, and that something can be written; makes the folder.

    Args:
        folder: The folder.
        option: Of the command line, which names another one.

    Raises:
        UserError: the folder holds something, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} holds another run or other files; choose an empty or new folder with {option}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror}); choose another folder with {option}."
        ) from error
