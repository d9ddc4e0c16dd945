"""Drivers of towns that know the route: one keeps the rules, the other is blind to signals and signs.

On roads without rules, both drive as pure pursuit does.

Before a line where it has to stop, a car may be as fast as it can still brake for it: v^2 = 2 b D, as for any slow
place. At yellow it goes on where stopping would take more than STRONG_BRAKING.
"""

import math

import numpy as np

from sim.drivers.pure_pursuit import pursue, pursuit_angle
from sim.judge import to_line
from sim.kernels import kernel
from sim.network.network import STOP_ALWAYS, STOP_AT_SIGNAL
from sim.network.signals import GREEN, RED, program_state
from sim.roads.geometry import segment_index
from sim.types import ROUTE_STEP, FloatArray
from sim.world import World

BRAKING, STRONG_BRAKING = 1.8, 3.0  # m/s^2
BEFORE_LINE = 1.2  # m, from the car's front to the line, where it stops
REACTION = 0.6  # s; the speed controller follows a falling target so much later


class RuleBasedDriver:
    """Follows the route within the limits, slows down for bends, and stops at red and at stop signs."""

    name = "rule-based"

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return _commands(world, True)


class BlindDriver:
    """Follows the route in the same way, but sees neither signals nor signs."""

    name = "blind"

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return _commands(world, False)


def _commands(world: World, sees: bool) -> FloatArray:
    commands = np.empty((world.num_cars, 2))
    if not world.in_town:
        pursue(world.core, world.config.actions.speed_limit, commands)
        return commands
    follow_route(world.core, world.config.actions.speed_limit, sees, commands)
    return commands


@kernel
def follow_route(core, speed_limit, sees, commands):
    """Writes the commands of every car to ``commands`` (N, 2); ``sees``: whether it stops at lines."""
    for i in range(commands.shape[0]):
        commands[i, 0] = pursuit_angle(i, core)
        speed = min(speed_limit, _careful_speed(i, core))
        if sees and _has_to_stop(i, core):
            speed = min(speed, math.sqrt(2.0 * BRAKING * max(_room(i, core), 0.0)))
        commands[i, 1] = speed


@kernel
def _careful_speed(i, core):
    """Speed [m/s] that the route allows from here to where the car will be after its reaction."""
    row, segment = core.episode.route[i], core.episode.segment[i]
    geometry, slowest = core.route.geometry[row], np.inf
    for k in range(round(core.telemetry.speed[i] * REACTION / geometry[ROUTE_STEP]) + 1):
        slowest = min(slowest, core.rules.allowed_speeds[row, segment_index(geometry, segment + k)])
    return slowest


@kernel
def _room(i, core):
    """Way [m] that is left for braking before the next line."""
    return to_line(i, core) - BEFORE_LINE - REACTION * core.telemetry.speed[i] * 0.5


@kernel
def _has_to_stop(i, core):
    """Whether the car has to stop at the next line."""
    episode, row, stop = core.episode, core.episode.route[i], core.episode.next_stop[i]
    way = to_line(i, core)
    if way == np.inf or way < -BEFORE_LINE:
        return False
    kind = core.rules.stop_kinds[row, stop]
    if kind == STOP_AT_SIGNAL:
        now = episode.clock[i] + core.telemetry.steps[i]
        state = program_state(core.scenery.programs[episode.slot[i], core.rules.stop_groups[row, stop]], now)
        speed = core.telemetry.speed[i]
        return state == RED or (state != GREEN and speed * speed < 2.0 * STRONG_BRAKING * max(way, 0.0))
    return kind == STOP_ALWAYS and not episode.stood[i]
