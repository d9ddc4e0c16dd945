"""DQN for driving: Stable-Baselines3's class with the parts replaced where it falls short.

Deviations from Mnih et al. 2015, each with its reason; tools/studies/ablation.py takes them out one at a time:

- Dueling head (Wang et al. 2016) with a parabola over steering commands (after Gu et al. 2016): what is learned of one
  command holds for its neighbours.
- n-step returns (Sutton 1988; Hessel et al. 2018): a bend's consequence comes steps later.
- A target network that follows the online one a little after every update (Lillicrap et al. 2016), in place of a copy
  now and then. It is the one that drives in the end: an average over many updates does not swing as the last one does.
- Exploration is drawn for each car; SB3 2.9 flips one coin for all, so that with 128 cars whole steps are random.
- Exploration and step size fall with the number of frames seen, and the target network moves with the number of
  updates: all are absolute, so none depends on the number of cars nor on the planned length of the run.
- Adam and Huber loss as in SB3; rewards are not clipped, they are bounded by the task.

Double targets (van Hasselt et al. 2016: the online network chooses the next action, the target network rates it) are an
option. They make no difference here, where the target network is an average, and cost a forward pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.type_aliases import GymEnv, ReplayBufferSamples, RolloutReturn
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork

from agents.config import HeadName
from agents.learning.divergence import DivergenceError
from agents.learning.features import DrivingFeatures
from agents.learning.heads import make_head
from agents.learning.network import DrivingNetwork
from agents.learning.replay import FrameReplay
from agents.learning.targets import td_loss, td_targets
from perception.shards import map_shards, set_gradients

RATE = "rate"  # of a group of parameters: its share of the step size


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


class DrivingPolicy(DQNPolicy):
    """SB3's DQN policy with one of our heads in place of its multi-layer perceptron."""

    def __init__(self, *args: Any, head: HeadName, encoder_rate: float = 1.0, **kwargs: Any) -> None:
        """Takes SB3's arguments, the name of the head, and the share of the step size that the encoder learns with."""
        self.head, self.encoder_rate = head, encoder_rate
        super().__init__(*args, **kwargs)

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)
        encoder = list(cast(Any, self.q_net.features_extractor).network.encoder.parameters())
        groups = [
            {"params": encoder, RATE: self.encoder_rate},
            {"params": list(self.q_net.q_net.parameters()), RATE: 1.0},
        ]
        self.optimizer = self.optimizer_class(groups, lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    def make_q_net(self) -> QNetwork:
        """A Q-network; called once for the online and once for the target network."""
        network = super().make_q_net()
        commands = cast(DrivingFeatures, network.features_extractor).network.config.actions
        network.q_net = make_head(self.head, network.features_dim, commands)  # type: ignore[assignment]
        return network.to(self.device)


class DrivingDQN(DQN):
    """DQN with per-car exploration, absolute schedules, a target network that follows, and double targets if wanted."""

    def __init__(
        self,
        *args: Any,
        exploration: Schedule,
        step_size: Schedule,
        target_update_updates: int,
        double: bool = False,
        exploration_per_car: bool = True,
        share_updates: bool = True,
        **kwargs: Any,
    ) -> None:
        """Takes SB3's arguments and six of its own.

        Args:
            args: SB3's; ``learning_rate`` is not among them.
            exploration: Share of random actions.
            step_size: Learning rate of the optimiser.
            target_update_updates: The target network follows after every so many gradient updates, by SB3's ``tau``.
            double: Whether the online network chooses the action whose value the target network gives.
            exploration_per_car: Whether each car flips a coin of its own.
            share_updates: Whether two threads share an update; a head alone is done sooner by one.
            kwargs: SB3's.
        """
        self.exploration, self.step_size = exploration, step_size
        self.exploration_per_car, self.share_updates = exploration_per_car, share_updates
        self.target_update_updates, self.double = target_update_updates, double
        super().__init__(*args, **{**kwargs, "learning_rate": step_size.initial})
        self.may_go_on: Callable[[], bool] = lambda: True
        self.action_random = np.random.default_rng((self.seed or 0, 1))  # (seed, 2) draws from the replay
        self._learned: list[torch.Tensor] = _learning(self.q_net)
        self._followers: list[torch.Tensor] = _learning(self.q_net_target)

    @staticmethod
    def _wrap_env(env: GymEnv, verbose: int = 0, monitor_wrapper: bool = True) -> VecEnv:
        """Leaves cars as they are; SB3 takes the shortest side for the channels, and would turn deep stacks around."""
        return env if isinstance(env, VecEnv) else DQN._wrap_env(env, verbose, monitor_wrapper)

    def driving_network(self) -> DrivingNetwork:
        """The network that drives, the target network, in plain PyTorch, sharing its weights."""
        extractor = cast(Any, self.q_net_target.features_extractor)
        return DrivingNetwork(extractor.network, self.q_net_target.q_net)

    def collect_rollouts(self, *args: Any, **kwargs: Any) -> RolloutReturn:
        """SB3's step of all cars, unless ``may_go_on`` says that learning ends here, between two steps.

        Nothing is half done there, so a run can be written to a checkpoint, or go on from one.
        """
        if not self.may_go_on():
            return RolloutReturn(0, 0, continue_training=False)
        return super().collect_rollouts(*args, **kwargs)

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions (N,) of the online network; without ``deterministic``, some are random at the exploration rate.

        Scores are those of ``driving_network``, which is steadier.
        """
        actions = self._best_actions(observation)
        if deterministic:
            return actions, state
        count = len(actions)
        explores = self.action_random.random(count if self.exploration_per_car else 1) < self.exploration_rate
        drawn = self.action_random.integers(int(self.action_space.n), size=count)  # type: ignore[attr-defined]
        return np.where(explores, drawn, actions), state

    def _best_actions(self, observation: Any) -> Any:
        tensors, _ = self.policy.obs_to_tensor(observation)
        count = len(next(iter(tensors.values())) if isinstance(tensors, dict) else tensors)

        def choose(part: slice) -> torch.Tensor:
            mine: Any = (
                {name: values[part] for name, values in tensors.items()} if isinstance(tensors, dict) else tensors[part]
            )
            with torch.inference_mode():
                return cast(torch.Tensor, self.q_net(mine).argmax(dim=1))

        return torch.cat(map_shards(choose, count)).numpy()

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Updates the network ``gradient_steps`` times.

        A learner that goes on without its replay collects as many frames as before its first update.

        Raises:
            DivergenceError: a loss or a gradient is not finite.
        """
        replay = cast(FrameReplay, self.replay_buffer)
        if replay.size() < min(self.learning_starts, replay.capacity) or not replay.can_be_sampled:
            return
        for group in self.policy.optimizer.param_groups:
            group["lr"] = group[RATE] * self.step_size.value(self.num_timesteps)
        losses = [self.update(batch_size) for _ in range(gradient_steps)]
        self.logger.record("train/n_updates", self._n_updates)
        self.logger.record("train/loss", float(np.mean(losses)))

    def update(self, batch_size: int) -> float:
        """One step of the optimiser on gradients that the shards of a batch add up to; returns the mean loss.

        Raises:
            DivergenceError: the loss or a gradient is not finite.
        """
        replay = cast(FrameReplay, self.replay_buffer)
        cars, entries = replay.draw(batch_size)

        def gradients(part: slice) -> tuple[float, tuple[torch.Tensor, ...]]:
            return self.gradients(replay.gather(cars[part], entries[part]))

        shards = map_shards(gradients, batch_size) if self.share_updates else [gradients(slice(None))]
        set_gradients(self._learned, [some for _, some in shards], batch_size)
        loss = sum(part for part, _ in shards) / batch_size
        norm = torch.nn.utils.clip_grad_norm_(self._learned, self.max_grad_norm)
        if not np.isfinite(loss + float(norm)):
            raise DivergenceError(
                f"Learning diverged in update {self._n_updates + 1}: loss {loss}, gradient norm {float(norm)}; "
                "lower learning_rate or target_rate."
            )
        self.policy.optimizer.step()
        self._n_updates += 1
        self.follow()
        return loss

    def gradients(self, batch: ReplayBufferSamples) -> tuple[float, tuple[torch.Tensor, ...]]:
        """The summed loss of a batch, and its gradient for every parameter that learns."""
        targets = td_targets(batch, self.q_net, self.q_net_target, double=self.double)
        loss = td_loss(batch, self.q_net, targets)
        return float(loss.item()), torch.autograd.grad(loss, self._learned)

    def require_finite_weights(self) -> None:
        """Makes sure that both networks can still be used.

        Raises:
            DivergenceError: a weight is not finite.
        """
        if not all(bool(weights.isfinite().all()) for weights in (*self._learned, *self._followers)):
            raise DivergenceError("A weight was no longer finite; lower learning_rate.")

    def _require_finite_observations(self, observations: Any) -> None:
        """Features and states are numbers; the cars see to the rest."""
        parts = observations if isinstance(observations, dict) else {"camera": observations}
        for name, values in parts.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                car = int(np.argwhere(~np.isfinite(values))[0, 0])
                raise DivergenceError(f"The observation {name} of car {car} was no longer finite.", car)

    def follow(self) -> None:
        """Moves the target network towards the online one, if it is time."""
        if self._n_updates % self.target_update_updates == 0:
            with torch.no_grad():
                torch._foreach_lerp_(self._followers, self._learned, self.tau)

    def _on_step(self) -> None:
        self.exploration_rate = self.exploration.value(self.num_timesteps)
        self.logger.record("rollout/exploration_rate", self.exploration_rate)

    def _store_transition(
        self, replay_buffer: Any, buffer_action: Any, new_obs: Any, reward: Any, dones: Any, infos: Any
    ) -> None:
        """Hands the step to the replay as it is: SB3 would copy all observations to put the final ones in.

        Raises:
            DivergenceError: an observation is not finite.
        """
        self._require_finite_observations(new_obs)
        replay_buffer.add(self._last_obs, new_obs, buffer_action, reward, dones, infos)
        self._last_obs = new_obs


def _learning(network: torch.nn.Module) -> list[torch.Tensor]:
    """Parameters that learn: all but those of a frozen encoder."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]
