"""A second calculation of where the roads of an OpenDRIVE map lie, and of which lanes meet.

Written from ASAM OpenDRIVE 1.8 (sections 9 to 12) and not from the reader, to check it: nothing of the project is
imported, points are complex numbers x + iy, clothoids are Fresnel integrals, the parameter of a polynomial follows its
arc length by a differential equation. It takes a sound file for granted.

Whatever a file says in pieces (geometries, heights, lane offsets, widths, borders, marks, speeds, lane sections) holds
from its start on until the next of its kind begins, or until that ends which it belongs to: the road, or the lane
section (sections 9, 10.5, 11.3, 11.4, 11.6, 11.7 and 11.8). So a piece does not hold where the next one starts. Places
are therefore asked for within a stretch of road whose lanes stay the same, and its ends are limits from inside: at its
last station, what begins there belongs to the next stretch.
"""

import cmath
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from defusedxml.ElementTree import fromstring
from scipy.integrate import quad, solve_ivp
from scipy.special import fresnel

ROUNDING = 1e-6  # m; stations are sums of lengths, written with more or fewer digits
Array = np.ndarray
Curve = Callable[
    [Array], tuple[Array, Array]
]  # from distances (K,) [m] to complex points [m] and turns [rad], each (K,)


class LaneEnd(NamedTuple):
    """One of the two ends of a lane within a stretch of road whose lanes stay the same."""

    road: str
    stretch: int
    lane: int
    end: str  # "start" or "end", in the direction of the reference line


def number(element: Element, name: str) -> float:
    """The attribute as a number."""
    return float(element.attrib[name])


# Section 9: the five shapes, from the start of a geometry and its direction.


def clothoid(first: float, last: float, length: float) -> Curve:
    """Curvature goes evenly from ``first`` to ``last`` [1/m]; the turn is first s + rate s^2 / 2."""
    rate = (last - first) / length
    if abs(rate) * length**2 < 1e-9:
        return circle(0.5 * (first + last))
    scale, shift = np.sqrt(abs(rate) / np.pi), first / rate
    turned = cmath.exp(-0.5j * first * shift) / scale

    def integral(s: Array) -> Array:
        sines, cosines = fresnel(scale * (s + shift))
        return np.asarray(cosines + 1j * np.sign(rate) * sines)

    return lambda s: (turned * (integral(s) - integral(np.zeros(1))), first * s + 0.5 * rate * s * s)


def circle(curvature: float) -> Curve:
    """An arc; a straight line where the curvature is 0."""
    if curvature == 0.0:
        return lambda s: (s + 0j, 0.0 * s)
    return lambda s: (np.expm1(1j * curvature * s) / (1j * curvature), curvature * s)


def polynomial(u: list[float], v: list[float], last: float, length: float | None) -> Curve:
    """u(p) + i v(p), p from 0 to ``last``, by arc length; a ``length`` is that of all of it, as the file says."""
    point = np.polynomial.Polynomial(u) + 1j * np.polynomial.Polynomial(v)
    slope = point.deriv()
    share = 1.0 if length is None else quad(lambda p: abs(slope(p)), 0.0, last)[0] / length

    def curve(s: Array) -> tuple[Array, Array]:
        order = np.argsort(s)
        reach = (0.0, max(float(s.max()), 1e-9))
        rise = solve_ivp(
            lambda _, p: share / abs(slope(p)), reach, [0.0], t_eval=s[order], rtol=1e-10, atol=1e-10, method="DOP853"
        )
        p = np.empty(len(s))
        p[order] = rise.y[0]
        return point(p), np.angle(slope(p))

    return curve


def curve_of(geometry: Element) -> Curve:
    """The curve that a ``<geometry>`` element describes."""
    length, shape = number(geometry, "length"), geometry.find("*")
    assert shape is not None
    match shape.tag:
        case "line":
            return circle(0.0)
        case "arc":
            return circle(number(shape, "curvature"))
        case "spiral":
            return clothoid(number(shape, "curvStart"), number(shape, "curvEnd"), length)
        case "poly3":
            return polynomial([0.0, 1.0], [number(shape, name) for name in "abcd"], length, None)
    u, v = ([number(shape, name + axis) for name in "abcd"] for axis in "UV")
    return polynomial(u, v, length if shape.get("pRange") == "arcLength" else 1.0, length)


def holding(starts: Sequence[float], reach: tuple[float, float], s: Array) -> Array:
    """Which of the records with these ``starts`` holds at ``s`` (K,) within ``reach``; -1 before the first.

    What begins at the last station, or within rounding of it, begins beyond; what does within rounding of the first
    holds there.
    """
    first, last = reach
    rounding = min(ROUNDING, 0.5 * (last - first))
    begun = [min(start, first) if start <= first + rounding else start for start in starts]
    inside = [start for start in begun if start <= first or start < last - rounding]
    return np.searchsorted(inside, s, side="right") - 1


