"""What can be set about a training run, and the presets."""

import dataclasses
from dataclasses import dataclass, field

from perception.encoders import EncoderName
from sim.config import CameraConfig, EnvConfig
from sim.errors import UserError

VALIDATION_FIRST_SEED = 1_500_000  # roads that choose the best policy; the reported test roads are others


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise UserError(f"Training: {sentence}.")


@dataclass(frozen=True)
class TrainConfig:
    """One training run."""

    env: EnvConfig = field(
        default_factory=lambda: EnvConfig(
            camera=CameraConfig(width=64, height=64, color="gray", stack=2), observation="camera+state"
        )
    )
    """The environment that it trains in."""
    encoder: EncoderName = "fast"
    """The network that turns frames into features."""
    seed: int = 0
    """Seed of everything that is random."""
    num_cars: int = 128
    """Cars that drive at the same time."""
    frames: int = 200_000
    """Frames to learn from, at the most."""
    learning_starts: int = 2_000
    """Frames that are collected before the first update."""
    updates_per_step: int = 2
    """Gradient updates after each step of all cars."""
    batch_size: int = 128
    """Transitions per update."""
    buffer_frames: int = 200_000
    """Frames that the replay holds."""
    learning_rate: float = 5e-4
    """Step size of Adam at first."""
    learning_rate_final: float = 1e-4
    """Step size of Adam at last."""
    learning_rate_frames: int = 100_000
    """Frames over which the step size falls."""
    discount: float = 0.97
    """Discount per step of 0.1 s."""
    n_steps: int = 3
    """Rewards per target."""
    action_gap: float = 0.8
    """Share of its distance from the best action that is taken off an action's target, 0 to 1 (exclusive)."""
    target_update_updates: int = 40
    """Updates between two copies to the target network."""
    exploration_initial: float = 1.0
    """Share of random actions at first."""
    exploration_final: float = 0.05
    """Share of random actions at last."""
    exploration_frames: int = 12_000
    """Frames over which exploration falls."""
    evaluation_frames: int = 6_144
    """Frames between two evaluations."""
    evaluation_roads: int = 100
    """Unseen roads per evaluation."""
    stop_success_rate: float | None = 0.98
    """Stop after two evaluations in a row with this success rate; None trains to the end."""

    def __post_init__(self) -> None:
        """Checks what would make a run fail late.

        Raises:
            UserError: a value is out of range, or values do not fit each other.
        """
        for name in (
            "num_cars", "frames", "learning_starts", "updates_per_step", "batch_size", "n_steps",
            "target_update_updates", "exploration_frames", "learning_rate_frames",
            "evaluation_frames", "evaluation_roads",
        ):  # fmt: skip
            _require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, but must be 1 or more")
        _require(0.0 <= self.action_gap < 1.0, f"action_gap is {self.action_gap}, but must be from 0 to below 1")
        _require(0.0 < self.discount < 1.0, f"discount is {self.discount}, but must lie between 0 and 1")
        for name in ("learning_rate", "learning_rate_final"):
            _require(getattr(self, name) > 0.0, f"{name} is {getattr(self, name)}, but must be above 0")
        _require(
            self.learning_starts < self.frames,
            f"learning starts after {self.learning_starts} frames, but the run ends after {self.frames}",
        )
        _require(
            self.batch_size <= self.buffer_frames,
            f"a batch of {self.batch_size} does not fit a buffer of {self.buffer_frames} frames",
        )
        _require(self.seed >= 0, f"seed is {self.seed}, but must be 0 or more")
        _require(
            not self.env.continuous,
            "a DQN chooses among discrete actions, but continuous actions are set; set env.continuous to False",
        )


PRESETS: dict[str, TrainConfig] = {
    "quick": TrainConfig(),
    "long": dataclasses.replace(TrainConfig(), frames=400_000, buffer_frames=400_000, stop_success_rate=None),
}


def preset(name: str) -> TrainConfig:
    """The preset of that name: quick learns to drive in about a minute, long goes on for 400,000 frames.

    Raises:
        UserError: unknown name.
    """
    if name not in PRESETS:
        raise UserError(f"Preset {name!r} is unknown; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
