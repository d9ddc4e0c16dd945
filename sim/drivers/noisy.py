"""A driver that knows the road but is pushed off its line: it shows a learner how things look away from the lane.

The disturbance is an Ornstein-Uhlenbeck process (Uhlenbeck and Ornstein, "On the Theory of the Brownian Motion",
Physical Review 36, 1930), which wanders around 0 for about a second and stays bounded. Labels from disturbed drives:
Laskey et al., "DART: Noise Injection for Robust Imitation Learning", CoRL 2017.
"""

import math

import numpy as np

from sim.config import CONTROL_PERIOD
from sim.drivers.rule_based import RuleBasedDriver
from sim.types import FloatArray
from sim.world import World

STEERING_DEVIATION = 0.06  # rad; pushes the car about half a metre off its line
SPEED_DEVIATION = 0.25  # share of the target speed
CORRELATION_TIME = 1.0  # s


class NoisyDriver:
    """Pure pursuit, in towns by their rules, whose commands wander around what they should be."""

    name = "noisy"

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._pursuit = RuleBasedDriver()
        self._disturbance: FloatArray | None = None

    def commands(self, world: World) -> FloatArray:
        """Commands (N, 2); see ``Driver``."""
        commands = self._pursuit.commands(world)
        disturbance = self._wander(world.num_cars)
        commands[:, 0] += STEERING_DEVIATION * disturbance[:, 0]
        commands[:, 1] *= np.clip(1.0 + SPEED_DEVIATION * disturbance[:, 1], 0.0, None)
        np.minimum(commands[:, 1], world.config.actions.speed_limit, out=commands[:, 1])
        return commands

    def _wander(self, num_cars: int) -> FloatArray:
        """The process one control step on, (N, 2) of mean 0 and variance 1: x' = decay x + sqrt(1 - decay^2) noise."""
        noise = self._random.normal(size=(num_cars, 2))
        if self._disturbance is None:
            self._disturbance = noise
        else:
            decay = math.exp(-CONTROL_PERIOD / CORRELATION_TIME)
            self._disturbance = decay * self._disturbance + math.sqrt(1.0 - decay * decay) * noise
        return self._disturbance
