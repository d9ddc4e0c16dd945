"""What lies across the streets of a town along their way: cross-sections, and the rhythm of their dashes.

Stop lines and crossings are dashes, too: a single one in a long period, which a row of lines across the street masks.
So each place has one rhythm, and what lies close to a crossing shows no other dashes.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from sim.roads.course import CrossSection, Line, Surface
from sim.roads.style import WHITE
from sim.town.style import TownStyle
from sim.town.surfaces import DASHED, MEDIAN, Surfaces
from sim.types import Float32Array

KERB = 0.15  # m wide
LONG = 64.0  # m, period of what is there once
SHORTEST = 0.05  # m; a shorter stretch goes with the one before
THINNEST = 0.02  # m, of a line
MEDIAN_EDGE = 0.2  # m from the line beside a median to its kerb


class Rhythm(NamedTuple):
    """Dashes along a ribbon."""

    period: float = LONG  # m
    length: float = 0.0  # m
    at: float = 0.0  # m, station at which a dash is centred


class Stretch(NamedTuple):
    """What lies across a ribbon up to a station."""

    end: float  # m, station
    section: CrossSection
    rhythm: Rhythm


class Across(NamedTuple):
    """Something painted across a street: a stop line or a crossing."""

    begin: float  # m, station
    end: float
    rhythm: Rhythm
    lines: tuple[Line, ...]
    keeps_solid: bool  # whether solid lines and medians go on below it


class Mark(NamedTuple):
    """A line along a street."""

    begin: float  # m, station
    end: float
    line: Line
    rhythm: Rhythm


class Band(NamedTuple):
    """A median."""

    begin: float  # m, station
    end: float
    right: float  # m, lateral position of its right edge
    left: float


class StreetPaint(NamedTuple):
    """All that lies on a street."""

    length: float  # m
    right: float  # m, lateral positions of the kerbs
    left: float
    marks: list[Mark]
    medians: list[Band]
    across: list[Across]


def street_paints(surfaces: Surfaces, across: dict[int, list[Across]]) -> list[StreetPaint]:
    """What lies on each street; ``across`` says what is painted across it."""
    lengths = _rounded(surfaces.street_station[surfaces.street_points[1:] - 1])
    edges = zip(lengths, _rounded(surfaces.street_right), _rounded(surfaces.street_left), strict=True)
    paints = [StreetPaint(*edge, [], [], across.get(street, [])) for street, edge in enumerate(edges)]
    for street, mark in _marks(surfaces):
        paints[street].marks.append(mark)
    columns = (surfaces.band_begin, surfaces.band_end, surfaces.band_right, surfaces.band_left)
    bands = zip(surfaces.band_street.tolist(), surfaces.band_kind.tolist(), *map(_rounded, columns), strict=True)
    for street, kind, *band in bands:
        if kind == MEDIAN:
            paints[street].medians.append(Band(*band))
    return paints


def turned_around(paint: StreetPaint) -> StreetPaint:
    """The same street in the opposite direction."""
    return StreetPaint(
        paint.length,
        -paint.left,
        -paint.right,
        [Mark(*_backward(mark, paint), _opposite(mark.line), _from_end(mark.rhythm, paint)) for mark in paint.marks],
        [Band(*_backward(band, paint), -band.left, -band.right) for band in paint.medians],
        [
            item._replace(
                begin=paint.length - item.end,
                end=paint.length - item.begin,
                rhythm=_from_end(item.rhythm, paint),
                lines=tuple(map(_opposite, item.lines)),
            )
            for item in paint.across
        ],
    )


def _backward(span: Mark | Band, paint: StreetPaint) -> tuple[float, float]:
    """Stations between which something lies, from the street's end."""
    return round(paint.length - span.end, 3), round(paint.length - span.begin, 3)


def _opposite(line: Line) -> Line:
    return line._replace(position=-line.position)


def _from_end(rhythm: Rhythm, paint: StreetPaint) -> Rhythm:
    return rhythm._replace(at=paint.length - rhythm.at)


def _rounded(column: Float32Array) -> list[float]:
    """Lengths [m] to a millimetre, as numbers of Python's."""
    return [round(value, 3) for value in column.tolist()]


