"""DQN for driving: Stable-Baselines3's DQN with some parts replaced.

Deviations from Mnih et al. 2015, each with its reason; tools/studies/ablation.py removes them one at a time:

- Dueling head (Wang et al. 2016) with a parabola over steering commands (after Gu et al. 2016): what is learned about
  one command carries over to its neighbours.
- n-step returns (Sutton 1988; Hessel et al. 2018): the consequences of a bend show several steps later.
- A target network that moves slightly towards the online one after every update (Lillicrap et al. 2016), instead of
  being copied now and then. It drives in the end: as an average over many updates, it is steadier than the last one.
- Each car explores on its own; SB3 2.9 draws once for all cars, so that with 128 cars entire steps are random.
- Exploration and step size fall with the frames seen, and the target network moves with the updates made, so none of
  them depends on the number of cars or on the planned length of the run.
- Adam and Huber loss as in SB3; rewards are not clipped, since the task bounds them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.type_aliases import ReplayBufferSamples, RolloutReturn
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch.nn import functional as F

from agents.config import HeadName
from agents.learning.errors import NonFiniteError
from agents.learning.features import DrivingFeatures
from agents.learning.heads import make_head
from agents.learning.network import DrivingNetwork
from agents.learning.observed import Observed
from agents.learning.replay import FrameReplay
from agents.learning.sb3_private import OpenDQN
from agents.learning.vec_env import DashcamVecEnv
from perception.shards import map_shards, set_gradients

RATE = "rate"  # of a group of parameters: its share of the step size


@dataclass(frozen=True)
class Schedule:
    """A value that changes linearly from ``initial`` to ``final`` over ``frames`` frames, and then stays."""

    initial: float
    final: float
    frames: int

    def value(self, frames_seen: int) -> float:
        """The value after ``frames_seen`` frames."""
        share = min(frames_seen / self.frames, 1.0)
        return self.initial + share * (self.final - self.initial)


class DrivingPolicy(DQNPolicy):
    """SB3's DQN policy with one of our heads in place of its multi-layer perceptron."""

    def __init__(self, *args: Any, head: HeadName, encoder_rate: float = 1.0, **kwargs: Any) -> None:
        """Takes SB3's arguments, the name of the head, and the share of the step size that the encoder learns with."""
        self.head = head
        super().__init__(*args, **kwargs)
        groups = [
            {"params": list(driving_network(self.q_net).features.encoder.parameters()), RATE: encoder_rate},
            {"params": list(self.q_net.q_net.parameters()), RATE: 1.0},
        ]
        rate = self.optimizer.param_groups[0]["lr"]
        self.optimizer = self.optimizer_class(groups, lr=rate, **self.optimizer_kwargs)  # type: ignore[call-arg]

    def make_q_net(self) -> QNetwork:
        """A Q-network; called once for the online and once for the target network."""
        network = super().make_q_net()
        commands = cast(DrivingFeatures, network.features_extractor).network.config.actions
        network.q_net = make_head(self.head, network.features_dim, commands)  # type: ignore[assignment]
        return network.to(self.device)


