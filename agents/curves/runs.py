"""What a training run was set to, and what it has logged so far."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.curves.scores import FRAMES, SCORES, SECONDS, ScoreName
from agents.training.checkpoints.format import CONFIG, DamagedError, read_json
from agents.training.run_log import LOG
from perception.untrusted import read_file
from sim.errors import UserError
from sim.types import FloatArray

MAX_LOG_BYTES = 100_000_000  # a row has some 300


@dataclass(frozen=True, eq=False)
class LoggedRun:
    """A run as its folder tells of it."""

    folder: Path
    seed: int
    settings: Mapping[str, Any]
    """All others by their dotted names, as JSON has them."""
    log: Mapping[str, FloatArray]
    """Columns of log.csv by name, each of shape (K,): one value for each of K >= 1 evaluations."""


def read_run(folder: Path) -> LoggedRun:
    """The run in ``folder``, of any version.

    Raises:
        UserError: there is none, it has not been evaluated yet, or its log is damaged.
    """
    try:
        settings = _flat(read_json(folder / CONFIG))
    except DamagedError as error:
        raise UserError(f"There is no run in {folder}: {error}; name folders that dashcam train wrote.") from error
    seed = settings.pop("seed", None)
    if not isinstance(seed, int):
        raise UserError(f"There is no run in {folder}: its config.json names no seed; name other folders.")
    return LoggedRun(folder, seed, settings, read_log(folder / LOG))


def read_log(path: Path) -> dict[str, FloatArray]:
    """Columns of a run's log by name, each of shape (K,): one value for each of K >= 1 evaluations.

    Raises:
        UserError: it cannot be read, it is damaged, or nothing has been evaluated yet.
    """
    try:
        lines = list(csv.reader(io.StringIO(read_file(path, MAX_LOG_BYTES).decode(), newline=""), strict=True))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); leave this run out.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _damaged(path, f"it is no table: {error}") from error
    header, *rows = lines or [[]]
    if not {FRAMES, SECONDS} <= set(header):
        raise _damaged(path, f"its first line does not name {FRAMES} and {SECONDS}")
    if not rows:
        raise UserError(f"The run in {path.parent} has not been evaluated yet; wait for its first evaluation.")
    table = np.array([_numbers(path, number, row, len(header)) for number, row in enumerate(rows, start=2)])
    columns = dict(zip(header, table.T, strict=True))
    for name in (FRAMES, SECONDS):
        if not np.isfinite(columns[name]).all() or (np.diff(columns[name]) < 0.0).any():
            raise _damaged(path, f"its {name} do not ascend")
    return columns


def require_columns(runs: Sequence[LoggedRun], shown: Sequence[ScoreName]) -> None:
    """Makes sure that all of ``runs`` have logged the scores that are to be shown.

    Raises:
        UserError: one has not.
    """
    for run in runs:
        for name in shown:
            if SCORES[name].column not in run.log:
                raise UserError(f"The log of {run.folder} has no {SCORES[name].column}; leave out this run, or {name}.")


def _numbers(path: Path, line: int, row: list[str], count: int) -> list[float]:
    if len(row) != count:
        raise _damaged(path, f"line {line} has {len(row)} values, but the first one names {count}")
    try:
        return [float(text) for text in row]
    except ValueError as error:
        raise _damaged(path, f"line {line}: {error}") from error


def _damaged(path: Path, reason: str) -> UserError:
    return UserError(f"{path} is damaged ({reason:.200}); restore it, or leave this run out.")


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
