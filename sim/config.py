"""All settings of the environment, as frozen dataclasses with one documented field per line.

Units are SI; axes and signs are those of ``sim.types``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.fields import LATER, quoted, require, require_choice, require_types

CONTROL_PERIOD = 0.1  # s; the agent decides at 10 Hz
PHYSICS_SUBSTEPS = 5  # physics runs at 50 Hz
MIN_FRAME_SIZE = 8  # pixels; below this no lane marking is left to see
MAX_FRAME_SIZE = 4096  # pixels; far above any use, low enough that a typing error is caught
CAMERA_HEIGHTS = (0.1, 20.0)  # m; from a model car's to a lorry's, or a drone's
CAMERA_PITCHES = (-30.0, 60.0)  # deg below the horizon
CITY_RADIUS = 18.0  # m; a city corner that the car takes at 7 m/s with 2.7 m/s^2
TRAIN_ROAD_SEEDS = (0, 9_999)  # first and last road seed for training
TEST_ROAD_SEEDS = (1_000_000, 1_999_999)  # first and last road seed for tests; the two never mix
LONGEST_EPISODE_S = 1e6  # s; eleven days, in which the longest road of a file is driven at a walk
MOST_COMMANDS = 100  # steering angles, and speeds: a table of 10,000 actions is far beyond any that is learned
LEAST_SPEED, LEAST_ANGLE = 0.1, 0.001  # m/s, rad; below, a car cannot be told from one that rests
MOST_WEIGHT = 100.0  # of a reward's term; all of them are about 1 or less
Ranges = Mapping[str, tuple[float, float, str]]  # least and greatest value of fields, and their unit
CAMERA_RANGES: Ranges = {
    "width": (MIN_FRAME_SIZE, MAX_FRAME_SIZE, " px"),
    "height": (MIN_FRAME_SIZE, MAX_FRAME_SIZE, " px"),
    "stack": (1, 16, " frames"),
    "field_of_view_deg": (10.0, 150.0, " degrees"),
    "mounting_height_m": (*CAMERA_HEIGHTS, " m"),
    "mounting_forward_m": (-5.0, 5.0, " m"),
    "pitch_down_deg": (*CAMERA_PITCHES, " degrees"),
}
VEHICLE_RANGES: Ranges = {  # from a model car to a lorry; beyond, values are mistakes, or lead to what is not finite
    "l_f": (0.01, 20.0, " m"),
    "l_r": (0.01, 20.0, " m"),
    "steering_max": (0.01, 1.57, " rad"),
    "steering_rate_max": (0.01, 100.0, " rad/s"),
    "friction": (0.01, 10.0, ""),
    "acceleration_max": (0.01, 100.0, " m/s^2"),
    "braking_max": (0.01, 100.0, " m/s^2"),
    "speed_gain": (0.01, 100.0, " 1/s"),
    "length": (0.1, 30.0, " m"),
    "width": (0.1, 10.0, " m"),
}
TASK_RANGES: Ranges = {
    "time_limit_s": (CONTROL_PERIOD, LONGEST_EPISODE_S, " s"),
    "start_offset_m": (0.0, 100.0, " m"),
    "start_heading_rad": (0.0, 3.15, " rad"),
    "offset_weight": (0.0, MOST_WEIGHT, ""),
    "heading_weight": (0.0, MOST_WEIGHT, ""),
    "steering_weight": (0.0, MOST_WEIGHT, ""),
    "departure_penalty": (0.0, MOST_WEIGHT, ""),
}
APPEARANCE_RANGES: Ranges = dict.fromkeys(("light", "shadows", "weather", "noise"), (0.0, 1.0, ""))

ColorMode = Literal["rgb", "gray"]
Observation = Literal["camera", "camera+state"]
RoadKind = Literal["procedural", "straight", "circle", "s-curve", "file"]
Start = Literal["random", "beginning"]
Steering = Literal["angle", "change"]


@dataclass(frozen=True)
class CameraConfig:
    """A pinhole camera behind the windscreen, and its frames."""

    width: int = 96
    """Frame width [px]."""
    height: int = 96
    """Frame height [px]."""
    color: ColorMode = "rgb"
    """Colour of the frames: rgb (3 channels) or gray (1 channel)."""
    stack: int = 1
    """Number of successive frames per observation, the newest in the last channels."""
    field_of_view_deg: float = 90.0
    """Horizontal field of view [deg]."""
    mounting_height_m: float = 1.4
    """Height of the camera above the road [m]."""
    mounting_forward_m: float = 1.4
    """Distance of the camera ahead of the rear axle [m]."""
    pitch_down_deg: float = 10.0
    """Downward tilt of the camera [deg]."""

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("camera color", self.color, ColorMode)
        _require_ranges("camera", self, CAMERA_RANGES)

    @property
    def channels(self) -> int:
        """Channels of one frame: 3 for rgb, 1 for gray."""
        return 3 if self.color == "rgb" else 1

    @property
    def observation_shape(self) -> tuple[int, int, int]:
        """Shape (height, width, channels x stack) of the camera part of an observation."""
        return (self.height, self.width, self.channels * self.stack)

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """Shape (height, width, channels) of one frame."""
        return (self.height, self.width, self.channels)


@dataclass(frozen=True)
class VehicleConfig:
    """Single-track car; names and default values of CommonRoad's vehicle 2, a BMW 320i.

    Source: Althoff, Koschi, Manzinger, "CommonRoad: Composable Benchmarks for Motion Planning on Roads", IV 2017,
    and the vehicle-model documentation that belongs to it. Comfort limits of the speed controller are ours.
    """

    l_f: float = 1.156
    """Distance from the centre of gravity to the front axle [m]."""
    l_r: float = 1.422
    """Distance from the centre of gravity to the rear axle [m]."""
    steering_max: float = 1.066
    """Largest steering angle to either side [rad]."""
    steering_rate_max: float = 0.4
    """Largest steering rate to either side [rad/s]."""
    friction: float = 1.0489
    """Friction coefficient of the tyres [-]; limits the total acceleration to friction x g."""
    acceleration_max: float = 2.5
    """Largest acceleration commanded by the speed controller [m/s^2]."""
    braking_max: float = 4.0
    """Largest deceleration commanded by the speed controller [m/s^2]."""
    speed_gain: float = 2.0
    """Gain of the speed controller: acceleration per speed error [1/s]."""
    length: float = field(default=4.508, metadata=LATER)
    """Length of the body [m]; the axles lie midway."""
    width: float = field(default=1.610, metadata=LATER)
    """Width of the body [m]."""

    def __post_init__(self) -> None:
        require_types(self)
        _require_ranges("vehicle", self, VEHICLE_RANGES)

    @property
    def wheelbase(self) -> float:
        """Distance between the axles [m]."""
        return self.l_f + self.l_r


@dataclass(frozen=True)
class ActionConfig:
    """The agent's commands: steering, and a target speed that a small controller tracks."""

    steering: Steering = "angle"
    """Command steering as an angle, or as a change of the current angle per control step. A change is easier to learn
    if the current angle is observed or visible in successive frames."""
    steering_commands: tuple[float, ...] = (-0.2, -0.1, -0.04, 0.0, 0.04, 0.1, 0.2)
    """Steering commands of the discrete actions [rad], positive to the left."""
    steering_limit: float = 0.2
    """Largest steering angle that can be commanded to either side [rad]."""
    target_speeds: tuple[float, ...] = (4.0, 7.0, 10.0)
    """Target speeds of the discrete actions [m/s]; the greatest also limits continuous actions."""

    def __post_init__(self) -> None:
        require_types(self)
        for name in ("steering_commands", "target_speeds"):
            count = len(getattr(self, name))
            require(1 <= count <= MOST_COMMANDS, f"actions {name} are {count}, but must be from 1 to {MOST_COMMANDS}")
        require(
            all(math.isfinite(angle) and abs(angle) < math.pi / 2 for angle in self.steering_commands),
            f"actions steering_commands are {quoted(self.steering_commands)}, but must lie between -pi/2 and pi/2 rad",
        )
        require_choice("actions steering", self.steering, Steering)
        require(
            LEAST_ANGLE <= self.steering_limit < math.pi / 2,
            f"actions steering_limit is {self.steering_limit}, but must lie between {LEAST_ANGLE} and pi/2 rad",
        )
        require(
            max(abs(command) for command in self.steering_commands) <= self.steering_limit,
            f"actions steering_commands are {quoted(self.steering_commands)}, but must not exceed steering_limit, "
            f"{self.steering_limit} rad",
        )
        require(
            all(math.isfinite(speed) and 0.0 <= speed <= 60.0 for speed in self.target_speeds),
            f"actions target_speeds are {quoted(self.target_speeds)}, but must lie between 0 and 60 m/s",
        )
        require(
            max(self.target_speeds) >= LEAST_SPEED,
            f"actions target_speeds are {quoted(self.target_speeds)}, but one must be {LEAST_SPEED} m/s or more",
        )

    @property
    def steering_range(self) -> float:
        """Greatest steering command of the continuous form [rad]: the limit, or the greatest change."""
        return self.steering_limit if self.steering == "angle" else max(abs(turn) for turn in self.steering_commands)

    @property
    def speed_limit(self) -> float:
        """Greatest target speed [m/s]."""
        return max(self.target_speeds)


