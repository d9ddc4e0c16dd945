"""A lane to drive on a circuit: on its right side, as on a road of two lanes.

Centrelines traced from maps carry noise that would turn into folds beside them, so they are smoothed first. The filter

    H(w) = 1 - (1 - exp(-(sigma w)^2 / 2))^2

takes what is shorter than some sigma off, and, unlike a Gauss filter alone, leaves wide bends as wide as they are.
"""

import numpy as np

from sim.errors import UserError
from sim.roads.course import CrossSection, Line, Surface
from sim.roads.formats.circuit import Circuit
from sim.roads.formats.sampling import centerline_through, stations
from sim.roads.formats.sections import course_of
from sim.roads.road import Road
from sim.roads.style import WHITE, RoadStyle
from sim.types import FloatArray

LANE_WIDTH = 3.7  # m
SHOULDER = 0.5  # m between a line at the track's edge and the edge
SMOOTHING = 5.0  # m, sigma of the filter: noise over some 20 m goes
STEP = 0.25  # m between the points that a lane is made of


def circuit_road(circuit: Circuit) -> Road:
    """The circuit as a road.

    Raises:
        UserError: the track still folds onto itself after smoothing.
    """
    points, right, left = _smooth(circuit)
    width = float(min(LANE_WIDTH, 0.5 * (right + left).min() - SHOULDER))
    normals = _normals(points)
    offset = -right + SHOULDER + 0.5 * width
    path = points + offset[:, None] * normals
    _refuse_folds(circuit, points, path)
    line, along = centerline_through(_closed(path), closed=True)
    at = stations(_closed(path))
    to_left = np.interp(along, at, _closed(left - offset))
    style = RoadStyle(lane_width=width, shoulder=SHOULDER)
    sections = [_section(width, edge, style) for edge in to_left]
    edges = np.stack([np.full_like(to_left, width), np.full_like(to_left, -0.5 * width - SHOULDER), to_left], axis=1)
    return Road(0, line, style, course=course_of(sections, edges, circuit.path.stem))


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


def _refuse_folds(circuit: Circuit, points: FloatArray, path: FloatArray) -> None:
    """Refuses a lane that runs backwards somewhere.

    Raises:
        UserError: a bend is tighter than the track is wide.
    """
    ahead, lane = (np.roll(line, -1, axis=0) - line for line in (points, path))
    folded = np.flatnonzero((ahead * lane).sum(axis=1) <= 0.0)
    if len(folded):
        x, y = points[folded[0]]
        raise UserError(
            f"{circuit.path}: the track folds near x = {x:.0f}, y = {y:.0f}, where a bend is tighter than it is wide."
        )


def _section(width: float, left: float, style: RoadStyle) -> CrossSection:
    surfaces = (Surface(-0.5 * width - SHOULDER, style.asphalt), Surface(left, style.ground))
    lines = (
        Line(-0.5 * width, style.line_width, WHITE),
        Line(0.5 * width, style.line_width, WHITE, dashed=True),
        Line(left - SHOULDER, style.line_width, WHITE),
    )
    return CrossSection(surfaces, lines)
