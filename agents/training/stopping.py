"""Ctrl-C and system signals end work at the next point where nothing is half done.

Batch systems and spot machines warn with SIGTERM or SIGUSR1 before they take the machine away, some of them more than
once, and run the same command again elsewhere. Its exit code, ``EXIT_RESUMABLE``, is sysexits.h's "temporary failure".
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_RESUMABLE = 75

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)
]  # Windows has neither of the last two


class TerminatedError(KeyboardInterrupt):
    """The system, not a user's Ctrl-C, ended the work, which can be resumed."""


class StopRequest:
    """Whether the work was asked to end."""

    def __init__(self) -> None:
        """No request has been made; until ``wait`` is called, one interrupts the work at once."""
        self.number: int | None = None  # of the first signal
        self._waits = False

    @property
    def made(self) -> bool:
        """Whether somebody asked."""
        return self.number is not None

    @property
    def terminated(self) -> bool:
        """Whether the system asked, not somebody with Ctrl-C."""
        return self.made and self.number != signal.SIGINT

    def wait(self) -> None:
        """From now on, requests are noted, and the work checks for them after each step."""
        self._waits = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Takes note of a signal.

        Raises:
            KeyboardInterrupt: it is Ctrl-C for the second time, or requests are not waited for.
        """
        insists = self.made and number == signal.SIGINT
        self.number = number if self.number is None else self.number
        if insists or not self._waits:
            self.require_none()

    def require_none(self) -> None:
        """Ends the work that somebody asked to end.

        Raises:
            TerminatedError: the system asked.
            KeyboardInterrupt: somebody asked with Ctrl-C.
        """
        if self.made:
            raise TerminatedError if self.terminated else KeyboardInterrupt


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Handles Ctrl-C, SIGTERM, SIGUSR1 and a closed terminal, but for those that the process was started to ignore.

    Outside the main thread, where Python handles no signals, nothing is ever requested.
    """
    request = StopRequest()
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, request.handle)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
