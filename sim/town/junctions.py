"""Junctions: where their arms end, and the outline of their paved surface with rounded kerbs.

Between two arms i and j (counter-clockwise) with an angle g, the left kerb of i and the right kerb of j meet at
    t_i = (left_i cos g - right_j) / sin g,   t_j = (left_i - right_j cos g) / sin g
along the arms, and an arc of radius r begins r / tan(g / 2) farther out.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from sim.network.network import ROUNDABOUT
from sim.town.arms import Arm
from sim.town.kerbs import KerbArc, arc_points
from sim.town.rings import Ring, outline_of
from sim.types import BoolArray, FloatArray

STRAIGHT_ON = math.radians(150.0)  # between two arms: from here on, their kerbs go on into one another without a corner
KERB_RADIUS = (7.0, 10.0)  # m


@dataclass
class Junction:
    """A junction; the outline is closed, counter-clockwise, and leaves the first point out at the end."""

    x: float
    y: float
    control: int
    arms: list[Arm]
    outline: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    """Paved area; (K, 2) [m]."""
    mouths: list[int] = field(default_factory=list)
    """Points from which the outline leads over the mouth of an arm to the next point."""
    arcs: list[KerbArc] = field(default_factory=list)
    """Kerbs at its corners; at a roundabout also those of the ring, but not that of the island."""
    ring: Ring | None = None

    @property
    def middle(self) -> tuple[float, float]:
        """x, y [m]."""
        return self.x, self.y

    @property
    def kerb(self) -> BoolArray:
        """Whether a kerb leads from each point of the outline to the next; (K,)."""
        kerb = np.ones(len(self.outline), dtype=np.bool_)
        kerb[self.mouths] = False
        return kerb


def build_junction(random: np.random.Generator, junction: Junction) -> bool:
    """Writes trims, outline and arcs; returns whether the junction has room between the bends of its streets."""
    draws = random.uniform(*KERB_RADIUS, len(junction.arms)).tolist()
    if junction.control == ROUNDABOUT:
        assert junction.ring is not None
        points, junction.arcs, junction.mouths = outline_of(junction.middle, junction.ring, junction.arms)
        junction.outline = np.array(points)
    else:
        _from_corners(junction, draws)
    return all(arm.trim + arm.crossing + 3.0 <= arm.straight for arm in junction.arms)


def _from_corners(junction: Junction, radii: list[float]) -> None:
    arms = junction.arms
    corners = [_corner(arms[k], arms[(k + 1) % len(arms)], radii[k]) for k in range(len(arms))]
    for k, arm in enumerate(arms):
        own, before = corners[k], corners[k - 1]
        arm.left_corner, arm.right_corner = own[0] + own[2], before[1] + before[2]
        arm.trim = max(arm.left_corner, arm.right_corner, 4.0)
    points: list[tuple[float, float]] = []
    for k, arm in enumerate(arms):
        following = arms[(k + 1) % len(arms)]
        junction.mouths.append(len(points))
        points += [arm.place(junction.middle, arm.trim, arm.right), arm.place(junction.middle, arm.trim, arm.left)]
        along, _, tangent = corners[k]
        if tangent > 0.0:
            arc = _fillet(junction, arm, following, along + tangent, radii[k])
            junction.arcs.append(arc)
            points += arc_points(arc)
        else:
            points += _smooth(junction, arm, following)
    junction.outline = np.array(points)


def _corner(arm: Arm, following: Arm, radius: float) -> tuple[float, float, float]:
    """Where two kerbs meet, along either arm, and the length of the arc's tangents [m]; zeros if straight on."""
    gap = (following.heading - arm.heading) % (2.0 * math.pi)
    if gap > STRAIGHT_ON:
        return 0.0, 0.0, 0.0
    cos, sin = math.cos(gap), math.sin(gap)
    along = (arm.left * cos - following.right) / sin
    along_following = (arm.left - following.right * cos) / sin
    return along, along_following, radius / math.tan(0.5 * gap)


def _fillet(junction: Junction, arm: Arm, following: Arm, along: float, radius: float) -> KerbArc:
    gap = (following.heading - arm.heading) % (2.0 * math.pi)
    x, y = arm.place(junction.middle, along, arm.left + radius)
    return KerbArc(x, y, radius, arm.heading - 0.5 * math.pi, gap - math.pi)


def _smooth(junction: Junction, arm: Arm, following: Arm) -> list[tuple[float, float]]:
    """Points between the mouths of two arms that go on into one another: a cubic curve along both kerbs.

    Outside of a bend it keeps near to their corner, to leave room for lanes that do so, too.
    """
    ax, ay = arm.place(junction.middle, arm.trim, arm.left)
    bx, by = following.place(junction.middle, following.trim, following.right)
    outside = (following.heading - arm.heading) % (2.0 * math.pi) > math.pi
    reach = math.hypot(bx - ax, by - ay) * (0.46 if outside else 0.3)
    p, q = arm.place((ax, ay), -reach, 0.0), following.place((bx, by), -reach, 0.0)
    points = []
    for k in range(1, 8):
        u = k / 8.0
        a, b, c, d = (1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u * u * (1 - u), u**3
        points.append((a * ax + b * p[0] + c * q[0] + d * bx, a * ay + b * p[1] + c * q[1] + d * by))
    return points
