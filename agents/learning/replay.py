"""A replay that stores each frame once and samples exact n-step transitions.

Each car has its own ring of entries. An entry is a frame and the action taken there; the frame that ends an episode is
an entry without an action. Stacks and next observations are assembled when a batch is sampled, from neighbouring
entries of the same episode, so they are exact at terminations, truncations and automatic resets.
"""

import math
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.buffers import BaseBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from agents.learning.observed import Observed
from sim.errors import UserError
from sim.kernels import allocating_kernel, kernel
from sim.machine import require_memory
from sim.types import IntArray

FIRST, LAST, TERMINAL = 1, 2, 4  # flags of an entry: begins an episode, ends one (no action), ends one for good


class FrameReplay(BaseBuffer):
    """Replay of ``buffer_size`` frames in all, for Stable-Baselines3's off-policy algorithms.

    ``frames`` (cars, entries, H, W, C) are uint8, or float32 where an encoder has turned them into features. Beside the
    frame, an entry holds the state of the car, an action, a reward and flags: ``nbytes`` in all.
    """

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        device: torch.device | str = "cpu",
        n_envs: int = 1,
        optimize_memory_usage: bool = True,
        *,
        stack: int = 1,
        n_steps: int = 1,
        gamma: float = 0.99,
        seed: int = 0,
    ) -> None:
        """Allocates the rings; parameters up to ``optimize_memory_usage``, which is always on, are SB3's.

        The observation space is a Dict of "camera", channels first, and "state". An observation has ``stack`` frames, a
        target ``n_steps`` rewards with the discount ``gamma`` per step; ``seed`` is that of the sampling.

        Raises:
            UserError: the replay would not fit into the memory that is available.
        """
        super().__init__(buffer_size, observation_space, action_space, device, n_envs)
        if self.device.type != "cpu":
            raise UserError(
                f"The replay gives batches on the CPU, but {self.device} is asked for; choose device='cpu'."
            )
        camera: Any = observation_space["camera"]  # type: ignore[index]
        state = observation_space["state"].shape  # type: ignore[index]
        channels, height, width = camera.shape
        frame = (height, width, channels // stack)
        self.entries = max(buffer_size // n_envs, 2)  # per car
        self.capacity = n_envs * self.entries
        self.nbytes = self.capacity * (math.prod(frame) * camera.dtype.itemsize + 4 * state[0] + 8 + 4 + 1)
        require_memory(self.nbytes, "The replay", "choose a smaller buffer or camera")
        self.stack, self.n_steps, self.gamma = stack, n_steps, gamma
        self.random = np.random.default_rng((seed, 2))  # seed itself draws first actions, (seed, 1) later ones
        rings = (n_envs, self.entries)
        self.frames = np.zeros((*rings, *frame), dtype=camera.dtype)
        self._states = np.zeros((*rings, *state), dtype=np.float32)
        self._actions = np.zeros(rings, dtype=np.int64)
        self._rewards = np.zeros(rings, dtype=np.float32)
        self._flags = np.zeros(rings, dtype=np.uint8)
        self._written = np.zeros(n_envs, dtype=np.int64)  # entries written so far, per car
        self._begins = np.ones(n_envs, dtype=np.bool_)  # whether the next entry begins an episode

    @property
    def held(self) -> int:
        """Entries that the car with the most entries has now."""
        return int(min(self._written.max(), self.entries))

    def size(self) -> int:
        """Entries that are held now."""
        return int(np.minimum(self._written, self.entries).sum())

    @property
    def can_be_sampled(self) -> bool:
        """Whether a transition is certainly complete; cars that began in mid-episode must fill a stack first."""
        needed = np.where(self._flags[:, 0] & FIRST, 1, self.stack + 1)
        return bool((self._written > needed).any())

    @property
    def records(self) -> dict[str, NDArray[Any]]:
        """Live arrays of everything but the frames, by name."""
        return {
            "states": self._states,
            "actions": self._actions,
            "rewards": self._rewards,
            "flags": self._flags,
            "written": self._written,
            "begins": self._begins,
        }

    def add(
        self,
        obs: Observed,
        next_obs: Any,
        action: NDArray[Any],
        reward: NDArray[Any],
        done: NDArray[Any],
        infos: list[dict[str, Any]],
    ) -> None:
        """Stores one step of all cars; ``next_obs`` is not needed, it comes as the next step's ``obs``.

        ``infos`` hold the last observation of an ended episode under SB3's "terminal_observation".
        """
        everyone = np.arange(self.n_envs)
        flags = np.where(self._begins, FIRST, 0).astype(np.uint8)
        self._write(everyone, obs, action.reshape(-1), reward, flags)
        finished = np.flatnonzero(done)
        for car in finished:
            cut_short = infos[car].get("TimeLimit.truncated", False)
            last = np.array([LAST if cut_short else LAST | TERMINAL], dtype=np.uint8)
            final = {name: values[None] for name, values in infos[car]["terminal_observation"].items()}
            self._write(np.array([car]), final, np.zeros(1, dtype=np.int64), np.zeros(1), last)
        self._begins = np.asarray(done, dtype=np.bool_).copy()

    def _write(self, cars: IntArray, obs: Observed, actions: Any, rewards: Any, flags: Any) -> None:
        at = self._written[cars] % self.entries
        self.frames[cars, at] = obs["camera"].transpose(0, 2, 3, 1)[..., -self.frames.shape[-1] :]
        self._states[cars, at] = obs["state"]
        self._actions[cars, at], self._rewards[cars, at], self._flags[cars, at] = actions, rewards, flags
        self._written[cars] += 1

    def sample(self, batch_size: int, env: Any = None) -> ReplayBufferSamples:
        """Draws stored transitions uniformly."""
        return self.gather(*self.draw(batch_size))

    def gather(self, cars: IntArray, entries: IntArray) -> ReplayBufferSamples:
        """Assembles the transitions that ``draw`` chose.

        Returns:
            Observations and next observations: "camera" (batch, C x stack, H, W), channels last in memory, which
            convolutions are quicker with, and "state"; actions, n-step returns, terminations and the discount of the
            next value, each (batch, 1).
        """
        count = len(cars)
        returns, discounts = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
        terminal, following = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.int64)
        gamma = np.float32(self.gamma)
        _look_ahead(
            cars, entries, self._written, self._rewards, self._flags, self.n_steps, gamma,
            returns, discounts, terminal, following,
        )  # fmt: skip
        actions = self._actions[cars, entries % self.entries]
        return ReplayBufferSamples(
            observations=self._observations(cars, entries),  # type: ignore[arg-type]  # SB3 says tensors, and means both
            actions=torch.from_numpy(actions[:, None]),
            next_observations=self._observations(cars, following),  # type: ignore[arg-type]
            dones=torch.from_numpy(terminal[:, None]),
            rewards=torch.from_numpy(returns[:, None]),
            discounts=torch.from_numpy(discounts[:, None]),
        )

    def draw(self, batch_size: int) -> tuple[IntArray, IntArray]:
        """Cars and absolute entry numbers of valid transitions; invalid ones are drawn again."""
        if not self.can_be_sampled:
            raise ValueError("No transition is complete yet; the replay cannot be sampled.")
        held = np.minimum(self._written, self.entries)
        cars = np.empty(0, dtype=np.int64)
        entries = np.empty(0, dtype=np.int64)
        while len(cars) < batch_size:
            flat = self.random.integers(held.sum(), size=2 * batch_size)
            car = np.searchsorted(np.cumsum(held), flat, side="right")
            entry = self._written[car] - 1 - (flat - (np.cumsum(held) - held)[car])
            valid = _valid(car, entry, self._written, self._flags, self.stack)
            cars, entries = np.concatenate([cars, car[valid]]), np.concatenate([entries, entry[valid]])
        return cars[:batch_size], entries[:batch_size]

    def _observations(self, cars: IntArray, entries: IntArray) -> dict[str, torch.Tensor]:
        """Observations at absolute entry numbers."""
        height, width, channels = self.frames.shape[2:]
        frames = np.empty((len(cars), height, width, self.stack * channels), dtype=self.frames.dtype)
        gather_stacks(cars, entries, self.frames, self._flags, frames)
        states = torch.from_numpy(self._states[cars, entries % self.entries])
        return {"camera": torch.from_numpy(frames).permute(0, 3, 1, 2), "state": states}

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        raise NotImplementedError("Entries are sampled per car; use sample().")


@allocating_kernel
def _valid(cars, entries, written, flags, stack):
    """Which entries can be sampled: those with an action, a successor, and every frame of their stack still held."""
    valid = np.empty(len(cars), dtype=np.bool_)
    ring = flags.shape[1]
    for k in range(len(cars)):
        car, entry = cars[k], entries[k]
        complete = not flags[car, entry % ring] & LAST and entry + 1 < written[car]
        oldest = max(written[car] - ring, 0)
        for back in range(stack - 1):
            if not complete or flags[car, (entry - back) % ring] & FIRST:
                break
            complete = entry - back - 1 >= oldest
        valid[k] = complete
    return valid


@kernel
def _look_ahead(cars, entries, written, rewards, flags, n_steps, gamma, returns, discounts, terminal, following):
    """n-step return, discount of the value after it, whether that value counts, and at which entry it is.

    Steps end early where the episode ends, or at the newest entry: a shorter return with the discount that fits.
    """
    ring = flags.shape[1]
    for k in range(len(cars)):
        car, entry = cars[k], entries[k]
        total, discount = np.float32(0.0), np.float32(1.0)
        for _ in range(n_steps):
            total += discount * rewards[car, entry % ring]
            discount *= gamma
            entry += 1
            if flags[car, entry % ring] & LAST or entry + 1 >= written[car]:
                break
        returns[k], discounts[k], following[k] = total, discount, entry
        terminal[k] = 1.0 if flags[car, entry % ring] & TERMINAL else 0.0


@kernel
def gather_stacks(cars, entries, frames, flags, out):
    """Fills ``out`` (B, H, W, stack x C): frames before an episode's first are that first frame again."""
    ring, channels, depth = frames.shape[1], frames.shape[4], out.shape[3]
    for k in range(len(cars)):
        car, entry, values = cars[k], entries[k], out[k].reshape(out[k].size)
        for first in range(depth - channels, -1, -channels):
            frame = frames[car, entry % ring]
            _place_frame(frame.reshape(frame.size), values, channels, depth, first)
            if not flags[car, entry % ring] & FIRST:
                entry -= 1


@kernel
def _place_frame(frame, values, channels, depth, first):
    """Writes the ``channels`` of each pixel of a frame to channels ``first`` and on of ``depth``."""
    if channels == depth:
        for i in range(frame.size):
            values[i] = frame[i]
        return
    for pixel in range(frame.size // channels):
        for channel in range(channels):
            values[pixel * depth + first + channel] = frame[pixel * channels + channel]
