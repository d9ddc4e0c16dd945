"""Whether a network holds together: what every generator and reader of towns has to make sure of."""

import numpy as np

from sim.errors import UserError
from sim.network.network import Network
from sim.network.rows import flat_ranges
from sim.types import FloatArray

CLOSES_WITHIN = 0.01  # m
TURNS_WITHIN = np.radians(1.0)


def validate(network: Network, name: str = "the network", open_ends: bool = False) -> None:
    """Makes sure that links close, that lanes go on and are paved, and that every index points to something.

    Args:
        network: What is looked at.
        name: What it is called in the message.
        open_ends: Whether lanes may end, as those that lead off a map do.

    Raises:
        UserError: it does not; the sentence names the first lane at fault.
    """
    lanes = len(network.lane_length)
    for field, upper in _index_fields(network, lanes):
        column = getattr(network, field)
        _refuse(np.flatnonzero((column < -1) | (column >= upper)), f"{field} of row {{}} points to nothing", name)
    ends = np.flatnonzero(np.diff(network.successor_starts) == 0)
    _refuse(ends[:0] if open_ends else ends, "lane {} has no successor", name)
    owner, _ = flat_ranges(np.diff(network.lane_points).astype(np.int64))
    paved = (network.edge_right < 0.0) & (network.edge_left > 0.0)
    _refuse(owner[~paved], "lane {} does not lie on the paved area", name)
    gap, turn = link_errors(network)
    row, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    _refuse(row[gap > CLOSES_WITHIN], "lane {} does not end where its successor begins", name)
    _refuse(row[turn > TURNS_WITHIN], "lane {} and its successor meet at an angle", name)


def link_errors(network: Network) -> tuple[FloatArray, FloatArray]:
    """Gap [m] and change of heading [rad] at every link from a lane to a successor, in the order of ``successors``."""
    row, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    end, begin = network.lane_points[row + 1] - 1, network.lane_points[network.successors]
    gap = np.hypot(network.x[end] - network.x[begin], network.y[end] - network.y[begin])
    sine = network.cos[end] * network.sin[begin] - network.sin[end] * network.cos[begin]
    cosine = network.cos[end] * network.cos[begin] + network.sin[end] * network.sin[begin]
    return gap.astype(np.float64), np.abs(np.arctan2(sine, cosine)).astype(np.float64)


def _index_fields(network: Network, lanes: int) -> list[tuple[str, int]]:
    junctions, groups = len(network.junction_control), len(network.group_kind)
    of_lanes = ("lane_left", "lane_right", "lane_opposite", "successors", "predecessors", "junction_lanes")
    return [
        *((field, lanes) for field in (*of_lanes, "conflict_lane", "stop_lane", "crossing_lanes")),
        *((field, junctions) for field in ("lane_junction", "group_junction")),
        *((field, groups) for field in ("stop_group", "head_group", "crossing_group")),
    ]


def _refuse(rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", what: str, name: str) -> None:
    if len(rows):
        raise UserError(f"In {name}, {what.format(int(rows[0]))}; mend what it was made from.")
