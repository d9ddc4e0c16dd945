"""A learner that takes a second."""

from agents.config import TrainConfig
from sim.config import CameraConfig, EnvConfig

TINY_ENV = EnvConfig(camera=CameraConfig(width=36, height=36, color="gray", stack=2), observation="camera+state")
TINY = TrainConfig(
    env=TINY_ENV, num_cars=8, frames=600, learning_starts=200, batch_size=16, buffer_frames=1_000,
    evaluation_frames=300, evaluation_roads=2, stop_success_rate=None,
)  # fmt: skip
