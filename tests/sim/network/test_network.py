"""The arrays of a network: lengths, links, conflicts and right of way."""

import itertools

import numpy as np
import pytest

from sim.errors import UserError
from sim.network.conflicts import SWEPT_MARGIN
from sim.network.network import LEFT, RIGHT, ROUNDABOUT, SIGNALS, STRAIGHT, UNCONTROLLED, Network, bytes_of
from sim.network.routing import strongly_connected
from sim.network.validate import link_errors, validate
from sim.types import FloatArray
from tests.support.towns import FEW, MANY, group_of_lanes, owners, points_of, town


@pytest.mark.parametrize("seed", MANY)
def test_every_lane_goes_on_and_leads_to_every_other(seed: int) -> None:
    network = town(seed).network
    validate(network, f"the town of seed {seed}")
    assert strongly_connected(network)
    gap, turn = link_errors(network)
    assert gap.max() < 0.01
    assert np.degrees(turn.max()) < 1.0


@pytest.mark.parametrize("seed", FEW)
def test_a_lane_is_as_long_as_the_way_along_its_points(seed: int) -> None:
    network = town(seed).network
    for lane in range(len(network.lane_length)):
        rows = points_of(network, lane)
        x, y = network.x[rows].astype(np.float64), network.y[rows].astype(np.float64)
        heading = np.unwrap(np.arctan2(network.sin[rows], network.cos[rows]))
        turn = np.diff(heading)
        way = np.sum(np.hypot(np.diff(x), np.diff(y)) * (1.0 + turn * turn / 24.0))
        assert way == pytest.approx(float(network.lane_length[lane]), abs=0.02)
        station = network.station[rows]
        assert station[-1] == pytest.approx(network.lane_length[lane], abs=1e-4)
        np.testing.assert_allclose(np.diff(station), station[-1] / (len(station) - 1), atol=1e-3)


@pytest.mark.parametrize("seed", FEW)
def test_curvature_is_that_of_the_headings_and_lets_a_car_turn(seed: int) -> None:
    network = town(seed).network
    for lane in range(len(network.lane_length)):
        rows = points_of(network, lane)
        heading = np.unwrap(np.arctan2(network.sin[rows], network.cos[rows]))
        mean = 0.5 * (network.curvature[rows][1:] + network.curvature[rows][:-1])
        turned = float(np.sum(mean * np.diff(network.station[rows])))
        bend = float(heading[-1] - heading[0])
        assert turned == pytest.approx(bend, abs=0.03 + 0.08 * abs(bend)), "the sum at every metre misses the peaks"
        least = 6.0 if network.lane_junction[lane] >= 0 else 12.0
        assert np.abs(network.curvature[rows]).max() < 1.0 / least


def test_ring_lanes_are_arcs() -> None:
    seen = 0
    for seed in FEW:
        item = town(seed)
        network, rings = item.network, item.surfaces
        for junction in np.flatnonzero(network.junction_control == ROUNDABOUT):
            lanes = network.junction_lanes[slice(*network.junction_lane_starts[junction : junction + 2])]
            arcs = [lane for lane in lanes if np.ptp(network.curvature[points_of(network, lane)]) == 0.0]
            radius = 1.0 / network.curvature[[network.lane_points[lane] for lane in arcs]]
            for number in range(rings.ring_lanes[junction]):
                around = [
                    lane
                    for lane, r in zip(arcs, radius, strict=True)
                    if abs(r - np.unique(radius.round(3))[number]) < 0.01
                ]
                total = float(network.lane_length[around].sum())
                assert total == pytest.approx(2.0 * np.pi * np.unique(radius.round(3))[number], rel=1e-3)
                seen += 1
    assert seen > 10


