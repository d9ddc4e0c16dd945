"""The adapter that lets Stable-Baselines3 use the feature network."""

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

from agents.learning.network import FeatureNetwork
from agents.learning.start import EncoderStart
from sim.config import EnvConfig


class DrivingFeatures(BaseFeaturesExtractor):
    """Features (B, features_dim) of a dict of "camera", frames (B, C, H, W), and "state".

    Frames arrive unscaled (``normalize_images=False``): the feature network scales them. Where the encoder is frozen,
    features (B, 1, 1, F) arrive in their place, see ``agents.learning.encoded``.
    """

    def __init__(
        self,
        observation_space: spaces.Space[object],
        config: EnvConfig,
        encoder: str,
        start: EncoderStart | None = None,
    ) -> None:
        """Builds the feature network for the camera of ``config``, with the weights of ``start`` where it is given."""
        network = FeatureNetwork(config, encoder)
        super().__init__(observation_space, network.features_dim)
        self.network = network
        self.frozen = start is not None and start.frozen
        if start is not None:
            network.encoder.load_state_dict(start.encoder.state_dict())
            network.encoder.requires_grad_(not start.frozen)

    def forward(self, observations: dict[str, torch.Tensor]) -> torch.Tensor:
        """Features of a batch of observations."""
        camera, state = observations["camera"], observations["state"]
        features: torch.Tensor = (
            self.network.join(camera.flatten(1), state) if self.frozen else self.network(camera, state)
        )
        return features
