"""What can be told of files and folders before work is spent on them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import UserError

PICTURE_ENDINGS = (".png", ".svg")
# Temporary files, and the lock of a run, see agents.training.run_lock.
_PROBE = ".probe"
_LEFT_AT_THE_START = {_PROBE, ".lock", "config.json.tmp", "manifest.json.tmp"}


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


def check_picture_path(path: Path, endings: Sequence[str] = PICTURE_ENDINGS) -> None:
    """Refuses what could not be written in the end.

    Raises:
        UserError: the name does not end in one of ``endings``, or it cannot be written.
    """
    if path.suffix.lower() not in endings:
        raise UserError(f"A picture cannot be written to {path}: its name must end in {' or '.join(endings)}.")
    require_writable(path)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def claim_folder(folder: Path, option: str = "--out") -> None:
    """Makes sure that nothing is overwritten, and that something can be written; makes the folder.

    Args:
        folder: The folder.
        option: Of the command line, which names another one.

    Raises:
        UserError: the folder holds something, or cannot be made.
    """
    try:
        if folder.exists() and (not folder.is_dir() or _holds_work(folder)):
            raise UserError(f"{folder} holds another run or other files; choose an empty or new folder with {option}.")
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / _PROBE
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror}); choose another folder with {option}."
        ) from error


def _holds_work(folder: Path) -> bool:
    """Whether there is more in it than what a program leaves that is killed before it has begun."""
    return any(path.name not in _LEFT_AT_THE_START for path in folder.iterdir())


@contextmanager
def claimed(folders: Mapping[Path, str]) -> Iterator[None]:
    """The folders are there and empty; those that were made for nothing are taken away again.

    Args:
        folders: The option that names each.

    Raises:
        UserError: see ``claim_folder``.
    """
    made = [folder for folder in folders if not folder.exists()]
    try:
        for folder, option in folders.items():
            claim_folder(folder, option)
        yield
    finally:
        _remove_empty(made)
