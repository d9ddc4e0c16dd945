"""A map as its file has it, as plain data; coordinates, stations s and lateral positions t are the file's own.

t grows to the left of a road's reference line. Lanes are numbered from the centre: 1, 2, ... to the left, -1, -2, ...
to the right; lane 0 has no width and holds the marks of the centre.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from sim.types import FloatArray, IntArray

End = Literal["start", "end"]
HAIR = 0.001  # m; what begins so near to an end of a lane section begins there, for files are no more exact


@dataclass(frozen=True)
class Cubics:
    """A function of s in pieces: from each start on, a + b ds + c ds^2 + d ds^3, where ds counts from that start."""

    starts: FloatArray  # (K,) m, ascending, from the beginning of what the function belongs to
    coefficients: FloatArray  # (K, 4): a, b, c, d

    def __call__(self, s: FloatArray, first: float = -np.inf, last: float = np.inf) -> FloatArray:
        """Values at ``s``; before the first piece, that of its start.

        Args:
            s: Where (K,) [m].
            first: Where the stretch of road begins that is asked about [m]; of a step there, its upper end counts.
            last: Where it ends [m]; of a step there, its lower end counts.
        """
        if len(self.starts) == 1:
            a, b, c, d = self.coefficients[0].tolist()
            ds = np.maximum(s - self.starts[0], 0.0)
            return np.asarray(a + ds * (b + ds * (c + ds * d)))
        piece = holding(self.starts, s, first, last)
        ds = np.maximum(s - self.starts[piece], 0.0)
        a, b, c, d = self.coefficients[piece].T
        return np.asarray(a + ds * (b + ds * (c + ds * d)))

    def extremes(self, end: float) -> tuple[FloatArray, FloatArray]:
        """Where from 0 to ``end`` it can be least or greatest, and its values there, of every piece; each (N,)."""
        first = np.maximum(-self.starts, 0.0)
        last = np.minimum(np.append(self.starts[1:], np.inf), end) - self.starts
        held = last - first > HAIR
        if not held.any():
            return np.zeros(1), self(np.zeros(1), 0.0, end)
        if not self.coefficients[held, 1:].any():
            return np.clip(self.starts[held], 0.0, end), self.coefficients[held, 0]
        a, b, c, d = self.coefficients.T
        root = np.sqrt(np.maximum(c * c - 3.0 * b * d, 0.0))
        with np.errstate(all="ignore"):  # turns that are nowhere are infinite or none, and cut off below
            turns = np.stack([(-c - root) / (3.0 * d), (-c + root) / (3.0 * d), -b / (2.0 * c)])
        ds = np.concatenate([first[None], last[None], np.clip(np.nan_to_num(turns), first, last)])[:, held]
        a, b, c, d = self.coefficients[held].T
        return (self.starts[held] + ds).ravel(), (a + ds * (b + ds * (c + ds * d))).ravel()

    def moved(self, distance: float) -> "Cubics":
        """The same function, of an s that is counted from ``distance`` [m] further on."""
        return Cubics(self.starts - distance, self.coefficients)


def holding(starts: FloatArray, s: FloatArray, first: float, last: float) -> IntArray:
    """Which of some pieces holds at each ``s`` (K,) of a stretch from ``first`` to ``last``; before all, the first.

    A piece holds until the next begins, not where it begins; what begins at the end of a stretch belongs to the next.
    """
    hair = min(HAIR, 0.5 * (last - first))
    return np.clip(np.searchsorted(starts, np.clip(s, first + hair, last - hair), side="right") - 1, 0, None)


ZERO = Cubics(np.zeros(1), np.zeros((1, 4)))


@dataclass(frozen=True)
class Line:
    """A straight."""


@dataclass(frozen=True)
class Arc:
    """A circular arc."""

    curvature: float  # 1/m


@dataclass(frozen=True)
class Spiral:
    """A clothoid: curvature changes evenly."""

    start: float  # 1/m
    end: float  # 1/m


@dataclass(frozen=True)
class Poly3:
    """v = a + b u + c u^2 + d u^3 in the geometry's own axes."""

    v: tuple[float, float, float, float]


@dataclass(frozen=True)
class ParamPoly3:
    """u(p) and v(p), cubics of a parameter from 0 to 1 or, by arc length, to the geometry's length."""

    u: tuple[float, float, float, float]
    v: tuple[float, float, float, float]
    normalized: bool = True


Shape = Line | Arc | Spiral | Poly3 | ParamPoly3


@dataclass(frozen=True)
class Geometry:
    """A piece of a reference line."""

    s: float  # m
    x: float  # m
    y: float  # m
    heading: float  # rad
    length: float  # m
    shape: Shape


