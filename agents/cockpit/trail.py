"""The rows of a drive that charts and map are drawn from, in one array that grows."""

import numpy as np

from agents.cockpit.moment import TRAIL_COLUMNS
from sim.types import Float32Array

_FIRST_ROOM = 1024  # rows; a drive of 100 s


class Trail:
    """Grows by a row after each control step; what it has handed out never changes."""

    def __init__(self, rows: Float32Array | None = None) -> None:
        """Begins with a copy of rows (steps, TRAIL_COLUMNS), or empty."""
        self._count = 0 if rows is None else len(rows)
        self._rows = np.empty((self._count + _FIRST_ROOM, TRAIL_COLUMNS), dtype=np.float32)
        if rows is not None:
            self._rows[: self._count] = rows

    def append(self, row: list[float]) -> None:
        """Adds a row of ``TRAIL_COLUMNS`` numbers."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    @property
    def rows(self) -> Float32Array:
        """The drive so far, (steps, TRAIL_COLUMNS)."""
        return self._rows[: self._count]
