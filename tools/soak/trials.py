"""The trials of a soak: settings of every kind, dealt like cards."""

import dataclasses
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from gymnasium.vector import AutoresetMode

from sim.config import (
    TEST_ROAD_SEEDS,
    ActionConfig,
    AppearanceConfig,
    CameraConfig,
    ColorMode,
    EnvConfig,
    Observation,
    RoadsConfig,
    Start,
    Steering,
    TaskConfig,
    VehicleConfig,
)
from sim.corruptions import NAMES, SEVERITIES, Corruption

Size = Literal["many", "some", "few"]
Driving = Literal["random", "pursuit", "both"]
Choice = TypeVar("Choice")
SIZES: tuple[Size, ...] = get_args(Size)

CARS: dict[Size, tuple[int, ...]] = {"many": (512, 1024, 2048), "some": (1, 7, 64, 128), "few": (1, 2, 3)}
EDGES: dict[Size, tuple[int, ...]] = {"many": (8, 12, 16, 24), "some": (36, 64, 84, 96), "few": (240, 480, 640)}  # px
STEPS: dict[Size, int] = {"many": 2000, "some": 300, "few": 100}
SHORT_STEPS = 60  # in the first two laps
THREADS = (1, 1, 1, 2)  # of the simulation; more are seldom worth it beside checks that take one
STEERING = ((-0.2, -0.1, -0.04, 0.0, 0.04, 0.1, 0.2), (-0.04, 0.0, 0.04), (0.0,), (-0.5, 0.5))  # rad
SPEEDS = ((4.0, 7.0, 10.0), (5.0,), (0.0, 30.0), (2.0, 20.0, 60.0))  # m/s
ROADS = ("procedural", "tests", "straight", "circle", "s-curve", "circuit", "map", "lanes of a map")
# Two laps of short trials, one through all corruptions and one with many cars on all roads: what is loaded once has
# been loaded then, and the heap has been as full as it gets.
FIRST_LAP = len(NAMES)
SECOND_LAP = FIRST_LAP + 2 * len(ROADS)


