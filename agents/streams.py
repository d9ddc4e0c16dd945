"""The streams of a command: always there, for every character, and none whose failing ends the work."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _Lenient:
    """A stream that remembers a failure to write, as to a full disk or a terminal that is gone, instead of raising it.

    A pipe that nobody reads is no such failure: there, no more needs to be said.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.error = error


@contextmanager
def usable_streams() -> Iterator[_Lenient]:
    """Makes sure of standard input, output and errors; the output is yielded, to ask how it went.

    A stream that was closed is one that takes everything: the next file that is opened would get its number, and what
    is said would go there. What an encoding does not have, as of names that are no text, is written as an escape.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):  # as their numbers
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  it stays open
    before = sys.stdout, sys.stderr
    if hasattr(sys.stdout, "reconfigure"):  # standard error does so by itself
        sys.stdout.reconfigure(errors="backslashreplace")
    output, sys.stderr = _Lenient(sys.stdout), _Lenient(sys.stderr)
    sys.stdout = output
    try:
        yield output
    finally:
        sys.stdout, sys.stderr = before


def drop_output() -> None:
    """Lets what was not written yet go to nowhere, so that Python does not fail at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
