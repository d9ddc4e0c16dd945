"""Routes to test on, in arrays of their own."""

from functools import cache
from typing import NamedTuple

import numpy as np

from sim.network.network import Network
from sim.network.route_map import RouteMap, route_map
from sim.network.routes import RouteRoom, make_room, make_routes, write_route
from sim.types import (
    EDGE_FIELDS,
    ROUTE_END,
    ROUTE_ORIGIN_X,
    ROUTE_SEGMENTS,
    ROUTE_START,
    ROUTE_STEP,
    SEGMENT_FIELDS,
    SEGMENT_X,
    SEGMENT_Y,
    FloatArray,
    RouteArrays,
    RouteRules,
)

Place = tuple[int, float]


class Laid(NamedTuple):
    """A route as it was written."""

    segments: FloatArray  # (M, SEGMENT_FIELDS)
    edges: FloatArray  # (M, EDGE_FIELDS)
    geometry: FloatArray
    rules: RouteRules  # rows of M, without their first axis; stop lines as many as there are

    @property
    def points(self) -> FloatArray:
        """Middles of the segments in the world, (M, 2)."""
        origin = self.geometry[ROUTE_ORIGIN_X : ROUTE_ORIGIN_X + 2]
        return self.segments[:, [SEGMENT_X, SEGMENT_Y]] + origin

    @property
    def stations(self) -> FloatArray:
        """Of the segments' middles."""
        return (np.arange(len(self.segments)) + 0.5) * self.step

    @property
    def step(self) -> float:
        return float(self.geometry[ROUTE_STEP])

    @property
    def start(self) -> float:
        return float(self.geometry[ROUTE_START])

    @property
    def goal(self) -> float:
        return float(self.geometry[ROUTE_END])


@cache
def arrays() -> tuple[RouteArrays, RouteRules]:
    return make_routes(2, 4096)


@cache
def room() -> RouteRoom:
    return make_room(4096)


def lay(network: Network, start: Place, goal: Place, parts: RouteMap | None = None) -> Laid:
    """The route between two places."""
    parts = parts or route_map(network)
    assert write_route(parts, *start, *goal, room(), *arrays(), 1) > 0
    return laid(1)


def laid(slot: int) -> Laid:
    """A copy of what is in a slot."""
    route, rules = arrays()
    count, stops = int(route.geometry[slot, ROUTE_SEGMENTS]), int(rules.stop_counts[slot])
    rows = [part[slot, :stops] if name.startswith("stop_") else part[slot, :count] for name, part in _rows(rules)]
    copied = RouteRules(
        *(part.copy() for part in rows[:7]), rules.stop_counts[slot], *(part.copy() for part in rows[7:])
    )
    assert route.segments.shape[2] == SEGMENT_FIELDS
    assert route.edges.shape[2] == EDGE_FIELDS
    segments = route.segments[slot, :count].astype(np.float64)
    return Laid(segments, route.edges[slot, :count].copy(), route.geometry[slot].copy(), copied)


def _rows(rules: RouteRules) -> "list[tuple[str, np.ndarray[tuple[int, int], np.dtype[np.generic]]]]":
    return [(name, part) for name, part in rules._asdict().items() if name != "stop_counts"]