@dataclass(frozen=True)
class RoadsConfig:
    """The roads to drive."""

    kind: RoadKind = "procedural"
    """procedural draws a new road for each seed; straight, circle and s-curve are fixed roads for tests; file uses the
    roads of a file."""
    file: str | None = None
    """A circuit (.csv) or an OpenDRIVE map (.xodr). Its roads are numbered from seed 0; the numbers wrap around."""
    lane: str | None = None
    """Lane of an OpenDRIVE map: ROAD:LANE, or all; None uses the main lane."""
    radius_min_m: float = CITY_RADIUS
    """Least radius of bends on procedural roads [m]."""
    first_seed: int = TRAIN_ROAD_SEEDS[0]
    """First road seed; 0 to 9,999 are for training, 1,000,000 and above for tests."""
    last_seed: int = 999
    """Last road seed (inclusive)."""
    pool_size: int | None = None
    """Number of built roads to keep in memory while no car drives on them; None keeps 8 for one car, more for several,
    and 1,024 for twelve cars or more, or with preload."""
    preload: bool = False
    """Build as many roads as the pool keeps at the start, instead of each when a car first comes to it."""

    @property
    def count(self) -> int:
        """How many different roads there are."""
        return self.last_seed - self.first_seed + 1

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("roads kind", self.kind, RoadKind)
        require(
            (self.kind == "file") == (self.file is not None),
            f"roads kind is {self.kind} and file is {quoted(self.file)}, but a file needs the kind file, and that kind "
            "needs a file",
        )
        require(
            self.file is None or self.file.isprintable(),
            f"roads file is {quoted(self.file)}, but no file can be called that",
        )
        require(
            self.lane is None or self.file is not None, f"roads lane is {quoted(self.lane)}, but there is no road file"
        )
        _require_ranges("roads", self, {"radius_min_m": (8.0, 40.0, " m")})
        require(
            0 <= self.first_seed <= self.last_seed <= TEST_ROAD_SEEDS[1],
            f"road seeds run from {self.first_seed} to {self.last_seed}, but must be from 0 to {TEST_ROAD_SEEDS[1]} "
            "and in ascending order",
        )
        require(
            self.last_seed < TEST_ROAD_SEEDS[0] or self.first_seed > TRAIN_ROAD_SEEDS[1],
            f"road seeds {self.first_seed} to {self.last_seed} mix training roads ({TRAIN_ROAD_SEEDS[0]} to "
            f"{TRAIN_ROAD_SEEDS[1]}) with test roads (from {TEST_ROAD_SEEDS[0]}); choose one of the two ranges",
        )
        require(
            self.pool_size is None or self.pool_size >= 1, f"roads pool_size is {self.pool_size}, but must be 1 or more"
        )


