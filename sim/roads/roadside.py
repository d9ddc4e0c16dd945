"""What stands beside a road: trees, bushes, houses and posts, placed by the road's seed."""

import numpy as np

from sim.roads.centerline import Centerline
from sim.roads.style import RoadStyle
from sim.types import Float32Array, FloatArray

# Columns of an object: its foot, in the world or in the road's map [m], its kind, width and height [m], and
# brightness as a factor.
OBJECT_X, OBJECT_Y, OBJECT_KIND, OBJECT_WIDTH, OBJECT_HEIGHT, OBJECT_BRIGHTNESS = range(6)
OBJECT_FIELDS = 6

BROADLEAF, CONIFER, BUSH, HOUSE, POST = range(5)
KINDS = ("broadleaf", "conifer", "bush", "house", "post")
WIDTHS = ((3.5, 6.5), (2.2, 3.8), (1.0, 2.2), (7.0, 11.0), (0.12, 0.12))  # m, least and greatest per kind
ASPECTS = (1.25, 2.2, 0.75, 0.75, 8.75)  # height / width per kind; a post is 1.05 m high (German RPS, RAL delineators)

_WIDTHS, _ASPECTS = np.array(WIDTHS), np.array(ASPECTS)

POST_SPACING = 25.0  # m along the road
POST_CLEARANCE = 0.5  # m from the edge of the paved surface
PLANT_CLEARANCE = 1.6  # m
FARTHEST_PLANT = 9.0  # m from the edge of the paved surface; another part of the road is at least 24 m off


def no_objects() -> Float32Array:
    """A bare roadside: shape (0, OBJECT_FIELDS)."""
    return np.zeros((0, OBJECT_FIELDS), dtype=np.float32)


def draw_roadside(random: np.random.Generator, line: Centerline, style: RoadStyle) -> Float32Array:
    """Objects along a road; shape (K, OBJECT_FIELDS), dtype float32.

    How dense they stand and which kinds prevail differs from road to road.
    """
    plants, posts = _draw_plants(random, line, style), _draw_posts(random, line, style)
    return np.concatenate([plants, posts]).astype(np.float32)


def _draw_plants(random: np.random.Generator, line: Centerline, style: RoadStyle) -> FloatArray:
    count = int(line.length / random.uniform(10.0, 35.0))
    shares = random.dirichlet((1.2, 1.0, 1.2, 0.25))
    draws = random.random((count, 6))
    kinds = np.searchsorted(np.cumsum(shares)[:-1], draws[:, 0])
    low, high = _WIDTHS[kinds].T
    widths = low + draws[:, 1] * (high - low)
    nearest = PLANT_CLEARANCE + 0.5 * widths * (kinds == HOUSE)
    distance = style.half_width + nearest + draws[:, 2] * (FARTHEST_PLANT - nearest)
    d = np.where(draws[:, 3] < 0.5, -distance, distance)
    segments = (draws[:, 4] * len(line.x)).astype(np.int64)
    return _rows(line, segments, d, kinds, widths, 0.75 + 0.4 * draws[:, 5])


def _draw_posts(random: np.random.Generator, line: Centerline, style: RoadStyle) -> FloatArray:
    """Delineators on both sides of one road of two."""
    end = line.length if random.random() < 0.5 else 0.0
    stations = np.arange(0.5 * POST_SPACING, end, POST_SPACING)
    segments = np.repeat((stations / line.step).astype(np.int64), 2)
    d = np.tile([-1.0, 1.0], len(stations)) * (style.half_width + POST_CLEARANCE)
    kinds = np.full(len(d), POST)
    return _rows(line, segments, d, kinds, np.full(len(d), WIDTHS[POST][0]), np.ones(len(d)))


def _rows(
    line: Centerline,
    segments: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    d: FloatArray,
    kinds: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    widths: FloatArray,
    brightness: FloatArray,
) -> FloatArray:
    heading = line.heading[segments]
    x, y = line.x[segments] - d * np.sin(heading), line.y[segments] + d * np.cos(heading)
    return np.stack([x, y, kinds, widths, widths * _ASPECTS[kinds], brightness], axis=1)
