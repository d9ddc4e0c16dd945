"""Compressed sparse rows from lists."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sim.types import Int32Array, IntArray

Columns = dict[str, Any]  # some fields of a named tuple of arrays


def starts_of(counts: "Sequence[int] | IntArray") -> Int32Array:
    """Index of each row's first entry, and of the end; shape (rows + 1,)."""
    starts = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=starts[1:])
    return starts


def rows_of(pairs: Iterable[tuple[int, int]], rows: int) -> tuple[Int32Array, Int32Array]:
    """Starts (rows + 1,) and entries of pairs (row, entry); entries of a row keep their order."""
    table = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    order = np.argsort(table[:, 0], kind="stable")
    return starts_of(np.bincount(table[:, 0], minlength=rows)), table[order, 1].astype(np.int32)


def flat_ranges(counts: IntArray) -> tuple[IntArray, IntArray]:
    """For rows of so many entries: the row of each entry, and its index within the row."""
    row = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return row, np.arange(len(row)) - first[row]
