"""The adapter that lets Stable-Baselines3 use the feature network."""

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

from agents.network import FeatureNetwork
from sim.config import EnvConfig


class DrivingFeatures(BaseFeaturesExtractor):
    """Features (B, features_dim) of frames (B, C, H, W), or of a dict of "camera" and "state".

    Frames arrive unscaled (``normalize_images=False``): the feature network scales them.
    """

    def __init__(self, observation_space: spaces.Space[object], config: EnvConfig, encoder: str) -> None:
        """Builds the feature network for the camera of ``config``."""
        network = FeatureNetwork(config, encoder)
        super().__init__(observation_space, network.features_dim)
        self.network = network

    def forward(self, observations: torch.Tensor | dict[str, torch.Tensor]) -> torch.Tensor:
        """Features of a batch of observations."""
        if isinstance(observations, dict):
            features: torch.Tensor = self.network(observations["camera"], observations["state"])
        else:
            features = self.network(observations, None)
        return features
