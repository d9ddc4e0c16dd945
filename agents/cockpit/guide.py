"""What a car is told in a town, and the route that it is led along."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.navigator import describe_trips, navigation
from sim.network.network import TURNS
from sim.types import (
    ROUTE_END,
    ROUTE_ORIGIN_X,
    ROUTE_STEP,
    SEGMENT_X,
    SEGMENT_Y,
    Float32Array,
    FloatArray,
)
from sim.world import World


class RouteLine(NamedTuple):
    """The centre of the route's lanes, from the start of a trip to its goal."""

    points: FloatArray  # (K, 2), m
    first: int  # segment of the route that the first point is the middle of


@dataclass(frozen=True)
class Guide:
    """What the navigator, signals and signs say at one moment."""

    route: FloatArray  # (K, 2), m, from start to goal
    passed: int  # points of the route that lie behind the car
    told: Float32Array  # (5,), the command as one-hot and the way to the junction [m], as an agent observes them
    speed_limit: float  # m/s
    stop_distance: float  # m, from the car's front to the next stop line; infinite without one
    signal: str  # what it shows there: "", "red", "yellow" or "green"
    clock: int  # steps, for all signals

    @property
    def command(self) -> str:
        """One of ``TURNS``."""
        return TURNS[int(self.told[: len(TURNS)].argmax())]

    @property
    def junction_distance(self) -> float:
        """Way to the junction [m], at most 30; 0 inside it."""
        return float(self.told[-1])


def route_of(world: World) -> RouteLine | None:
    """The route of the first car, which has just begun its trip; None on a road."""
    if not world.in_town:
        return None
    row, first = world.core.episode.route[0], int(world.core.episode.segment[0])
    geometry = world.core.route.geometry[row]
    last = round(geometry[ROUTE_END] / geometry[ROUTE_STEP])
    points = world.core.route.segments[row, first : max(last, first + 1), [SEGMENT_X, SEGMENT_Y]].T
    return RouteLine(points + geometry[ROUTE_ORIGIN_X : ROUTE_ORIGIN_X + 2], first)


def guide_of(world: World, route: RouteLine | None) -> Guide | None:
    """What the first car is told now on its route; None on a road."""
    if route is None:
        return None
    now = describe_trips(world.core)
    passed = int(world.core.episode.segment[0]) - route.first
    return Guide(
        route=route.points,
        passed=min(max(passed, 0), len(route.points)),
        told=np.asarray(navigation(world.core)[0]),
        speed_limit=float(now["speed_limit"][0]),
        stop_distance=float(now["stop_distance"][0]),
        signal=str(now["signal"][0]),
        clock=int(now["clock"][0]),
    )
