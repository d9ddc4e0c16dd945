"""A lane to drive on a circuit: the right-hand one of two in its middle, as on a road.

Centrelines traced from maps carry noise that would turn into folds beside them, so they are smoothed first. The filter

    H(w) = 1 - (1 - exp(-(sigma w)^2 / 2))^2

takes what is shorter than some sigma off, and, unlike a Gauss filter alone, leaves wide bends as wide as they are.
"""

import numpy as np

from sim.defaults import TIGHTEST_TURN
from sim.errors import UserError
from sim.roads.centerline import Centerline
from sim.roads.course import CrossSection, Line, Surface
from sim.roads.formats.circuit import Circuit
from sim.roads.formats.sampling import centerline_through, origin_of, stations
from sim.roads.formats.scenery import draw_scenery
from sim.roads.formats.sections import course_of
from sim.roads.road import Road
from sim.roads.style import WHITE, RoadStyle
from sim.types import FloatArray

LANE_WIDTH = 3.7  # m; less where the circuit is too narrow for two such lanes
NARROWEST = 1.5  # m; a narrower lane has no room for a car
SMOOTHING = 10.0  # m, sigma of the filter
STEP = 0.25  # m between the points that a lane is made of


def circuit_road(circuit: Circuit) -> Road:
    """The circuit as a road.

    Raises:
        UserError: the track is too narrow, or still folds onto itself after smoothing.
    """
    points, right, left = _smooth(circuit)
    origin = origin_of(points)
    lane, other = (float(min(LANE_WIDTH, side.min())) for side in (right, left))
    if lane < NARROWEST:
        raise UserError(
            f"{circuit.path}: the track reaches only {max(right.min(), 0.0):.2f} m to the right of its centreline, "
            f"too little for a lane of {NARROWEST} m."
        )
    path = points - origin - 0.5 * lane * _normals(points)
    line, along = centerline_through(_closed(path), closed=True)
    _refuse_folds(circuit, points, path, line, origin)
    at = stations(_closed(path))
    to_right, to_left = (np.interp(along, at, _closed(side)) for side in (0.5 * lane - right, 0.5 * lane + left))
    style = RoadStyle(lane_width=lane)
    lines = (
        Line(-0.5 * lane, style.line_width, WHITE),
        Line(0.5 * lane, style.line_width, WHITE, dashed=True),
        Line(0.5 * lane + max(other, 0.0), style.line_width, WHITE),
    )
    sections = [
        CrossSection((Surface(begin, style.asphalt), Surface(end, style.ground)), lines)
        for begin, end in zip(to_right.tolist(), to_left.tolist(), strict=True)
    ]
    edges = np.stack([np.full_like(to_left, lane), to_right, to_left], axis=1)
    x, y = origin.tolist()
    course = course_of(sections, edges)
    objects = draw_scenery(line, course, style, 0)
    return Road(0, line, style, course, objects, name=circuit.path.stem, origin=(x, y))


def _smooth(circuit: Circuit) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points (K, 2) every ``STEP`` of the smoothed centreline, and the track's widths there, (K,) each [m]."""
    points = _closed(circuit.points)
    along = stations(points)
    count = round(along[-1] / STEP)
    wanted = np.arange(count) * along[-1] / count
    columns = (points[:, 0], points[:, 1], _closed(circuit.right), _closed(circuit.left))
    x, y, right, left = (np.interp(wanted, along, column) for column in columns)
    frequency = 2.0 * np.pi * np.fft.fftfreq(count, along[-1] / count)
    gauss = np.exp(-0.5 * (SMOOTHING * frequency) ** 2)
    keep = 1.0 - (1.0 - gauss) ** 2
    center, widths = (np.fft.ifft(keep * np.fft.fft(values)) for values in (x + 1j * y, right + 1j * left))
    return np.stack([center.real, center.imag], axis=1), widths.real, widths.imag


def _closed(values: FloatArray) -> FloatArray:
    """The values with the first one again at the end."""
    return np.concatenate([values, values[:1]])


def _normals(points: FloatArray) -> FloatArray:
    """Unit vectors (K, 2) to the left of a closed line of points."""
    ahead = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    ahead /= np.hypot(*ahead.T)[:, None]
    return np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)


def _refuse_folds(circuit: Circuit, points: FloatArray, path: FloatArray, line: Centerline, origin: FloatArray) -> None:
    """Refuses a lane that runs backwards somewhere, or turns more tightly than a car.

    Raises:
        UserError: it does.
    """
    ahead, lane = (np.roll(places, -1, axis=0) - places for places in (points, path))
    folded = np.flatnonzero((ahead * lane).sum(axis=1) <= 0.0)
    sharpest = int(np.argmax(np.abs(line.curvature)))
    if len(folded) or abs(line.curvature[sharpest]) > 1.0 / TIGHTEST_TURN:
        x, y = points[folded[0]] if len(folded) else origin + np.array([line.x[sharpest], line.y[sharpest]])
        raise UserError(
            f"{circuit.path}: the track folds near x = {x:.0f}, y = {y:.0f}, where the driven lane turns with a radius "
            f"below {TIGHTEST_TURN:g} m, which no car does."
        )
