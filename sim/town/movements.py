"""Which lane leads where at a junction: turns by angle, and lanes by turn."""

import math
from typing import NamedTuple

from sim.network.network import LEFT, RIGHT, STRAIGHT
from sim.town.arms import Arm
from sim.town.street_lanes import End

STRAIGHT_WITHIN = math.radians(40.0)


class Movement(NamedTuple):
    """A connecting lane to be: from a lane of one arm to a lane of another."""

    arm: int
    """Index of the arm that it comes from."""
    to_arm: int
    from_lane: int
    to_lane: int
    turn: int
    """LEFT, RIGHT or STRAIGHT."""


def turns_from(arms: list[Arm], k: int) -> dict[int, list[int]]:
    """Arms that can be left to, by turn, as seen by whoever enters from arm ``k``; at most one lies straight on."""
    bearings = {
        j: math.remainder(other.heading - arms[k].heading - math.pi, 2.0 * math.pi)
        for j, other in enumerate(arms)
        if j != k and other.leaving
    }
    ahead = min(bearings, key=lambda j: abs(bearings[j]), default=-1)
    turns: dict[int, list[int]] = {LEFT: [], RIGHT: [], STRAIGHT: []}
    for j, bearing in bearings.items():
        if j == ahead and abs(bearing) < STRAIGHT_WITHIN:
            turns[STRAIGHT].append(j)
        else:
            turns[LEFT if bearing > 0.0 else RIGHT].append(j)
    return turns


def movements_from(arms: list[Arm], ends: list[End], k: int) -> list[Movement]:
    """All ways into and through a junction from arm ``k``; every lane has one at least, if there is any.

    Right turns begin in the rightmost lane and end in one; left turns begin in the turn lane, or else the leftmost one,
    which is theirs alone if others go straight on.
    """
    turns, entering = turns_from(arms, k), ends[k].entering
    lanes = entering + ([ends[k].turn] if ends[k].turn >= 0 else [])
    found = [Movement(k, j, lanes[0], ends[j].leaving[0], RIGHT) for j in turns[RIGHT]]
    found += [Movement(k, j, lanes[-1], ends[j].leaving[-1], LEFT) for j in turns[LEFT]]
    for j in turns[STRAIGHT]:
        ahead = entering[:-1] if turns[LEFT] and len(entering) > 1 and ends[k].turn < 0 else entering
        spare = len(ahead) - len(ends[j].leaving)
        ahead = ahead[spare:] if spare > 0 and turns[RIGHT] else ahead
        found += [
            Movement(k, j, lane, ends[j].leaving[min(n, len(ends[j].leaving) - 1)], STRAIGHT)
            for n, lane in enumerate(ahead)
        ]
    return found + _for_idle_lanes(ends, k, turns, lanes, {item.from_lane for item in found})


def _for_idle_lanes(
    ends: list[End], k: int, turns: dict[int, list[int]], lanes: list[int], busy: set[int]
) -> list[Movement]:
    """Lanes that lead nowhere yet turn beside the lane that does."""
    found = []
    for n, lane in enumerate(lanes):
        if lane in busy:
            continue
        if turns[LEFT]:
            j, out = turns[LEFT][0], len(ends[turns[LEFT][0]].leaving) - len(lanes) + n
            found.append(Movement(k, j, lane, ends[j].leaving[max(out, 0)], LEFT))
        elif turns[RIGHT]:
            j = turns[RIGHT][0]
            found.append(Movement(k, j, lane, ends[j].leaving[min(n, len(ends[j].leaving) - 1)], RIGHT))
    return found
