"""Settings of a training run and of its checkpoints, and the presets."""

import dataclasses
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from perception import EncoderName
from sim.config import (
    CONTROL_PERIOD,
    TRAIN_ROAD_SEEDS,
    ActionConfig,
    AppearanceConfig,
    CameraConfig,
    EnvConfig,
    RoadsConfig,
)
from sim.errors import UserError
from sim.fields import Count, Positive, PositiveShare, Range, Seed, Share, check_fields, quoted, require

LONGEST_NAME = 255  # characters of a folder's name, as file systems have it

PresetName = Literal["quick", "robust", "paper"]
HeadName = Literal["quadratic", "dueling", "linear"]
EncoderMode = Literal["frozen", "finetuned"]
OptimizerName = Literal["adam", "rmsprop"]


@dataclass(frozen=True)
class TrainConfig:
    """One training run."""

    preset: PresetName = "quick"
    """quick learns to drive in seconds; robust in any light and weather, in minutes; paper is DQN as published."""
    env: EnvConfig = field(
        default_factory=lambda: EnvConfig(
            camera=CameraConfig(width=64, height=44, pitch_down_deg=20.0),
            actions=ActionConfig(steering="change", steering_commands=(-0.04, -0.02, 0.0, 0.02, 0.04)),
            observation="camera+state",
        )
    )
    """The training environment."""
    encoder: EncoderName = "fast"
    """Network that turns frames into features."""
    encoder_from: str | None = None
    """Folder of a pretrained encoder, whose camera is used, too; None initialises the encoder randomly."""
    encoder_mode: EncoderMode | None = None
    """frozen trains only the head, on features of the pretrained encoder; finetuned trains the encoder further, too."""
    encoder_rate: Positive = 0.1
    """Learning rate of a finetuned encoder, as a share of the head's."""
    head: HeadName = "quadratic"
    """Network that turns features into Q-values."""
    seed: Seed = 0
    """Random seed."""
    num_cars: Count = 128
    """Number of cars that drive at the same time."""
    frames: Count = 200_000
    """Greatest number of frames to train on."""
    learning_starts: Count = 2_000
    """Frames to collect before the first update."""
    updates_per_step: Count = 1
    """Gradient updates after each step of all cars."""
    batch_size: Count = 128
    """Transitions per update."""
    buffer_frames: int = 80_000
    """Capacity of the replay, in frames."""
    optimizer: OptimizerName = "adam"
    """adam, or rmsprop with the constants of Mnih et al. 2015."""
    learning_rate: Positive = 1e-3
    """Initial learning rate."""
    learning_rate_final: Positive = 1e-4
    """Final learning rate."""
    learning_rate_frames: Count = 100_000
    """Frames over which the learning rate falls."""
    discount: Annotated[float, Range("between 0 and 1", lambda value: 0.0 < value < 1.0)] = 0.97
    """Discount factor per step of 0.1 s."""
    n_steps: Count = 3
    """Number of rewards per n-step target."""
    target_rate: PositiveShare = 0.01
    """Share by which the target network moves towards the online one, above 0 and up to 1, which copies it."""
    target_update_updates: Count = 1
    """Updates between two moves of the target network."""
    exploration_initial: Share = 1.0
    """Initial share of random actions."""
    exploration_final: Share = 0.05
    """Final share of random actions."""
    exploration_frames: Count = 8_000
    """Frames over which exploration falls."""
    evaluation_frames: Count = 6_144
    """Frames between evaluations."""
    evaluation_roads: Annotated[int, Range("from 1 to 10,000", lambda value: 1 <= value <= 10_000)] = 100
    """Number of unseen roads per evaluation."""
    stop_success_rate: Share | None = 0.98
    """Stop after two consecutive evaluations with mastery and at least this success rate; None trains to the end."""

    def __post_init__(self) -> None:
        """Checks what would make a run fail late.

        Raises:
            UserError: a value is out of range, or values do not fit each other.
        """
        check_fields(self)
        require(
            self.encoder_from is None
            or (self.encoder_from.isprintable() and max(map(len, self.encoder_from.split("/"))) <= LONGEST_NAME),
            f"encoder_from is {ascii(self.encoder_from)[:80]}, which no folder can be called",
        )
        require(
            self.encoder_mode is None or self.encoder_from is not None,
            f"encoder_mode is {quoted(self.encoder_mode)}, but there is no encoder to start from; name its folder with "
            "--encoder-from",
        )
        self._require_that_it_can_learn()

    @property
    def updates(self) -> int:
        """Gradient updates of the whole run."""
        steps = math.ceil(self.frames / self.num_cars) - self.learning_starts // self.num_cars
        return steps * self.updates_per_step

    def as_json(self) -> str:
        """The contents of a run's config.json."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def _require_that_it_can_learn(self) -> None:
        episode_steps = round(self.env.task.time_limit_s / CONTROL_PERIOD)
        require(
            self.n_steps <= episode_steps,
            f"targets look {self.n_steps} steps ahead, but an episode ends after {episode_steps}; lower n_steps",
        )
        require(
            self.learning_starts < self.frames,
            f"learning starts after {self.learning_starts} frames, but the run ends after {self.frames}",
        )
        require(
            self.learning_starts >= self.num_cars,
            f"learning starts after {self.learning_starts} frames, before {self.num_cars} cars have finished a step; "
            "raise learning_starts to their number or more",
        )
        require(
            self.target_update_updates <= self.updates,
            f"the target network, which drives, would follow after {self.target_update_updates} updates, but the run "
            f"ends after {self.updates}; lower target_update_updates or raise frames",
        )
        require(
            self.learning_starts <= self.buffer_frames,
            f"learning starts after {self.learning_starts} frames, but the replay holds {self.buffer_frames}",
        )
        require(
            self.batch_size <= self.buffer_frames,
            f"a batch of {self.batch_size} does not fit a buffer of {self.buffer_frames} frames",
        )
        require(
            self.buffer_frames >= self.num_cars * (self.n_steps + self.env.camera.stack + 1),
            f"a buffer of {self.buffer_frames} frames gives {self.num_cars} cars less than one transition each; "
            "enlarge buffer_frames or take fewer cars",
        )
        require(
            not self.env.continuous,
            "a DQN chooses among discrete actions, but continuous actions are set; set env.continuous to False",
        )


@dataclass(frozen=True)
class CheckpointConfig:
    """When checkpoints are written, and what they hold. None of it changes what is learned."""

    checkpoint_seconds: Annotated[float, Range("0 or more", lambda value: value >= 0.0)] = 60.0
    """Time between checkpoints [s]; a new best policy brings the next one forward."""
    checkpoint_share: PositiveShare = 0.02
    """Share of the time that checkpoints may take; on a slow disk they become rarer."""
    checkpoint_replay: bool = False
    """Include the replay, so that a run resumes bit for bit; the run shows its size when it starts."""
    checkpoints_kept: Count = 2
    """Number of latest checkpoints to keep."""

    def __post_init__(self) -> None:
        check_fields(self)


Appearance = Literal["default", "random"]
EVERYTHING = AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0)
APPEARANCES: dict[Appearance, AppearanceConfig] = {"default": AppearanceConfig(), "random": EVERYTHING}


def _robust() -> TrainConfig:
    """All randomisation: every training road, and light, shadows, weather and noise of every strength."""
    quick = TrainConfig()
    roads = RoadsConfig(last_seed=TRAIN_ROAD_SEEDS[1], pool_size=256)
    env = dataclasses.replace(quick.env, appearance=EVERYTHING, roads=roads)
    return dataclasses.replace(
        quick,
        preset="robust",
        env=env,
        frames=500_000,
        learning_rate_frames=450_000,
        evaluation_frames=49_152,
        evaluation_roads=300,  # where all are nearly perfect, a hundred roads do not tell them apart
        stop_success_rate=None,
    )


def _paper() -> TrainConfig:
    """Mnih et al. 2015, table 1: what can be taken over is as published; 4 cars and an update a step of all of them.

    The camera stands for the Atari screen: four gray frames of 84 x 84 pixels. A game frame there is 1/60 s and an
    action lasts four of them; here an action lasts 0.1 s. What else differs: rewards are not clipped, the loss is the
    mean over the batch, and SB3 holds the norm of the gradient at 10.
    """
    camera = CameraConfig(width=84, height=84, color="gray", stack=4)
    return TrainConfig(
        preset="paper",
        env=EnvConfig(camera=camera),
        encoder="nature",
        head="linear",
        # what table 1 says, in its order
        batch_size=32, buffer_frames=1_000_000, target_update_updates=10_000, target_rate=1.0, discount=0.99,
        updates_per_step=1, learning_rate=2.5e-4, learning_rate_final=2.5e-4, optimizer="rmsprop",
        exploration_final=0.1, exploration_frames=1_000_000, learning_starts=50_000, n_steps=1,
        # what it does not say
        num_cars=4, frames=50_000_000, evaluation_frames=50_000, stop_success_rate=None,
    )  # fmt: skip


PRESETS: dict[str, Callable[[], TrainConfig]] = {"quick": TrainConfig, "robust": _robust, "paper": _paper}


def preset(name: str) -> TrainConfig:
    """The preset of that name: quick learns in seconds, robust in any weather, paper is DQN as it was published.

    Raises:
        UserError: unknown name.
    """
    if name not in PRESETS:
        raise UserError(f"Preset {name!r} is unknown; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]()
