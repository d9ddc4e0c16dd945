"""Everything that can be set, as frozen dataclasses: one documented field a line, read alike by all who use it.

Units are SI; axes and signs are those of ``sim.types``.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from sim.errors import UserError

MIN_FRAME_SIZE = 8  # pixels; below this no lane marking is left to see
MAX_FRAME_SIZE = 4096  # pixels; far above any use, low enough that a typing error is caught
CITY_RADIUS = 18.0  # m; a city corner that the car takes at 7 m/s with 2.7 m/s^2
TRAIN_ROAD_SEEDS = (0, 9_999)  # first and last road seed for training
TEST_ROAD_SEEDS = (1_000_000, 1_999_999)  # first and last road seed for tests; the two never mix

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
        for name, size in (("width", self.width), ("height", self.height)):
            _require(
                MIN_FRAME_SIZE <= size <= MAX_FRAME_SIZE,
                f"camera {name} is {size} px, but must be from {MIN_FRAME_SIZE} to {MAX_FRAME_SIZE}",
            )
        _require_choice("camera color", self.color, ColorMode)
        _require(1 <= self.stack <= 16, f"camera stack is {self.stack}, but must be from 1 to 16 frames")
        _require(
            10.0 <= self.field_of_view_deg <= 150.0,
            f"camera field_of_view_deg is {self.field_of_view_deg}, but must be from 10 to 150 degrees",
        )
        _require(
            0.1 <= self.mounting_height_m <= 20.0,
            f"camera mounting_height_m is {self.mounting_height_m}, but must be from 0.1 to 20 m",
        )
        _require(
            -5.0 <= self.mounting_forward_m <= 5.0,
            f"camera mounting_forward_m is {self.mounting_forward_m}, but must be from -5 to 5 m",
        )
        _require(
            -30.0 <= self.pitch_down_deg <= 60.0,
            f"camera pitch_down_deg is {self.pitch_down_deg}, but must be from -30 to 60 degrees",
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
        for spec in dataclasses.fields(self):
            value = getattr(self, spec.name)
            _require(
                math.isfinite(value) and value > 0.0,
                f"vehicle {spec.name} is {value}, but must be a positive number",
            )
        _require(
            self.steering_max < math.pi / 2, f"vehicle steering_max is {self.steering_max}, but must be below pi/2 rad"
        )

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
    """Target speeds of the discrete actions [m/s]; the last is also the greatest of the continuous form."""

    def __post_init__(self) -> None:
        _require(len(self.steering_commands) >= 1, "actions steering_commands is empty, but needs one angle or more")
        _require(len(self.target_speeds) >= 1, "actions target_speeds is empty, but needs one speed or more")
        _require(
            all(math.isfinite(angle) and abs(angle) < math.pi / 2 for angle in self.steering_commands),
            f"actions steering_commands are {self.steering_commands}, but must lie between -pi/2 and pi/2 rad",
        )
        _require_choice("actions steering", self.steering, Steering)
        _require(
            0.0 < self.steering_limit < math.pi / 2,
            f"actions steering_limit is {self.steering_limit}, but must lie between 0 and pi/2 rad",
        )
        _require(
            max(abs(command) for command in self.steering_commands) <= self.steering_limit,
            f"actions steering_commands are {self.steering_commands}, but must not exceed steering_limit, "
            f"{self.steering_limit} rad",
        )
        _require(
            all(math.isfinite(speed) and 0.0 <= speed <= 60.0 for speed in self.target_speeds),
            f"actions target_speeds are {self.target_speeds}, but must lie between 0 and 60 m/s",
        )
        _require(max(self.target_speeds) > 0.0, "actions target_speeds are all 0, but at least one must be above 0")

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
    pool_size: int = 1024
    """How many built roads stay in memory at least for as long as no car drives on them."""
    preload: bool = False
    """Whether to build as many roads as the pool keeps at the start, in place of each when a car first comes to it."""

    @property
    def count(self) -> int:
        """How many different roads there are."""
        return self.last_seed - self.first_seed + 1

    def __post_init__(self) -> None:
        _require_choice("roads kind", self.kind, RoadKind)
        _require(
            (self.kind == "file") == (self.file is not None),
            f"roads kind is {self.kind} and file is {self.file}, but a file needs the kind file, and that kind a file",
        )
        _require(self.lane is None or self.file is not None, f"roads lane is {self.lane}, but there is no road file")
        _require(
            8.0 <= self.radius_min_m <= 40.0,
            f"roads radius_min_m is {self.radius_min_m}, but must be from 8 to 40 m",
        )
        _require(
            0 <= self.first_seed <= self.last_seed,
            f"road seeds run from {self.first_seed} to {self.last_seed}, but must be 0 or more and in ascending order",
        )
        _require(
            self.last_seed < TEST_ROAD_SEEDS[0] or self.first_seed > TRAIN_ROAD_SEEDS[1],
            f"road seeds {self.first_seed} to {self.last_seed} mix training roads ({TRAIN_ROAD_SEEDS[0]} to "
            f"{TRAIN_ROAD_SEEDS[1]}) with test roads (from {TEST_ROAD_SEEDS[0]}); choose one of the two ranges",
        )
        _require(self.pool_size >= 1, f"roads pool_size is {self.pool_size}, but must be 1 or more")


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
        _require_choice("task start", self.start, Start)
        _require(
            math.isfinite(self.time_limit_s) and self.time_limit_s >= CONTROL_PERIOD,
            f"task time_limit_s is {self.time_limit_s}, but must be {CONTROL_PERIOD} s or more",
        )
        for name in (
            "start_offset_m",
            "start_heading_rad",
            "offset_weight",
            "heading_weight",
            "steering_weight",
            "departure_penalty",
        ):
            value = getattr(self, name)
            _require(math.isfinite(value) and value >= 0.0, f"task {name} is {value}, but must be 0 or more")


@dataclass(frozen=True)
class AppearanceConfig:
    """What is there to see besides the road, and how much the day varies between episodes, all drawn from the seed.

    A road's own looks (widths, markings, surface, colours) follow from its seed and vary in any case.
    """

    scenery: bool = True
    """Trees, bushes, posts and houses beside the road, and hills at the horizon."""
    light: float = 0.0
    """How much brightness and warmth of the light vary, 0 to 1; at 1 from half to twice the light."""
    shadows: float = 0.0
    """How dark the shadows of leaves on the ground are at the most, 0 to 1."""
    weather: float = 0.0
    """How much fog and clouds vary, 0 to 1; at 1 visibility goes down to about 50 m."""
    noise: float = 0.0
    """How much noise the sensor has at the most, 0 to 1; at 1 a standard deviation of 12 of 255."""

    def __post_init__(self) -> None:
        for name in ("light", "shadows", "weather", "noise"):
            value = getattr(self, name)
            _require(0.0 <= value <= 1.0, f"appearance {name} is {value}, but must be from 0 to 1")


CONTROL_PERIOD = 0.1  # s; the agent decides at 10 Hz
PHYSICS_SUBSTEPS = 5  # physics runs at 50 Hz


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
        _require_choice("observation", self.observation, Observation)


_Config = TypeVar("_Config")


def from_fields(cls: type[_Config], fields: Mapping[str, Any]) -> _Config:
    """Builds a config dataclass from a (nested) mapping of its fields.

    Raises:
        UserError: a key is not a field of ``cls``, or a value is outside its range.
    """
    known = {spec.name: spec for spec in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(fields) - set(known))
    _require(
        not unknown,
        f"{cls.__name__} has no field named {', '.join(unknown)}; its fields are {', '.join(known)}",
    )
    return cls(**{name: _field_value(known[name], value) for name, value in fields.items()})


_KINDS: dict[Any, Any] = {bool: (bool, np.bool_), int: (int, np.integer), float: (int, float, np.integer, np.floating)}
_KIND_NAMES: dict[Any, str] = {bool: "True or False", int: "a whole number", float: "a number"}


def _field_value(spec: "dataclasses.Field[Any]", value: Any) -> Any:
    if isinstance(value, Mapping) and dataclasses.is_dataclass(spec.type):
        return from_fields(spec.type, value)  # type: ignore[arg-type]
    kinds = _KINDS.get(spec.type, spec.type)
    if spec.type in _KINDS or dataclasses.is_dataclass(spec.type):
        right = isinstance(value, kinds) and (spec.type is bool or not isinstance(value, bool))
        _require(right, f"{spec.name} is {value!r}, but must be {_KIND_NAMES.get(spec.type, 'a mapping of fields')}")
    return tuple(value) if isinstance(value, list) else value


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise UserError(sentence + ".")


def _require_choice(name: str, value: object, choices: Any) -> None:
    _require(value in choices.__args__, f"{name} is {value!r}, but must be one of {', '.join(choices.__args__)}")
