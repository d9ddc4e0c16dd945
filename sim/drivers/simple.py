"""Drivers that never look: straight on, and by chance. Nobody who learned should do worse."""

import numpy as np

from sim.actions import action_table, to_commands
from sim.types import FloatArray
from sim.world import World


class ConstantSpeedDriver:
    """Holds the wheel straight and the greatest target speed."""

    name = "constant-speed"

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return np.tile([0.0, world.config.actions.speed_limit], (world.num_cars, 1))


class RandomDriver:
    """Draws one of the discrete actions for each car in every step, from a generator of its own."""

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        config = world.config.actions
        table = action_table(config)
        chosen = table[self._random.integers(len(table), size=world.num_cars)]
        return to_commands(chosen, world.telemetry.steering_angle, config)
