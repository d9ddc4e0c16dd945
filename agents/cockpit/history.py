"""The last minutes, control step by control step, so that the playhead can go back."""

from collections import deque
from dataclasses import dataclass

from agents.cockpit.moment import Tick
from agents.drives.drive_log import DriveLog
from agents.explaining.explain import Explainer
from sim.config import CONTROL_PERIOD

KEPT_S = 300.0  # of driving; some 12 kB a step with a camera of 64 x 44
KEPT_TICKS = round(KEPT_S / CONTROL_PERIOD)


@dataclass(frozen=True)
class HistoryEntry:
    """A tick, and for each car the drive that it belongs to and who can explain it."""

    tick: Tick
    logs: tuple[DriveLog, ...]
    explainers: tuple[Explainer | None, ...]


class History:
    """A ring buffer of ticks, numbered from the start of the session on; the oldest make room for new ones."""

    def __init__(self, most: int = KEPT_TICKS) -> None:
        """Keeps at most so many ticks."""
        self._entries: deque[HistoryEntry] = deque(maxlen=most)
        self._next = 0

    @property
    def first(self) -> int:
        """Number of the oldest tick that is kept."""
        return self._next - len(self._entries)

    @property
    def last(self) -> int:
        """Number of the newest tick, -1 where there is none yet."""
        return self._next - 1

    def append(self, entry: HistoryEntry) -> None:
        """Adds a tick."""
        self._entries.append(entry)
        self._next += 1

    def replace_last(self, entry: HistoryEntry) -> None:
        """Replaces the newest tick, for example after another driver has taken over."""
        self._entries[-1] = entry

    def forget_after(self, number: int) -> None:
        """Drops all ticks after that one."""
        while self.last > number:
            self._entries.pop()
            self._next -= 1

    def __getitem__(self, number: int) -> HistoryEntry:
        """The tick of a number from ``first`` to ``last``."""
        return self._entries[number - self.first]
