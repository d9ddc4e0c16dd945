"""The last minutes, beat by beat, so that the playhead can go back."""

from collections import deque
from dataclasses import dataclass

from agents.cockpit.moment import Beat
from agents.drives.drive_log import DriveLog
from agents.explaining.explain import Explainer
from sim.config import CONTROL_PERIOD

KEPT_S = 300.0  # of driving; some 12 kB a step with a camera of 64 x 44
KEPT_BEATS = round(KEPT_S / CONTROL_PERIOD)


@dataclass(frozen=True)
class Kept:
    """A beat, and of each car the drive that it belongs to and who can say what the policy looked at."""

    beat: Beat
    logs: tuple[DriveLog, ...]
    explainers: tuple[Explainer | None, ...]


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

    def append(self, kept: Kept) -> None:
        """Adds a beat."""
        self._kept.append(kept)
        self._next += 1

    def replace_last(self, kept: Kept) -> None:
        """Exchanges the newest beat, such as for one with another driver."""
        self._kept[-1] = kept

    def forget_after(self, number: int) -> None:
        """Drops all beats after that one."""
        while self.last > number:
            self._kept.pop()
            self._next -= 1

    def __getitem__(self, number: int) -> Kept:
        """The beat of a number from ``first`` to ``last``."""
        return self._kept[number - self.first]
