"""The network of the agent: frame -> features -> Q-values, in plain PyTorch."""

import torch
from torch import nn

from perception.encoders import make_encoder
from perception.preprocess import to_unit_range
from sim.config import ActionConfig, EnvConfig

HEAD_WIDTH = 128  # hidden units of each stream of the head


class FeatureNetwork(nn.Module):
    """Encodes the newest frames and puts the scaled state of the car beside the features."""

    def __init__(self, config: EnvConfig, encoder: str) -> None:
        """Builds the encoder for the camera of ``config``.

        Raises:
            UserError: unknown encoder, or a camera that is too small for it.
        """
        super().__init__()
        self.config = config
        height, width, channels = config.camera.observation_shape
        self.encoder = make_encoder(encoder, channels, height, width)
        self.uses_state = config.observation == "camera+state"
        scale = 0.5 * torch.tensor([config.actions.speed_limit, config.actions.steering_limit])  # from -2 to 2, then
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
    """Q(steering, speed) = V + A(steering) + B(speed), the mean of A and of B taken off.

    One advantage per command instead of one per pair of commands: whatever is learned of a steering command holds for
    all target speeds. Dueling: Wang et al., ICML 2016; branches: Tavakoli et al., "Action Branching Architectures",
    AAAI 2018, here summed to the value of a pair so that a DQN can choose among pairs.
    """

    def __init__(self, features_dim: int, steering_commands: int, target_speeds: int) -> None:
        """One hidden layer for each stream."""
        super().__init__()
        self.value = _stream(features_dim, 1)
        self.steering = _stream(features_dim, steering_commands)
        self.speed = _stream(features_dim, target_speeds)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Q-values (B, steering commands x target speeds) of features (B, features_dim)."""
        steering, speed = _centered(self.steering(features)), _centered(self.speed(features))
        advantages = (steering[:, :, None] + speed[:, None, :]).flatten(1)
        values: torch.Tensor = self.value(features) + advantages
        return values


def make_head(features_dim: int, actions: ActionConfig) -> DuelingHead:
    """The head that chooses among the commands of ``actions``."""
    return DuelingHead(features_dim, len(actions.steering_commands), len(actions.target_speeds))


def _centered(advantages: torch.Tensor) -> torch.Tensor:
    return advantages - advantages.mean(dim=1, keepdim=True)


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
