"""From a line of many points to a centreline with segments of one length."""

import math

import numpy as np

from sim.roads.centerline import SEGMENT_LENGTH, Centerline
from sim.types import FloatArray

FAR_OFF = 10_000.0  # m from the origin; what lies further off is moved near it
WHOLE = 1000.0  # m; it is moved by a multiple of this


def origin_of(points: FloatArray) -> FloatArray:
    """What is taken off the coordinates of a road that lies far off; (2,) [m]."""
    middle = points.mean(axis=0)
    return np.zeros(2) if np.abs(middle).max() < FAR_OFF else WHOLE * np.round(middle / WHOLE)


def stations(points: FloatArray) -> FloatArray:
    """Distance along a line of points (K, 2) until each of them; shape (K,) [m]."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def centerline_through(points: FloatArray, closed: bool) -> tuple[Centerline, FloatArray]:
    """The centreline along a line of points.

    Headings are those of the chords between the points, so they should lie close: at most 0.25 m apart in bends.

    Args:
        points: (K, 2) [m]; the last one of a closed line is the first one again.
        closed: Whether the line is closed.

    Returns:
        The centreline, and the distance along ``points`` at the middle of each of its segments, (M,) [m].
    """
    along = stations(points)
    count = max(round(along[-1] / SEGMENT_LENGTH), 1)
    step = along[-1] / count
    middles = (np.arange(count) + 0.5) * step
    heading = _headings(points, along, np.arange(count + 1) * step, closed)
    line = Centerline(
        x=np.interp(middles, along, points[:, 0]),
        y=np.interp(middles, along, points[:, 1]),
        heading=0.5 * (heading[1:] + heading[:-1]),
        curvature=np.diff(heading) / step,
        step=step,
        closed=closed,
    )
    return line, middles


def _headings(points: FloatArray, along: FloatArray, wanted: FloatArray, closed: bool) -> FloatArray:
    """Heading [rad], not wrapped, at distances along the points: linear between the middles of their chords."""
    chords = np.diff(points, axis=0)
    heading = np.unwrap(np.arctan2(chords[:, 1], chords[:, 0]))
    middles = 0.5 * (along[1:] + along[:-1])
    if closed:
        turns = 2.0 * math.pi * round((heading[-1] - heading[0]) / (2.0 * math.pi))
        heading = np.concatenate([[heading[-1] - turns], heading, [heading[0] + turns]])
        middles = np.concatenate([[middles[-1] - along[-1]], middles, [middles[0] + along[-1]]])
    return np.asarray(np.interp(wanted, middles, heading))


def extend(points: FloatArray, before: float, after: float) -> FloatArray:
    """Points (K, 2) and straight on beyond both ends, by ``before`` and ``after`` [m]."""
    first, last = points[0] - points[1], points[-1] - points[-2]
    start = points[0] + before * first / np.hypot(*first)
    end = points[-1] + after * last / np.hypot(*last)
    return np.concatenate([[start], points, [end]])
