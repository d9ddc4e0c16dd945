"""The logs of a run: log.csv and TensorBoard's events.

The log is rewritten atomically with each row, so it never ends in half a row and can be rewound to a checkpoint. If
the disk refuses it, rows are kept in memory until they can be written.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.training.best_effort import BestEffort
from agents.training.events import EventFile
from perception.atomic import write_atomic

LOG = "log.csv"
TENSORBOARD = "tensorboard"


class RunLog:
    """Rows of a run, in a table and in TensorBoard."""

    def __init__(self, out: Path, header: Sequence[str], console: Console) -> None:
        self._out = out
        self.lines = [_line(header)]
        self._table = BestEffort(console, str(out / LOG), "its rows are kept in memory and tried again")
        self._events = BestEffort(console, f"TensorBoard's events in {out}", "they are left out")
        self._board: EventFile | None = None

    def begin(self, lines: Sequence[str] | None, frames: int) -> None:
        """Opens the log after ``frames`` frames, with the ``lines`` that it held then; a new run has None.

        What TensorBoard shows of later frames, logged before the run was rewound, is hidden.
        """
        self.lines = self.lines if lines is None else list(lines)
        self._table.attempt(self._write)
        self._board = EventFile(self._out / TENSORBOARD, frames)
        self._events.attempt(self._board.begin)

    def add(self, row: Sequence[Any], scalars: Mapping[str, float], frames: int) -> None:
        """Adds what was found after ``frames`` frames: a row of the table, and ``scalars`` by name for TensorBoard."""
        self.lines.append(_line(row))
        self._table.attempt(self._write)
        board = self._board
        if board is not None:
            self._events.attempt(lambda: board.add(scalars, frames))

    def close(self) -> None:
        """Writes what is left."""
        self._table.attempt(self._write)

    def _write(self) -> None:
        write_atomic(self._out / LOG, "".join(self.lines).encode())


def _line(values: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
