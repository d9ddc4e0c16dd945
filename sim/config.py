"""All settings of the environment, as frozen dataclasses with one documented field per line.

Units are SI; axes and signs are those of ``sim.types``.
"""

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal

from sim.fields import LATER, Count, Share, between, check_fields, quoted, require

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

ColorMode = Literal["rgb", "gray"]
Observation = Literal["camera", "camera+state"]
RoadKind = Literal["procedural", "straight", "circle", "s-curve", "file", "town"]
Trip = Literal["navigation", "one-turn", "straight"]
Start = Literal["random", "beginning"]
Steering = Literal["angle", "change"]
FrameSize = Annotated[int, between(MIN_FRAME_SIZE, MAX_FRAME_SIZE, " px")]
Weight = Annotated[float, between(0.0, 100.0)]  # of a reward's term; all of them are about 1 or less


@dataclass(frozen=True)
class CameraConfig:
    """A pinhole camera behind the windscreen, and its frames."""

    width: FrameSize = 96
    """Frame width [px]."""
    height: FrameSize = 96
    """Frame height [px]."""
    color: ColorMode = "rgb"
    """Colour of the frames: rgb (3 channels) or gray (1 channel)."""
    stack: Annotated[int, between(1, 16, " frames")] = 1
    """Number of successive frames per observation, the newest in the last channels."""
    field_of_view_deg: Annotated[float, between(10.0, 150.0, " degrees")] = 90.0
    """Horizontal field of view [deg]."""
    mounting_height_m: Annotated[float, between(*CAMERA_HEIGHTS, " m")] = 1.4
    """Height of the camera above the road [m]."""
    mounting_forward_m: Annotated[float, between(-5.0, 5.0, " m")] = 1.4
    """Distance of the camera ahead of the rear axle [m]."""
    pitch_down_deg: Annotated[float, between(*CAMERA_PITCHES, " degrees")] = 10.0
    """Downward tilt of the camera [deg]."""

    def __post_init__(self) -> None:
        check_fields(self, "camera ")

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
    and the vehicle-model documentation that belongs to it. Comfort limits of the speed controller are ours. Ranges are
    those from a model car to a lorry; beyond, values are mistakes, or lead to what is not finite.
    """

    l_f: Annotated[float, between(0.01, 20.0, " m")] = 1.156
    """Distance from the centre of gravity to the front axle [m]."""
    l_r: Annotated[float, between(0.01, 20.0, " m")] = 1.422
    """Distance from the centre of gravity to the rear axle [m]."""
    steering_max: Annotated[float, between(0.01, 1.57, " rad")] = 1.066
    """Largest steering angle to either side [rad]."""
    steering_rate_max: Annotated[float, between(0.01, 100.0, " rad/s")] = 0.4
    """Largest steering rate to either side [rad/s]."""
    friction: Annotated[float, between(0.01, 10.0)] = 1.0489
    """Friction coefficient of the tyres [-]; limits the total acceleration to friction x g."""
    acceleration_max: Annotated[float, between(0.01, 100.0, " m/s^2")] = 2.5
    """Largest acceleration commanded by the speed controller [m/s^2]."""
    braking_max: Annotated[float, between(0.01, 100.0, " m/s^2")] = 4.0
    """Largest deceleration commanded by the speed controller [m/s^2]."""
    speed_gain: Annotated[float, between(0.01, 100.0, " 1/s")] = 2.0
    """Gain of the speed controller: acceleration per speed error [1/s]."""
    length: Annotated[float, between(0.1, 30.0, " m")] = field(default=4.508, metadata=LATER)
    """Length of the body [m]; the axles lie midway."""
    width: Annotated[float, between(0.1, 10.0, " m")] = field(default=1.610, metadata=LATER)
    """Width of the body [m]."""

    def __post_init__(self) -> None:
        check_fields(self, "vehicle ")

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
        check_fields(self, "actions ")
        for name in ("steering_commands", "target_speeds"):
            count = len(getattr(self, name))
            require(1 <= count <= MOST_COMMANDS, f"actions {name} are {count}, but must be from 1 to {MOST_COMMANDS}")
        require(
            all(math.isfinite(angle) and abs(angle) < math.pi / 2 for angle in self.steering_commands),
            f"actions steering_commands are {quoted(self.steering_commands)}, but must lie between -pi/2 and pi/2 rad",
        )
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
    roads of a file, each by itself; town draws a new town for each seed, or is a whole file."""
    file: str | None = None
    """A circuit (.csv) or an OpenDRIVE map (.xodr). Its roads are numbered from seed 0; the numbers wrap around. With
    the kind town, an OpenDRIVE map is one town with all of its roads."""
    lane: str | None = None
    """Lane of an OpenDRIVE map: ROAD:LANE, or all; None uses the main lane."""
    radius_min_m: Annotated[float, between(8.0, 40.0, " m")] = CITY_RADIUS
    """Least radius of bends on procedural roads [m]."""
    first_seed: int = TRAIN_ROAD_SEEDS[0]
    """First road seed; 0 to 9,999 are for training, 1,000,000 and above for tests."""
    last_seed: int = 999
    """Last road seed (inclusive)."""
    pool_size: Count | None = None
    """Number of built roads to keep in memory while no car drives on them; None keeps 8 for one car, more for several,
    and 1,024 for twelve cars or more, or with preload."""
    preload: bool = False
    """Build as many roads as the pool keeps at the start, instead of each when a car first comes to it."""

    @property
    def count(self) -> int:
        """How many different roads there are."""
        return self.last_seed - self.first_seed + 1

    def __post_init__(self) -> None:
        check_fields(self, "roads ")
        require(
            self.kind == "town" or (self.kind == "file") == (self.file is not None),
            f"roads kind is {self.kind} and file is {quoted(self.file)}, but a file needs the kind file or town, and "
            "the kind file needs a file",
        )
        require(
            self.file is None or self.file.isprintable(),
            f"roads file is {quoted(self.file)}, but no file can be called that",
        )
        require(
            self.kind != "town" or self.lane is None,
            f"roads lane is {quoted(self.lane)}, but a town has all lanes of its file; leave it out",
        )
        require(
            self.lane is None or self.file is not None, f"roads lane is {quoted(self.lane)}, but there is no road file"
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


@dataclass(frozen=True)
class TownConfig:
    """Towns, the trips through them, and what breaking their rules costs; for roads of the kind town."""

    size_m: Annotated[float, between(300.0, 1000.0, " m")] = 500.0
    """Extent of a procedural town from west to east and from south to north [m]."""
    left_hand: bool = False
    """Whether traffic keeps to the left; such a town is the mirror image of the one with traffic on the right."""
    trip: Trip = "navigation"
    """Trips that are drawn: straight over a junction, with one turn, or any way through the town."""
    trip_min_m: Annotated[float, between(20.0, 100_000.0, " m")] = 150.0
    """Least length of a trip that is drawn [m]."""
    trip_max_m: Annotated[float, between(20.0, 100_000.0, " m")] = 400.0
    """Greatest length of a trip that is drawn [m]."""
    red_light_penalty: Weight = 1.0
    """Penalty for running a red light, which ends the episode."""
    stop_sign_penalty: Weight = 0.25
    """Penalty for crossing the line of a stop sign without having stood before it."""
    blocked_s: Annotated[float, between(1.0, LONGEST_EPISODE_S, " s")] = 30.0
    """Time of standing where nothing is in the way, after which the episode ends [s]."""

    def __post_init__(self) -> None:
        check_fields(self, "town ")
        require(
            self.trip_min_m <= self.trip_max_m,
            f"town trip_min_m is {self.trip_min_m} and trip_max_m {self.trip_max_m}, but trips cannot be longer than "
            "the longest",
        )


@dataclass(frozen=True)
class TaskConfig:
    """Start, reward and time limit of an episode."""

    start: Start = "random"
    """random places the car anywhere on the lane, with a small error; beginning, exactly at the start of the road."""
    time_limit_s: Annotated[float, between(CONTROL_PERIOD, LONGEST_EPISODE_S, " s")] = 30.0
    """Time after which the episode is truncated [s]."""
    start_offset_m: Annotated[float, between(0.0, 100.0, " m")] = 1.0
    """Random start: greatest distance from the lane's centre [m]."""
    start_heading_rad: Annotated[float, between(0.0, 3.15, " rad")] = 0.15
    """Random start: greatest heading error [rad]."""
    offset_weight: Weight = 1.0
    """Weight of the penalty for distance from the lane's centre."""
    heading_weight: Weight = 0.2
    """Weight of the penalty for heading error."""
    steering_weight: Weight = 0.02
    """Weight of the penalty for changing the steering angle."""
    departure_penalty: Weight = 1.0
    """Penalty for leaving the road, which ends the episode."""

    def __post_init__(self) -> None:
        check_fields(self, "task ")


@dataclass(frozen=True)
class AppearanceConfig:
    """Scenery, and how much light and weather vary between episodes. All of it is drawn from the seed.

    A road's own looks (widths, markings, surface, colours) follow from its seed, and always vary.
    """

    scenery: bool = True
    """Draw trees, bushes, posts and houses beside the road, and hills on the horizon."""
    light: Share = 0.0
    """Variation of brightness and colour temperature, 0 to 1; at 1, brightness is 0.6 to 1.65 times normal."""
    shadows: Share = 0.0
    """Greatest darkness of leaf shadows on the ground, 0 to 1."""
    weather: Share = 0.0
    """Variation of fog and clouds, 0 to 1; at 1, visibility goes down to about 42 m."""
    noise: Share = 0.0
    """Greatest sensor noise, 0 to 1; at 1, a standard deviation of 12 of 255."""

    def __post_init__(self) -> None:
        check_fields(self, "appearance ")


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
    town: TownConfig = field(default_factory=TownConfig, metadata=LATER)
    """Towns, trips and their rules, for roads of the kind town."""
    observation: Observation = "camera"
    """camera observes frames only, in towns with the navigator's arrow in them; camera+state adds the car's speed and
    steering angle, and in towns the navigator's command and the distance to the junction."""
    continuous: bool = False
    """Use continuous actions, Box [steering, target speed], instead of discrete ones."""

    def __post_init__(self) -> None:
        check_fields(self)
