"""Roads as networks: as long, as wide and in the same place; of the same types as towns."""

from pathlib import Path

import numba
import numpy as np
import pytest

from sim.config import RoadKind
from sim.errors import UserError
from sim.network.of_road import network_of
from sim.network.route_map import route_map
from sim.network.validate import validate
from sim.roads.catalog import build_road
from sim.roads.formats import read_roads
from sim.roads.road import Road
from sim.types import EDGE_LEFT, EDGE_RIGHT
from tests.support.towns import points_of, town

ROADS: list[tuple[RoadKind, int]] = [("procedural", k) for k in range(6)]
ROADS += [("straight", 0), ("circle", 0), ("s-curve", 0)]


@pytest.mark.parametrize(("kind", "seed"), ROADS)
def test_both_lanes_of_a_road(kind: RoadKind, seed: int) -> None:
    road = build_road(kind, seed)
    network = network_of(road)
    validate(network, open_ends=not road.closed)
    assert network.lane_opposite.tolist() == [1, 0]
    own = road.lane_distance(0.0, road.length)
    both = 2.0 * road.length
    assert network.lane_length[0] == pytest.approx(own, abs=0.02)
    assert network.lane_length[1] == pytest.approx(both - own, abs=0.02)
    assert network.lane_width.tolist() == [np.float32(road.lane_width)] * 2
    for lane, sign in ((0, 1.0), (1, -1.0)):
        rows = points_of(network, lane)
        x, y = network.x[rows], network.y[rows]
        distance = np.hypot(x[:, None] - road.points[:, 0], y[:, None] - road.points[:, 1])
        segment = distance.argmin(axis=1)
        heading = road.line.heading[segment]
        dx, dy = x - road.points[segment, 0], y - road.points[segment, 1]
        aside = np.cos(heading) * dy - np.sin(heading) * dx
        np.testing.assert_allclose(aside[1:-1], sign * road.lane_offset, atol=0.03)
        edges = sign * road.edges[segment][:, [EDGE_RIGHT, EDGE_LEFT]] - road.lane_offset
        right, left = edges.min(axis=1), edges.max(axis=1)
        np.testing.assert_allclose(network.edge_right[rows], right, atol=1e-3)
        np.testing.assert_allclose(network.edge_left[rows], left, atol=1e-3)


def test_a_circuit_is_one_lane_that_leads_to_itself(tmp_path: Path) -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 200, endpoint=False)
    rows = np.stack([150.0 * np.cos(angle), 90.0 * np.sin(angle), np.full(200, 6.0), np.full(200, 6.0)], axis=1)
    path = tmp_path / "oval.csv"
    path.write_text("# x_m,y_m,w_tr_right_m,w_tr_left_m\n" + "\n".join(",".join(map(str, row)) for row in rows))
    road: Road = read_roads(path)[0]
    network = network_of(road, limit=20.0)
    validate(network)
    assert network.successors.tolist() == [0]
    assert network.lane_length[0] == pytest.approx(road.length, abs=0.02)
    assert network.lane_limit[0] == 20.0
    assert network.lane_opposite[0] == -1
    np.testing.assert_allclose(network.edge_left - network.edge_right, 12.0, atol=0.1)


def test_an_open_road_has_ends() -> None:
    network = network_of(build_road("straight", 0))
    with pytest.raises(UserError, match="lane 0 has no successor"):
        validate(network)


def test_what_is_compiled_for_towns_is_compiled_for_roads() -> None:
    road, place = network_of(build_road("straight", 0)), town(0).network
    assert numba.typeof(road) == numba.typeof(place)
    assert numba.typeof(route_map(road)) == numba.typeof(route_map(place))
    assert numba.typeof(town(1, left_hand=True).network) == numba.typeof(place)
