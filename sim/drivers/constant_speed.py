"""Straight on: what a driver reaches who never looks."""

import numpy as np

from sim.types import FloatArray
from sim.world import World


class ConstantSpeedDriver:
    """Holds the wheel straight and the greatest target speed."""

    name = "constant-speed"

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        return np.tile([0.0, world.config.actions.speed_limit], (world.num_cars, 1))
