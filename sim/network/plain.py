"""Networks of lanes alone: no junctions, signals or crossings."""

from typing import Any

import numpy as np

from sim.network.lines import Evened
from sim.network.network import CodeArray, Network, frozen
from sim.network.rows import Columns, rows_of
from sim.types import BoolArray, Float32Array, FloatArray, Int32Array, IntArray

_DTYPES: dict[Any, Any] = {Float32Array: np.float32, Int32Array: np.int32, BoolArray: np.bool_, CodeArray: np.int8}
_STARTS = ("junction_lane_starts", "junction_group_starts", "crossing_lane_starts")
_PAIRS = ("crossing_x", "crossing_y")
_LANE_INDEX = ("lane_left", "lane_right", "lane_opposite", "lane_road", "lane_junction")


def plain_network(lines: Evened, links: IntArray, width: FloatArray, limit: FloatArray, **columns: Any) -> Network:
    """A network of lanes.

    Args:
        lines: Centre lines of L lanes.
        links: Pairs (lane, successor), (K, 2).
        width: Of the lanes, (L,) [m].
        limit: Speed limits, (L,) [m/s].
        columns: Other fields; those left out are empty, -1 or 0, the paved area as wide as the lane.
    """
    lanes = len(lines.length)
    half = np.repeat(0.5 * width, np.diff(lines.starts)).astype(np.float32)
    successor_starts, successors = rows_of(links.tolist(), lanes)
    predecessor_starts, predecessors = rows_of(links[:, ::-1].tolist(), lanes)
    fields: Columns = {
        **_empty_columns(lanes),
        "left_hand": False,
        "lane_points": lines.starts,
        **{name: getattr(lines, name).astype(np.float32) for name in ("x", "y", "curvature", "station")},
        "cos": np.cos(lines.heading).astype(np.float32),
        "sin": np.sin(lines.heading).astype(np.float32),
        "edge_right": -half,
        "edge_left": half,
        "lane_length": lines.length.astype(np.float32),
        "lane_width": width.astype(np.float32),
        "lane_limit": limit.astype(np.float32),
        "successor_starts": successor_starts,
        "successors": successors,
        "predecessor_starts": predecessor_starts,
        "predecessors": predecessors,
    }
    return frozen(Network(**{**fields, **columns}))


def _empty_columns(lanes: int) -> Columns:
    """Every field that is an array, with no rows but those that each lane has."""
    columns = {
        name: np.zeros((0, 2) if name in _PAIRS else 1 if name in _STARTS else 0, dtype=_DTYPES[kind])
        for name, kind in Network.__annotations__.items()
        if name != "left_hand"
    }
    for name in _LANE_INDEX:
        columns[name] = np.full(lanes, -1, dtype=np.int32)
    columns["lane_turn"] = np.zeros(lanes, dtype=np.int8)
    columns["conflict_starts"] = np.zeros(lanes + 1, dtype=np.int32)
    return columns