def in_order(elements: Iterable[Element], start: str) -> list[Element]:
    """The elements sorted by where they start."""
    return sorted(elements, key=lambda element: number(element, start))


def cubic(elements: Sequence[Element], start: str, reach: tuple[float, float], s: Array) -> Array:
    """Cubics of the distance from where each starts, at ``s`` (K,) within ``reach``; 0 before the first."""
    if not elements:
        return np.zeros(len(s))
    elements = in_order(elements, start)
    starts = np.array([number(element, start) for element in elements])
    factors = np.array([[number(element, name) for name in "abcd"] for element in elements])
    index = holding(starts.tolist(), reach, s)
    powers = (s - starts[index])[:, None] ** np.arange(4)
    return np.where(index < 0, 0.0, (factors[index] * powers).sum(axis=1))


class StandardRoad:
    """A road; stations s are distances along its reference line [m]."""

    def __init__(self, element: Element) -> None:
        """Reads the element where it needs to."""
        self.element = element
        self.length = number(element, "length")
        sections = element.findall("lanes/laneSection")
        self.starts = [number(section, "s") for section in sections]
        self.stretches = [self._lanes_at(sections[: index + 1]) for index in range(len(sections))]

    @staticmethod
    def _lanes_at(sections: list[Element]) -> dict[int, tuple[Element, float]]:
        """Every lane, and where its lane section begins: one of a single side leaves the other as it was (11.3)."""
        lanes: dict[int, tuple[Element, float]] = {}
        for side in ("left", "center", "right"):
            holding = [item for item in sections if item.get("singleSide") != "true" or item.find(side) is not None]
            for lane in holding[-1].findall(f"{side}/lane") if holding else []:
                lanes[int(lane.attrib["id"])] = (lane, number(holding[-1], "s"))
        return lanes

    def reach(self, stretch: int) -> tuple[float, float]:
        """Where a stretch begins and ends."""
        return self.starts[stretch], [*self.starts, self.length][stretch + 1]

    def runs_against(self, stretch: int, lane: int) -> bool:
        """Whether traffic on a lane runs against the stations: sections 10.2 and 11.2."""
        element, _ = self.stretches[stretch][lane]
        left_hand = self.element.get("rule") == "LHT"
        return ((lane > 0) != left_hand) != (element.get("direction") == "reversed")

    @cached_property
    def _curves(self) -> list[tuple[float, complex, float, Curve]]:
        pieces = [item for item in self.element.findall("planView/geometry") if number(item, "length") > 0.0]
        return [
            (number(item, "s"), complex(number(item, "x"), number(item, "y")), number(item, "hdg"), curve_of(item))
            for item in pieces
        ]

    def reference(self, stretch: int, s: Array) -> tuple[Array, Array]:
        """Complex points [m] and headings [rad] of the reference line, each (K,)."""
        points, headings = np.empty(len(s), dtype=complex), np.empty(len(s))
        index = holding([start for start, *_ in self._curves], self.reach(stretch), s)
        for piece, (start, origin, heading, curve) in enumerate(self._curves):
            here = index == piece
            if here.any():
                offset, turn = curve(s[here] - start)
                points[here], headings[here] = origin + cmath.exp(1j * heading) * offset, heading + turn
        return points, headings

    def t(self, stretch: int, lane: int, s: Array) -> Array:
        """How far left of the reference line a lane's outer border lies (K,) [m]: sections 11.4 and 11.6."""
        if lane == 0:
            return self.profile("lanes/laneOffset", stretch, s)
        element, start = self.stretches[stretch][lane]
        first, last = self.reach(stretch)
        reach, ds = (first - start, last - start), s - start
        if element.find("width") is None:
            return cubic(element.findall("border"), "sOffset", reach, ds)
        side = 1 if lane > 0 else -1
        return np.asarray(
            self.t(stretch, lane - side, s) + side * cubic(element.findall("width"), "sOffset", reach, ds)
        )

    def at(self, stretch: int, t: Array, s: Array) -> Array:
        """Complex points (K,) at ``s`` and ``t``."""
        points, headings = self.reference(stretch, s)
        return np.asarray(points + 1j * np.exp(1j * headings) * t)

    def border(self, stretch: int, lane: int, s: Array) -> Array:
        """Complex points (K,) of a lane's outer border."""
        return self.at(stretch, self.t(stretch, lane, s), s)

    def middle(self, stretch: int, lane: int, s: Array) -> Array:
        """Complex points (K,) of a lane's middle."""
        inner = lane - (1 if lane > 0 else -1)
        return self.at(stretch, 0.5 * (self.t(stretch, lane, s) + self.t(stretch, inner, s)), s)

    def profile(self, path: str, stretch: int, s: Array) -> Array:
        """What cubics of the whole road give, such as heights [m] and superelevations [rad] (K,): section 10.5."""
        return cubic(self.element.findall(path), "s", self.reach(stretch), s)

    def told(self, stretch: int, lane: int, tag: str, s: Array) -> list[Element | None]:
        """Which ``roadMark``, ``speed`` or the like of a lane holds at each place (K,): sections 11.7 and 11.8."""
        element, start = self.stretches[stretch][lane]
        first, last = self.reach(stretch)
        found = in_order(element.findall(tag), "sOffset")
        starts = [number(item, "sOffset") for item in found]
        index = holding(starts, (first - start, last - start), s - start)
        return [found[i] if i >= 0 else None for i in index]


