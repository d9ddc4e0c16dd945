"""What stands beside the streets of a town: signs, masts, lamps, parked cars, trees and houses.

Every table has dtype float32, and x, y [m] and heading [rad] in its first three columns.
"""

from typing import NamedTuple

import numpy as np

from sim.network.network import ROUNDABOUT, STOP, Network
from sim.town.assemble import Parts
from sim.town.junctions import Junction
from sim.town.lights import stop_offset
from sim.town.lots import Occupied, draw_houses, occupy
from sim.town.places import along_kerbs, free_of_crossings
from sim.town.road_rules import BESIDE_KERB
from sim.town.streets import LOCAL, Street
from sim.types import Float32Array, FloatArray

X, Y, HEADING = range(3)
SIGN_STOP, SIGN_YIELD, SIGN_LIMIT, SIGN_NO_ENTRY = range(4)  # kinds of signs
SIGN_HEIGHT = 2.2  # m, of the lower edge over the pavement: German VwV-StVO
USUAL_LIMIT = 50.0 / 3.6  # m/s; streets where it holds have no sign
LAMP_SPACING, TREE_SPACING, CAR_SPACING = 28.0, 11.0, 6.2  # m
NEAR_JUNCTION = 12.0  # m in which nobody parks
LEAST_FOR_TREES = 2.2  # m of pavement
LONGEST_ARM = 14.0  # m from a mast to the far head that it carries
PARK_TREES = 160  # tried for in a town of 0.25 km^2


class Furniture(NamedTuple):
    """Tables of what stands in a town; see above for the first three columns."""

    signs: (
        Float32Array  # (K, 6): ..., heading that it faces, kind (SIGN_...), limit [m/s] or 0, height of its middle [m]
    )
    masts: Float32Array  # (K, 4): ..., heading to where its heads shine, height [m]; heads are those of the network
    lamps: Float32Array  # (K, 4): ..., heading to the street, height [m]
    cars: Float32Array  # (K, 7): middle of the car, ..., length, width, height [m], colour 0..1
    trees: Float32Array  # (K, 5): ..., heading 0, width and height [m]
    houses: (
        Float32Array  # (K, 7): middle of the front, ..., heading to the street, front, depth, height [m], colour 0..1
    )


def furnish(random: np.random.Generator, parts: Parts) -> Furniture:
    """Draws all of it."""
    occupied = occupy(parts)
    houses = draw_houses(random, parts, occupied)
    return Furniture(
        signs=_table(_signs(parts), 6),
        masts=_table(_masts(parts), 4),
        lamps=_lamps(random, parts),
        cars=_cars(random, parts),
        trees=np.concatenate([_street_trees(random, parts), _park_trees(random, parts, occupied)]),
        houses=houses,
    )


def _table(rows: list[tuple[float, ...]], columns: int) -> Float32Array:
    return np.array(rows, dtype=np.float32).reshape(-1, columns)


def _signs(parts: Parts) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    for junction in parts.junctions:
        rows += _signs_at(junction, parts.streets)
    for index, street in enumerate(parts.streets):
        if street.zone:
            rows += _zone_signs(parts, index, street)
    return rows


def _signs_at(junction: Junction, streets: list[Street]) -> list[tuple[float, ...]]:
    """Stop and yield signs for who comes in, speed limits for who goes out, no entry where nobody may."""
    rows: list[tuple[float, ...]] = []
    height = SIGN_HEIGHT + 0.35
    for arm in junction.arms:
        street = streets[arm.street]
        if arm.entering and (arm.minor or junction.control == ROUNDABOUT):
            kind = SIGN_STOP if junction.control == STOP else SIGN_YIELD
            before = 0.5 if junction.control == ROUNDABOUT else stop_offset(arm)
            place = arm.place(junction.middle, arm.trim + before, arm.left + BESIDE_KERB)
            rows.append((*place, arm.heading, kind, 0.0, height))
        limit = street.zone if street.zone and not arm.at_a else street.profile.limit
        if arm.leaving and abs(limit - USUAL_LIMIT) > 0.1:
            place = arm.place(junction.middle, arm.trim + 8.0, arm.right - BESIDE_KERB)
            rows.append((*place, arm.heading + np.pi, SIGN_LIMIT, limit, height))
        if not arm.leaving:
            for aside in (arm.left + BESIDE_KERB, arm.right - BESIDE_KERB):
                place = arm.place(junction.middle, arm.trim + 1.0, aside)
                rows.append((*place, arm.heading + np.pi, SIGN_NO_ENTRY, 0.0, height))
    return rows


