"""Roads by name: the procedural ones, one per seed, and fixed ones on which results can be worked out on paper."""

import math
from collections.abc import Callable

import numpy as np

from sim.config import CITY_RADIUS, RoadKind
from sim.roads.centerline import sample, write_corner
from sim.roads.course import two_lanes
from sim.roads.generator import generate
from sim.roads.road import Road
from sim.roads.roadside import draw_roadside
from sim.roads.style import RoadStyle, draw_style

CIRCLE_RADIUS = 100.0  # m


def build_road(kind: RoadKind, seed: int, least_radius: float = CITY_RADIUS) -> Road:
    """The road of a kind and seed; the fixed kinds are the same for every seed.

    Args:
        kind: Of the road.
        seed: What it is drawn from.
        least_radius: Of the bends of procedural roads [m].
    """
    return _procedural(seed, least_radius) if kind == "procedural" else _BUILDERS[kind](seed)


def _procedural(seed: int, least_radius: float) -> Road:
    random = np.random.default_rng(seed)
    style = draw_style(random)
    line = generate(random, least_radius)
    objects, panorama = draw_roadside(random, line, style), float(random.random())
    return Road(seed, line, style, two_lanes(style, len(line.x)), objects, panorama)


def _straight(seed: int) -> Road:
    return _plain(seed, [[700.0, 0.0, 0.0]])


def _circle(seed: int) -> Road:
    curvature = 1.0 / CIRCLE_RADIUS
    return _plain(seed, [[2.0 * math.pi * CIRCLE_RADIUS, curvature, curvature]], closed=True)


def _s_curve(seed: int) -> Road:
    straight, bend = [60.0, 0.0, 0.0], np.empty((3, 3))
    pieces = [straight]
    for side in (1.0, -1.0, 1.0, -1.0):
        write_corner(side * 1.2, 40.0, 0.5, bend)
        pieces += [*bend.tolist(), straight]
    return _plain(seed, [*pieces, straight])


def _plain(seed: int, pieces: list[list[float]], closed: bool = False) -> Road:
    line, style = sample(np.array(pieces), (0.0, 0.0, 0.0), closed), RoadStyle()
    return Road(seed, line, style, two_lanes(style, len(line.x)))


_BUILDERS: dict[RoadKind, Callable[[int], Road]] = {
    "straight": _straight,
    "circle": _circle,
    "s-curve": _s_curve,
}
