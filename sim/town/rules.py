"""How each junction is ruled, who is on the minor road there, and where people cross."""

import math

import numpy as np

from sim.network.network import ROUNDABOUT, SIGNALS, STOP, UNCONTROLLED, YIELD
from sim.town.arms import Arm
from sim.town.junctions import Junction
from sim.town.movements import STRAIGHT_WITHIN
from sim.town.rings import Ring, least_outer
from sim.town.streets import ARTERIAL, COLLECTOR, LOCAL

CROSSING_WIDTH = 4.0  # m, of zebras: German R-FGUe
CROSSING_AT = 0.6  # m from a junction's edge to the crossing
BENT = 5  # by how much the class of a main road that turns at the junction counts less
RING_OUTER = ((13.5, 18.0), (22.0, 25.0))  # m, by the number of ring lanes
LARGEST_RING = 27.0  # m
RING_WIDTH = (4.6, 4.2)  # m


def draw_junction(random: np.random.Generator, middle: tuple[float, ...], arms: list[Arm]) -> Junction:
    """Draws control, minor arms and crossings of a junction from the classes of its streets."""
    draws = random.random(4 + len(arms)).tolist()
    ring = _ring(arms, draws[1])
    junction = Junction(middle[0], middle[1], _control(arms, draws, ring), arms)
    if junction.control == ROUNDABOUT:
        junction.ring = ring
    major = _major(arms)
    for k, arm in enumerate(arms):
        arm.minor = junction.control in (YIELD, STOP) and k not in major
        share = {SIGNALS: 0.9, ROUNDABOUT: 0.5, UNCONTROLLED: 0.15}.get(junction.control, 0.6 if arm.minor else 0.25)
        if draws[4 + k] < share:
            arm.crossing = CROSSING_WIDTH
    return junction


def _ring(arms: list[Arm], draw: float) -> Ring | None:
    """The ring that the arms need, if it is not too large."""
    lanes = max(max(arm.entering, arm.leaving) for arm in arms)
    if lanes > 2:
        return None
    low, high = RING_OUTER[lanes - 1]
    outer = max(low + draw * (high - low), least_outer(arms, lanes, RING_WIDTH[lanes - 1]))
    return Ring(lanes, RING_WIDTH[lanes - 1], outer) if outer < LARGEST_RING else None


def _control(arms: list[Arm], draws: list[float], ring: Ring | None) -> int:
    ranks = sorted((arm.rank for arm in arms), reverse=True)
    if ring and _widest(arms) < 9.0 and draws[2] < (0.3 if ranks[0] == COLLECTOR else 0.15):
        return ROUNDABOUT
    if ranks[0] == ARTERIAL and draws[0] < (0.75 if ranks[2] >= COLLECTOR else 0.5):
        return SIGNALS
    if ranks[0] == COLLECTOR and ranks[1] == COLLECTOR and draws[0] < 0.2:
        return SIGNALS
    if ranks[0] == LOCAL and draws[0] < 0.75:
        return UNCONTROLLED
    return YIELD if draws[3] < 0.6 else STOP


def _widest(arms: list[Arm]) -> float:
    """Greatest distance from the middle of an arm to its kerb [m]."""
    return max(max(arm.left, -arm.right) for arm in arms)


def _major(arms: list[Arm]) -> tuple[int, int]:
    """The two arms of the highest class among those that lie opposite one another, if there are any."""
    pairs = [(i, j) for j in range(len(arms)) for i in range(j)]

    def merit(pair: tuple[int, int]) -> tuple[int, float]:
        a, b = arms[pair[0]], arms[pair[1]]
        bearing = math.remainder(a.heading - b.heading - math.pi, 2.0 * math.pi)
        return a.rank + b.rank - (BENT if abs(bearing) > STRAIGHT_WITHIN else 0), -abs(bearing)

    return max(pairs, key=merit)