def _zone_signs(parts: Parts, index: int, street: Street) -> list[tuple[float, ...]]:
    """Both ways where the speed limit changes between two junctions."""
    x, y, heading, _ = (float(v[0]) for v in parts.lines.at(np.array([index]), np.array([street.zone_at])))
    rows: list[tuple[float, ...]] = []
    profile = street.profile
    sides = (
        (profile.right_kerb - BESIDE_KERB, profile.forward, np.pi, street.zone),
        (profile.left_kerb + BESIDE_KERB, profile.backward, 0.0, profile.limit),
    )
    for d, lanes, turned, limit in sides:
        if lanes:
            place = x - d * np.sin(heading), y + d * np.cos(heading)
            rows.append((*place, heading + turned, SIGN_LIMIT, limit, SIGN_HEIGHT + 0.35))
    return rows


def _masts(parts: Parts) -> list[tuple[float, ...]]:
    """One beside each stop line at signals, and one at the kerb for what hangs over the far side."""
    rows: list[tuple[float, ...]] = []
    arms = dict.fromkeys(parts.lights.arms.values())
    for index, k in arms:
        junction = parts.junctions[index]
        arm = junction.arms[k]
        before = arm.trim + stop_offset(arm) - 1.0
        rows.append((*arm.place(junction.middle, before, arm.left + BESIDE_KERB), arm.heading, 3.4))
    network = parts.network
    for head in np.flatnonzero(network.head_far).tolist():
        x, y, heading = (float(column[head]) for column in (network.head_x, network.head_y, network.head_heading))
        aside = _off_the_lanes(network, x, y, heading)
        rows.append((x - aside * np.sin(heading), y + aside * np.cos(heading), heading, 5.8))
    return rows


def _off_the_lanes(network: Network, x: float, y: float, heading: float) -> float:
    """How far to the side of a far head its mast stands [m]: beside all lanes, rather on the right of who sees it."""
    dx, dy = network.x - x, network.y - y
    near = np.flatnonzero(np.abs(dx) + np.abs(dy) < 2.0 * LONGEST_ARM)
    half = 0.5 * network.lane_width[np.searchsorted(network.lane_points, near, side="right") - 1]
    reach = np.arange(1.0, LONGEST_ARM, 0.5)
    asides = np.stack([reach, -reach], axis=1).ravel()
    distance = np.hypot(dx[near] + asides[:, None] * np.sin(heading), dy[near] - asides[:, None] * np.cos(heading))
    free = (distance > half + BESIDE_KERB).all(axis=1)
    return float(asides[np.argmax(free)])


def _lamps(random: np.random.Generator, parts: Parts) -> Float32Array:
    spots = along_kerbs(parts, LAMP_SPACING, 0.5, float(random.uniform(0.0, 14.0)), alternate=True)
    height = np.where(spots.rank == LOCAL, 5.0, 8.0)
    return np.stack([spots.x, spots.y, spots.inward, height], axis=1).astype(np.float32)


def _street_trees(random: np.random.Generator, parts: Parts) -> Float32Array:
    """Trees in the pavements of some streets."""
    spots = along_kerbs(parts, TREE_SPACING, 0.9, 5.0, alternate=False)
    chosen = random.random(2 * len(parts.streets)) < 0.4
    draws = random.random((len(spots.x), 2))
    keep = chosen[spots.side] & (spots.pavement >= LEAST_FOR_TREES) & (draws[:, 0] < 0.85)
    keep &= (spots.to_end > 14.0) & free_of_crossings(parts, spots.x, spots.y, 6.0)
    return _trees(spots.x[keep], spots.y[keep], draws[keep, 1])


def _park_trees(random: np.random.Generator, parts: Parts, occupied: Occupied) -> Float32Array:
    """Trees in gardens and between the houses."""
    extent = occupied.extent
    count = int(PARK_TREES * extent[0] * extent[1] / 250_000.0)
    draws = random.random((count, 3))
    x, y = occupied.origin[0] + draws[:, 0] * extent[0], occupied.origin[1] + draws[:, 1] * extent[1]
    keep = occupied.is_free(x, y)
    return _trees(x[keep], y[keep], draws[keep, 2])


def _trees(x: FloatArray, y: FloatArray, draws: FloatArray) -> Float32Array:
    width = 2.6 + 3.0 * draws
    return np.stack([x, y, np.zeros(len(x)), width, 1.35 * width], axis=1).astype(np.float32)


def _cars(random: np.random.Generator, parts: Parts) -> Float32Array:
    """Cars in parking lanes, in the direction of the traffic beside them."""
    spots = along_kerbs(parts, CAR_SPACING, -1.05, 0.5 * CAR_SPACING, alternate=False)
    draws = random.random((len(spots.x), 5))
    full = random.uniform(0.3, 0.9, 2 * len(parts.streets))
    keep = (spots.parking > 0.0) & (spots.to_end > NEAR_JUNCTION) & (draws[:, 0] < full[spots.side])
    keep &= free_of_crossings(parts, spots.x, spots.y, 8.0)
    length, width = 3.8 + 1.1 * draws[:, 1], 1.68 + 0.2 * draws[:, 2]
    columns = [spots.x, spots.y, spots.traffic, length, width, 1.42 + 0.3 * draws[:, 3], draws[:, 4]]
    return np.stack(columns, axis=1)[keep].astype(np.float32)
