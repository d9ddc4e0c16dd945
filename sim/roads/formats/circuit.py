"""Circuits in the format of TUM's racetrack database: a closed centreline with widths, a row for each point.

The columns are ``x_m,y_m,w_tr_right_m,w_tr_left_m``: a point of the centreline and how far the track reaches to its
right and left [m]. The last row meets the first.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.errors import UserError
from sim.roads.formats.source_file import number_of, read_bytes, shorten
from sim.types import FloatArray

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}  # that other programs write
COLUMNS = ("x_m", "y_m", "w_tr_right_m", "w_tr_left_m")
FEWEST_POINTS = 8
LONGEST_GAP = 100.0  # m between two points
CLOSED_SHARE, CLOSED_GAP = 2.0, 15.0  # of the other gaps, and m: the last point lies no further from the first
MOST_POINTS = 200_000
LENGTHS = (100.0, 30_000.0)  # m; the longest circuit, the Nordschleife, has 20.8 km
WIDTHS = (2.0, 60.0)  # m of the whole track


@dataclass(frozen=True)
class Circuit:
    """A circuit as its file has it; K points."""

    path: Path
    points: FloatArray  # (K, 2) m
    right: FloatArray  # (K,) m from the centreline to the track's right edge
    left: FloatArray  # (K,) m


def read_circuit(path: Path) -> Circuit:
    """Reads a circuit.

    Raises:
        UserError: it cannot be read, or is not such a file: the message names the line.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is no circuit: it is not a text in UTF-8.") from None
    if text.lstrip().startswith("<"):
        raise UserError(f"{path} is no circuit but XML or HTML; the name of an OpenDRIVE map must end in .xodr.")
    rows, lines = _rows(text, path)
    circuit = Circuit(path, rows[:, :2], rows[:, 2], rows[:, 3])
    _check(circuit, lines)
    return circuit


def _rows(text: str, path: Path) -> tuple[FloatArray, list[int]]:
    """All points (K, 4), each but once, and the line that each stands in."""
    rows: list[list[float]] = []
    lines: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if not rows and _is_heading(line, path, number):
            continue
        row = _row(line, f"{path}, line {number}")
        if not rows or row[:2] != rows[-1][:2]:
            rows.append(row)
            lines.append(number)
        if len(rows) > MOST_POINTS:
            raise UserError(f"{path} has more than {MOST_POINTS} points, the most that a circuit may have.")
    if len(rows) > 1 and rows[0][:2] == rows[-1][:2]:
        rows.pop()
    if len(rows) < FEWEST_POINTS:
        raise UserError(f"{path} has {len(rows)} different points, but a circuit needs {FEWEST_POINTS} or more.")
    return np.array(rows), lines


def _is_heading(line: str, path: Path, number: int) -> bool:
    """Whether a line names columns, or is a remark."""
    for sign in ";\t|":
        if set(_words(line, sign)) & set(COLUMNS):
            _refuse_separator(line, f"{path}, line {number}")
    words = _words(line, ",")
    named = len(words) == len(COLUMNS) and all(word.isidentifier() for word in words)
    if named or set(words) & set(COLUMNS):
        if tuple(words) != COLUMNS:
            raise UserError(f"{path}, line {number}: the columns are {shorten(line)}, but must be {','.join(COLUMNS)}.")
        return True
    return line.startswith("#")


def _refuse_separator(line: str, where: str) -> None:
    """Refuses columns that no commas are between.

    Raises:
        UserError: there is something else.
    """
    inside = line.strip("# ")
    for sign in SEPARATORS:
        if sign in inside and (sign != " " or "," not in inside):
            raise UserError(
                f"{where}: the columns are separated by {SEPARATORS[sign]}, but a circuit has 4, separated by commas, "
                f"with points in decimals: {','.join(COLUMNS)}."
            )


def _words(line: str, sign: str) -> list[str]:
    return [word.strip().lower() for word in line.lstrip("# ").split(sign)]


def _row(line: str, where: str) -> list[float]:
    _refuse_separator(line, where)
    fields = line.split(",")
    if len(fields) != len(COLUMNS):
        advice = "; decimals must have points and columns commas" if len(fields) > len(COLUMNS) else ""
        raise UserError(f"{where}: {len(fields)} columns, but a circuit has 4: {','.join(COLUMNS)}{advice}.")
    return [_number(field.strip(), where, name) for name, field in zip(COLUMNS, fields, strict=True)]


def _number(text: str, where: str, name: str) -> float:
    return number_of(text, lambda: f"{where}: {name}")


def _check(circuit: Circuit, lines: list[int]) -> None:
    """Refuses what no circuit is like.

    Raises:
        UserError: a gap, a width or the length is beyond all limits.
    """
    gaps = np.hypot(*(np.roll(circuit.points, -1, axis=0) - circuit.points).T)
    widths = circuit.right + circuit.left
    wrong = np.flatnonzero(
        (np.minimum(circuit.right, circuit.left) < 0.0) | (widths < WIDTHS[0]) | (widths > WIDTHS[1])
    )
    if len(wrong):
        at = wrong[0]
        raise UserError(
            f"{circuit.path}, line {lines[at]}: the track is {circuit.right[at]:g} + {circuit.left[at]:g} m wide, but "
            f"must be {WIDTHS[0]:g} to {WIDTHS[1]:g} m, and neither part below 0."
        )
    widest = int(np.argmax(gaps[:-1]))
    if gaps[widest] > LONGEST_GAP:
        raise UserError(
            f"{circuit.path}, line {lines[widest]}: the next point is {gaps[widest]:.0f} m away, but the points of a "
            f"circuit lie at most {LONGEST_GAP:.0f} m apart."
        )
    if gaps[-1] > min(max(CLOSED_SHARE * gaps[widest], CLOSED_GAP), LONGEST_GAP):
        raise UserError(
            f"{circuit.path}, line {lines[-1]}: the track is not closed: its last point lies {gaps[-1]:.0f} m from its "
            f"first, the others at most {gaps[widest]:.0f} m from the next; only closed tracks can be driven."
        )
    length = gaps.sum()
    if not LENGTHS[0] <= length <= LENGTHS[1]:
        raise UserError(
            f"{circuit.path}: the circuit is {length:.0f} m long, but must be {LENGTHS[0]:.0f} to {LENGTHS[1]:.0f}."
        )
