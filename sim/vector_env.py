"""N cars as a native Gymnasium vector environment: what ``gym.make_vec`` returns."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Literal

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from sim.actions import ActionDecoder, action_space
from sim.config import CONTROL_PERIOD
from sim.env import PICTURE, chosen_roads, chosen_trips, env_config, option
from sim.errors import UserError
from sim.fields import whole_number
from sim.observation import describe, observation_space, observe, peek, row_of
from sim.seeds import car_generator
from sim.types import BoolArray, ByteArray, FloatArray
from sim.world import World, memory_needed, require_room

SPACE_FRAMES = 9  # times all frames that Gymnasium's space of a batch of them takes while it is made; later, 4


class DrivingVectorEnv(VectorEnv[Any, Any, Any]):
    """The task of a ``DrivingEnv`` for N cars at once.

    With ``reset(seed=s)``, car i draws from the child ``SeedSequence(s, spawn_key=(i,))`` of the seed, however many
    cars there are, so that cars of different seeds have nothing in common. With a list of seeds, each car drives as a
    single environment does with its seed. Every later reset of a car draws from the same generator.

    ``info`` holds one array of N rows per name, and the mask ``_name`` that Gymnasium asks for. In same-step mode
    ``final_obs`` and ``final_info`` hold what the episodes that just ended saw last.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": round(1.0 / CONTROL_PERIOD)}  # noqa: RUF012

    def __init__(
        self,
        *,
        num_envs: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: Literal["rgb_array"] | None = None,
        **fields: Any,
    ) -> None:
        """Builds the world.

        Args:
            num_envs: Number of cars.
            autoreset_mode: What happens when an episode ends: "NextStep" (Gymnasium's default), "SameStep" or
                "Disabled".
            copy: Whether observations are yours to keep and to change. They are not copied for that: every step writes
                a new array. With False, they are one read-only array that the next step overwrites, which saves memory.
            render_mode: "rgb_array" or None.
            fields: Fields of ``EnvConfig``.

        Raises:
            UserError: unknown mode or field, or a value outside its range.
        """
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"Render mode {render_mode!r} is unknown to the vector environment; choose rgb_array.")
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = render_mode
        self.config = env_config(fields)
        self.world = World(self.config, num_envs, keep_frames=copy)
        self.num_envs = num_envs = self.world.num_cars
        allocated = memory_needed(self.config, num_envs)
        require_room(self.config, num_envs, SPACE_FRAMES + 2, allocated)
        self.single_observation_space = observation_space(self.config)
        self.single_action_space = action_space(self.config.actions, continuous=self.config.continuous)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._decode = ActionDecoder(self.config.actions, continuous=self.config.continuous, num_cars=num_envs)
        self._masks: BoolArray = np.ones(num_envs, dtype=np.bool_)
        self._masks.setflags(write=False)  # it is handed out with each info
        self._started = np.zeros(num_envs, dtype=np.bool_)

    def reset(
        self,
        *,
        seed: int | list[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begins episodes.

        Args:
            seed: One seed for all, of which each car gets a child of its own, or a list of one per car, None leaving a
                car's generator as it is; cars that are not reset keep theirs.
            options: "reset_mask", (N,) bool, resets only some cars; "road_seed" chooses the road or
                roads; in towns, "start" and "goal" (x, y) [m] choose the trip.

        Raises:
            UserError: a seed, the mask or a road is not what it must be; nothing has changed then.
        """
        generators, mask = self._generators(seed), self._reset_mask(options)
        cars = np.flatnonzero(mask)
        roads, trips = chosen_roads(options, len(cars)), chosen_trips(options, len(cars), self.world)
        for car in cars:
            if (generator := generators[car]) is not None:
                self.world.set_generator(int(car), generator)
        self.world.reset(cars, roads, trips=trips)
        self._started[cars] = True
        return observe(self.world), self._infos(mask)

    def step(self, actions: Any) -> tuple[Any, FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Drives every car for one control step, and resets as the autoreset mode says.

        Raises:
            UserError: actions of the wrong shape or type, NaN or out of range; a car that needs a reset.
        """
        world = self.world
        commands = self._decode(actions, self.world.telemetry.steering_angle)
        finished = world.done
        if not self._started.all():
            raise UserError("Some cars have no running episode; call reset() before step().")
        if self.autoreset_mode is AutoresetMode.DISABLED and finished.any():
            raise UserError(
                f"Cars {np.flatnonzero(finished).tolist()} have ended their episodes and autoreset is disabled; "
                "call reset(options={'reset_mask': mask}) before step()."
            )
        world.step(commands, restart=self.autoreset_mode is AutoresetMode.NEXT_STEP)
        result = (world.rewards.astype(np.float64), world.terminated.copy(), world.truncated.copy())
        ended = world.done
        if self.autoreset_mode is AutoresetMode.SAME_STEP and ended.any():
            finals = self._finals(ended)
            world.reset(np.flatnonzero(ended))
            return observe(world), *result, {**self._infos(self._masks), **finals}
        awaits_reset = self.autoreset_mode is AutoresetMode.DISABLED and bool(ended.any())
        return observe(world, retain=awaits_reset), *result, self._infos(self._masks)

    def render(self) -> tuple[ByteArray, ...] | None:
        """The view through each windscreen, N times (480, 640, 3) uint8; None without a render mode."""
        if self.render_mode is None:
            return None
        return tuple(self.world.render(car, PICTURE) for car in range(self.num_envs))

    def _generators(self, seed: int | list[int | None] | None) -> list[np.random.Generator | None]:
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, np.ndarray):
            seed = seed.tolist()  # a number, if it has no dimension
        if isinstance(seed, str) or not isinstance(seed, Sequence):
            shared = whole_number(seed, "The seed")
            return [car_generator(shared, car) for car in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise UserError(f"{len(seed)} seeds were given for {self.num_envs} cars; give one, or one per car.")
        return [None if own is None else seeding.np_random(whole_number(own, "A car's seed"))[0] for own in seed]

    def _reset_mask(self, options: dict[str, Any] | None) -> BoolArray:
        mask = option(options, "reset_mask")
        if mask is None:
            return self._masks
        valid = isinstance(mask, np.ndarray) and mask.dtype == np.bool_ and mask.shape == (self.num_envs,)
        if not valid or not mask.any():
            raise UserError(f"options['reset_mask'] must be a bool array ({self.num_envs},) with a True in it.")
        return np.array(mask, dtype=np.bool_)

    def _finals(self, ended: BoolArray) -> dict[str, Any]:
        """What the cars that ended saw last, by Gymnasium's names for it."""
        observations = peek(self.world)
        final_obs = np.full(self.num_envs, None, dtype=object)
        for car in np.flatnonzero(ended):
            final_obs[car] = deepcopy(row_of(observations, int(car)))
        return {
            "final_obs": final_obs,
            "_final_obs": ended,
            "final_info": _with_masks(describe(self.world), ended),
            "_final_info": ended.copy(),
        }

    def _infos(self, mask: BoolArray) -> dict[str, Any]:
        return _with_masks(describe(self.world), mask)


def _with_masks(infos: dict[str, Any], mask: BoolArray) -> dict[str, Any]:
    """Adds the masks ``_name`` that tell which rows of ``name`` count, also in the dicts among them."""
    inner = {name: _with_masks(values, mask) if isinstance(values, dict) else values for name, values in infos.items()}
    return {**inner, **{f"_{name}": mask for name in infos}}


class LaneFollowingVectorEnv(DrivingVectorEnv):
    """The lane-following task for N cars at once; see ``LaneFollowingEnv`` for spaces, reward and endings."""


def _autoreset_mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        known = ", ".join(known.value for known in AutoresetMode)
        raise UserError(f"Autoreset mode {mode!r} is unknown; choose one of {known}.") from None
