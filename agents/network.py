"""The network of the agent: frame -> features -> Q-values, in plain PyTorch."""

import torch
from torch import nn

from perception.encoders import make_encoder
from perception.preprocess import to_unit_range
from sim.config import EnvConfig
from sim.observation import state_scale

HEAD_WIDTH = 128  # hidden units of each stream of the head


class FeatureNetwork(nn.Module):
    """Encodes the newest frames and puts the scaled state of the car beside the features."""

    def __init__(self, config: EnvConfig, encoder: str) -> None:
        """Builds the encoder for the camera of ``config``.

        Raises:
            UserError: unknown encoder, or a camera that is too small for it.
        """
        super().__init__()
        height, width, channels = config.camera.observation_shape
        self.encoder = make_encoder(encoder, channels, height, width)
        self.uses_state = config.observation == "camera+state"
        scale = torch.tensor(state_scale(config))
        self.register_buffer("state_scale", scale, persistent=False)
        self.features_dim = self.encoder.features_dim + (len(scale) if self.uses_state else 0)

    def forward(self, frames: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
        """Features (B, features_dim) of frames (B, C, H, W), 0..255, and state (B, 2) in SI units."""
        features: torch.Tensor = self.encoder(to_unit_range(frames))
        if not self.uses_state:
            return features
        assert state is not None
        return torch.cat([features, state / self.state_scale], dim=1)  # type: ignore[operator]


class DuelingHead(nn.Module):
    """Q(a) = V + A(a) - mean A (Wang et al., "Dueling Network Architectures", ICML 2016)."""

    def __init__(self, features_dim: int, num_actions: int) -> None:
        """One hidden layer for each of the two streams."""
        super().__init__()
        self.value = _stream(features_dim, 1)
        self.advantage = _stream(features_dim, num_actions)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Q-values (B, actions) of features (B, features_dim)."""
        advantage: torch.Tensor = self.advantage(features)
        value: torch.Tensor = self.value(features)
        return value + advantage - advantage.mean(dim=1, keepdim=True)


class DrivingNetwork(nn.Module):
    """Features and head together: what a policy bundle holds."""

    def __init__(self, features: FeatureNetwork, head: DuelingHead) -> None:
        """Joins the two."""
        super().__init__()
        self.features = features
        self.head = head

    def forward(self, frames: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
        """Q-values (B, actions) of frames (B, C, H, W), 0..255, and state (B, 2) or None."""
        values: torch.Tensor = self.head(self.features(frames, state))
        return values


def _stream(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, HEAD_WIDTH), nn.ReLU(), nn.Linear(HEAD_WIDTH, outputs))
