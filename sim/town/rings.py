"""Roundabouts: the ring, where lanes enter and leave it, and its outline."""

import math
from typing import NamedTuple

from sim.town.arms import Arm
from sim.town.kerbs import KerbArc, arc_points

MARGIN = 0.4  # m of paved ring inside and outside the lanes
WIDEST_ANGLE = math.radians(32.0)  # between an arm's middle and where its lanes enter or leave
LEAST_TANGENT = 4.4  # m from a ring lane to the corner of a way into it, so that its radius is 6 m at least
Point = tuple[float, float]


class Ring(NamedTuple):
    """What a roundabout has in its middle."""

    lanes: int
    lane_width: float  # m
    outer: float  # m, radius of the outer edge of the paved ring

    @property
    def island(self) -> float:
        """Radius of the island in the middle [m]."""
        return self.outer - self.lanes * self.lane_width - 2.0 * MARGIN

    def radius(self, lane: int) -> float:
        """Radius of a lane's centre line [m]; lane 0 is the outer one."""
        return self.outer - MARGIN - (lane + 0.5) * self.lane_width


def gaps_between(arms: list[Arm]) -> list[float]:
    """Angle from each arm to the next, counter-clockwise [rad]."""
    onward = [*arms[1:], arms[0]]
    return [(b.heading - a.heading) % (2.0 * math.pi) for a, b in zip(arms, onward, strict=True)]


def ring_angles(arms: list[Arm]) -> list[float]:
    """Angle between each arm's middle and where its lanes enter or leave the ring [rad]."""
    gaps = gaps_between(arms)
    return [min(WIDEST_ANGLE, 0.42 * min(gaps[k], gaps[k - 1])) for k in range(len(arms))]


def least_outer(arms: list[Arm], lanes: int, lane_width: float) -> float:
    """Least outer radius of a ring with so many lanes whose ways in and out are not too tight [m].

    A lane at lateral position d of its arm meets the tangent of a ring lane of radius R, at an angle a from the arm, at
        (R sin a - d) / cos a
    from the ring.
    """
    least = 0.0
    for arm, angle in zip(arms, ring_angles(arms), strict=True):
        for lane in range(min(lanes, max(arm.entering, arm.leaving))):
            radius = (_aside(arm, lane) + LEAST_TANGENT * math.cos(angle)) / math.sin(angle)
            least = max(least, radius + MARGIN + (lane + 0.5) * lane_width)
    return least


def _aside(arm: Arm, lane: int) -> float:
    """Lateral position of a lane of an arm with traffic both ways, numbered from the kerb [m]."""
    return 0.5 * arm.median + (max(arm.entering, arm.leaving) - lane - 0.5) * arm.lane_width


def outline_of(middle: Point, ring: Ring, arms: list[Arm]) -> tuple[list[Point], list[KerbArc], list[int]]:
    """Outline of a roundabout: arcs from the arms' kerbs to the ring, and the ring between them.

    An arc of radius r touches a kerb at lateral position d and the ring of radius R from outside: its centre is
    sqrt((R + r)^2 - (d + r)^2) along the arm.

    Writes angle and trim of the arms.

    Returns:
        Points of the outline, its kerbs, and the points from which it leads over a mouth.
    """
    gaps, angles = gaps_between(arms), ring_angles(arms)
    radius = _entry_radius(ring, arms, gaps)
    reaches = [[_reach(ring.outer, radius, side) for side in (-arm.right, arm.left)] for arm in arms]
    points: list[Point] = []
    kerbs: list[KerbArc] = []
    mouths: list[int] = []
    for k, arm in enumerate(arms):
        arm.angle = angles[k]
        arm.trim = max(*reaches[k], _straight_before(ring, arm)) + 0.5
        mouths.append(len(points))
        points += [arm.place(middle, arm.trim, arm.right), arm.place(middle, arm.trim, arm.left)]
        n = (k + 1) % len(arms)
        arcs = _kerbs_between(middle, ring, (arm, arms[n]), (reaches[k][1], reaches[n][0]), (gaps[k], radius))
        kerbs += arcs
        points += arc_points(arcs[0]) + arc_points(arcs[1])[1:-1] + arc_points(arcs[2])
    return points, kerbs, mouths


def _kerbs_between(
    middle: Point, ring: Ring, arms: tuple[Arm, Arm], reaches: tuple[float, float], bounds: tuple[float, float]
) -> list[KerbArc]:
    """Arcs from one arm to the next: into the ring, along it, and out of it; ``bounds`` are their gap and radius."""
    (arm, following), (gap, radius) = arms, bounds
    begin = math.atan2(arm.left + radius, reaches[0])
    end = gap - math.atan2(radius - following.right, reaches[1])
    into = arm.place(middle, reaches[0], arm.left + radius)
    out = following.place(middle, reaches[1], following.right - radius)
    quarter = 0.5 * math.pi
    return [
        KerbArc(*into, radius, arm.heading - quarter, begin - quarter),
        KerbArc(*middle, ring.outer, arm.heading + begin, end - begin),
        KerbArc(*out, radius, arm.heading + end + math.pi, gap - end - quarter),
    ]


def _reach(outer: float, radius: float, side: float) -> float:
    """How far out of the middle the arc at a kerb begins [m]."""
    return math.sqrt((outer + radius) ** 2 - (side + radius) ** 2)


def _entry_radius(ring: Ring, arms: list[Arm], gaps: list[float]) -> float:
    """The greatest radius of the kerbs at the entries that leaves some of the ring between all arms [m]."""
    for radius in (12.0, 10.0, 8.0, 6.0, 4.0, 3.0):
        taken = []
        for k, arm in enumerate(arms):
            following = arms[(k + 1) % len(arms)]
            sides = (arm.left, -following.right)
            taken.append(sum(math.atan2(side + radius, _reach(ring.outer, radius, side)) for side in sides))
        if all(angle + math.radians(3.0) < gap for angle, gap in zip(taken, gaps, strict=True)):
            break
    return radius


def _straight_before(ring: Ring, arm: Arm) -> float:
    """Where the ways into the ring and out of it begin, to be as long on either side of their corner [m]."""
    cos, sin = math.cos(arm.angle), math.sin(arm.angle)
    tangents = [(ring.radius(n) * sin - _aside(arm, n)) / cos for n in range(min(ring.lanes, arm.entering))]
    return max((ring.radius(n) * cos + min(t, 8.0) * (1.0 + sin) for n, t in enumerate(tangents)), default=0.0)
