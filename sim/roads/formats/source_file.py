"""Reading a file that somebody else wrote: nothing in it is trusted, not even its size."""

from collections.abc import Callable
from pathlib import Path

from sim.errors import UserError

LARGEST_FILE = 40_000_000  # bytes; the largest maps of CARLA's towns have 12 MB
FARTHEST = 1e8  # m; more than any projection of the earth gives


def read_bytes(path: Path) -> bytes:
    """The contents of a file.

    Raises:
        UserError: it cannot be read, is empty or is too large.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UserError(f"{path} is no file; name a road file.")
        if size > LARGEST_FILE:
            raise UserError(f"{path} has {size / 1e6:.0f} MB, but a road file may have {LARGEST_FILE / 1e6:.0f}.")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); name a road file that is there.") from None
    if len(data) > LARGEST_FILE:
        raise UserError(f"{path} has more than {LARGEST_FILE / 1e6:.0f} MB, the most that a road file may have.")
    if not data.strip():
        raise UserError(f"{path} is empty.")
    return data


def number_of(text: str, where: Callable[[], str]) -> float:
    """A finite number of less than 1e8 in size.

    Args:
        text: Its digits.
        where: Says what it is and where it stands; asked only if something is wrong, for there are many numbers.

    Raises:
        UserError: ``text`` is something else.
    """
    try:
        value = float(text if text.isascii() and "_" not in text else "")  # Python would take 1_0 and ٣ for numbers
    except ValueError:
        raise UserError(f"{where()} is {shorten(text)}, but must be a number.") from None
    if not -FARTHEST <= value <= FARTHEST:
        raise UserError(f"{where()} is {shorten(text)}, but must be a finite number below {FARTHEST:g}.")
    return value


def shorten(text: str) -> str:
    """A text as an error message quotes it."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
