"""Explanations of a policy: its attention in a frame, and the lane that its features encode."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from agents.policy import Policy
from perception.preprocess import channels_first, to_unit_range
from perception.probe import Probe, fit_probe
from perception.saliency import saliency
from perception.shards import map_shards
from sim.config import CameraConfig, RoadsConfig
from sim.drivers import NoisyDriver
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import World

PROBE_CARS, PROBE_STEPS = 100, 80  # frames that the probe is fitted to
PROBE_ROADS = RoadsConfig(last_seed=PROBE_CARS - 1, pool_size=PROBE_CARS)  # training roads


@dataclass(frozen=True)
class Explanation:
    """The explanation of one decision."""

    attention: Float32Array  # (H, W), 0..1: how much each place counts for the chosen action
    camera: CameraConfig  # of the frame
    lane: dict[str, float]  # estimates of labels.TARGETS, as a linear probe reads them off the features of the frame
    car_centre: float  # m ahead of the rear axle


class Explainer:
    """Explains what one policy makes of frames.

    Attention is the saliency of the chosen action's Q-value over the mean of all: a place counts if, blurred, it makes
    the choice less or more clear. The mean itself, how good the outlook is, does not choose.
    """

    def __init__(self, policy: Policy) -> None:
        """Explains ``policy``; the probe is fitted when it is first needed, which takes about a second."""
        self.policy = policy

    def explain(self, frames: ByteArray, state: Float32Array) -> Explanation:
        """Explains one observation.

        Args:
            frames: (H, W, C x stack) uint8.
            state: (2,) float32: speed [m/s] and steering angle [rad]; in towns (7,), see ``sim.navigator``.
        """
        config = self.policy.config
        action = int(self.policy.q_values(frames[None], state[None])[0].argmax())
        known = self.policy.known_state(state[None])

        def lead(spoilt: torch.Tensor) -> torch.Tensor:
            return torch.cat(map_shards(lambda part: self._lead(spoilt[part], known, action), len(spoilt)))

        return Explanation(
            attention=saliency(lead, channels_first(frames[None])[0]),
            camera=config.camera,
            lane=self.read_lane(frames),
            car_centre=config.vehicle.l_r,
        )

    def read_lane(self, frames: ByteArray) -> dict[str, float]:
        """Estimates of ``labels.TARGETS``, as the probe reads them off the features of frames (H, W, C x stack)."""
        return self._probe.lane(self._features(frames[None])[0])

    def _lead(self, frames: torch.Tensor, known: Float32Array | None, action: int) -> torch.Tensor:
        """Q-value of ``action`` over the mean of all, (B,)."""
        with torch.inference_mode():
            state = None if known is None else torch.from_numpy(known).expand(len(frames), -1)
            values: torch.Tensor = self.policy.network(frames, state)
            return values[:, action] - values.mean(dim=1)

    def _features(self, frames: ByteArray) -> Float32Array:
        """Features (N, features_dim) of the encoder alone, of frames (N, H, W, C x stack)."""

        def encode(part: slice) -> Float32Array:
            with torch.inference_mode():
                encoder = self.policy.network.features.encoder
                return np.asarray(encoder(to_unit_range(channels_first(frames[part]))).numpy())

        return np.concatenate(map_shards(encode, len(frames)))

    @cached_property
    def _probe(self) -> Probe:
        """Fitted to frames of training roads, driven by a driver who often leaves the lane's centre."""
        world = World(dataclasses.replace(self.policy.config, roads=PROBE_ROADS), PROBE_CARS)
        world.seed(list(range(PROBE_CARS)))
        world.reset()
        driver = NoisyDriver()
        features, truth = [], []
        for _ in range(PROBE_STEPS):
            features.append(self._features(world.frames))
            truth.append(_truth(world))
            world.step(driver.commands(world), restart=True)
        return fit_probe(np.concatenate(features), np.concatenate(truth))


def _truth(world: World) -> FloatArray:
    """True values of ``labels.TARGETS`` for each car, (N, targets)."""
    telemetry = world.telemetry
    return np.column_stack(
        [telemetry.lateral_offset, telemetry.heading_error, telemetry.curvature_ahead, world.lane_width]
    )
