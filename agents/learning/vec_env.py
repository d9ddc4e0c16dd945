"""The world as a vectorised environment of Stable-Baselines3: channels first, automatic resets, few infos."""

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from agents.learning.errors import NonFiniteError
from agents.learning.observed import Observed, observed_space, row_of
from sim.actions import ActionDecoder, action_space
from sim.config import CONTROL_PERIOD, EnvConfig, TaskConfig
from sim.seeds import car_generator
from sim.types import ByteArray
from sim.world import ENDINGS, World

MOST_STEPS = 10_000  # of an episode; longer ones cannot be replayed


class ActionLog:
    """The actions of the running episodes of N cars, to replay them; it takes up memory as episodes grow longer."""

    def __init__(self, num_cars: int, task: TaskConfig) -> None:
        """Has room for the longest episodes of ``task``."""
        longest = round(min(task.time_limit_s / CONTROL_PERIOD, MOST_STEPS))
        self._actions = np.zeros((longest, num_cars), dtype=np.int16)  # 1 above the action, 0 where none is known
        self._cars = np.arange(num_cars)

    def add(self, actions: NDArray[np.int64], ages: NDArray[np.int64]) -> None:
        """Stores the ``actions`` (N,) of cars whose episodes have lasted ``ages`` (N,) steps."""
        self._actions[np.minimum(ages, len(self._actions) - 1), self._cars] = actions + 1

    def actions(self, car: int, steps: int) -> NDArray[np.int16] | None:
        """The first ``steps`` actions of a car's episode, int16; None where they are not all known."""
        known = self._actions[:steps, car]
        return known - np.int16(1) if len(known) == steps and known.all() else None


class DashcamVecEnv(VecEnv):
    """N cars for Stable-Baselines3.

    Observations are views with the channels first, which PyTorch takes for its channels-last format, so nothing moves
    in memory. Later steps leave them as they are, because the learner needs the observation before the step, too. Only
    finished cars have an info of their own; all others share an empty one.

    Car i draws from ``generators[i]``; ``returns`` and ``lengths`` (N,) are those of the running episodes.
    """

    render_mode = None

    def __init__(self, config: EnvConfig, num_envs: int) -> None:
        self.config = config
        self.world = World(config, num_envs, keep_frames=True)
        self._decode = ActionDecoder(config.actions, continuous=config.continuous, num_cars=num_envs)
        self._actions: Any = None
        self.generators = [np.random.default_rng() for _ in range(num_envs)]
        self.returns = np.zeros(num_envs)
        self.lengths = np.zeros(num_envs, dtype=np.int64)
        self.action_log = ActionLog(num_envs, config.task)
        actions = action_space(config.actions, continuous=config.continuous)
        space = observed_space(config)
        self._state_size = space["state"].shape[0]  # type: ignore[index]
        super().__init__(num_envs, space, actions)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Gives each car the child of ``seed`` with its number, from the next reset on; SB3's would get seed + i."""
        chosen = secrets.randbits(32) if seed is None else seed
        self.generators = [car_generator(chosen, car) for car in range(self.num_envs)]
        return [chosen] * self.num_envs

    def reset(self) -> Observed:
        """First observations of new episodes."""
        for car, generator in enumerate(self.generators):
            self.world.set_generator(car, generator)
        self.world.reset()
        self.returns[:] = 0.0
        self.lengths[:] = 0
        return self.observations()

    def observations(self) -> Observed:
        """The newest observations, to keep."""
        return self._observed(self.world.hand_out())

    def _observed(self, frames: ByteArray) -> Observed:
        return {"camera": frames.transpose(0, 3, 1, 2), "state": self.world.vehicle_state[:, : self._state_size]}

    def step_async(self, actions: Any) -> None:
        """Takes the actions (N,) of the next step."""
        self._actions = actions

    def step_wait(self) -> tuple[Observed, Any, Any, list[dict[str, Any]]]:
        """Drives for one control step; cars whose episode ended are reset within it.

        Raises:
            NonFiniteError: a reward, or where a car is, is not finite.
        """
        world = self.world
        world.step(self._decode(self._actions, world.telemetry.steering_angle))
        self.action_log.add(self._actions, self.lengths)
        self.returns += world.rewards
        self.lengths += 1
        self._require_finite()
        rewards, dones = world.rewards.copy(), world.done
        infos: list[dict[str, Any]] = [_NO_INFO] * self.num_envs
        finished = np.flatnonzero(dones)
        if len(finished) > 0:
            final = self._observed(world.frames)
            for car in finished:
                infos[car] = self._final_info(final, int(car))
            self.returns[finished] = 0.0
            self.lengths[finished] = 0
            world.reset(finished)
        return self.observations(), rewards, dones, infos

    def _require_finite(self) -> None:
        """Checks, before anything is reset, the numbers that all others follow from."""
        world, now = self.world, self.world.telemetry
        for name, values in (("state", now.x + now.y + now.heading + now.speed), ("reward", world.rewards)):
            if not np.isfinite(values).all():
                car = int(np.flatnonzero(~np.isfinite(values))[0])
                where = f"in step {self.lengths[car]} of its episode on road {world.road_seeds[car]}"
                raise NonFiniteError(f"The {name} of car {car} was no longer finite {where}.", car)

    def _final_info(self, observations: Observed, car: int) -> dict[str, Any]:
        """What SB3 reads of an ended episode, under its names."""
        world = self.world
        return {
            "terminal_observation": row_of(observations, car),
            "TimeLimit.truncated": bool(world.truncated[car] and not world.terminated[car]),
            "episode": {"r": float(self.returns[car]), "l": int(self.lengths[car])},
            "ended_by": ENDINGS[world.ended_by[car]],
        }

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The same attribute for every chosen car."""
        return [getattr(self, attr_name)] * len(self._indices(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """All cars share one world, so attributes are set for all."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Cars have no environments of their own.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"The cars share one world, which has no method {method_name} for a single car.")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No car is wrapped."""
        return [False] * len(self._indices(indices))

    def _indices(self, indices: Any) -> range | Sequence[int]:
        return range(self.num_envs) if indices is None else np.atleast_1d(indices).tolist()


_NO_INFO: dict[str, Any] = {}
