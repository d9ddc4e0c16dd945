"""Heads: from features to the Q-values of all actions, in the order of ``sim.actions``: steering first, then speed."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from agents.config import HeadName
from sim.config import ActionConfig
from sim.errors import UserError
from sim.fields import quoted

HEAD_WIDTH = 128  # hidden units of each stream


class QuadraticHead(nn.Module):
    """Q(steering, speed) = V - p (steering - s)^2 + B(speed), with V, p, s and B from the features.

    For steering, the network predicts the best command and how quickly values fall off around it, instead of a value
    for each command. What is learned about one command so carries over to its neighbours, even to those rarely tried.
    Advantages of this form: Gu et al., "Continuous Deep Q-Learning with Model-based Acceleration", ICML 2016; V apart
    from them: Wang et al., "Dueling Network Architectures for Deep Reinforcement Learning", ICML 2016; a branch for
    each command: Tavakoli et al., "Action Branching Architectures", AAAI 2018. Target speeds are few, and in a bend
    too low a speed costs much less than too high a one, which no parabola can express: each has its own value B, less
    the mean of all B.
    """

    def __init__(self, features_dim: int, actions: ActionConfig) -> None:
        """A stream of one hidden layer for the value and for each of the two commands."""
        super().__init__()
        self.value = _stream(features_dim, 1)
        self.steering = _stream(features_dim, 2)
        self.speed = _stream(features_dim, len(actions.target_speeds))
        self.register_buffer("steering_commands", _spread(actions.steering_commands), persistent=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Q-values (B, steering commands x target speeds) of features (B, features_dim)."""
        steering = _parabola(self.steering(features), self.steering_commands)  # type: ignore[arg-type]
        speed = _centered(self.speed(features))
        values: torch.Tensor = self.value(features) + (steering[:, :, None] + speed[:, None, :]).flatten(1)
        return values


class DuelingHead(nn.Module):
    """Q = V + A, the mean of A taken off: Wang et al., ICML 2016."""

    def __init__(self, features_dim: int, actions: ActionConfig) -> None:
        super().__init__()
        self.value = _stream(features_dim, 1)
        self.advantages = _stream(features_dim, _count(actions))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Q-values (B, actions) of features (B, features_dim)."""
        values: torch.Tensor = self.value(features) + _centered(self.advantages(features))
        return values


class LinearHead(nn.Linear):
    """One layer, as in Mnih et al., Nature 518, 2015."""

    def __init__(self, features_dim: int, actions: ActionConfig) -> None:
        super().__init__(features_dim, _count(actions))


HEADS: dict[HeadName, Callable[[int, ActionConfig], nn.Module]] = {
    "quadratic": QuadraticHead,
    "dueling": DuelingHead,
    "linear": LinearHead,
}


def make_head(name: HeadName | str, features_dim: int, actions: ActionConfig) -> nn.Module:
    """Builds a head that chooses among ``actions``.

    Raises:
        UserError: unknown name.
    """
    if name not in HEADS:
        raise UserError(f"Head {quoted(name)} is unknown; choose one of {', '.join(HEADS)}.")
    return HEADS[name](features_dim, actions)


def _parabola(best_and_slope: torch.Tensor, commands: torch.Tensor) -> torch.Tensor:
    """Advantages (B, commands), 0 at the best command, of (B, 2): where that is, and how quickly others fall off."""
    best, slope = best_and_slope[:, :1], best_and_slope[:, 1:]
    advantages: torch.Tensor = -F.softplus(slope - 1.0) * (commands - best) ** 2
    return advantages


def _centered(advantages: torch.Tensor) -> torch.Tensor:
    return advantages - advantages.mean(dim=1, keepdim=True)


def _spread(commands: tuple[float, ...]) -> torch.Tensor:
    """Commands shifted and scaled to the range from -1 to 1."""
    values = torch.tensor(commands, dtype=torch.float32)
    middle, reach = (values.max() + values.min()) / 2.0, (values.max() - values.min()) / 2.0
    return (values - middle) / reach.clamp(min=1e-6)


def _count(actions: ActionConfig) -> int:
    return len(actions.steering_commands) * len(actions.target_speeds)


def _stream(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, HEAD_WIDTH), nn.ReLU(), nn.Linear(HEAD_WIDTH, outputs))
