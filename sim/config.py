"""Everything that can be set, as frozen dataclasses: one documented field a line, read alike by all who use it.

Units are SI; axes and signs are those of ``sim.types``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.fields import quoted, require, require_choice, require_types

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
VEHICLE_RANGES = {  # from a model car to a lorry; beyond, numbers are mistakes, or what is made of them is not finite
    "l_f": (0.01, 20.0),
    "l_r": (0.01, 20.0),
    "steering_max": (0.01, 1.57),
    "steering_rate_max": (0.01, 100.0),
    "friction": (0.01, 10.0),
    "acceleration_max": (0.01, 100.0),
    "braking_max": (0.01, 100.0),
    "speed_gain": (0.01, 100.0),
}
TASK_RANGES = {
    "time_limit_s": (CONTROL_PERIOD, LONGEST_EPISODE_S),
    "start_offset_m": (0.0, 100.0),
    "start_heading_rad": (0.0, 3.15),
    "offset_weight": (0.0, MOST_WEIGHT),
    "heading_weight": (0.0, MOST_WEIGHT),
    "steering_weight": (0.0, MOST_WEIGHT),
    "departure_penalty": (0.0, MOST_WEIGHT),
}

ColorMode = Literal["rgb", "gray"]
Observation = Literal["camera", "camera+state"]
RoadKind = Literal["procedural", "straight", "circle", "s-curve", "file"]
Start = Literal["random", "beginning"]
Steering = Literal["angle", "change"]


@dataclass(frozen=True)
class CameraConfig:
    """A pinhole camera behind the windscreen and the frames that it gives."""

    width: int = 96
    """Frame width [px]."""
    height: int = 96
    """Frame height [px]."""
    color: ColorMode = "rgb"
    """Colour of the frames: rgb has 3 channels, gray has 1."""
    stack: int = 1
    """How many successive frames one observation holds, the newest in the last channels."""
    field_of_view_deg: float = 90.0
    """Horizontal field of view [deg]."""
    mounting_height_m: float = 1.4
    """Height of the camera above the road [m]."""
    mounting_forward_m: float = 1.4
    """Distance of the camera ahead of the rear axle [m]."""
    pitch_down_deg: float = 10.0
    """Tilt of the camera below the horizon [deg]."""

    def __post_init__(self) -> None:
        require_types(self)
        for name, size in (("width", self.width), ("height", self.height)):
            require(
                MIN_FRAME_SIZE <= size <= MAX_FRAME_SIZE,
                f"camera {name} is {size} px, but must be from {MIN_FRAME_SIZE} to {MAX_FRAME_SIZE}",
            )
        require_choice("camera color", self.color, ColorMode)
        require(1 <= self.stack <= 16, f"camera stack is {self.stack}, but must be from 1 to 16 frames")
        require(
            10.0 <= self.field_of_view_deg <= 150.0,
            f"camera field_of_view_deg is {self.field_of_view_deg}, but must be from 10 to 150 degrees",
        )
        lowest, highest = CAMERA_HEIGHTS
        require(
            lowest <= self.mounting_height_m <= highest,
            f"camera mounting_height_m is {self.mounting_height_m}, but must be from {lowest:g} to {highest:g} m",
        )
        require(
            -5.0 <= self.mounting_forward_m <= 5.0,
            f"camera mounting_forward_m is {self.mounting_forward_m}, but must be from -5 to 5 m",
        )
        least, most = CAMERA_PITCHES
        require(
            least <= self.pitch_down_deg <= most,
            f"camera pitch_down_deg is {self.pitch_down_deg}, but must be from {least:g} to {most:g} degrees",
        )

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
    """Friction coefficient of the tyres [-]; bounds the total acceleration at friction x g."""
    acceleration_max: float = 2.5
    """Largest acceleration that the speed controller asks for [m/s^2]."""
    braking_max: float = 4.0
    """Largest deceleration that the speed controller asks for [m/s^2]."""
    speed_gain: float = 2.0
    """Speed controller: acceleration asked for per speed error [1/s]."""

    def __post_init__(self) -> None:
        require_types(self)
        _require_ranges("vehicle", self, VEHICLE_RANGES)

    @property
    def wheelbase(self) -> float:
        """Distance between the axles [m]."""
        return self.l_f + self.l_r


@dataclass(frozen=True)
class ActionConfig:
    """What the agent may command: steering, and a target speed that a small controller tracks."""

    steering: Steering = "angle"
    """Whether steering is commanded as an angle or as the change of the present one per control step. A change is
    easier to learn, where the present angle is observed or can be told from successive frames."""
    steering_commands: tuple[float, ...] = (-0.2, -0.1, -0.04, 0.0, 0.04, 0.1, 0.2)
    """Steering of the discrete actions [rad], positive to the left."""
    steering_limit: float = 0.2
    """Greatest steering angle that can be commanded to either side [rad]."""
    target_speeds: tuple[float, ...] = (4.0, 7.0, 10.0)
    """Target speeds of the discrete actions [m/s]; the greatest is also that of the continuous form."""

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
    """Which roads are driven."""

    kind: RoadKind = "procedural"
    """procedural draws a new road for each seed; straight, circle and s-curve are fixed roads for tests; file takes the
    roads of a file."""
    file: str | None = None
    """A circuit (.csv) or an OpenDRIVE map (.xodr); its roads are numbered from seed 0 on, and over again."""
    lane: str | None = None
    """Which lane of an OpenDRIVE map: ROAD:LANE, or all; None takes its main lane."""
    radius_min_m: float = CITY_RADIUS
    """Least radius of the bends of procedural roads [m]."""
    first_seed: int = TRAIN_ROAD_SEEDS[0]
    """First road seed; 0 to 9,999 are for training, from 1,000,000 on for test."""
    last_seed: int = 999
    """Last road seed (inclusive)."""
    pool_size: int | None = None
    """How many built roads stay in memory while no car drives on them; None keeps 8 for one car, more for several, and
    1,024 from twelve cars on or with preload."""
    preload: bool = False
    """Whether to build as many roads as the pool keeps at the start, in place of each when a car first comes to it."""

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
        require(
            8.0 <= self.radius_min_m <= 40.0,
            f"roads radius_min_m is {self.radius_min_m}, but must be from 8 to 40 m",
        )
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
    """How an episode starts, what it pays and when it ends."""

    start: Start = "random"
    """random places the car anywhere on the lane with a small error; beginning exactly at the start of the road."""
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
    """Paid once, when the car leaves the road."""

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("task start", self.start, Start)
        _require_ranges("task", self, TASK_RANGES)


@dataclass(frozen=True)
class AppearanceConfig:
    """What is there to see besides the road, and how much the day varies between episodes, all drawn from the seed.

    A road's own looks (widths, markings, surface, colours) follow from its seed and vary in any case.
    """

    scenery: bool = True
    """Trees, bushes, posts and houses beside the road, and hills at the horizon."""
    light: float = 0.0
    """How much brightness and warmth of the light vary, 0 to 1; at 1 from 0.6 to 1.65 times the light."""
    shadows: float = 0.0
    """How dark the shadows of leaves on the ground are at the most, 0 to 1."""
    weather: float = 0.0
    """How much fog and clouds vary, 0 to 1; at 1 visibility goes down to about 42 m."""
    noise: float = 0.0
    """How much noise the sensor has at the most, 0 to 1; at 1 a standard deviation of 12 of 255."""

    def __post_init__(self) -> None:
        require_types(self)
        for name in ("light", "shadows", "weather", "noise"):
            value = getattr(self, name)
            require(0.0 <= value <= 1.0, f"appearance {name} is {value}, but must be from 0 to 1")


@dataclass(frozen=True)
class EnvConfig:
    """One environment: its camera, car, actions, roads and task."""

    camera: CameraConfig = field(default_factory=CameraConfig)
    """The camera and its frames."""
    vehicle: VehicleConfig = field(default_factory=VehicleConfig)
    """The car."""
    actions: ActionConfig = field(default_factory=ActionConfig)
    """What can be commanded."""
    roads: RoadsConfig = field(default_factory=RoadsConfig)
    """Where it drives."""
    task: TaskConfig = field(default_factory=TaskConfig)
    """What it should do."""
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    """What there is to see beside the road, and light and weather."""
    observation: Observation = "camera"
    """camera gives the frame alone; camera+state adds the car's speed and steering angle."""
    continuous: bool = False
    """Box [steering, target speed] in place of Discrete actions."""

    def __post_init__(self) -> None:
        require_types(self)
        require_choice("observation", self.observation, Observation)


def _require_ranges(what: str, config: object, ranges: Mapping[str, tuple[float, float]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(config, name)
        require(least <= value <= most, f"{what} {name} is {value}, but must be from {least:g} to {most:g}")