@pytest.mark.parametrize("seed", FEW)
def test_neighbours_are_mutual_and_lie_on_their_side(seed: int) -> None:
    network = town(seed).network
    for lane in np.flatnonzero(network.lane_left >= 0):
        left = network.lane_left[lane]
        assert network.lane_right[left] == lane
        own, other = points_of(network, lane).stop - 1, points_of(network, left).stop - 1
        dx, dy = network.x[other] - network.x[own], network.y[other] - network.y[own]
        aside = network.cos[own] * dy - network.sin[own] * dx
        assert 2.5 < aside < 5.5
    for lane in np.flatnonzero(network.lane_opposite >= 0):
        other = network.lane_opposite[lane]
        middle = [sum(network.lane_points[k : k + 2]) // 2 for k in (lane, other)]
        cosine = np.prod(network.cos[middle]) + np.prod(network.sin[middle])
        assert cosine < 0.0
        assert network.lane_road[lane] == network.lane_road[other]


def quads(network: Network, lane: int) -> FloatArray:
    """Swept area of a lane as quadrilaterals (K, 4, 2), counter-clockwise."""
    rows = points_of(network, lane)
    half = 0.5 * float(network.lane_width[lane]) - SWEPT_MARGIN
    place = np.stack([network.x[rows], network.y[rows]], axis=1).astype(np.float64)
    side = half * np.stack([-network.sin[rows], network.cos[rows]], axis=1).astype(np.float64)
    right, left = place - side, place + side
    return np.stack([right[:-1], right[1:], left[1:], left[:-1]], axis=1)


def clipped_area(subject: FloatArray, window: FloatArray) -> float:
    """Area that two convex polygons share, by Sutherland and Hodgman: cut one at every edge of the other."""
    points = [tuple(point) for point in subject]
    for (ax, ay), (bx, by) in zip(window, np.roll(window, -1, axis=0), strict=True):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in points]
        cut = []
        for (p, s), (q, t) in itertools.pairwise([*zip(points, sides, strict=True), (points[0], sides[0])]):
            if s >= 0.0:
                cut.append(p)
            if (s > 0.0) != (t > 0.0) and s != t:
                share = s / (s - t)
                cut.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
        points = cut
        if len(points) < 3:
            return 0.0
    x, y = np.array(points).T
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def overlaps(a: FloatArray, b: FloatArray) -> list[tuple[int, int, int, int] | None]:
    """First and last quadrilaterals of two lanes that share anything, and those that share more than 1 cm^2."""
    near = np.hypot(*np.moveaxis(a.mean(axis=1)[:, None] - b.mean(axis=1), -1, 0)) < 6.0
    areas = [(int(i), int(j), clipped_area(a[i], b[j])) for i, j in np.argwhere(near)]
    found: list[tuple[int, int, int, int] | None] = []
    for least in (0.0, 1e-4):
        own, other = [i for i, _, area in areas if area > least], [j for _, j, area in areas if area > least]
        found.append((min(own), max(own), min(other), max(other)) if own else None)
    return found


def stretch(network: Network, lanes: tuple[int, int], hit: tuple[int, int, int, int]) -> tuple[float, ...]:
    """Stations of begin and end, negative, on both lanes: the farther the stretch reaches, the less they are."""
    own, other = (network.station[points_of(network, lane)] for lane in lanes)
    return float(own[hit[0]]), -float(own[hit[1] + 1]), float(other[hit[2]]), -float(other[hit[3] + 1])


@pytest.mark.parametrize("kind", [UNCONTROLLED, SIGNALS, ROUNDABOUT])
def test_conflicts_are_the_overlaps_of_swept_areas(kind: int) -> None:
    network, junction = next(
        (item.network, int(found[0]))
        for item in map(town, FEW)
        if len(found := np.flatnonzero(item.network.junction_control == kind))
    )
    lanes = network.junction_lanes[slice(*network.junction_lane_starts[junction : junction + 2])]
    areas = {lane: quads(network, lane) for lane in lanes}
    own = owners(network)
    table = {(int(a), int(network.conflict_lane[k])): k for k, a in enumerate(own)}
    before = {a: set(network.predecessors[slice(*network.predecessor_starts[a : a + 2])].tolist()) for a in lanes}
    found = 0
    for a, b in itertools.permutations(lanes.tolist(), 2):
        touching, overlapping = overlaps(areas[a], areas[b])
        if touching is None or before[a] & before[b] or a in before[b] or b in before[a]:
            assert (a, b) not in table
        elif overlapping is not None or (a, b) in table:
            k, found = table[a, b], found + 1
            told = (
                *(network.conflict_begin[k], -network.conflict_end[k]),
                *(network.conflict_other_begin[k], -network.conflict_other_end[k]),
            )
            widest, narrowest = (stretch(network, (a, b), hit) for hit in (touching, overlapping or touching))
            assert np.all(np.array(told) >= np.array(widest) - 1e-3)
            assert np.all(np.array(told) <= np.array(narrowest) + 1e-3)
    assert found >= 4


