"""DQN for driving: Stable-Baselines3's class with the parts replaced where it falls short.

Deviations from Mnih et al. 2015, each with its reason:

- Double targets (van Hasselt et al. 2016): the online network chooses the next action, the target network rates it,
  which keeps values from growing too large.
- Dueling head (Wang et al. 2016): on a straight, most actions are as good as each other; V is learned from all of them.
- One advantage per steering command and one per target speed, added (after Tavakoli et al. 2018): with one per pair,
  learners got stuck on the few pairs that they had found first.
- Advantage learning (Bellemare et al., "Increasing the Action Gap", AAAI 2016): ten decisions a second make the best
  and the next best action worth almost the same; widening the gap keeps errors from swapping them.
- n-step returns (Sutton 1988; Hessel et al. 2018): a bend's consequence comes steps later.
- Exploration is drawn for each car; SB3 2.9 flips one coin for all, so that with 64 cars whole steps are random.
- Exploration and step size fall with the number of frames seen, and the target network is copied every so many
  updates: all are absolute, so none depends on the number of cars nor on the planned length of the run.
- Adam and Huber loss as in SB3; rewards are not clipped, they are bounded by the task.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch.nn import functional as F

from agents.features import DrivingFeatures
from agents.network import DrivingNetwork, DuelingHead, make_head


@dataclass(frozen=True)
class Schedule:
    """A value that goes linearly from ``initial`` to ``final`` over ``frames`` frames and stays there."""

    initial: float
    final: float
    frames: int

    def value(self, frames_seen: int) -> float:
        """The value after ``frames_seen`` frames."""
        share = min(frames_seen / self.frames, 1.0)
        return self.initial + share * (self.final - self.initial)


class DuelingPolicy(DQNPolicy):
    """SB3's DQN policy with a dueling head in place of its multi-layer perceptron."""

    def make_q_net(self) -> QNetwork:
        """A Q-network; called once for the online and once for the target network."""
        network = super().make_q_net()
        commands = cast(DrivingFeatures, network.features_extractor).network.config.actions
        network.q_net = make_head(network.features_dim, commands)  # type: ignore[assignment]
        return network.to(self.device)


class DrivingDQN(DQN):
    """DQN with double targets, per-car exploration and absolute schedules."""

    def __init__(
        self,
        *args: Any,
        exploration: Schedule,
        step_size: Schedule,
        target_update_updates: int,
        action_gap: float = 0.0,
        **kwargs: Any,
    ) -> None:
        """Takes SB3's arguments and four of its own.

        Args:
            args: SB3's; ``learning_rate`` is not among them.
            exploration: Share of random actions.
            step_size: Learning rate of Adam.
            target_update_updates: The target network is copied every so many gradient updates.
            action_gap: Share of its distance from the best action that is taken off an action's target.
            kwargs: SB3's.
        """
        self.exploration, self.step_size = exploration, step_size
        self.target_update_updates, self.action_gap = target_update_updates, action_gap
        super().__init__(*args, **{**kwargs, "learning_rate": step_size.initial})
        self._action_random = np.random.default_rng(self.seed)

    def driving_network(self) -> DrivingNetwork:
        """The online network in plain PyTorch, sharing its weights."""
        extractor = cast(Any, self.q_net.features_extractor)
        return DrivingNetwork(extractor.network, cast(DuelingHead, self.q_net.q_net))

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions (N,); without ``deterministic``, each car's is random with the current exploration rate."""
        actions, state = self.policy.predict(observation, state, episode_start, deterministic=True)
        if deterministic:
            return actions, state
        count = len(actions)
        explores = self._action_random.random(count) < self.exploration_rate
        drawn = self._action_random.integers(int(self.action_space.n), size=count)  # type: ignore[attr-defined]
        return np.where(explores, drawn, actions), state

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Updates the network ``gradient_steps`` times."""
        self.policy.set_training_mode(True)
        for group in self.policy.optimizer.param_groups:
            group["lr"] = self.step_size.value(self.num_timesteps)
        losses = []
        for _ in range(gradient_steps):
            loss = self._update(batch_size)
            losses.append(loss)
            self._n_updates += 1
            if self._n_updates % self.target_update_updates == 0:
                self.q_net_target.load_state_dict(self.q_net.state_dict())
        self.logger.record("train/n_updates", self._n_updates)
        self.logger.record("train/loss", float(np.mean(losses)))

    def _update(self, batch_size: int) -> float:
        assert self.replay_buffer is not None
        batch = self.replay_buffer.sample(batch_size)
        assert batch.discounts is not None
        with torch.no_grad():
            best = self.q_net(batch.next_observations).argmax(dim=1, keepdim=True)
            next_values = self.q_net_target(batch.next_observations).gather(1, best)
            targets = batch.rewards + (1.0 - batch.dones) * batch.discounts * next_values
            rated = self.q_net_target(batch.observations)
            targets -= self.action_gap * (rated.max(dim=1, keepdim=True).values - rated.gather(1, batch.actions))
        values = self.q_net(batch.observations).gather(1, batch.actions)
        loss = F.smooth_l1_loss(values, targets)
        self.policy.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        return float(loss.item())

    def _on_step(self) -> None:
        self.exploration_rate = self.exploration.value(self.num_timesteps)
        self.logger.record("rollout/exploration_rate", self.exploration_rate)

    def _store_transition(
        self, replay_buffer: Any, buffer_action: Any, new_obs: Any, reward: Any, dones: Any, infos: Any
    ) -> None:
        """Hands the step to the replay as it is: SB3 would copy all observations to put the final ones in."""
        replay_buffer.add(self._last_obs, new_obs, buffer_action, reward, dones, infos)
        self._last_obs = new_obs
