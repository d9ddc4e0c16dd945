"""Fields of a network from what they are made of, for whoever builds one."""

from collections.abc import Sequence

import numpy as np

from sim.network.conflicts import Conflicts
from sim.network.lines import Evened
from sim.network.rows import Columns, rows_of, starts_of
from sim.network.signals import Group
from sim.types import BoolArray, IntArray


def point_columns(evened: Evened) -> Columns:
    """Points of the lanes."""
    return {
        "lane_points": evened.starts,
        "x": evened.x.astype(np.float32),
        "y": evened.y.astype(np.float32),
        "cos": np.cos(evened.heading).astype(np.float32),
        "sin": np.sin(evened.heading).astype(np.float32),
        "curvature": evened.curvature.astype(np.float32),
        "station": evened.station.astype(np.float32),
    }


def link_columns(links: IntArray, lanes: int) -> Columns:
    """Successors and predecessors from pairs ``links`` (K, 2): a lane and a successor."""
    successor_starts, successors = rows_of(links, lanes)
    predecessor_starts, predecessors = rows_of(links[:, ::-1], lanes)
    return {
        "successor_starts": successor_starts,
        "successors": successors,
        "predecessor_starts": predecessor_starts,
        "predecessors": predecessors,
    }


def conflict_columns(conflicts: Conflicts, ways: BoolArray, lanes: int) -> Columns:
    """Every conflict twice: once for each of its lanes; ``ways`` (K, 2) says which of both gives way."""
    own = conflicts.lanes.T.ravel()
    other = conflicts.lanes[:, ::-1].T.ravel()
    stations = np.concatenate([conflicts.stations, conflicts.stations[:, [2, 3, 0, 1]]])
    order = np.lexsort((other, own))
    stations = stations[order]
    return {
        "conflict_starts": starts_of(np.bincount(own, minlength=lanes)),
        "conflict_lane": other[order].astype(np.int32),
        "conflict_begin": stations[:, 0].copy(),
        "conflict_end": stations[:, 1].copy(),
        "conflict_other_begin": stations[:, 2].copy(),
        "conflict_other_end": stations[:, 3].copy(),
        "conflict_gives_way": ways.T.ravel()[order],
    }


def signal_columns(
    groups: Sequence[Group], junction: Sequence[int], counts: Sequence[int], cycle: Sequence[int], offset: Sequence[int]
) -> Columns:
    """Signal groups, those of a junction one after the other.

    Args:
        groups: All of them.
        junction: Of each group.
        counts: How many groups each junction has.
        cycle: Of each junction [steps]; 0 without signals.
        offset: Of each junction [steps].
    """
    green = np.array([group.green for group in groups], dtype=np.int32).reshape(-1, 2)
    return {
        "junction_group_starts": starts_of(counts),
        "junction_cycle": np.array(cycle, dtype=np.int32),
        "junction_offset": np.array(offset, dtype=np.int32),
        "group_junction": np.array(junction, dtype=np.int32),
        "group_kind": np.array([group.kind for group in groups], dtype=np.int8),
        "group_green_begin": green[:, 0].copy(),
        "group_green_end": green[:, 1].copy(),
        "group_yellow": np.array([group.yellow for group in groups], dtype=np.int32),
    }
