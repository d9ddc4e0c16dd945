"""Procedural towns: what they are made of, that a seed is a town, and that left-hand traffic is the mirror image."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.network import (
    CONTROLS,
    FOLLOW,
    LEFT,
    RIGHT,
    ROUNDABOUT,
    SIGNALLED,
    STOP,
    STOP_ALWAYS,
    STOP_TO_YIELD,
    STRAIGHT,
    YIELD,
    ZEBRA,
)
from sim.town.furniture import SIGN_LIMIT, SIGN_NO_ENTRY, SIGN_STOP, SIGN_YIELD
from sim.town.mirror import mirrored_furniture, mirrored_network, mirrored_surfaces
from sim.town.settings import TownSettings
from sim.town.surfaces import MEDIAN, PARKING
from sim.town.town import Town, build_town
from sim.types import FloatArray
from tests.support import ROOT
from tests.support.towns import FEW, digest, is_inside, points_of, town


def outline(item: Town, junction: int) -> FloatArray:
    rows = slice(*item.surfaces.outline_points[junction : junction + 2])
    return np.stack([item.surfaces.outline_x[rows], item.surfaces.outline_y[rows]], axis=1).astype(np.float64)


def lanes_to_a_side(item: Town) -> set[int]:
    network = item.network
    rightmost = np.flatnonzero((network.lane_right < 0) & (network.lane_road >= 0))
    return {lanes_from(network.lane_left, int(lane)) for lane in rightmost}


def lanes_from(left: "np.ndarray[tuple[int], np.dtype[np.int32]]", lane: int) -> int:
    return 1 if left[lane] < 0 else 1 + lanes_from(left, int(left[lane]))


def features(item: Town) -> set[str]:
    """What of the list of features is in a town."""
    network, surfaces, furniture = item.network, item.surfaces, item.furniture
    found = {CONTROLS[control] for control in network.junction_control}
    arms = np.bincount(surfaces.street_ends.ravel())
    found |= {f"{count} arms" for count in arms}
    found |= {f"{count} lanes to a side" for count in lanes_to_a_side(item)}
    found |= {f"{round(3.6 * limit)} km/h" for limit in network.lane_limit}
    found |= {f"ring of {lanes}" for lanes in surfaces.ring_lanes}
    for street in range(len(surfaces.street_rank)):
        rows = slice(*surfaces.street_points[street : street + 2])
        if np.ptp(surfaces.street_heading[rows]) > 0.3:
            found.add("bend")
        if runs_one_way(item, street):
            found.add("one-way")
        if len(set(network.lane_limit[network.lane_road == street].round(3))) > 1:
            found.add("limit changes on the way")
    found |= {"parking"} if np.any(surfaces.band_kind == PARKING) else set()
    found |= {"median"} if np.any(surfaces.band_kind == MEDIAN) else set()
    found |= {"zebra"} if np.any(network.crossing_kind == ZEBRA) else set()
    found |= {"signalled crossing"} if np.any(network.crossing_kind == SIGNALLED) else set()
    found |= {"turn lane"} if has_turn_lane(item) else set()
    kinds = {SIGN_STOP: "stop sign", SIGN_YIELD: "yield sign", SIGN_LIMIT: "limit sign", SIGN_NO_ENTRY: "no entry"}
    found |= {kinds[int(kind)] for kind in furniture.signs[:, 3]}
    found |= {name for name, table in furniture._asdict().items() if len(table)}
    return found


def runs_one_way(item: Town, street: int) -> bool:
    network = item.network
    lanes = np.flatnonzero(network.lane_road == street)
    first = [points_of(network, int(lane)).start for lane in lanes]
    nearest = [heading_along(item, street, k) for k in first]
    return len({value > 0.0 for value in nearest}) == 1


def heading_along(item: Town, street: int, point: int) -> float:
    """Cosine between a lane's and its street's direction at a point."""
    surfaces, network = item.surfaces, item.network
    rows = slice(*surfaces.street_points[street : street + 2])
    near = np.argmin(np.hypot(surfaces.street_x[rows] - network.x[point], surfaces.street_y[rows] - network.y[point]))
    heading = surfaces.street_heading[rows][near]
    return float(np.cos(heading) * network.cos[point] + np.sin(heading) * network.sin[point])


def has_turn_lane(item: Town) -> bool:
    """Whether a street lane leads to two others on its street."""
    network = item.network
    for lane in np.flatnonzero(network.lane_road >= 0):
        onward = network.successors[slice(*network.successor_starts[lane : lane + 2])]
        if np.count_nonzero(network.lane_road[onward] >= 0) > 1:
            return True
    return False


def test_every_feature_is_in_one_of_twenty_towns() -> None:
    found = set().union(*(features(town(seed)) for seed in FEW))
    wanted = {
        *CONTROLS,
        *("3 arms", "4 arms", "1 lanes to a side", "2 lanes to a side", "3 lanes to a side"),
        *("30 km/h", "50 km/h", "70 km/h", "limit changes on the way"),
        *("ring of 1", "ring of 2", "bend", "one-way", "parking", "median", "turn lane"),
        *("zebra", "signalled crossing", "stop sign", "yield sign", "limit sign", "no entry"),
        *("signs", "masts", "lamps", "cars", "trees", "houses"),
    }
    assert wanted <= found, f"missing: {wanted - found}"


def test_lanes_are_as_wide_as_lanes_of_streets_are() -> None:
    for seed in FEW:
        network = town(seed).network
        width = network.lane_width[network.lane_junction < 0]
        assert width.min() >= 2.75 - 1e-6
        assert width.max() <= 3.75 + 1e-6
        assert set(np.unique(network.lane_turn)) <= {FOLLOW, LEFT, RIGHT, STRAIGHT}


@pytest.mark.parametrize("seed", FEW)
def test_cars_that_cross_a_junction_stay_on_its_asphalt(seed: int) -> None:
    """The middle of a connecting lane and 0.9 m to either side lie in the outline, its ends lie on it."""
    item = town(seed)
    network = item.network
    for lane in np.flatnonzero(network.lane_junction >= 0):
        rows = points_of(network, int(lane))
        x, y = network.x[rows].astype(np.float64)[1:-1], network.y[rows].astype(np.float64)[1:-1]
        polygon = outline(item, int(network.lane_junction[lane]))
        for side in (-0.9, 0.0, 0.9):
            inside = is_inside(polygon, x - side * network.sin[rows][1:-1], y + side * network.cos[rows][1:-1])
            assert inside.all(), f"lane {lane} leaves junction {network.lane_junction[lane]}"


@pytest.mark.parametrize("seed", FEW)
def test_houses_stand_clear_of_streets_junctions_and_one_another(seed: int) -> None:
    item = town(seed)
    houses = item.furniture.houses.astype(np.float64)
    cos, sin = np.cos(houses[:, 2]), np.sin(houses[:, 2])
    for lane in range(len(item.network.lane_length)):
        rows = points_of(item.network, lane)
        dx = item.network.x[rows][:, None] - houses[:, 0]
        dy = item.network.y[rows][:, None] - houses[:, 1]
        ahead, aside = cos * dx + sin * dy, np.abs(cos * dy - sin * dx)
        clear = (ahead > 2.0) | (ahead < -houses[:, 4] - 2.0) | (aside > 0.5 * houses[:, 3] + 2.0)
        assert clear.all()
    middle = np.stack([houses[:, 0] - 0.5 * houses[:, 4] * cos, houses[:, 1] - 0.5 * houses[:, 4] * sin], axis=1)
    apart = np.hypot(*np.moveaxis(middle[:, None] - middle, -1, 0)) + 1e3 * np.eye(len(middle))
    assert apart.min() > 6.0
    assert len(houses) > 120


@pytest.mark.parametrize("seed", FEW)
def test_stop_lines_stand_where_traffic_gives_way_before_crossings(seed: int) -> None:
    network = town(seed).network
    stops = dict(
        zip(network.stop_lane.tolist(), zip(network.stop_station, network.stop_kind, strict=True), strict=True)
    )
    for lane, (station, kind) in stops.items():
        assert 0.0 <= station <= network.lane_length[lane]
        if kind in (STOP_ALWAYS, STOP_TO_YIELD) and network.lane_road[lane] >= 0:
            onward = network.successors[network.successor_starts[lane]]
            control = network.junction_control[network.lane_junction[onward]]
            assert control == (STOP if kind == STOP_ALWAYS else YIELD)
        elif kind == STOP_TO_YIELD:
            assert network.junction_control[network.lane_junction[lane]] == ROUNDABOUT
    counts = np.diff(network.crossing_lane_starts)
    for row, lane in enumerate(network.crossing_lanes.tolist()):
        begin, end = network.crossing_begin[row], network.crossing_end[row]
        assert 0.0 < begin < end < network.lane_length[lane]
        if lane in stops and end > network.lane_length[lane] - 1.0:
            assert begin - stops[lane][0] == pytest.approx(1.5, abs=0.01)
    assert counts.min() >= 1


def test_a_seed_gives_the_same_town_also_in_another_process() -> None:
    code = "from tests.support.towns import digest, town; print(digest(town(3)), digest(town(4, True)))"
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [digest(build_town(3)), digest(town(4, left_hand=True))]
    assert digest(town(3)) != digest(town(4))


@pytest.mark.parametrize("seed", [0, 5])
def test_left_hand_traffic_is_the_mirror_image(seed: int) -> None:
    right, left = town(seed), town(seed, left_hand=True)
    assert left.network.left_hand
    assert not right.network.left_hand
    np.testing.assert_array_equal(left.network.x, right.network.x)
    np.testing.assert_array_equal(left.network.y, -right.network.y)
    np.testing.assert_array_equal(left.network.curvature, -right.network.curvature)
    np.testing.assert_array_equal(left.network.lane_left, right.network.lane_right)
    np.testing.assert_array_equal(left.network.lane_turn == LEFT, right.network.lane_turn == RIGHT)
    np.testing.assert_array_equal(left.furniture.houses[:, 1], -right.furniture.houses[:, 1])
    np.testing.assert_array_equal(left.surfaces.street_right, -right.surfaces.street_left)
    for lane in np.flatnonzero(left.network.lane_opposite >= 0)[:20]:
        point = points_of(left.network, int(lane)).start
        other = points_of(left.network, int(left.network.lane_opposite[lane])).stop - 1
        dx, dy = left.network.x[other] - left.network.x[point], left.network.y[other] - left.network.y[point]
        assert left.network.cos[point] * dy - left.network.sin[point] * dx < 0.0, "oncoming traffic is on the right"


def test_the_mirror_image_of_the_mirror_image_is_the_town() -> None:
    item = town(2)
    twice = Town(
        item.seed,
        item.settings,
        mirrored_network(mirrored_network(item.network)),
        mirrored_surfaces(mirrored_surfaces(item.surfaces)),
        mirrored_furniture(mirrored_furniture(item.furniture)),
    )
    assert digest(twice) == digest(item)


@pytest.mark.parametrize("size", [300.0, 1000.0])
def test_towns_are_as_large_as_asked_for(size: float) -> None:
    network = build_town(1, TownSettings(size_m=size)).network
    for column in (network.x, network.y):
        assert 0.75 * size < np.ptp(column) < 1.35 * size


@pytest.mark.parametrize("left_hand", [False, True])
def test_arrays_are_such_that_one_compilation_serves_all_towns(left_hand: bool) -> None:
    kinds = [
        [(part.dtype, part.ndim) for part in (*item.network[1:], *item.surfaces, *item.furniture)]
        for item in (town(seed, left_hand) for seed in FEW)
    ]
    assert all(kind == kinds[0] for kind in kinds)
    for item in (town(seed, left_hand) for seed in FEW):
        for part in (*item.network[1:], *item.surfaces, *item.furniture):
            assert part.flags.c_contiguous
            assert np.isfinite(part).all()


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(UserError, match=r"^town size_m is 2000.0, but must be from 300 to 1000 m\.$"):
        TownSettings(size_m=2000.0)
