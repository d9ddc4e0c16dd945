"""Streets: classes, cross-sections and centrelines between two junctions.

Lateral positions are those of ``sim.types``, positive to the left of the centreline, which runs from junction ``a`` to
junction ``b``. Built for traffic on the right: lanes along the centreline lie to the right of those against it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.roads.centerline import Centerline, sample, tangent_length, write_corner
from sim.types import FloatArray, IntArray

LOCAL, COLLECTOR, ARTERIAL = range(3)
CLOTHOID_SHARE = 0.5
KEPT_STRAIGHT = 42.0  # m of a street behind a junction's middle
BEND_RADIUS = (20.0, 22.0, 28.0)  # m at the least, for the centreline of each class
MOST_TANGENT = 60.0  # m of an edge that a bend takes at the most


@dataclass(frozen=True)
class Profile:
    """Cross-section of a street; widths in metres."""

    rank: int
    """LOCAL, COLLECTOR or ARTERIAL."""
    forward: int
    """Lanes along the centreline, 0 to 3."""
    backward: int
    """Lanes against it; 0 in a one-way street."""
    lane_width: float
    median: float = 0.0
    """Width of the painted strip between the directions, where turn lanes lie near junctions; 0: none."""
    parking_right: float = 0.0
    """Width of the parking lane at the right kerb; 0: none."""
    parking_left: float = 0.0
    pavement: float = 2.0
    """Width of the pavement on either side."""
    limit: float = 50.0 / 3.6
    """Speed limit [m/s]."""

    @property
    def divide(self) -> float:
        """Lateral position of the line between the directions; a one-way street lies astride its centreline."""
        return 0.5 * self.lane_width * (self.forward - self.backward) if self.one_way else 0.0

    @property
    def one_way(self) -> bool:
        """Whether there are lanes in one direction only."""
        return self.forward == 0 or self.backward == 0

    @property
    def right_kerb(self) -> float:
        """Lateral position of the right kerb, negative."""
        return self.divide - 0.5 * self.median - self.forward * self.lane_width - self.parking_right

    @property
    def left_kerb(self) -> float:
        """Lateral position of the left kerb."""
        return self.divide + 0.5 * self.median + self.backward * self.lane_width + self.parking_left

    def lane(self, forward: bool, number: int) -> float:
        """Lateral position of a lane's centre; lanes of a direction are numbered from its right-hand side."""
        count = self.forward if forward else self.backward
        beside = 0.5 * self.median + (count - number - 0.5) * self.lane_width
        return self.divide - beside if forward else self.divide + beside


@dataclass
class Street:
    """A street between two junctions; ``trim_a`` and ``trim_b`` are written when its junctions are built."""

    a: int
    """Junction at its begin."""
    b: int
    """Junction at its end."""
    profile: Profile
    line: Centerline
    straight_a: float
    """How far its first part is straight [m]."""
    straight_b: float
    """How far its last part is straight [m]."""
    bends: bool
    trim_a: float = 0.0
    """Station at which junction ``a`` ends [m]."""
    trim_b: float = 0.0
    """Distance from the end at which junction ``b`` begins [m]."""
    turn_a: bool = False
    """Whether there is a turn lane before junction ``a``."""
    turn_b: bool = False
    zone: float = 0.0
    """Speed limit of the second part [m/s], from ``zone_at`` on; 0: the street has one limit."""
    zone_at: float = 0.0
    """Station of the signs where the limit changes [m]."""
    crossings: list[tuple[float, float]] = field(default_factory=list)
    """Zebras between its junctions: station of the middle, width [m]."""

    @property
    def length(self) -> float:
        """Length of the centreline, between the middles of the junctions [m]."""
        return self.line.length

    @property
    def end(self) -> float:
        """Station at which junction ``b`` begins [m]."""
        return self.line.length - self.trim_b


def street_line(vertices: FloatArray, least_radius: float) -> "tuple[Centerline, float, float] | None":
    """Centreline along vertices (K, 2), and how far it is straight at either end [m]; None where bends do not fit."""
    edges = np.diff(vertices, axis=0)
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    headings = np.arctan2(edges[:, 1], edges[:, 0])
    last = len(lengths) - 1
    rooms = [
        min(MOST_TANGENT, length - KEPT_STRAIGHT if k in (0, last) else 0.5 * length)
        for k, length in enumerate(lengths.tolist())
    ]
    pieces, tangents = np.zeros((4 * last + 1, 3)), np.zeros(last + 2)
    for k in range(last):
        deflection = (headings[k + 1] - headings[k] + math.pi) % (2.0 * math.pi) - math.pi
        if abs(deflection) < 1e-3:
            return None
        unit = tangent_length(deflection, CLOTHOID_SHARE)
        radius = min(rooms[k], rooms[k + 1]) / unit
        if radius < least_radius:
            return None
        radius = min(radius, 150.0)
        tangents[k + 1] = unit * radius
        write_corner(deflection, radius, CLOTHOID_SHARE, pieces[4 * k + 1 : 4 * k + 4])
    straights = lengths - tangents[:-1] - tangents[1:]
    pieces[::4, 0] = straights
    if (straights < 0.0).any():
        return None
    line = sample(pieces, (float(vertices[0, 0]), float(vertices[0, 1]), float(headings[0])), False)
    return line, float(straights[0]), float(straights[-1])


@dataclass(frozen=True, eq=False)
class StreetLines:
    """Centrelines of all streets one after the other, to be looked up by street and station."""

    first: IntArray
    """Index of each street's first segment."""
    counts: IntArray
    step: FloatArray
    """Length of a street's segments [m]."""
    x: FloatArray
    y: FloatArray
    heading: FloatArray
    curvature: FloatArray

    @staticmethod
    def of(streets: Sequence[Street]) -> "StreetLines":
        """Joins the centrelines."""
        lines = [street.line for street in streets]
        counts = np.array([len(line.x) for line in lines])
        columns = (np.concatenate([getattr(line, key) for line in lines]) for key in ("x", "y", "heading", "curvature"))
        return StreetLines(np.cumsum(counts) - counts, counts, np.array([line.step for line in lines]), *columns)

    def at(self, street: IntArray, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """x, y [m], heading [rad] and curvature [1/m] of streets' centrelines at stations ``s`` [m].

        Within a segment, the centreline is the arc with the curvature of its middle.
        """
        step = self.step[street]
        index = np.clip((s / step).astype(np.int64), 0, self.counts[street] - 1)
        beyond = s - (index + 0.5) * step
        at = self.first[street] + index
        bend = self.curvature[at]
        chord = self.heading[at] + 0.5 * bend * beyond
        x, y = self.x[at] + beyond * np.cos(chord), self.y[at] + beyond * np.sin(chord)
        return x, y, self.heading[at] + bend * beyond, bend
