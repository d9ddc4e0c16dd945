"""TensorBoard's event files, written without a background thread: disk errors surface where they are handled."""

import errno
import io
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

PREFIX = "events.out.tfevents."
FORMAT = "brain.Event:2"  # what the first record of an event file says


class EventFile:
    """Scalars over frames, for TensorBoard."""

    def __init__(self, folder: Path, seen_frames: int) -> None:
        """Writes to a new file in ``folder``; TensorBoard hides what older files there say about later frames.

        It reads files in the order of their names, so this one has the greatest number, whatever the clock says.
        """
        older = _numbers(folder)
        number = max([time.time_ns(), *(1 + other for other in older)])
        self._path = folder / f"{PREFIX}{number}.{socket.gethostname()}.{os.getpid()}"
        self._seen_frames, self._follows = seen_frames, bool(older)

    def begin(self) -> None:
        """Makes TensorBoard hide later frames in older files, if there are any.

        Raises:
            OSError: it could not be written.
        """
        if self._follows:
            self._append([])

    def add(self, scalars: Mapping[str, float], frames: int) -> None:
        """Appends what was found after ``frames`` frames, all of it or nothing.

        Raises:
            OSError: it could not be written.
        """
        values = [Summary.Value(tag=name, simple_value=float(value)) for name, value in scalars.items()]
        self._append([Event(wall_time=time.time(), step=frames, summary=Summary(value=values))])

    def _append(self, events: list[Event]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            before = file.tell()
            data = _records([*(self._first() if before == 0 else ()), *events])
            try:
                if file.write(data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(before)
                raise

    def _first(self) -> list[Event]:
        """How a file begins: its format, and that everything after the frames seen so far is logged again."""
        start = SessionLog(status=SessionLog.START)
        return [
            Event(wall_time=time.time(), file_version=FORMAT),
            Event(wall_time=time.time(), step=self._seen_frames + 1, session_log=start),
        ]


def _numbers(folder: Path) -> list[int]:
    """The numbers of the event files in ``folder``: when each was begun, in nanoseconds, if the clock was right."""
    try:
        words = [path.name.removeprefix(PREFIX).partition(".")[0] for path in folder.glob(f"{PREFIX}*")]
    except OSError:
        words = []
    return [int(word) for word in words if word.isdecimal()]


def _records(events: list[Event]) -> bytes:
    records = io.BytesIO()
    for event in events:
        RecordWriter(records).write(event.SerializeToString())
    return records.getvalue()
