"""The network of the agent: frame -> features -> Q-values, in plain PyTorch."""

import torch
from torch import nn

from perception.encoders import keep_channels_last, make_encoder
from perception.preprocess import to_unit_range
from sim.config import EnvConfig
from sim.observation import greatest_state


class FeatureNetwork(nn.Module):
    """Encodes frames and appends the scaled state of the car to the features."""

    def __init__(self, config: EnvConfig, encoder: str) -> None:
        """Builds the encoder for the camera of ``config``.

        Raises:
            UserError: unknown encoder, or a camera that is too small for it.
        """
        super().__init__()
        self.config = config
        height, width, channels = config.camera.observation_shape
        self.encoder = make_encoder(encoder, channels, height, width)
        keep_channels_last(self.encoder)
        self.uses_state = config.observation == "camera+state"
        limits = [config.actions.speed_limit, config.actions.steering_limit, *greatest_state(config)[2:].tolist()]
        scale = 0.5 * torch.tensor(limits)  # from -2 to 2, then
        self.register_buffer("state_scale", scale, persistent=False)
        self.features_dim = self.encoder.features_dim + (len(scale) if self.uses_state else 0)

    def forward(self, frames: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
        """Features (B, features_dim) of frames (B, C, H, W), 0..255, and state (B, 2 or 7) in SI units."""
        return self.join(self.encoder(to_unit_range(frames)), state)

    def join(self, features: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
        """The encoder's features, followed by the scaled state where it is observed."""
        if not self.uses_state:
            return features
        assert state is not None
        return torch.cat([features, state / self.state_scale], dim=1)  # type: ignore[operator]


class DrivingNetwork(nn.Module):
    """Features and head together: what a policy bundle holds."""

    def __init__(self, features: FeatureNetwork, head: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.head = head

    def forward(self, frames: torch.Tensor, state: torch.Tensor | None) -> torch.Tensor:
        """Q-values (B, actions) of frames (B, C, H, W), 0..255, and state (B, 2 or 7) or None."""
        values: torch.Tensor = self.head(self.features(frames, state))
        return values
