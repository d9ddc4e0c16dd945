"""What the navigator tells the cars of a town, and what is true of their trips."""

from typing import Any

import numpy as np

from sim.judge import to_line
from sim.kernels import kernel
from sim.network.network import TURNS
from sim.network.signals import STATES, program_state
from sim.roads.geometry import segment_index
from sim.task import INFRACTIONS
from sim.types import (
    ROUTE_ORIGIN_X,
    ROUTE_ORIGIN_Y,
    ROUTE_STEP,
    SEGMENT_X,
    SEGMENT_Y,
    Core,
    Float32Array,
    IntArray,
)

AHEAD = (5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0)  # m; where the route ahead is told
SEEN_STOP = 60.0  # m before a stop line from which on its signal is told
_TURN_NAMES, _STATE_NAMES = np.array(TURNS), np.array((*STATES, ""))


def told_commands(core: Core) -> IntArray:
    """The command that each car is told, shape (N,): FOLLOW, LEFT, RIGHT or STRAIGHT."""
    return core.rules.commands[core.episode.route, core.episode.segment].astype(np.int64)


def navigation(core: Core) -> Float32Array:
    """What an agent is told: the command as one-hot, and the way to the junction [m]; shape (N, 5)."""
    distance = core.rules.distances[core.episode.route, core.episode.segment]
    one_hot = np.eye(len(TURNS), dtype=np.float32)[told_commands(core)]
    return np.concatenate([one_hot, distance[:, None]], axis=1)


def describe_trips(core: Core) -> dict[str, Any]:
    """The truth about all trips for ``info``: arrays with N rows, copied; ``infractions`` is a dict of such arrays."""
    row, segment, count = core.episode.route, core.episode.segment, len(core.episode.route)
    ahead, stops, signals = np.empty((count, len(AHEAD), 2)), np.empty(count), np.empty(count, dtype=np.int64)
    _look_ahead(core, np.array(AHEAD), ahead, stops, signals)
    return {
        "command": _TURN_NAMES[told_commands(core)],
        "junction_distance": core.rules.distances[row, segment].astype(np.float64),
        "speed_limit": core.rules.limits[row, segment].astype(np.float64),
        "allowed_speed": core.rules.allowed_speeds[row, segment].astype(np.float64),
        "stop_distance": stops,
        "signal": _STATE_NAMES[signals],
        "lane": core.rules.lanes[row, segment].astype(np.int64),
        "clock": core.episode.clock + core.telemetry.steps,
        "route_ahead": ahead,
        "infractions": dict(zip(INFRACTIONS, core.episode.infractions.T.copy(), strict=True)),
    }


@kernel
def _look_ahead(core, distances, ahead, stops, signals):
    """Writes the route's points ahead, the way to the next stop line, and the state of its signal or -1."""
    for i in range(ahead.shape[0]):
        row = core.episode.route[i]
        segments, geometry = core.route.segments[row], core.route.geometry[row]
        for k in range(len(distances)):
            there = segment_index(geometry, core.episode.segment[i] + round(distances[k] / geometry[ROUTE_STEP]))
            ahead[i, k, 0] = segments[there, SEGMENT_X] + geometry[ROUTE_ORIGIN_X]
            ahead[i, k, 1] = segments[there, SEGMENT_Y] + geometry[ROUTE_ORIGIN_Y]
        stops[i], signals[i] = to_line(i, core), -1
        if stops[i] < SEEN_STOP:
            group = core.rules.stop_groups[row, core.episode.next_stop[i]]
            if group >= 0:
                now = core.episode.clock[i] + core.telemetry.steps[i]
                signals[i] = program_state(core.scenery.programs[core.episode.slot[i], group], now)
