"""The last minutes, beat by beat, so that the playhead can go back."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from agents.cockpit.moment import Beat
from agents.drives.drive_log import DriveLog
from sim.config import CONTROL_PERIOD

KEPT_S = 300.0  # of driving; some 12 kB a step with a camera of 64 x 44
KEPT_BEATS = round(KEPT_S / CONTROL_PERIOD)


@dataclass(frozen=True)
class Kept:
    """A beat, and the drives that it belongs to."""

    beat: Beat
    logs: tuple[DriveLog, ...]


class History:
    """A ring of beats, numbered from the start of the session on; the oldest make room for new ones."""

    def __init__(self, most: int = KEPT_BEATS) -> None:
        """Keeps at most so many beats."""
        self._kept: deque[Kept] = deque(maxlen=most)
        self._next = 0

    @property
    def first(self) -> int:
        """Number of the oldest beat that is kept."""
        return self._next - len(self._kept)

    @property
    def last(self) -> int:
        """Number of the newest beat, -1 where there is none yet."""
        return self._next - 1

    def append(self, beat: Beat, logs: Sequence[DriveLog]) -> None:
        """Adds a beat."""
        self._kept.append(Kept(beat, tuple(logs)))
        self._next += 1

    def replace_last(self, beat: Beat) -> None:
        """Exchanges the newest beat, such as for one with an explanation."""
        self._kept[-1] = Kept(beat, self._kept[-1].logs)

    def forget_after(self, number: int) -> None:
        """Drops all beats after that one."""
        while self.last > number:
            self._kept.pop()
            self._next -= 1

    def __getitem__(self, number: int) -> Kept:
        """The beat of a number from ``first`` to ``last``."""
        return self._kept[number - self.first]
