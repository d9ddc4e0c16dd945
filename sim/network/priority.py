"""Who goes first where two connecting lanes of a junction meet, by rule, for traffic that keeps to the right."""

from typing import NamedTuple

import numpy as np

from sim.network.network import LEFT, ROUNDABOUT, SIGNALS, CodeArray
from sim.types import BoolArray, FloatArray, IntArray

OPPOSITE = np.radians(135.0)  # headings that differ by more belong to lanes that face one another
ASIDE = np.radians(20.0)  # headings that differ by less belong to lanes side by side
ON_RING, LEAVING, ENTERING = range(3)  # ranks on a roundabout; on other junctions 0 is the major road, 1 the minor


class Movements(NamedTuple):
    """What right of way depends on; arrays (M,), one entry a connecting lane."""

    control: CodeArray  # that of its junction
    rank: IntArray  # whoever has the higher number gives way
    turn: CodeArray
    heading: FloatArray  # rad, at the lane's begin
    approach: IntArray  # street lanes that lead to one junction side by side share a number
    group: IntArray  # signal group, or -1


def gives_way(movements: Movements, pairs: IntArray, together: BoolArray) -> BoolArray:
    """Whether the first, and whether the second lane of each of the ``pairs`` (K, 2) gives way; shape (K, 2).

    The lower rank goes first; of the same rank, a left turn gives way to what comes towards it, others to what comes
    from the right, and of what is left, the lane of the higher number. At signals, lanes that are never green
    ``together`` (K,) are kept apart by the clock: neither gives way. Those that are green together are left turns
    across oncoming traffic; they give way to it (permitted left turns).
    """
    a, b = (_taken(movements, pairs[:, side]) for side in (0, 1))
    bearing = (b.heading - a.heading + np.pi) % (2.0 * np.pi) - np.pi
    by_number = np.where(pairs[:, 0] > pairs[:, 1], 1, -1)
    facing = np.abs(bearing) > OPPOSITE
    by_turn = np.where(facing, (a.turn == LEFT).astype(int) - (b.turn == LEFT), 0)
    from_side = (np.abs(bearing) > ASIDE) & ~facing & (a.approach != b.approach) & (a.control != ROUNDABOUT)
    by_side = np.where(from_side, np.sign(bearing), 0).astype(int)
    by_rank = np.sign(a.rank - b.rank)
    verdict = np.select([by_rank != 0, by_turn != 0, by_side != 0], [by_rank, by_turn, by_side], by_number)
    verdict[(a.control == SIGNALS) & ~together] = 0
    return np.stack([verdict > 0, verdict < 0], axis=1)


def _taken(movements: Movements, rows: IntArray) -> Movements:
    """Some of the movements."""
    return Movements(*(part[rows] for part in movements))  # type: ignore[arg-type]


def is_permitted(movements: Movements, pairs: IntArray) -> BoolArray:
    """Whether both lanes of each of the ``pairs`` (K, 2) may be green at once: a left turn that yields; (K,)."""
    a, b = pairs.T
    bearing = (movements.heading[b] - movements.heading[a] + np.pi) % (2.0 * np.pi) - np.pi
    one_turns_left = (movements.turn[a] == LEFT) != (movements.turn[b] == LEFT)
    return np.asarray((np.abs(bearing) > OPPOSITE) & one_turns_left)
