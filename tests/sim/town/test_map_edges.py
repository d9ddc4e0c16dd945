"""The edges of the asphalt beside the lanes of a map, against steps to the side until the roads end."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.network.network import Network
from sim.town.opendrive.edges import FARTHEST_EDGE, JOINT
from sim.town.opendrive.town import read_town
from sim.types import BoolArray, FloatArray
from tests.support.map_towns import ARM, ARMS, WIDTH, t_junction
from tests.support.towns import points_of
from tools.roads.writer import geometry, lane, road, section, write_map

STEP = 0.05  # m
AROUND = 25.0  # m of the arms that belong to the junction


def is_paved(network: Network, middle: FloatArray, left_hand: bool, x: FloatArray, y: FloatArray) -> BoolArray:
    """Whether places lie on a lane through the junction, or on one of the three roads of two lanes that lead there."""
    paved = np.zeros(len(x), dtype=np.bool_)
    for crossing in np.flatnonzero(network.lane_junction >= 0):
        rows = points_of(network, int(crossing))
        away = np.hypot(x[:, None] - network.x[rows], y[:, None] - network.y[rows]).min(axis=1)
        paved |= away < math.hypot(0.5 * WIDTH, 0.25)
    for begin_x, begin_y, heading in ARMS.values():
        side = -1.0 if left_hand else 1.0
        dx, dy = x - middle[0] - begin_x, y - middle[1] - side * begin_y
        ahead = math.cos(heading) * dx + side * math.sin(heading) * dy
        aside = math.cos(heading) * dy - side * math.sin(heading) * dx
        paved |= (ahead <= 0.0) & (ahead >= -AROUND) & (np.abs(aside) <= WIDTH)
    return paved


@pytest.mark.parametrize("left_hand", [False, True])
def test_in_a_junction_edges_lie_where_its_roads_end(tmp_path: Path, left_hand: bool) -> None:
    town = read_town(t_junction(tmp_path, left_hand=left_hand))
    network, middle = town.network, -np.array(town.origin)
    steps = STEP * np.arange(1, int(FARTHEST_EDGE / STEP) + 1)
    seen = set()
    for crossing in np.flatnonzero(network.lane_junction >= 0):
        rows = points_of(network, int(crossing))
        for point in range(rows.start + 2, rows.stop - 2):
            for edge, side in ((network.edge_left[point], 1.0), (-network.edge_right[point], -1.0)):
                x = network.x[point] - side * steps * network.sin[point]
                y = network.y[point] + side * steps * network.cos[point]
                paved = is_paved(network, middle, left_hand, x, y)
                reached = np.concatenate([[0.0], steps[paved]])
                gaps = np.flatnonzero(np.diff(reached) > JOINT)
                wanted = reached[gaps[0]] if len(gaps) else reached[-1]
                unsure = len(gaps) > 0 and np.diff(reached)[gaps[0]] < 2.0 * JOINT
                assert unsure or abs(edge - wanted) < 0.25, (crossing, point, side)
                seen.add(bool(edge > 4.0))
    assert seen == {False, True}


def wide(metres: float) -> str:
    return f'a="{metres}" b="0" c="0" d="0"'


def test_on_a_street_edges_lie_where_all_that_is_paved_ends(tmp_path: Path) -> None:
    left = [lane(1, wide(3.0)), lane(2, wide(2.0), "parking")]
    right = [lane(-1, wide(4.0)), lane(-2, wide(1.5), "sidewalk")]
    plan = geometry(0, 0.0, 0.0, 0.0, ARM)
    network = read_town(write_map(tmp_path, road(1, ARM, plan, section(0, left, right)))).network
    forward = int(np.flatnonzero(network.cos[network.lane_points[:-1]] > 0.0)[0])
    for number, to_right, to_left in ((forward, -2.0, 2.0 + 3.0 + 2.0), (1 - forward, -1.5 - 2.0, 1.5 + 4.0)):
        rows = points_of(network, number)
        np.testing.assert_allclose(network.edge_right[rows], to_right, atol=1e-3)
        np.testing.assert_allclose(network.edge_left[rows], to_left, atol=1e-3)
