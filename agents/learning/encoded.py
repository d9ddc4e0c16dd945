"""Cars whose frames are encoded once, when they are rendered, by a frozen encoder."""

from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.learning.vec_env import DashcamVecEnv
from perception.encoders import Encoder
from perception.preprocess import to_unit_range
from perception.shards import map_shards
from sim.types import Float32Array


class EncodedVecEnv(VecEnvWrapper):
    """The cars of a ``DashcamVecEnv``; "camera" holds features (N, 1, 1, features_dim) float32 in place of frames.

    To a replay they are frames of one channel and one row: it keeps them instead of pixels, and the learner never runs
    the encoder again.
    """

    def __init__(self, cars: DashcamVecEnv, encoder: Encoder) -> None:
        """Encodes what ``cars`` see with ``encoder``, which must fit their camera."""
        self.encoder = encoder
        super().__init__(cars, _encoded_space(cars.observation_space, encoder.features_dim))

    def reset(self) -> Any:
        """First observations of new episodes."""
        return self._encode(self.venv.reset())

    def observations(self) -> Any:
        """A copy of the newest observations."""
        return self._encode(cast(DashcamVecEnv, self.venv).observations())

    def step_wait(self) -> Any:
        """Drives for one control step; the last observations of ended episodes are encoded too."""
        observations, rewards, dones, infos = self.venv.step_wait()
        finished = np.flatnonzero(dones)
        if len(finished) > 0:
            finals = self._encode(_stack([infos[car]["terminal_observation"] for car in finished]))
            for row, car in enumerate(finished):
                infos[car]["terminal_observation"] = _row(finals, row)
        return self._encode(observations), rewards, dones, infos

    def _encode(self, observations: Any) -> Any:
        if isinstance(observations, dict):
            return {**observations, "camera": self._encode(observations["camera"])}

        def encode(part: slice) -> Float32Array:
            with torch.inference_mode():
                features = self.encoder(to_unit_range(torch.from_numpy(observations[part])))
            return np.asarray(features.numpy())

        return np.concatenate(map_shards(encode, len(observations)))[:, None, None, :]


def _encoded_space(space: spaces.Space[Any], features_dim: int) -> spaces.Space[Any]:
    if isinstance(space, spaces.Dict):
        return spaces.Dict({**space, "camera": _encoded_space(space["camera"], features_dim)})
    return spaces.Box(-np.inf, np.inf, (1, 1, features_dim), np.float32)


def _stack(observations: list[Any]) -> Any:
    if isinstance(observations[0], dict):
        return {name: np.stack([item[name] for item in observations]) for name in observations[0]}
    return np.stack(observations)


def _row(observations: Any, row: int) -> Any:
    if isinstance(observations, dict):
        return {name: values[row] for name, values in observations.items()}
    return observations[row]