class StandardMap:
    """All roads of a file, and which ends of lanes meet."""

    def __init__(self, path: Path) -> None:
        """Reads a file; what stands before the declaration is a comment that should not be there."""
        text = path.read_bytes()
        root = fromstring(text[max(text.find(b"<?xml"), 0) :])
        self.roads = {element.attrib["id"]: StandardRoad(element) for element in root.findall("road")}
        self.junctions = {element.attrib["id"]: element for element in root.findall("junction")}

    def meeting(self, lane_end: LaneEnd) -> set[LaneEnd]:
        """The ends of lanes that a lane's end is linked to, of lanes that are there: sections 10.3, 11.5, 12."""
        return {
            item
            for item in self._linked(lane_end)
            if item.road in self.roads and item.lane in self.roads[item.road].stretches[item.stretch]
        }

    def gap(self, one: LaneEnd, other: LaneEnd) -> float:
        """How far apart the middles of two lanes are at these ends [m]."""
        first, second = (self._middle(lane_end) for lane_end in (one, other))
        return abs(first - second)

    def _middle(self, lane_end: LaneEnd) -> complex:
        road = self.roads[lane_end.road]
        s = road.reach(lane_end.stretch)[lane_end.end == "end"]
        return complex(road.middle(lane_end.stretch, lane_end.lane, np.array([s]))[0])

    def _linked(self, lane_end: LaneEnd) -> Iterator[LaneEnd]:
        road = self.roads[lane_end.road]
        forward = lane_end.end == "end"
        which = "successor" if forward else "predecessor"
        lane, _ = road.stretches[lane_end.stretch][lane_end.lane]
        numbers = [int(item.attrib["id"]) for item in lane.findall(f"link/{which}[@id]")]
        neighbour = lane_end.stretch + (1 if forward else -1)
        if 0 <= neighbour < len(road.stretches):
            same = road.stretches[neighbour].get(lane_end.lane, (None, 0.0))[0] is lane
            for number_of_lane in [lane_end.lane] if same else numbers:
                yield LaneEnd(lane_end.road, neighbour, number_of_lane, "start" if forward else "end")
            return
        link = road.element.find(f"link/{which}")
        if link is not None and link.get("elementType") == "junction":
            yield from self._through(link.attrib["elementId"], lane_end)
        elif link is not None and link.get("elementId") in self.roads:
            for number_of_lane in numbers:
                yield self._end_of(link.attrib["elementId"], link.attrib["contactPoint"], number_of_lane)

    def _end_of(self, road: str, contact: str, lane: int) -> LaneEnd:
        return LaneEnd(road, 0 if contact == "start" else len(self.roads[road].stretches) - 1, lane, contact)

    def _through(self, junction: str, lane_end: LaneEnd) -> Iterator[LaneEnd]:
        """On a connecting road (12.4), or on the road beyond a direct junction (12.6), from either side."""
        for connection in self.junctions[junction].findall("connection") if junction in self.junctions else []:
            beyond = connection.get("connectingRoad") or connection.get("linkedRoad")
            incoming, contact = connection.get("incomingRoad"), connection.get("contactPoint", "start")
            if beyond not in self.roads or incoming not in self.roads:
                continue
            for link in connection.findall("laneLink"):
                before, after = int(link.attrib["from"]), int(link.attrib["to"])
                if (incoming, before) == (lane_end.road, lane_end.lane):
                    yield self._end_of(beyond, contact, after)
                direct = connection.get("linkedRoad") is not None
                if direct and (beyond, contact, after) == (lane_end.road, lane_end.end, lane_end.lane):
                    yield self._end_of(incoming, self._end_at(incoming, junction), before)

    def _end_at(self, road: str, junction: str) -> str:
        link = self.roads[road].element.find("link/predecessor")
        leads = link is not None and (link.get("elementType"), link.get("elementId")) == ("junction", junction)
        return "start" if leads else "end"