def _marks(surfaces: Surfaces) -> Iterator[tuple[int, Mark]]:
    """The street of each mark, and the mark."""
    columns = (surfaces.mark_begin, surfaces.mark_end, surfaces.mark_lateral, surfaces.mark_width)
    dashes = (surfaces.mark_dash, surfaces.mark_gap)
    rows = zip(
        surfaces.mark_street.tolist(), surfaces.mark_style.tolist(), *map(_rounded, columns + dashes), strict=True
    )
    for street, style, begin, end, lateral, width, dash, gap in rows:
        dashed = style == DASHED
        rhythm = Rhythm(dash + gap, dash) if dashed else Rhythm()  # in step with others on the street
        yield street, Mark(begin, end, Line(lateral, width, WHITE, dashed), rhythm)


def stretches(paint: StreetPaint, window: tuple[float, float], pavement: float, style: TownStyle) -> Iterator[Stretch]:
    """What lies across a street from its first point to its last.

    Args:
        paint: What lies on it.
        window: Lateral positions [m] between which lines are to be seen.
        pavement: Width of the pavements [m].
        style: Colours.
    """
    marks = [mark for mark in paint.marks if window[0] < mark.line.position < window[1]]
    spans = [(item.begin, item.end) for items in (marks, paint.medians, paint.across) for item in items]
    begin = 0.0
    for end in sorted({paint.length, *itertools.chain.from_iterable(spans)}):
        if begin + SHORTEST < end <= paint.length:
            middle = 0.5 * (begin + end)
            lines, rhythm, medians = _lying(paint, marks, middle)
            surfaces = tuple(_surfaces(paint, medians, pavement, style))
            yield Stretch(end, CrossSection(surfaces, _within(lines, window)), rhythm)
            begin = end


def _lying(paint: StreetPaint, marks: list[Mark], station: float) -> tuple[list[Line], Rhythm, list[Band]]:
    """Lines, the rhythm of those that are dashed, and medians at a station."""
    here = [mark for mark in marks if mark.begin < station < mark.end]
    lines = [mark.line for mark in here]
    medians = [band for band in paint.medians if band.begin < station < band.end]
    for item in paint.across:
        if item.begin < station < item.end:
            solid = sorted(line for line in lines if not line.dashed) if item.keeps_solid else []
            return [*solid, *_between(item.lines, solid)], item.rhythm, medians if item.keeps_solid else []
    rhythm = next((mark.rhythm for mark in here if mark.line.dashed), Rhythm())
    return lines, rhythm, medians


def _between(dashed: tuple[Line, ...], solid: list[Line]) -> Iterator[Line]:
    """The parts of dashed lines that lie beside solid ones: a dash there would be painted twice."""
    for line in dashed:
        low, high = line.position - 0.5 * line.width, line.position + 0.5 * line.width
        for other in solid:
            right, left = other.position - 0.5 * other.width, other.position + 0.5 * other.width
            if right < high and left > low:
                yield from _piece(line, low, right)
                low = max(low, left)
        yield from _piece(line, low, high)


def _piece(line: Line, low: float, high: float) -> Iterator[Line]:
    if high - low > THINNEST:
        yield line._replace(position=round(0.5 * (low + high), 3), width=round(high - low, 3))


def _within(lines: list[Line], window: tuple[float, float]) -> tuple[Line, ...]:
    """The lines that are to be seen, in order."""
    return tuple(
        sorted(
            line for line in lines if line.position + line.width > window[0] and line.position - line.width < window[1]
        )
    )


def _surfaces(paint: StreetPaint, medians: list[Band], pavement: float, style: TownStyle) -> Iterator[Surface]:
    """Pavement, kerb, asphalt and medians, from right to left."""
    yield Surface(paint.right - pavement, style.pavement)
    yield Surface(paint.right - KERB, style.kerb)
    yield Surface(paint.right, style.asphalt)
    for band in medians:
        yield Surface(band.right + MEDIAN_EDGE, style.kerb)
        yield Surface(band.right + MEDIAN_EDGE + KERB, style.median)
        yield Surface(band.left - MEDIAN_EDGE - KERB, style.kerb)
        yield Surface(band.left - MEDIAN_EDGE, style.asphalt)
    yield Surface(paint.left, style.kerb)
    yield Surface(paint.left + KERB, style.pavement)
    yield Surface(paint.left + pavement, style.ground)
