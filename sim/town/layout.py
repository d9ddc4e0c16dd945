"""Streets and junctions of a town, from its plan: what is drawn before lanes are laid."""

from dataclasses import replace

import numpy as np

from sim.network.network import LEFT, ROUNDABOUT, STRAIGHT
from sim.town.arms import Arm, arms_of
from sim.town.junctions import Junction, build_junction
from sim.town.movements import turns_from
from sim.town.plan import Plan, draw_plan
from sim.town.profiles import draw_profiles, main_lines, one_way
from sim.town.rules import CROSSING_WIDTH, draw_junction
from sim.town.street_lanes import TURN_LANE
from sim.town.streets import ARTERIAL, BEND_RADIUS, COLLECTOR, LOCAL, Profile, Street, street_line
from sim.types import BoolArray

ONE_WAY_SHARE = 0.22  # of the streets that are no arterials
LEAST_BETWEEN = 30.0  # m of street between two junctions
KMH = 1.0 / 3.6


def draw_layout(random: np.random.Generator, size: float) -> tuple[list[Street], list[Junction]] | None:
    """Streets and junctions, or None where something finds no room: then another try is due."""
    profiles = draw_profiles(random, size)
    plan = draw_plan(random, size, main_lines(profiles))
    streets = _streets(plan, profiles)
    if streets is None:
        return None
    _make_one_way(random, streets)
    _narrow_stems(streets)
    arms = arms_of(streets)
    places = {node: k for k, node in enumerate(sorted(arms))}
    junctions = [draw_junction(random, tuple(plan.places[node].tolist()), arms[node]) for node in places]
    if not all(build_junction(random, junction) for junction in junctions):
        return None
    for street in streets:
        street.a, street.b = places[street.a], places[street.b]
    for junction in junctions:
        for arm in junction.arms:
            if arm.at_a:
                streets[arm.street].trim_a = arm.trim
            else:
                streets[arm.street].trim_b = arm.trim
    if any(street.end - street.trim_a < LEAST_BETWEEN for street in streets):
        return None
    _add_turn_lanes(streets, junctions)
    for street in streets:
        _draw_between(random, street)
    return streets, junctions


def _streets(plan: Plan, profiles: list[Profile]) -> list[Street] | None:
    streets = []
    for edge in plan.edges:
        profile = profiles[edge.line]
        found = street_line(plan.corners(edge), BEND_RADIUS[profile.rank])
        if found is None or edge.nodes[0] == edge.nodes[-1]:
            return None
        bends = edge.bend is not None or len(edge.nodes) > 2
        streets.append(Street(edge.nodes[0], edge.nodes[-1], profile, *found, bends))
    return streets


def _make_one_way(random: np.random.Generator, streets: list[Street]) -> None:
    """Makes some streets one-way, each only if every street can still be reached from every other."""
    draws = random.random((len(streets), 2)).tolist()
    for street, (chance, side) in zip(streets, draws, strict=True):
        if street.profile.rank == ARTERIAL or chance > ONE_WAY_SHARE:
            continue
        before = street.profile
        street.profile = one_way(before, side < 0.5)
        if not all_reachable(streets):
            street.profile = before


def all_reachable(streets: list[Street]) -> bool:
    """Whether both directions of all streets, where they exist, lead to one another without turning back."""
    driven = [(s.a, s.b, k) for k, s in enumerate(streets) if s.profile.forward]
    driven += [(s.b, s.a, k) for k, s in enumerate(streets) if s.profile.backward]
    table = np.array(driven)
    onward = (table[:, 1, None] == table[None, :, 0]) & (table[:, 2, None] != table[None, :, 2])
    return bool(_reached(onward).all() and _reached(onward.T).all())


def _reached(onward: BoolArray) -> BoolArray:
    """What can be reached from the first of K things, where ``onward`` (K, K) says what each leads to; (K,)."""
    found = np.zeros(len(onward), dtype=np.bool_)
    found[:1] = True
    newest = found
    while newest.any():
        newest = onward[newest].any(axis=0) & ~found
        found = found | newest
    return found


def _narrow_stems(streets: list[Street]) -> None:
    """Takes the third lane from streets that end where none goes straight on: one turns right, one left."""
    for arms in arms_of(streets).values():
        for k, arm in enumerate(arms):
            if max(arm.entering, arm.leaving) > 2 and not turns_from(arms, k)[STRAIGHT]:
                street = streets[arm.street]
                street.profile = replace(street.profile, forward=2, backward=2)


def _add_turn_lanes(streets: list[Street], junctions: list[Junction]) -> None:
    """Turn lanes in medians, before junctions at which one can turn left, where there is room for them."""
    for junction in junctions:
        for k, arm in enumerate(junction.arms):
            street = streets[arm.street]
            if junction.control == ROUNDABOUT or not arm.median or not _has_room(street, arm):
                continue
            turns = turns_from(junction.arms, k)
            if turns[LEFT] and (arm.entering == 1 or turns[STRAIGHT]):
                street.turn_a, street.turn_b = street.turn_a or arm.at_a, street.turn_b or not arm.at_a


def _has_room(street: Street, arm: Arm) -> bool:
    """Whether a turn lane fits before this junction and, if there is one before the other, beside that."""
    other = street.turn_b if arm.at_a else street.turn_a
    return street.end - street.trim_a > (2.0 * TURN_LANE + 6.0 if other else TURN_LANE + 12.0)


def _draw_between(random: np.random.Generator, street: Street) -> None:
    """Zebras and changes of the speed limit between junctions, on streets that are long enough."""
    chance, place = random.random(), random.uniform(0.4, 0.6)
    between = street.end - street.trim_a
    middle = street.trim_a + place * between
    turns = street.turn_a or street.turn_b
    if between > 80.0 and not street.bends and not turns and street.profile.rank != ARTERIAL and chance < 0.3:
        street.crossings.append((middle, CROSSING_WIDTH))
    elif between > 90.0 and street.profile.rank != LOCAL and chance > 0.8 and not turns:
        street.zone = (30.0 if street.profile.rank == COLLECTOR else 50.0) * KMH
        street.zone_at = middle
    if street.zone and abs(street.zone - street.profile.limit) < 0.1:
        street.profile = replace(street.profile, limit=70.0 * KMH)
