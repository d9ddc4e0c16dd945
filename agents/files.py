"""What can be told of files and folders before work is spent on them."""

import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from agents.locks import LOCK, held
from sim.errors import UserError

PICTURE_ENDINGS = (".png", ".svg")
_PROBE = ".probe"
_LEFT_AT_THE_START = {_PROBE, LOCK, "config.json.tmp", "manifest.json.tmp"}


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


def check_picture_path(path: Path, endings: Sequence[str] = PICTURE_ENDINGS, what: str = "picture") -> None:
    """Refuses what could not be written in the end.

    Raises:
        UserError: the name does not end in one of ``endings``, or it cannot be written.
    """
    if path.suffix.lower() not in endings:
        raise UserError(f"A {what} cannot be written to {path}: its name must end in {' or '.join(endings)}.")
    require_writable(path)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def remove_others(folder: Path, kept: Collection[Path]) -> None:
    """Removes what a folder holds beside ``kept``, as far as possible."""
    with suppress(OSError):
        for path in set(folder.iterdir()) - set(kept):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def claimed(folder: Path | None, name: str, option: str = "--out") -> Iterator[Path]:
    """A folder for this program alone to fill, in which there is nothing to overwrite; removed if it stays empty.

    Args:
        folder: The folder; None for the first of runs/NAME-1, runs/NAME-2, ... that is not there yet.
        name: NAME.
        option: Of the command line, which names another one.

    Raises:
        UserError: the folder holds something, another program fills it, or it cannot be made.
    """
    made = folder is None or not os.path.lexists(folder)
    chosen = folder or Path(f"runs/{name}-N")
    with ExitStack() as stack:
        try:
            chosen = _new_folder(name) if folder is None else folder
            chosen.mkdir(parents=True, exist_ok=True)
            taken = f"Another program is writing to {chosen}; choose another folder with {option}."
            stack.enter_context(held(chosen, taken))
            if made:
                stack.callback(_remove_empty, [chosen])
            _require_free(chosen, option)
        except OSError as error:
            raise UserError(
                f"{chosen} cannot be written ({error.strerror}); choose another folder with {option}."
            ) from error
        yield chosen


def _new_folder(name: str) -> Path:
    """Makes the folder; of several programs that ask at once, each gets another one."""
    runs, number = Path("runs"), 1
    runs.mkdir(exist_ok=True)
    while True:
        try:
            (runs / f"{name}-{number}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return runs / f"{name}-{number}"


def _require_free(folder: Path, option: str) -> None:
    if not all(_is_nothing(path) for path in folder.iterdir()):
        raise UserError(f"{folder} holds another run or other files; choose an empty or new folder with {option}.")
    probe = folder / _PROBE
    probe.touch()
    probe.unlink()


def _is_nothing(path: Path) -> bool:
    """Whether a file holds nothing to lose.

    That is one that a program leaves that is killed before it has begun, an empty one, as ``tee`` begins with, or the
    one where our own output goes.
    """
    there = path.lstat()
    if path.name in _LEFT_AT_THE_START:
        return True
    if not stat.S_ISREG(there.st_mode):
        return False
    return there.st_size == 0 or any(os.path.samestat(there, output) for output in _outputs())


def _outputs() -> Iterator[os.stat_result]:
    for descriptor in (1, 2):
        with suppress(OSError):
            yield os.fstat(descriptor)
