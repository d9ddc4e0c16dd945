"""The edges of the asphalt beside lanes, against steps to the side until the asphalt ends."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.rows import flat_ranges
from sim.network.validate import validate
from sim.town.edges import FARTHEST_EDGE
from sim.town.town import Town
from sim.types import BoolArray, FloatArray, IntArray
from tests.support.towns import FEW, is_inside, town

STEP = 0.1  # m
TOLERANCE = 0.2  # m: a step, and what outlines cut off arcs


def is_paved(item: Town, x: FloatArray, y: FloatArray) -> BoolArray:
    """Whether points lie in a junction or between the kerbs of a street."""
    surfaces, network = item.surfaces, item.network
    paved = np.zeros(len(x), dtype=np.bool_)
    for k in range(len(surfaces.ring_island)):
        rows = slice(*surfaces.outline_points[k : k + 2])
        outline = np.stack([surfaces.outline_x[rows], surfaces.outline_y[rows]], axis=1).astype(np.float64)
        island = np.hypot(x - network.junction_x[k], y - network.junction_y[k]) < surfaces.ring_island[k]
        paved |= is_inside(outline, x, y) & ~island
    for k in range(len(surfaces.street_right)):
        rows = slice(*surfaces.street_points[k : k + 2])
        place = np.stack([surfaces.street_x[rows], surfaces.street_y[rows]], axis=1).astype(np.float64)
        heading = surfaces.street_heading[rows].astype(np.float64)
        side = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
        right, left = place + surfaces.street_right[k] * side, place + surfaces.street_left[k] * side
        paved |= is_inside(np.concatenate([right, left[::-1]]), x, y)
    return paved


def steps_to_the_edge(item: Town, points: IntArray, side: float) -> FloatArray:
    """Distance to where the asphalt ends to a side of each of the points [m], FARTHEST_EDGE at the most."""
    network = item.network
    distance = STEP * np.arange(1, int(FARTHEST_EDGE / STEP) + 1)
    x = network.x[points, None] - side * distance * network.sin[points, None]
    y = network.y[points, None] + side * distance * network.cos[points, None]
    paved = is_paved(item, x.ravel().astype(np.float64), y.ravel().astype(np.float64)).reshape(x.shape)
    beyond = np.where(paved.all(axis=1), len(distance), paved.argmin(axis=1))
    return STEP * beyond


@pytest.mark.parametrize(("seed", "left_hand"), [(0, False), (1, True), (2, False), (3, True), (4, False)])
def test_edges_lie_where_the_asphalt_ends(seed: int, left_hand: bool) -> None:
    item = town(seed, left_hand)
    network, random = item.network, np.random.default_rng(seed)
    owner, index = flat_ranges(np.diff(network.lane_points).astype(np.int64))
    inner = (index > 0) & (index < np.diff(network.lane_points)[owner] - 1)
    for inside in (False, True):
        candidates = np.flatnonzero(inner & ((network.lane_junction[owner] >= 0) == inside))
        points = random.choice(candidates, 25, replace=False)
        for edge, side in ((network.edge_left, 1.0), (-network.edge_right, -1.0)):
            wanted = steps_to_the_edge(item, points, side)
            near = wanted < FARTHEST_EDGE
            assert np.count_nonzero(near) > 8
            off = np.abs(np.minimum(edge[points], FARTHEST_EDGE) - wanted)
            assert np.quantile(off[near], 0.9) < TOLERANCE
            assert off[near].max() < 1.0, "beside the corner of a kerb, a step more or less"
            assert np.all(edge[points][~near] > FARTHEST_EDGE - TOLERANCE)


@pytest.mark.parametrize("seed", FEW)
def test_lanes_lie_on_the_asphalt_and_edges_go_on_from_street_to_junction(seed: int) -> None:
    network = town(seed).network
    assert network.edge_right.max() < -0.9
    assert network.edge_left.min() > 0.9
    owner, _ = flat_ranges(np.diff(network.successor_starts).astype(np.int64))
    before, after = network.lane_points[owner + 1] - 1, network.lane_points[network.successors]
    mouth = (network.lane_junction[owner] < 0) != (network.lane_junction[network.successors] < 0)
    for edge in (network.edge_right, network.edge_left):
        np.testing.assert_allclose(edge[before[mouth]], edge[after[mouth]], atol=1e-3)


def test_a_lane_beside_the_asphalt_is_refused() -> None:
    network = town(0).network
    edges = network.edge_left.copy()
    edges[network.lane_points[9] + 1] = -0.5
    with pytest.raises(UserError, match=r"In a place, lane 9 does not lie on the paved area; mend"):
        validate(network._replace(edge_left=edges), "a place")
