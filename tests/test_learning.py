"""The learner: its parts, and that it learns."""

import dataclasses
import io
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from rich.console import Console
from sb3_contrib import QRDQN
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

import sim
from agents.config import TrainConfig, preset
from agents.dqn import DrivingDQN, Schedule
from agents.evaluate import PolicyDriver, drive
from agents.network import DuelingHead
from agents.policy import load_policy
from agents.train import build_model, train
from agents.vec_env import DashcamVecEnv
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError

TINY_ENV = EnvConfig(camera=CameraConfig(width=36, height=36, color="gray", stack=2), observation="camera+state")
TINY = TrainConfig(
    env=TINY_ENV, num_cars=8, frames=600, learning_starts=200, batch_size=16, buffer_frames=1_000,
    evaluation_frames=300, evaluation_roads=2, stop_success_rate=None,
)  # fmt: skip


def silent() -> Console:
    return Console(file=io.StringIO())


def test_schedule_falls_linearly_and_stays() -> None:
    schedule = Schedule(1.0, 0.1, 1000)
    assert [schedule.value(frames) for frames in (0, 500, 1000, 5000)] == pytest.approx([1.0, 0.55, 0.1, 0.1])


def test_dueling_head_centres_advantages() -> None:
    head = DuelingHead(8, steering_commands=5, target_speeds=2)
    features = torch.rand(3, 8)
    values = head(features)
    assert values.shape == (3, 10)
    assert torch.allclose(values.mean(dim=1, keepdim=True), head.value(features), atol=1e-6)


def test_a_steering_command_is_as_much_better_than_another_at_every_speed() -> None:
    head = DuelingHead(8, steering_commands=5, target_speeds=2)
    values = head(torch.rand(3, 8)).reshape(3, 5, 2)  # the order of the discrete actions
    assert torch.allclose(values[:, 3, 0] - values[:, 1, 0], values[:, 3, 1] - values[:, 1, 1], atol=1e-6)


def test_each_car_explores_for_itself() -> None:
    model = build_model(TINY)
    env = model.get_env()
    assert env is not None
    observations = env.reset()
    model.exploration_rate = 0.5
    greedy, _ = model.predict(observations, deterministic=True)
    differ = np.array([(model.predict(observations)[0] != greedy) for _ in range(200)])
    assert 0.3 < differ.mean() < 0.6, "about half of the actions are random"
    assert (differ.any(axis=1) & ~differ.all(axis=1)).mean() > 0.9, "in one step some cars explore and others do not"


def test_targets_are_double_and_widen_the_gap_between_actions() -> None:
    """With a replay of one known transition, the loss is that of the formula."""
    model = build_model(dataclasses.replace(TINY, n_steps=1, batch_size=1))
    model.learn(200, log_interval=None)
    assert model.replay_buffer is not None
    with torch.no_grad():
        for parameter in model.q_net_target.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    batch = model.replay_buffer.sample(1)
    model.replay_buffer.sample = lambda *_: batch  # type: ignore[method-assign,assignment,misc]
    with torch.no_grad():
        best = int(model.q_net(batch.next_observations).argmax())
        bootstrap = float(model.q_net_target(batch.next_observations)[0, best])
        target = float(batch.rewards) + (1.0 - float(batch.dones)) * TINY.discount * bootstrap
        rated = model.q_net_target(batch.observations)[0]
        target -= TINY.action_gap * float(rated.max() - rated[int(batch.actions)])
        error = abs(target - float(model.q_net(batch.observations)[0, int(batch.actions)]))
    huber = 0.5 * error**2 if error < 1.0 else error - 0.5
    assert model._update(1) == pytest.approx(huber, rel=1e-4)


