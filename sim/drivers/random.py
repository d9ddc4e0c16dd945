"""Chance at the wheel: the floor of every comparison."""

import numpy as np

from sim.actions import action_table, to_commands
from sim.types import FloatArray
from sim.world import World


class RandomDriver:
    """Draws one of the discrete actions for each car in every step."""

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        """Draws from its own generator, seeded with ``seed``."""
        self._random = np.random.default_rng(seed)

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        config = world.config.actions
        table = action_table(config)
        chosen = table[self._random.integers(len(table), size=world.num_cars)]
        return to_commands(chosen, world.telemetry.steering_angle, config)
