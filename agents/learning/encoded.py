"""Cars whose frames are encoded once, when they are rendered, by a frozen encoder."""

from typing import Any, cast

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.learning.observed import Observed, row_of
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
        features = spaces.Box(-np.inf, np.inf, (1, 1, encoder.features_dim), np.float32)
        super().__init__(cars, spaces.Dict({**cast(spaces.Dict, cars.observation_space), "camera": features}))

    def reset(self) -> Any:
        """First observations of new episodes."""
        return self._encode(cast(DashcamVecEnv, self.venv).reset())

    def observations(self) -> Observed:
        """The newest observations, to keep."""
        return self._encode(cast(DashcamVecEnv, self.venv).observations())

    def step_wait(self) -> Any:
        """Drives for one control step; the last observations of ended episodes are encoded too."""
        observations, rewards, dones, infos = cast(DashcamVecEnv, self.venv).step_wait()
        finished = np.flatnonzero(dones)
        if len(finished) > 0:
            finals = [infos[car]["terminal_observation"] for car in finished]
            encoded = self._encode({name: np.stack([final[name] for final in finals]) for name in observations})
            for row, car in enumerate(finished):
                infos[car]["terminal_observation"] = row_of(encoded, row)
        return self._encode(observations), rewards, dones, infos

    def _encode(self, observations: Observed) -> Observed:
        frames = observations["camera"]

        def encode(part: slice) -> Float32Array:
            with torch.inference_mode():
                features = self.encoder(to_unit_range(torch.from_numpy(frames[part])))
            return np.asarray(features.numpy())

        features = np.concatenate(map_shards(encode, len(frames)))
        return {**observations, "camera": features[:, None, None, :]}
