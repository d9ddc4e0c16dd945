"""The batched core: N cars, each on its own road, advanced and rendered in one compiled call."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from numpy.typing import NDArray

from sim.camera.grain import GRAIN
from sim.camera.projection import camera_arrays
from sim.camera.renderer import render_frame
from sim.config import CameraConfig, EnvConfig
from sim.errors import UserError
from sim.placement import Placement, draw_road_seed, place, pose
from sim.roads.pool import RoadPool
from sim.roads.road import Road
from sim.step import advance_parallel, advance_serial, begin_parallel, begin_serial
from sim.task import ENDINGS, REWARD_TERMS, RUNNING, task_parameters
from sim.types import (
    ROAD_LANE_WIDTH,
    BoolArray,
    ByteArray,
    Episode,
    Float32Array,
    FloatArray,
    IntArray,
    Telemetry,
)
from sim.vehicle import vehicle_parameters

__all__ = ["ENDINGS", "REWARD_TERMS", "World"]


class World:
    """N cars and what they see. A car whose episode has ended stays as it is until it is reset.

    The arrays that it hands out are live: they change with the next ``step`` or ``reset``.
    """

    def __init__(self, config: EnvConfig, num_cars: int) -> None:
        """Allocates everything for ``num_cars`` cars; call ``reset`` before the first step.

        Raises:
            UserError: ``num_cars`` is below 1.
        """
        if num_cars < 1:
            raise UserError(f"The number of cars is {num_cars}, but must be 1 or more.")
        self.config = config
        self.num_cars = num_cars
        self.frames: ByteArray = np.zeros((num_cars, *config.camera.observation_shape), dtype=np.uint8)
        self.telemetry = _empty_telemetry(num_cars)
        self._episode = _empty_episode(num_cars)
        self._pool = RoadPool(config.roads.kind, config.roads.pool_size + num_cars)
        self._camera = camera_arrays(config.camera)
        self._vehicle = vehicle_parameters(config.vehicle)
        self._task = task_parameters(config)
        self._advance = advance_serial if num_cars == 1 else advance_parallel
        self._begin = begin_serial if num_cars == 1 else begin_parallel
        self._road_seeds: IntArray = np.full(num_cars, -1, dtype=np.int64)
        self._random = [np.random.default_rng() for _ in range(num_cars)]

    def seed(self, seeds: Sequence[int | None]) -> None:
        """Gives each car a new generator; a car with the seed None keeps the one it has."""
        for car, seed in enumerate(seeds):
            if seed is not None:
                self._random[car], _ = seeding.np_random(seed)

    def set_generator(self, car: int, random: np.random.Generator) -> None:
        """Lets a car draw from a generator that somebody else owns."""
        self._random[car] = random

    def reset(self, cars: IntArray | None = None, road_seeds: Sequence[int] | None = None) -> None:
        """Begins new episodes.

        Args:
            cars: (K,) indices of the cars to reset; all by default.
            road_seeds: K road seeds; drawn from each car's generator by default.
        """
        chosen = np.arange(self.num_cars) if cars is None else np.asarray(cars, dtype=np.int64)
        for k, car in enumerate(chosen):
            random = self._random[car]
            seed = draw_road_seed(self.config, random) if road_seeds is None else int(road_seeds[k])
            self._enter_road(car, seed)
            self._place(car, place(self.config, self.roads[car], random))
        telemetry, episode = self.telemetry, self._episode
        self._begin(chosen, telemetry, episode, self._pool.arrays, self._vehicle, self._camera, GRAIN, self.frames)

    def step(self, commands: FloatArray) -> None:
        """Drives every running car for one control step.

        Args:
            commands: (N, 2) float64: steering angle [rad], target speed [m/s].
        """
        self._advance(
            commands,
            self.telemetry,
            self._episode,
            self._pool.arrays,
            self._vehicle,
            self._task,
            self._camera,
            GRAIN,
            self.frames,
        )

    def render(self, car: int, camera: CameraConfig) -> ByteArray:
        """What another camera on this car sees now; shape (height, width, 3 or 1), dtype uint8, for people or tests."""
        picture = np.zeros((camera.height, camera.width, camera.channels), dtype=np.uint8)
        x, y, heading = self.telemetry.x[car], self.telemetry.y[car], self.telemetry.heading[car]
        slot = self._episode.slot[car]
        render_frame(x, y, heading, camera_arrays(camera), self._pool.arrays, slot, GRAIN, picture, 0)
        return picture

    @property
    def vehicle_state(self) -> Float32Array:
        """What the car knows of itself: speed [m/s] and steering angle [rad]; shape (N, 2), a fresh array."""
        return np.stack([self.telemetry.speed, self.telemetry.steering_angle], axis=1).astype(np.float32)

    @property
    def rewards(self) -> Float32Array:
        """Reward of the last step, shape (N,)."""
        return self._episode.rewards

    @property
    def reward_terms(self) -> Mapping[str, Float32Array]:
        """Terms of the last step's reward by name, each of shape (N,); they add up to ``rewards``."""
        columns = self._episode.reward_terms
        return MappingProxyType({name: columns[:, k] for k, name in enumerate(REWARD_TERMS)})

    @property
    def terminated(self) -> BoolArray:
        """Whether the car has left the road, shape (N,)."""
        return self._episode.terminated

    @property
    def truncated(self) -> BoolArray:
        """Whether the route was completed or the time is up, shape (N,)."""
        return self._episode.truncated

    @property
    def done(self) -> BoolArray:
        """Whether the episode has ended, shape (N,), a fresh array."""
        return self._episode.terminated | self._episode.truncated

    @property
    def ended_by(self) -> NDArray[np.int8]:
        """What ended the episode, as an index into ``ENDINGS``, shape (N,)."""
        return self._episode.ended_by

    @property
    def route_length(self) -> FloatArray:
        """Distance along the lane at which the route is completed [m], shape (N,)."""
        return self._episode.route_length

    @property
    def lane_width(self) -> FloatArray:
        """Width of the lane that each car drives on [m], shape (N,), a fresh array."""
        return np.asarray(self._pool.arrays.geometry[self._episode.slot, ROAD_LANE_WIDTH])

    @property
    def road_seeds(self) -> IntArray:
        """Seed of the road that each car drives on, shape (N,)."""
        return self._road_seeds

    @property
    def roads(self) -> "RoadsOfCars":
        """The road of each car, by the car's index."""
        return RoadsOfCars(self._pool, self._episode.slot)

    @property
    def compiled_state(self) -> tuple[Any, ...]:
        """Telemetry, episode, roads and vehicle parameters, for compiled code that reads the truth (drivers)."""
        return self.telemetry, self._episode, self._pool.arrays, self._vehicle

    def _enter_road(self, car: int, seed: int) -> None:
        acquired = self._pool.acquire(seed)
        if self._road_seeds[car] >= 0:
            self._pool.release(int(self._episode.slot[car]))
        self._episode.slot[car] = acquired
        self._road_seeds[car] = seed

    def _place(self, car: int, start: Placement) -> None:
        slot = self._episode.slot[car]
        arrays, road = self._pool.arrays, self.roads[car]
        telemetry, episode = self.telemetry, self._episode
        for values in telemetry:
            values[car] = 0.0
        telemetry.x[car], telemetry.y[car], telemetry.heading[car] = pose(
            start, road, arrays.segments[slot], arrays.geometry[slot]
        )
        telemetry.speed[car] = start.speed
        episode.segment[car] = min(int(start.station / road.line.step), len(road.line.x) - 1)
        episode.route_length[car] = start.route_length
        episode.rewards[car] = 0.0
        episode.reward_terms[car] = 0.0
        episode.terminated[car] = episode.truncated[car] = False
        episode.ended_by[car] = RUNNING


