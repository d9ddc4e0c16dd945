"""A street as seen from one of its junctions: the arm that reaches into it.

Lateral positions of an arm are positive to the left of somebody who looks out of the junction.
"""

import math
from dataclasses import dataclass

from sim.town.streets import Street


@dataclass
class Arm:
    """One end of a street."""

    street: int
    at_a: bool
    """Whether it is the street's begin."""
    heading: float
    """Direction out of the junction [rad]."""
    left: float
    """Lateral position of the left kerb [m]."""
    right: float
    """Lateral position of the right kerb [m], negative."""
    entering: int
    """Lanes into the junction."""
    leaving: int
    """Lanes out of it."""
    rank: int
    """Class of the street."""
    median: float
    """Width of the strip between the directions [m]."""
    lane_width: float
    """Width of a lane [m]."""
    straight: float
    """How far the street is straight [m]."""
    trim: float = 0.0
    """Distance from the junction's middle at which the junction ends [m]."""
    left_corner: float = 0.0
    """Distance from the middle at which the left kerb begins to turn [m]; 0: it goes straight on."""
    right_corner: float = 0.0
    minor: bool = False
    """Whether its traffic gives way to that of other arms."""
    crossing: float = 0.0
    """Width of the crossing over its mouth [m]; 0: none."""
    angle: float = 0.0
    """At a roundabout: half the angle between where traffic leaves and where it enters the ring [rad]."""

    def place(self, middle: tuple[float, float], along: float, aside: float) -> tuple[float, float]:
        """The point [m] so far out of the junction and so far to the left."""
        cos, sin = math.cos(self.heading), math.sin(self.heading)
        return middle[0] + along * cos - aside * sin, middle[1] + along * sin + aside * cos


def arms_of(streets: list[Street]) -> dict[int, list[Arm]]:
    """The arms of every junction, counter-clockwise by heading."""
    arms: dict[int, list[Arm]] = {}
    for index, street in enumerate(streets):
        arms.setdefault(street.a, []).append(_arm(index, street, True))
        arms.setdefault(street.b, []).append(_arm(index, street, False))
    for found in arms.values():
        found.sort(key=lambda arm: arm.heading)
    return arms


def _arm(index: int, street: Street, at_a: bool) -> Arm:
    profile, line = street.profile, street.line
    if at_a:
        heading = float(line.heading[0] - 0.5 * line.step * line.curvature[0])
    else:
        heading = float(line.heading[-1] + 0.5 * line.step * line.curvature[-1]) + math.pi
    return Arm(
        street=index,
        at_a=at_a,
        heading=math.remainder(heading, 2.0 * math.pi),
        left=profile.left_kerb if at_a else -profile.right_kerb,
        right=profile.right_kerb if at_a else -profile.left_kerb,
        entering=profile.backward if at_a else profile.forward,
        leaving=profile.forward if at_a else profile.backward,
        rank=profile.rank,
        median=profile.median,
        lane_width=profile.lane_width,
        straight=street.straight_a if at_a else street.straight_b,
    )