@dataclass(frozen=True)
class Trial:
    """Cars that drive for a while, all with the same settings."""

    number: int
    env: EnvConfig
    cars: int
    steps: int
    """Control steps."""
    autoreset: AutoresetMode
    copy: bool
    """Whether observations are copies."""
    driving: Driving
    threads: int
    corruption: Corruption | None

    @property
    def car_steps(self) -> int:
        """Steps of all cars."""
        return self.cars * self.steps

    @property
    def settings(self) -> str:
        """All settings, as JSON."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        corruption = None if self.corruption is None else self.corruption.label
        plain = {"env": dataclasses.asdict(self.env), "autoreset": self.autoreset.value, "corruption": corruption}
        return json.dumps(values | plain)

    @property
    def label(self) -> str:
        """The most important settings, in a line."""
        camera, roads = self.env.camera, self.env.roads
        what = f"{camera.width}x{camera.height} {camera.color} x{camera.stack}"
        where = (
            roads.kind if roads.file is None else Path(roads.file).suffix[1:] + (f" {roads.lane}" * bool(roads.lane))
        )
        worse = "" if self.corruption is None else f", {self.corruption.label}"
        return f"{self.cars} cars, {what}, {where}, {self.driving}, {self.autoreset.value}{worse}"


class Trials:
    """Draws one trial after the other; the same seed draws the same."""

    def __init__(self, seed: int, circuit: Path, road_map: Path) -> None:
        """Draws from ``seed``; roads also come from a ``circuit`` (.csv) and a ``road_map`` (.xodr)."""
        self._random = random.Random(seed)
        self._decks: dict[str, list[Any]] = {}
        self._files = {"circuit": str(circuit), "map": str(road_map), "lanes of a map": str(road_map)}
        self._number = 0

    def skip(self, count: int) -> None:
        """Skips that many."""
        for _ in range(count):
            self.draw()

    def draw(self) -> Trial:
        """The next one."""
        number, self._number = self._number, self._number + 1
        size = self._size(number)
        env = EnvConfig(
            camera=self._camera(size),
            vehicle=self._vehicle(),
            actions=self._actions(),
            roads=self._roads(size),
            task=self._task(),
            appearance=self._appearance(),
            observation=self._deal("observation", get_args(Observation)),
            continuous=self._deal("continuous", (False, True)),
        )
        corruption = self._corruption() if size == "some" else None
        return Trial(
            number=number,
            env=env if corruption is None else corruption.applied_to(env),
            cars=self._deal(f"cars, {size}", CARS[size]),
            steps=SHORT_STEPS if number < SECOND_LAP else STEPS[size],
            autoreset=self._deal("autoreset", tuple(AutoresetMode)),
            copy=self._deal("copy", (True, False)),
            driving=self._deal("driving", get_args(Driving)),
            threads=self._deal("threads", THREADS),
            corruption=corruption,
        )

    def _size(self, number: int) -> Size:
        if number < FIRST_LAP:
            return "some"
        return "many" if number < SECOND_LAP else self._deal("size", SIZES)

    def _deal(self, kind: str, choices: Sequence[Choice]) -> Choice:
        """One of the choices; none comes again before all others of its kind came."""
        deck = self._decks.setdefault(kind, [])
        if not deck:
            deck += self._random.sample(choices, len(choices))
        card: Choice = deck.pop()
        return card

    def _around(self, value: float, factor: float) -> float:
        """From ``value`` / ``factor`` to ``value`` x ``factor``, on a logarithmic scale."""
        return value * math.exp(self._random.uniform(-1.0, 1.0) * math.log(factor))

    def _camera(self, size: Size) -> CameraConfig:
        stack, uniform = self._deal("stack", (1, 2, 4, 16)), self._random.uniform
        return CameraConfig(
            width=self._deal(f"width, {size}", EDGES[size]),
            height=self._deal(f"height, {size}", EDGES[size]),
            color=self._deal("color", get_args(ColorMode)),
            stack=1 if size == "few" else stack,
            **({} if self._deal("usual camera", (True, False)) else {
                "field_of_view_deg": uniform(60.0, 140.0),
                "mounting_height_m": uniform(0.5, 3.0),
                "mounting_forward_m": uniform(-2.0, 3.0),
                "pitch_down_deg": uniform(0.0, 25.0),
            }),
        )  # fmt: skip

    def _vehicle(self) -> VehicleConfig:
        usual = VehicleConfig()
        if self._deal("usual vehicle", (True, False)):
            return usual
        drawn = {item.name: self._around(getattr(usual, item.name), 4.0) for item in dataclasses.fields(usual)}
        return VehicleConfig(**drawn | {"steering_max": self._random.uniform(0.2, 1.5)})

    def _actions(self) -> ActionConfig:
        return ActionConfig(
            steering=self._deal("steering", get_args(Steering)),
            steering_commands=self._deal("steering commands", STEERING),
            steering_limit=self._random.uniform(0.5, 1.5),
            target_speeds=self._deal("target speeds", SPEEDS),
        )

    def _roads(self, size: Size) -> RoadsConfig:
        name, count = self._deal("roads", ROADS), self._deal("number of roads", (1, 40, 400))
        first = self._random.randrange(5_000)
        keeps: dict[str, Any] = {
            "pool_size": self._deal(f"pool, {size}", (4, 1024)),
            "preload": self._deal("preload", (True, False)),
        }
        if name in self._files:
            lane = "all" if name == "lanes of a map" else None
            return RoadsConfig(kind="file", file=self._files[name], lane=lane, last_seed=count - 1, **keeps)
        if name == "tests":
            first += TEST_ROAD_SEEDS[0]
        kind: Any = "procedural" if name == "tests" else name
        radius = self._deal("radius", (8.0, 12.0, 25.0, 40.0))
        return RoadsConfig(kind=kind, first_seed=first, last_seed=first + count - 1, radius_min_m=radius, **keeps)

    def _task(self) -> TaskConfig:
        start, limit = (
            self._deal("start", get_args(Start)),
            self._deal("time limit", (0.1, 5.0, 20.0, 30.0, 30.0, 60.0)),
        )
        if self._deal("usual task", (True, False)):
            return TaskConfig(start=start, time_limit_s=limit)
        offset, heading, *weights = (self._random.uniform(0.0, 3.0) for _ in range(6))
        return TaskConfig(start, limit, offset, heading, *weights)

    def _appearance(self) -> AppearanceConfig:
        kind, uniform = self._deal("appearance", ("clear", "any", "worst")), self._random.uniform
        amounts = {"clear": [0.0] * 4, "any": [uniform(0.0, 1.0) for _ in range(4)], "worst": [1.0] * 4}[kind]
        return AppearanceConfig(self._deal("scenery", (True, False)), *amounts)

    def _corruption(self) -> Corruption:
        return Corruption(self._deal("corruption", NAMES), self._deal("severity", SEVERITIES))
