"""Ctrl-C and its kin end a run at the next moment when nothing is half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]  # Windows has no SIGHUP


class StopRequest:
    """Whether somebody asked the run to end."""

    def __init__(self) -> None:
        """Nobody did so far."""
        self.made = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Takes note of a signal.

        Raises:
            KeyboardInterrupt: it is the second one, so somebody does not want to wait.
        """
        if self.made:
            raise KeyboardInterrupt
        self.made = True


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Takes note of Ctrl-C, SIGTERM and a closed terminal, but for those that the process was started to ignore.

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