@dataclass(frozen=True)
class Stripe:
    """One line of a mark."""

    offset: float  # m from the lane's border to the left of the reference line's direction
    width: float  # m
    color: str
    dash: tuple[float, float] | None  # length of a dash and of the gap after it [m]; None is solid


@dataclass(frozen=True)
class Mark:
    """What is painted on a lane's outer border from some station on."""

    start: float  # m from the beginning of the lane section
    kind: str
    stripes: tuple[Stripe, ...]


@dataclass(frozen=True)
class Lane:
    """A lane within a lane section."""

    id: int
    kind: str
    line: int  # of the file
    width: Cubics | None = None  # m, over the distance from the section's beginning
    border: Cubics | None = None  # m, t of the outer border, where the file gives no width
    marks: tuple[Mark, ...] = ()
    predecessors: tuple[int, ...] = ()
    successors: tuple[int, ...] = ()
    reversed: bool = False
    """Whether traffic runs against the rule of the road."""

    def moved(self, distance: float) -> "Lane":
        """The same lane in a section that begins ``distance`` [m] further on."""
        return replace(
            self,
            width=self.width and self.width.moved(distance),
            border=self.border and self.border.moved(distance),
            marks=tuple(replace(mark, start=mark.start - distance) for mark in self.marks),
        )


@dataclass(frozen=True)
class Section:
    """A stretch of road whose lanes are the same all along."""

    start: float  # m
    end: float  # m
    lanes: Mapping[int, Lane]

    @property
    def length(self) -> float:
        """Its length [m], which may be 0."""
        return self.end - self.start


class LanePiece(NamedTuple):
    """A lane within a lane section, driven in one direction."""

    road: str
    section: int
    lane: int
    along: bool  # whether it is driven along s

    def __str__(self) -> str:
        return f"{self.road}:{self.lane}"

    @property
    def opposite(self) -> "LanePiece":
        """The same lane, driven the other way."""
        return self._replace(along=not self.along)


@dataclass(frozen=True)
class Link:
    """What a road leads to."""

    kind: Literal["road", "junction"]
    id: str
    contact: End | None  # which end of a road it is


@dataclass(frozen=True)
class MapRoad:
    """A road."""

    id: str
    name: str
    line: int  # of the file
    length: float  # m
    junction: str | None  # which junction it is a part of
    left_hand: bool
    geometries: Sequence[Geometry]
    offset: Cubics  # m, t of lane 0
    elevation: Cubics  # m
    superelevation: Cubics  # rad
    sections: Sequence[Section]
    skipped: tuple[float, ...] = ()
    """Where geometries were passed over, m."""
    predecessor: Link | None = None
    successor: Link | None = None


@dataclass(frozen=True)
class Connection:
    """A way through a junction."""

    incoming: str
    road: str
    """The connecting road; in a direct junction, the road that follows."""
    contact: End
    """Which end of that road is entered."""
    lanes: tuple[tuple[int, int], ...]  # from the incoming road's lane to that road's


@dataclass(frozen=True)
class Junction:
    """Where roads meet: on roads of its own that connect them, or directly."""

    id: str
    direct: bool
    connections: Sequence[Connection]

    @cached_property
    def by_incoming(self) -> Mapping[str, Sequence[Connection]]:
        """The connections of each road that leads into it."""
        return _grouped(self.connections, lambda connection: connection.incoming)

    @cached_property
    def by_road(self) -> Mapping[str, Sequence[Connection]]:
        """The connections that lead to each road."""
        return _grouped(self.connections, lambda connection: connection.road)


def _grouped(connections: Sequence[Connection], key: Callable[[Connection], str]) -> Mapping[str, Sequence[Connection]]:
    groups: dict[str, list[Connection]] = {}
    for connection in connections:
        groups.setdefault(key(connection), []).append(connection)
    return groups


@dataclass(frozen=True)
class RoadMap:
    """All roads of a file."""

    path: Path
    roads: Mapping[str, MapRoad]
    junctions: Mapping[str, Junction]
    notes: list[str] = field(default_factory=list)
    """What a user should know, a sentence each."""
    passed: Mapping[str, MapRoad] = field(default_factory=dict)
    """Roads that are too short to lie anywhere; links lead through them."""
    joined: dict[LanePiece, list[LanePiece]] = field(default_factory=dict)
    """What follows a lane although the file says so half, or not at all: see ``joins``."""
    drivable: dict[tuple[str, int], frozenset[int]] = field(default_factory=dict)
    """Lanes that a car can drive on, by road and section, as far as anybody asked: see ``links``."""

    def road(self, name: str) -> MapRoad | None:
        """The road of that id, be it passed over or not."""
        return self.roads.get(name) or self.passed.get(name)
