"""The parts of a network that routes are made from: few arrays at a time, for code that compiles in seconds."""

from typing import NamedTuple

import numpy as np

from sim.network.network import CodeArray, Network
from sim.types import Float32Array, Int32Array


class LaneGraph(NamedTuple):
    """Where lanes lead; fields without a comment are those of ``Network``."""

    left_hand: bool
    length: Float32Array
    limit: Float32Array
    left: Int32Array
    right: Int32Array
    junction: Int32Array
    turn: CodeArray
    heading_begin: Float32Array  # (L,), rad, of the lane's first point
    heading_end: Float32Array  # (L,), rad, of its last one
    successor_starts: Int32Array
    successors: Int32Array
    predecessor_starts: Int32Array
    predecessors: Int32Array
    control: CodeArray  # of junctions


class LaneLines(NamedTuple):
    """Where lanes lie."""

    points: Int32Array
    x: Float32Array
    y: Float32Array
    cos: Float32Array
    sin: Float32Array
    curvature: Float32Array
    edge_right: Float32Array
    edge_left: Float32Array
    length: Float32Array
    width: Float32Array


class StopLines(NamedTuple):
    """Where one has to stop."""

    lane: Int32Array
    station: Float32Array
    kind: CodeArray
    group: Int32Array


class RouteMap(NamedTuple):
    """All that routes through a network are made from."""

    graph: LaneGraph
    lines: LaneLines
    stops: StopLines


def route_map(network: Network) -> RouteMap:
    """The network's arrays themselves, and the headings of its lanes' ends."""
    heading = np.arctan2(network.sin, network.cos)
    begin, end = heading[network.lane_points[:-1]], heading[network.lane_points[1:] - 1]
    for part in (begin, end):
        part.flags.writeable = False
    return RouteMap(
        LaneGraph(
            network.left_hand,
            *(network.lane_length, network.lane_limit, network.lane_left, network.lane_right, network.lane_junction),
            *(network.lane_turn, begin, end, network.successor_starts, network.successors),
            *(network.predecessor_starts, network.predecessors, network.junction_control),
        ),
        LaneLines(
            *(network.lane_points, network.x, network.y, network.cos, network.sin, network.curvature),
            *(network.edge_right, network.edge_left, network.lane_length, network.lane_width),
        ),
        StopLines(network.stop_lane, network.stop_station, network.stop_kind, network.stop_group),
    )
