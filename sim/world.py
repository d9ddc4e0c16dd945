"""N cars, each on its own road, advanced and rendered in one compiled call."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numba
import numpy as np
from gymnasium.utils import seeding
from numpy.typing import NDArray

from sim.camera.arrow import arrows, draw_arrow
from sim.camera.picture import take_picture
from sim.compilation import compile_simulation
from sim.config import CameraConfig, EnvConfig
from sim.core import make_core
from sim.errors import UserError
from sim.fields import whole_number
from sim.forks import was_forked
from sim.machine import require_memory, usable_cores
from sim.navigator import navigation, told_commands
from sim.network.network import FOLLOW
from sim.placement import road_seed
from sim.pool import SLOT_BYTES, RoadPool
from sim.roads.road import Road
from sim.snapshot import EPISODE, Arrays, require_all, require_sound
from sim.step import advance, begin, see
from sim.task import ENDINGS, REWARD_TERMS, reward_terms
from sim.town.any_town import AnyTown
from sim.town_pool import TownPool
from sim.trips import Trip
from sim.types import (
    EDGE_LANE_WIDTH,
    ROUTE_SEGMENTS,
    BoolArray,
    ByteArray,
    Core,
    Float32Array,
    FloatArray,
    IntArray,
    Telemetry,
)

__all__ = ["ENDINGS", "REWARD_TERMS", "World"]

ROADS_OF_ONE_CAR, MOST_ROADS = 8, 1024  # that stay in memory by default: for one car, and for many or preloaded
MOST_TOWNS, TOWN_BYTES = 128, 4_500_000  # that stay, and what one of 0.5 km x 0.5 km takes
CAR_BYTES = 2_000  # of a car's random generator and state, beside what it sees


class World:
    """N cars and what they see. A car whose episode has ended stays as it is until it is reset.

    Its arrays are live: they change with the next ``step`` or ``reset``. Only frames can be kept. ``core`` is
    for compiled code that reads the truth, such as drivers.

    No frame is made from one that somebody else can write to: frames are handed out, and all are written anew.
    """

    def __init__(self, config: EnvConfig, num_cars: int, *, keep_frames: bool = False) -> None:
        """Allocates everything for ``num_cars`` cars; call ``reset`` before the first step.

        With ``keep_frames``, what ``hand_out`` returns belongs to the caller; without, it is live and read-only.

        Raises:
            UserError: ``num_cars`` is below 1, or the memory does not suffice.
        """
        num_cars = whole_number(num_cars, "The number of cars", least=1)
        require_room(config, num_cars, frames=2 if keep_frames else 1)
        threaded = num_cars > 1 and not was_forked()
        workers = min(num_cars, numba.get_num_threads(), usable_cores()) if threaded else 1
        compile_simulation(threads=workers > 1, in_town=config.roads.kind == "town")
        self.config = config
        self.num_cars = num_cars
        self._keep_frames, self._handed_out = keep_frames, False
        self.frames: ByteArray = np.zeros((num_cars, *config.camera.observation_shape), dtype=np.uint8)
        self._pool = _make_pool(config, num_cars)
        if config.roads.preload:
            self._pool.preload(config.roads.first_seed, _kept_roads(config, num_cars))
        self.core = make_core(config, num_cars, workers, self._pool.arrays())
        self.telemetry, self._episode = self.core.telemetry, self.core.episode
        self._road_seeds: IntArray = np.full(num_cars, -1, dtype=np.int64)
        self._everyone = np.arange(num_cars)
        self._random = [np.random.default_rng() for _ in range(num_cars)]

    def seed(self, seeds: Sequence[int | None]) -> None:
        """Gives each car a new generator; a car with the seed None keeps the one it has.

        Raises:
            UserError: a seed is not a whole number from 0 on; no car has a new generator then.
        """
        numbers = [None if seed is None else whole_number(seed, "A car's seed") for seed in seeds]
        for car, number in enumerate(numbers):
            if number is not None:
                self._random[car], _ = seeding.np_random(number)

    def set_generator(self, car: int, random: np.random.Generator) -> None:
        """Lets a car draw from a generator that somebody else owns."""
        self._random[car] = random

    def reset(
        self,
        cars: IntArray | None = None,
        road_seeds: Sequence[int] | None = None,
        draws: FloatArray | None = None,
        trips: Sequence[Trip] | None = None,
    ) -> None:
        """Begins new episodes.

        Args:
            cars: (K,) indices of the cars to reset; all by default.
            road_seeds: K road seeds; drawn by default.
            draws: (K, core.DRAWS) numbers from 0 to 1 that the episodes are made from; by default, each car's generator
                draws them.
            trips: K trips, in towns; drawn by default.
        """
        chosen = self._everyone if cars is None else np.asarray(cars, dtype=np.int64)
        self._draw_episodes(chosen, road_seeds, draws, trips)
        if self._handed_out:
            self.frames, self._handed_out = np.zeros_like(self.frames), False
            others = np.setdiff1d(np.flatnonzero(self._road_seeds >= 0), chosen)
            see(others, self.core, self.frames)
        begin(chosen, self.core, self.frames)

    def step(self, commands: FloatArray, *, restart: bool = False) -> None:
        """Drives every running car for one control step.

        Args:
            commands: (N, 2) float64: steering angle [rad], target speed [m/s].
            restart: Whether cars whose episodes have ended begin new ones instead, at no reward. Otherwise they stay as
                they are.
        """
        if restart:
            self._draw_episodes(np.flatnonzero(self.done))
        anew = self._handed_out
        if anew:
            self.frames, self._handed_out = np.empty_like(self.frames), False
        advance(self._everyone, restart, anew, commands, self.core, self.frames)

    def find_trip(self, seed: int, start: FloatArray, goal: FloatArray) -> Trip:
        """The trip between the lanes nearest to two places (2,) [m] in the town with a seed.

        Raises:
            UserError: a place lies off the lanes, or no way leads to the goal.
        """
        trip: Trip = self._pool.find_trip(self._visit(seed), start, goal)
        return trip

    def _visit(self, seed: int) -> int:
        """The slot of a place, to look at it before others are built."""
        slot: int = self._pool.acquire(seed)
        self._pool.release(slot)
        return slot

    def hand_out(self, *, retain: bool = False) -> ByteArray:
        """The newest frames, shape (N, H, W, C x stack): the caller's, or live and read-only without ``keep_frames``.

        Args:
            retain: Whether to keep them here, too. It spares the next reset of some cars to render those of the others.
        """
        if not self._keep_frames:
            live = self.frames.view()
            live.setflags(write=False)
            return live
        if retain:
            return self.frames.copy()
        self._handed_out = True
        return self.frames

    def render(self, car: int, camera: CameraConfig) -> ByteArray:
        """What another camera on this car sees now; shape (height, width, 3 or 1), dtype uint8, for people or tests.

        Raises:
            UserError: the car has not begun an episode yet.
        """
        if self._road_seeds[car] < 0:
            raise UserError("There is nothing to see before an episode begins; call reset() before render().")
        now, episode = self.telemetry, self._episode
        pose = (now.x[car], now.y[car], now.heading[car])
        step = now.steps[car]
        clock, core = episode.clock[car] + step, self.core
        picture = take_picture(
            camera, pose, episode.looks[car], core.ground, episode.slot[car], step, clock, core.scenery
        )
        if self.core.task.arrow and (told := int(told_commands(self.core)[car])) != FOLLOW:
            draw_arrow(arrows(camera.height)[told - 1], picture)
        return picture

    def snapshot(self) -> Arrays:
        """All that the next step depends on, but for the generators: live arrays with a row per car, by name.

        An episode is its road's seed and the numbers that were drawn for it; what follows from them (the road, where
        the drive ends, how the day looks) is made anew by ``restore``, and so is the newest frame.
        """
        return {
            "road_seeds": self._road_seeds,
            "draws": self.core.draws,
            **({"history": self.core.history} if self.config.camera.stack > 1 else {}),
            **({"trips": self._pool.trips} if self.in_town else {}),
            **{f"telemetry.{name}": values for name, values in self.telemetry._asdict().items()},
            **{f"episode.{name}": getattr(self._episode, name) for name in EPISODE},
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Continues from the ``snapshot`` of a world of the same configuration and number of cars.

        Raises:
            UserError: a number is out of its range.
        """
        require_sound(arrays, self.config.roads)
        trips = [Trip.of(row) for row in arrays["trips"]] if self.in_town else None
        for seed, trip in zip(arrays["road_seeds"].tolist(), trips or [], strict=False):
            self._pool.require_trip(self._visit(seed), trip)
        self.reset(road_seeds=arrays["road_seeds"].tolist(), draws=arrays["draws"], trips=trips)
        segments = self.core.route.geometry[self._episode.route, ROUTE_SEGMENTS]
        require_all(arrays["episode.segment"] < segments, "episode.segment")
        for name, live in self.snapshot().items():
            live[...] = arrays[name]
        see(self._everyone, self.core, self.frames)

    def copy_telemetry(self) -> Telemetry:
        """What is true of each car now, to keep."""
        return Telemetry._make([values.copy() for values in self.telemetry])

    @property
    def vehicle_state(self) -> Float32Array:
        """What the car knows of itself: speed [m/s] and steering angle [rad]; shape (N, 2), a fresh array.

        In towns, what the navigator tells stands beside it, shape (N, 7): see ``navigator.navigation``.
        """
        own = np.stack([self.telemetry.speed, self.telemetry.steering_angle], axis=1).astype(np.float32)
        return np.concatenate([own, navigation(self.core)], axis=1) if self.in_town else own

    @property
    def in_town(self) -> bool:
        """Whether the cars drive in towns."""
        return self.config.roads.kind == "town"

    @property
    def rewards(self) -> Float32Array:
        """Reward of the last step, shape (N,)."""
        return self._episode.rewards

    @property
    def reward_terms(self) -> Mapping[str, Float32Array]:
        """Terms of the last step's reward by name, each of shape (N,); they add up to ``rewards``."""
        return MappingProxyType(dict(zip(reward_terms(self.config), self._episode.reward_terms.T, strict=True)))

    def copy_reward_terms(self) -> dict[str, Float32Array]:
        """The same, to keep."""
        return dict(zip(reward_terms(self.config), self._episode.reward_terms.T.copy(), strict=True))

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
        """Width of the lane where each car is [m], shape (N,), a fresh array."""
        return np.asarray(self.core.route.edges[self._episode.route, self._episode.segment, EDGE_LANE_WIDTH])

    @property
    def draws(self) -> FloatArray:
        """Numbers from 0 to 1 that each car's episode was made from, shape (N, core.DRAWS)."""
        return self.core.draws

    @property
    def looks(self) -> Float32Array:
        """Light and weather of each car's episode, shape (N, LOOK_FIELDS), see ``camera.look``."""
        return self._episode.looks

    @property
    def road_seeds(self) -> IntArray:
        """Seed of the road that each car drives on, shape (N,)."""
        return self._road_seeds

    def road(self, car: int) -> Road:
        """The road that a car drives on."""
        road: Road = self._pool.place(int(self._episode.slot[car]))
        return road

    def town(self, car: int) -> AnyTown:
        """The town that a car drives in."""
        town: AnyTown = self._pool.place(int(self._episode.slot[car]))
        return town

    def kept_roads(self) -> list[Road]:
        """All roads in memory."""
        return [road for road in self._pool.places if road is not None]

    def __getstate__(self) -> dict[str, Any]:
        """All but the arrays of roads: the pool has them, and knows which parts of them are used."""
        return {**self.__dict__, "core": {**self.core._asdict(), **dict.fromkeys(self._pool.arrays())}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.core = Core(**{**state["core"], **self._pool.arrays()})

    def _draw_episodes(
        self,
        cars: IntArray,
        road_seeds: Sequence[int] | None = None,
        given: FloatArray | None = None,
        trips: Sequence[Trip] | None = None,
    ) -> None:
        """Draws what new episodes of ``cars`` need, and puts each car on its road."""
        for k, car in enumerate(cars):
            draws = self.core.draws[car]
            if given is None:
                self._random[car].random(out=draws)
            else:
                draws[:] = given[k]
            seed = road_seed(self.config, draws[0]) if road_seeds is None else int(road_seeds[k])
            self._enter(car, seed, None if trips is None else trips[k])

    def _enter(self, car: int, seed: int, trip: Trip | None) -> None:
        """Puts a car on a road or into a town."""
        acquired = self._pool.acquire(seed)
        if self._road_seeds[car] >= 0:
            self._pool.release(int(self._episode.slot[car]))
        self._episode.slot[car] = acquired
        self._episode.route[car] = self._pool.lay_route(car, acquired, self.core.draws[car], trip)
        self._road_seeds[car] = seed
        arrays = self._pool.arrays()
        if any(getattr(self.core, name) is not array for name, array in arrays.items()):
            self.core = self.core._replace(**arrays)  # something long made the pool move to larger arrays


def require_room(config: EnvConfig, num_cars: int, frames: int, allocated: int = 0) -> None:
    """Makes sure that the memory suffices for ``num_cars`` cars and ``frames`` times what they see.

    So much of it [bytes] may be ``allocated`` already.

    Raises:
        UserError: it does not.
    """
    require_memory(
        memory_needed(config, num_cars, frames),
        f"{num_cars} cars with a camera of {config.camera.width} x {config.camera.height} pixels",
        "take fewer cars, smaller frames, a shorter stack or a smaller pool of roads",
        allocated,
    )


def memory_needed(config: EnvConfig, num_cars: int, frames: int = 1) -> int:
    """Memory that ``num_cars`` cars will fill in time [bytes].

    That is ``frames`` times what they see, and all roads that the pool has room for, each of usual length.
    """
    cars = num_cars * (CAR_BYTES + frames * math.prod(config.camera.observation_shape))
    places = min(_road_slots(config, num_cars), config.roads.count)
    return cars + places * (TOWN_BYTES if config.roads.kind == "town" else SLOT_BYTES)


def _make_pool(config: EnvConfig, num_cars: int) -> Any:
    """A ``RoadPool`` or a ``TownPool``."""
    slots = _road_slots(config, num_cars)
    try:
        return TownPool(config, slots, num_cars) if config.roads.kind == "town" else RoadPool(config.roads, slots)
    except MemoryError as error:
        raise UserError(f"The roads of {num_cars} cars do not fit in memory ({error}); take fewer cars.") from None


def _road_slots(config: EnvConfig, num_cars: int) -> int:
    """Room for the pool and for the roads that cars are on; a file is one town."""
    if config.roads.kind == "town" and config.roads.file is not None:
        return 1
    return _kept_roads(config, num_cars) + num_cars


def _kept_roads(config: EnvConfig, num_cars: int) -> int:
    """How many roads stay; never more than all.

    To lay out a road takes 0.6 ms and to keep it 0.5 MB. One car waits for that once an episode, for less than a tenth
    of its time. The more cars drive, the less a step takes for each of them, and the more roads they need in it: the
    share of the time that roads would take grows as their number, and so does what is kept for each. A town takes a
    hundred times as long.
    """
    roads = config.roads
    if roads.kind == "town":
        return min(MOST_TOWNS if roads.pool_size is None else roads.pool_size, roads.count)
    usual = MOST_ROADS if roads.preload else min(ROADS_OF_ONE_CAR * num_cars**2, MOST_ROADS)
    return min(usual if roads.pool_size is None else roads.pool_size, roads.count)