@pytest.mark.parametrize("seed", FEW)
def test_one_of_two_gives_way_and_nobody_where_signals_keep_them_apart(seed: int) -> None:
    network = town(seed).network
    own, other, ways = owners(network), network.conflict_lane, network.conflict_gives_way
    back = {(int(a), int(b)): bool(way) for a, b, way in zip(own, other, ways, strict=True)}
    for (a, b), way in back.items():
        if network.junction_control[network.lane_junction[a]] == SIGNALS:
            assert not (way and back[b, a])
        else:
            assert way != back[b, a]


def bearing(network: Network, a: int, b: int) -> float:
    """Heading of lane b at its begin as seen from that of lane a [deg], -180 to 180."""
    headings = [np.arctan2(network.sin[k], network.cos[k]) for k in network.lane_points[[a, b]]]
    return float(np.degrees((headings[1] - headings[0] + np.pi) % (2.0 * np.pi) - np.pi))


def test_right_of_way_by_rule() -> None:
    seen = {"right": 0, "left turn": 0}
    for seed in FEW:
        network = town(seed).network
        control = network.junction_control[network.lane_junction]
        group = group_of_lanes(network)
        for a, b, way in zip(owners(network), network.conflict_lane, network.conflict_gives_way, strict=True):
            angle, turns = bearing(network, a, b), (network.lane_turn[a], network.lane_turn[b])
            if control[a] == UNCONTROLLED and 30.0 < angle < 130.0:
                assert way, "b comes from the right"
                seen["right"] += 1
            if (
                control[a] in (UNCONTROLLED, SIGNALS)
                and abs(angle) > 140.0
                and turns in ((LEFT, STRAIGHT), (LEFT, RIGHT))
            ):
                apart = control[a] == SIGNALS and not way
                assert way or (apart and group[a] != group[b])
                seen["left turn"] += 1
    assert seen["right"] > 20
    assert seen["left turn"] > 20


def test_who_enters_a_roundabout_gives_way() -> None:
    seen = 0
    for seed in FEW:
        network = town(seed).network
        lines = dict(zip(network.stop_lane.tolist(), network.stop_station, strict=True))
        for k, a in enumerate(owners(network)):
            if network.junction_control[network.lane_junction[a]] == ROUNDABOUT and a in lines:
                ring = network.conflict_lane[k] not in lines
                assert network.conflict_gives_way[k] or not ring
                assert lines[int(a)] <= max(network.conflict_begin[k] - 0.5, 0.0)
                seen += 1
    assert seen > 20


def test_a_network_takes_less_than_a_megabyte_and_cannot_be_changed() -> None:
    network = town(0).network
    assert bytes_of(network) < 1_000_000
    with pytest.raises(ValueError, match="read-only"):
        network.x[0] = 1.0


def test_a_broken_network_is_refused_in_one_sentence() -> None:
    network = town(0).network
    moved = network.x.copy()
    moved[network.lane_points[network.successors[0]]] += 0.5
    with pytest.raises(UserError, match=r"In a place, lane \d+ does not end where its successor begins; mend"):
        validate(network._replace(x=moved), "a place")
    nowhere = network.lane_left.copy()
    nowhere[7] = len(nowhere)
    with pytest.raises(UserError, match="lane_left of row 7 points to nothing"):
        validate(network._replace(lane_left=nowhere))