class DrivingDQN(OpenDQN):
    """DQN with per-car exploration, absolute schedules, and a target network that follows after each update."""

    def __init__(
        self,
        *args: Any,
        exploration: Schedule,
        step_size: Schedule,
        target_update_updates: int,
        share_updates: bool = True,
        **kwargs: Any,
    ) -> None:
        """Takes SB3's arguments but ``learning_rate``, and four of its own.

        The share of random actions follows ``exploration``, the learning rate ``step_size``. The target network follows
        after every ``target_update_updates`` updates, by SB3's ``tau``. With ``share_updates``, two threads share an
        update; a head alone is faster on one.
        """
        self.exploration, self.step_size = exploration, step_size
        self.target_update_updates, self.share_updates = target_update_updates, share_updates
        super().__init__(*args, **{**kwargs, "learning_rate": step_size.initial})
        self.may_continue: Callable[[], bool] = lambda: True
        self.updates = 0
        self.action_random = np.random.default_rng((self.seed or 0, 1))  # (seed, 2) draws from the replay
        self._online = _trainable(self.q_net)
        self._target = _trainable(self.q_net_target)

    @property
    def replay(self) -> FrameReplay:
        """The replay that it learns from."""
        return cast(FrameReplay, self.replay_buffer)

    @property
    def cars(self) -> DashcamVecEnv:
        """The cars that it drives."""
        assert self.env is not None
        return cast(DashcamVecEnv, self.env.unwrapped)

    def driving_network(self) -> DrivingNetwork:
        """The network that drives, the target network, in plain PyTorch, sharing its weights."""
        return driving_network(self.q_net_target)

    def collect_rollouts(self, env: VecEnv, callback: BaseCallback, *args: Any, **kwargs: Any) -> RolloutReturn:
        """Steps all cars once, unless ``may_continue`` ends learning here.

        Between two steps nothing is half done, so this is where checkpoints are written and resumed from.

        Raises:
            NonFiniteError: an observation is not finite.
        """
        if not self.may_continue():
            return RolloutReturn(0, 0, continue_training=False)
        callback.on_rollout_start()
        actions = self._next_actions(env.num_envs)
        observations, rewards, dones, infos = env.step(actions)
        self.num_timesteps += env.num_envs
        callback.update_locals(locals())
        if not callback.on_step():
            return RolloutReturn(env.num_envs, 0, continue_training=False)
        _require_finite(cast(Observed, observations))
        self.replay.add(self.observations, observations, actions, rewards, dones, infos)
        self.observations = observations
        self.exploration_rate = self.exploration.value(self.num_timesteps)
        self.logger.record("rollout/exploration_rate", self.exploration_rate)
        callback.on_rollout_end()
        return RolloutReturn(env.num_envs, int(np.sum(dones)), continue_training=True)

    def _next_actions(self, count: int) -> NDArray[np.int64]:
        if self.num_timesteps < self.learning_starts:
            return np.array([self.action_space.sample() for _ in range(count)])
        return np.asarray(self.predict(self.observations)[0])

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions (N,) of the online network; without ``deterministic``, some are random at the exploration rate.

        Scores are those of ``driving_network``, which is steadier.
        """
        actions = self._best_actions(observation)
        if deterministic:
            return actions, state
        explores = self.draw_explorers(len(actions))
        drawn = self.action_random.integers(int(self.action_space.n), size=len(actions))  # type: ignore[attr-defined]
        return np.where(explores, drawn, actions), state

    def draw_explorers(self, count: int) -> NDArray[np.bool_]:
        """Which of ``count`` cars act randomly in this step, (count,)."""
        return self.action_random.random(count) < self.exploration_rate

    def _best_actions(self, observations: Observed) -> NDArray[np.int64]:
        tensors = {name: torch.from_numpy(values) for name, values in observations.items()}

        def choose(part: slice) -> torch.Tensor:
            with torch.inference_mode():
                values: torch.Tensor = self.q_net({name: tensor[part] for name, tensor in tensors.items()})
            return values.argmax(dim=1)

        return torch.cat(map_shards(choose, len(tensors["camera"]))).numpy()

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Updates the network ``gradient_steps`` times.

        A learner that resumes without its replay collects as many frames as at the start before it updates.

        Raises:
            NonFiniteError: a loss or a gradient is not finite.
        """
        replay = self.replay
        if replay.size() < min(self.learning_starts, replay.capacity) or not replay.can_be_sampled:
            return
        for group in self.policy.optimizer.param_groups:
            group["lr"] = group[RATE] * self.step_size.value(self.num_timesteps)
        losses = [self.update(batch_size) for _ in range(gradient_steps)]
        self.logger.record("train/n_updates", self.updates)
        self.logger.record("train/loss", float(np.mean(losses)))

    def update(self, batch_size: int) -> float:
        """Makes one optimiser step on a batch, whose shards' gradients are summed; returns the mean loss.

        Raises:
            NonFiniteError: the loss or a gradient is not finite.
        """
        cars, entries = self.replay.draw(batch_size)

        def gradients(part: slice) -> tuple[float, tuple[torch.Tensor, ...]]:
            return self.gradients(self.replay.gather(cars[part], entries[part]))

        shards = map_shards(gradients, batch_size) if self.share_updates else [gradients(slice(None))]
        set_gradients(self._online, [some for _, some in shards], batch_size)
        loss = sum(part for part, _ in shards) / batch_size
        norm = float(torch.nn.utils.clip_grad_norm_(self._online, self.max_grad_norm))
        if not np.isfinite(loss + norm):
            raise NonFiniteError(
                f"Learning diverged in update {self.updates + 1}: loss {loss}, gradient norm {norm}; "
                "lower learning_rate or target_rate."
            )
        self.policy.optimizer.step()
        self.updates += 1
        self.follow()
        return loss

    def gradients(self, batch: ReplayBufferSamples) -> tuple[float, tuple[torch.Tensor, ...]]:
        """The Huber loss summed over a batch, and its gradient for every trainable parameter."""
        targets = self.targets(batch)
        values = self.q_net(batch.observations).gather(1, batch.actions)
        loss = F.smooth_l1_loss(values, targets, reduction="sum")
        return float(loss.item()), torch.autograd.grad(loss, self._online)

    def targets(self, batch: ReplayBufferSamples) -> torch.Tensor:
        """Targets (B, 1) of n-step Q-learning.

        With the n-step return R, its discount g (gamma^n, or a lower power where the episode or the replay ended), and
        a = 0 where the episode terminated, else 1:
            y = R + a g V(s')
        """
        assert batch.discounts is not None
        with torch.no_grad():
            return batch.rewards + (1.0 - batch.dones) * batch.discounts * self.next_values(batch.next_observations)

    def next_values(self, observations: Any) -> torch.Tensor:
        """Values V (B, 1) of the next observations: the highest Q-value of the target network."""
        values: torch.Tensor = self.q_net_target(observations)
        return values.max(dim=1, keepdim=True).values

    def follow(self) -> None:
        """Moves the target network towards the online one, if it is time."""
        if self.updates % self.target_update_updates == 0:
            with torch.no_grad():
                torch._foreach_lerp_(self._target, self._online, self.tau)

    def require_finite_weights(self) -> None:
        """Checks that all weights of both networks are finite.

        Raises:
            NonFiniteError: a weight is not finite.
        """
        if not all(bool(weights.isfinite().all()) for weights in (*self._online, *self._target)):
            raise NonFiniteError("A weight was no longer finite; lower learning_rate.")


def driving_network(network: QNetwork) -> DrivingNetwork:
    """A Q-network of SB3's in plain PyTorch, sharing its weights."""
    return DrivingNetwork(cast(DrivingFeatures, network.features_extractor).network, network.q_net)


def _trainable(network: torch.nn.Module) -> list[torch.Tensor]:
    """Parameters that learn: all but those of a frozen encoder."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def _require_finite(observations: Observed) -> None:
    """Checks features and states; the environment checks the rest."""
    for name, values in observations.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            car = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise NonFiniteError(f"The observation {name} of car {car} was no longer finite.", car)
