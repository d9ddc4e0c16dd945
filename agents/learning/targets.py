"""What a DQN learns from: targets for the values of the actions that were taken."""

from collections.abc import Callable
from typing import Any

import torch
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from torch.nn import functional as F

QFunction = Callable[[Any], torch.Tensor]  # from observations to Q-values (B, actions)


def td_targets(batch: ReplayBufferSamples, online: QFunction, target: QFunction, *, double: bool) -> torch.Tensor:
    """Targets (B, 1) of n-step Q-learning.

    With the n-step return R, its discount g (gamma^n, or less often where an episode ended or the replay did), the
    target network Q' and a = 1 where the episode goes on, 0 where it terminated:
        y = R + a g Q'(s', argmax Q'(s', .))
    With ``double``, the online network Q chooses the action in place of Q' (van Hasselt et al., AAAI 2016).
    """
    assert batch.discounts is not None
    with torch.no_grad():
        following = target(batch.next_observations)
        judges = online(batch.next_observations) if double else following
        next_values = following.gather(1, judges.argmax(dim=1, keepdim=True))
        return batch.rewards + (1.0 - batch.dones) * batch.discounts * next_values


def td_loss(batch: ReplayBufferSamples, online: QFunction, targets: torch.Tensor) -> torch.Tensor:
    """Huber loss of the values of the actions that were taken, summed over the batch."""
    values = online(batch.observations).gather(1, batch.actions)
    return F.smooth_l1_loss(values, targets, reduction="sum")
