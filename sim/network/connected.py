"""Which lanes of a network lead to one another."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from sim.network.network import Network
from sim.network.rows import flat_ranges
from sim.types import BoolArray, IntArray


class Connected(NamedTuple):
    """How the lanes of a network hang together; nothing is true where no lane leads back to where it began."""

    main: BoolArray  # (L,), lanes of the largest part in which every lane leads to every other one
    reached: BoolArray  # (L,), lanes to which the main part leads; those of the main part are among them
    leading: BoolArray  # (L,), lanes that lead to the main part


def connected(network: Network) -> Connected:
    """Finds the part that is longest in metres, and what it leads to, by successors and changes of lane."""
    lanes = len(network.lane_length)
    row, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    sides = [np.flatnonzero(side >= 0) for side in (network.lane_left, network.lane_right)]
    rows = np.concatenate([row, *sides])
    columns = np.concatenate([network.successors, network.lane_left[sides[0]], network.lane_right[sides[1]]])
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(lanes, lanes))
    part = connected_components(graph, directed=True, connection="strong")[1]
    leads_back = part[row[part[row] == part[network.successors]]]  # lanes side by side alone lead nowhere
    if not len(leads_back):
        return Connected(*np.zeros((3, lanes), dtype=np.bool_))
    length = np.bincount(part, network.lane_length)
    main = part == max(np.unique(leads_back).tolist(), key=lambda number: float(length[number]))
    first = int(np.argmax(main))
    return Connected(main, _from(graph, first), _from(csr_array(graph.T), first))


def _from(graph: csr_array, first: int) -> BoolArray:
    found: IntArray = breadth_first_order(graph, first, directed=True, return_predecessors=False)
    result = np.zeros(graph.shape[0], dtype=np.bool_)
    result[found] = True
    return result
