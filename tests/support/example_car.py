"""What the example in docs/deploy.md drives."""

import numpy as np

from agents.policy import load_policy
from agents.roads import TEST_SEEDS
from agents.scoring.evaluate import evaluation_config
from sim.world import World


class Car:
    """The simulator in the place of a user's car: what the example in the docs calls ``car`` and ``camera``."""

    def __init__(self, steps: int) -> None:
        self.world = World(evaluation_config(load_policy().config), num_cars=1)
        self.world.reset(road_seeds=[TEST_SEEDS[0]])
        self.steps_left = steps

    def is_on(self) -> bool:
        self.steps_left -= 1
        return self.steps_left >= 0

    def read(self) -> np.ndarray:
        return self.world.frames[0, :, :, -self.world.config.camera.channels :]

    def speed(self) -> float:
        return float(self.world.telemetry.speed[0])

    def steering_angle(self) -> float:
        return float(self.world.telemetry.steering_angle[0])

    def drive(self, steering_angle: float, target_speed: float) -> None:
        self.world.step(np.array([[steering_angle, target_speed]]))