class RoadsOfCars:
    """Looks up the road that a car drives on."""

    def __init__(self, pool: RoadPool, slots: IntArray) -> None:
        """Reads the live ``slots`` (N,) of the cars in ``pool``."""
        self._pool, self._slots = pool, slots

    def __getitem__(self, car: int) -> Road:
        return self._pool.road(int(self._slots[car]))

    def __len__(self) -> int:
        return len(self._slots)


def _empty_telemetry(num_cars: int) -> Telemetry:
    ahead = {"curvature_ahead": np.zeros((num_cars, 4))}
    return Telemetry(**{name: np.zeros(num_cars) for name in Telemetry._fields if name not in ahead}, **ahead)


def _empty_episode(num_cars: int) -> Episode:
    return Episode(
        rewards=np.zeros(num_cars, dtype=np.float32),
        reward_terms=np.zeros((num_cars, len(REWARD_TERMS)), dtype=np.float32),
        terminated=np.zeros(num_cars, dtype=np.bool_),
        truncated=np.zeros(num_cars, dtype=np.bool_),
        ended_by=np.zeros(num_cars, dtype=np.int8),
        route_length=np.zeros(num_cars),
        slot=np.zeros(num_cars, dtype=np.int64),
        segment=np.zeros(num_cars, dtype=np.int64),
    )