@dataclass(frozen=True)
class TaskConfig:
    """Start, reward and time limit of an episode."""

    start: Start = "random"
    """random places the car anywhere on the lane, with a small error; beginning, exactly at the start of the road."""
    time_limit_s: float = 30.0
    """Time after which the episode is truncated [s]."""
    start_offset_m: float = 1.0
    """Random start: greatest distance from the lane's centre [m]."""
    start_heading_rad: float = 0.15
    """Random start: greatest heading error [rad]."""
    offset_weight: float = 1.0
    """Weight of the penalty for distance from the lane's centre."""
    heading_weight: float = 0.2
    """Weight of the penalty for heading error."""
    steering_weight: float = 0.02
    """Weight of the penalty for changing the steering angle."""
    departure_penalty: float = 1.0
    """Penalty for leaving the road, which ends the episode."""

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("task start", self.start, Start)
        _require_ranges("task", self, TASK_RANGES)


@dataclass(frozen=True)
class AppearanceConfig:
    """Scenery, and how much light and weather vary between episodes. All of it is drawn from the seed.

    A road's own looks (widths, markings, surface, colours) follow from its seed, and always vary.
    """

    scenery: bool = True
    """Draw trees, bushes, posts and houses beside the road, and hills on the horizon."""
    light: float = 0.0
    """Variation of brightness and colour temperature, 0 to 1; at 1, brightness is 0.6 to 1.65 times normal."""
    shadows: float = 0.0
    """Greatest darkness of leaf shadows on the ground, 0 to 1."""
    weather: float = 0.0
    """Variation of fog and clouds, 0 to 1; at 1, visibility goes down to about 42 m."""
    noise: float = 0.0
    """Greatest sensor noise, 0 to 1; at 1, a standard deviation of 12 of 255."""

    def __post_init__(self) -> None:
        require_types(self)
        _require_ranges("appearance", self, APPEARANCE_RANGES)


@dataclass(frozen=True)
class EnvConfig:
    """An environment: camera, car, actions, roads, task and appearance."""

    camera: CameraConfig = field(default_factory=CameraConfig)
    """The camera and its frames."""
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    """The car."""
    actions: ActionConfig = field(default_factory=ActionConfig)
    """The agent's commands."""
    roads: RoadsConfig = field(default_factory=RoadsConfig)
    """The roads to drive."""
    task: TaskConfig = field(default_factory=TaskConfig)
    """Start, reward and time limit of an episode."""
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    """Scenery, light and weather."""
    observation: Observation = "camera"
    """camera observes frames only; camera+state adds the car's speed and steering angle."""
    continuous: bool = False
    """Use continuous actions, Box [steering, target speed], instead of discrete ones."""

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("observation", self.observation, Observation)


def _require_ranges(what: str, config: object, ranges: Ranges) -> None:
    for name, (least, most, unit) in ranges.items():
        value = getattr(config, name)
        require(least <= value <= most, f"{what} {name} is {value}, but must be from {least:g} to {most:g}{unit}")