def test_vec_env_hands_over_final_observations_and_endings() -> None:
    config = dataclasses.replace(TINY_ENV, task=dataclasses.replace(TINY_ENV.task, time_limit_s=0.5))
    env = DashcamVecEnv(config, 3)
    env.seed(0)
    env.reset()
    before = None
    for _ in range(5):
        before = env.world.frames.copy()
        observations, _, dones, infos = env.step(np.full(3, 9))
    assert dones.all()
    for car in range(3):
        assert infos[car]["TimeLimit.truncated"] == (infos[car]["ended_by"] != "off_road")
        assert infos[car]["episode"]["l"] == 5
        final = infos[car]["terminal_observation"]["camera"]
        assert before is not None
        assert np.array_equal(final[0], before[car, :, :, 1]), "its older frame is the one before the last step"
        assert not np.array_equal(final, observations["camera"][car])
    kept = observations["camera"].copy()
    env.step(np.full(3, 9))
    assert np.array_equal(observations["camera"], kept), "observations outlive the next step"


def test_learns_to_drive_a_tiny_world() -> None:
    """One road, small frames: after some seconds the policy drives it to its end within its lane."""
    env = dataclasses.replace(preset("quick").env, roads=RoadsConfig(kind="circle"))
    config = dataclasses.replace(
        preset("quick"), env=env, num_cars=32, frames=16_000, exploration_frames=6_000, learning_starts=1_000, seed=1
    )
    model = build_model(config)
    policy_score = 0.0
    for _ in range(4):
        model.learn(4_000, reset_num_timesteps=False, log_interval=None)
        policy = _policy_of(model, config)
        policy_score = max(policy_score, drive(PolicyDriver(policy), env, [0], "circle").totals.success_rate)
        if policy_score == 1.0:
            break
    assert policy_score == 1.0


def _policy_of(model: DrivingDQN, config: TrainConfig):  # type: ignore[no-untyped-def]
    from agents.policy import Policy

    return Policy(model.driving_network(), config.env, config.encoder, "test")


def test_a_run_leaves_config_logs_and_the_best_policy(tmp_path: Path) -> None:
    result = train(TINY, tmp_path / "run", silent())
    assert result.frames >= TINY.frames
    lines = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert len(lines) == 1 + len(result.evaluations)
    assert lines[0].startswith("frames,training_s,roads,success_rate")
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    assert (tmp_path / "run" / "config.json").is_file()
    kept = load_policy(tmp_path / "run")
    best = max(result.evaluations, key=lambda item: item.rank)
    assert best.totals == result.best.totals
    seeds = range(1_500_000, 1_500_002)
    assert drive(PolicyDriver(kept), kept.config, seeds).totals == best.totals, "the kept policy is the best one"


def test_a_folder_with_another_run_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("mine")
    with pytest.raises(UserError, match="holds another run"):
        train(TINY, tmp_path, silent())
    assert (tmp_path / "log.csv").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_same_seed_gives_the_same_weights() -> None:
    def weights() -> list[torch.Tensor]:
        model = build_model(dataclasses.replace(TINY, frames=400))
        model.learn(400, log_interval=None)
        return [parameter.detach().clone() for parameter in model.q_net.parameters()]

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for first, second in zip(weights(), weights(), strict=True):
            assert torch.equal(first, second)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"learning_starts": 10_000, "frames": 1_000}, "learning starts after 10000 frames, but the run ends"),
        ({"batch_size": 5_000}, "a batch of 5000 does not fit a buffer of 1000"),
        ({"num_cars": 0}, "num_cars is 0"),
        ({"action_gap": 1.0}, "action_gap is 1.0"),
        ({"discount": 1.0}, "discount is 1.0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_that_cannot_learn_are_refused(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        dataclasses.replace(TINY, **change)  # type: ignore[arg-type]


def test_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="quick, long"):
        preset("slow")


@pytest.mark.parametrize("algorithm", [PPO, QRDQN])
def test_other_algorithms_run_unmodified(algorithm: type[PPO] | type[QRDQN]) -> None:
    env = make_vec_env(sim.ENV_ID, n_envs=2, env_kwargs={"camera": {"width": 40, "height": 40}})
    kwargs = {"n_steps": 64, "batch_size": 64} if algorithm is PPO else {"learning_starts": 100, "buffer_size": 500}
    model = algorithm("CnnPolicy", env, **kwargs)  # type: ignore[arg-type]
    model.learn(300)
    assert model.num_timesteps >= 300
    action, _ = model.predict(env.reset())
    assert gym.make(sim.ENV_ID).action_space.contains(np.int64(action[0]))
