"""The learner: its parts, and that it learns."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from sb3_contrib import QRDQN
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

import sim
from agents.config import HeadName, TrainConfig, preset
from agents.learning.build import NEVER, build_model, compile_kernels
from agents.learning.dqn import DrivingDQN, Schedule
from agents.learning.heads import HEADS, DuelingHead, QuadraticHead, make_head
from agents.learning.replay import FrameReplay
from agents.learning.vec_env import DashcamVecEnv
from agents.policy import load_policy
from agents.progress import TrainingProgress
from agents.scoring.evaluate import PolicyDriver, drive
from agents.training.loop import learn
from agents.training.mastery import is_mastery, pursuit_speed
from agents.training.train import train
from agents.training.validation import ValidationCallback
from perception.shards import SHARDS, map_shards
from sim.config import ActionConfig, CameraConfig, EnvConfig, RoadsConfig
from sim.drivers import PurePursuitDriver
from sim.errors import UserError
from tests.support import ROOT
from tests.support.tiny_learner import TINY, TINY_ENV
from tests.support.tiny_run import silent


def test_schedule_falls_linearly_and_stays() -> None:
    schedule = Schedule(1.0, 0.1, 1000)
    assert [schedule.value(frames) for frames in (0, 500, 1000, 5000)] == pytest.approx([1.0, 0.55, 0.1, 0.1])


@pytest.mark.parametrize("name", HEADS)
def test_a_head_gives_every_action_a_value(name: HeadName) -> None:
    assert make_head(name, 8, TINY_ENV.actions)(torch.rand(3, 8)).shape == (3, 21)


def test_dueling_head_centres_advantages() -> None:
    head = DuelingHead(8, TINY_ENV.actions)
    features = torch.rand(3, 8)
    assert torch.allclose(head(features).mean(dim=1, keepdim=True), head.value(features), atol=1e-6)


def test_quadratic_head_puts_neighbouring_commands_beside_each_other() -> None:
    head = QuadraticHead(8, ActionConfig(steering_commands=(-0.2, -0.1, 0.0, 0.1, 0.2)))
    features = 10.0 * torch.randn(50, 8)
    values = head(features).reshape(50, 5, 3)  # the order of the discrete actions
    assert (values.diff(n=2, dim=1) < 0.0).all(), "values fall off to both sides of the best command"
    better = values[:, 3] - values[:, 1]
    assert torch.allclose(better, better[:, :1].expand(-1, 3), atol=1e-4), "as much better at every speed"
    assert values.diff(n=2, dim=2).max() > 0.0, "speeds have a value each"


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


def test_a_stack_with_more_channels_than_rows_is_learned_from_as_the_cars_see_it() -> None:
    camera = CameraConfig(width=48, height=36, stack=16)
    config = dataclasses.replace(TINY, env=EnvConfig(camera=camera))
    compile_kernels(config)
    model = build_model(config)
    model.learn(240, log_interval=NEVER)
    assert model.updates > 0
    assert model.replay_buffer is not None
    assert model.replay_buffer.sample(4).observations["camera"].shape == (4, 48, 36, 48)  # type: ignore[union-attr, call-overload]


def test_targets_are_those_of_the_formula() -> None:
    model = build_model(TINY)
    model.learn(400, log_interval=NEVER)
    batch = model.replay.sample(64)
    assert batch.discounts is not None
    with torch.no_grad():
        values = model.q_net_target(batch.next_observations)
    targets = model.targets(batch).flatten().tolist()
    for row, target in enumerate(targets):
        ended = float(batch.dones[row]) == 1.0
        future = 0.0 if ended else float(batch.discounts[row]) * max(values[row].tolist())
        assert target == pytest.approx(float(batch.rewards[row]) + future, rel=1e-5, abs=1e-5)
    assert 0.0 < float(batch.dones.mean()) < 1.0, "some drives have ended, others have not"


def test_gradients_of_shards_add_up_to_those_of_the_batch() -> None:
    model = build_model(TINY)
    model.learn(300, log_interval=NEVER)
    replay = model.replay_buffer
    assert isinstance(replay, FrameReplay)
    cars, entries = replay.draw(32)
    loss, whole = model.gradients(replay.gather(cars, entries))
    parts = map_shards(lambda part: model.gradients(replay.gather(cars[part], entries[part])), 32)
    assert len(parts) == SHARDS
    assert sum(part for part, _ in parts) == pytest.approx(loss, rel=1e-4)
    for one, *others in zip(whole, *(gradients for _, gradients in parts), strict=True):
        assert torch.allclose(one, sum(others[1:], others[0]), rtol=1e-3, atol=1e-4)


def test_target_network_follows_and_is_the_one_that_drives() -> None:
    model = build_model(TINY)
    before = [parameter.detach().clone() for parameter in model.q_net_target.parameters()]
    model.learn(400, log_interval=NEVER)
    steps = model.updates
    assert steps > 0
    moved, ahead = (
        sum(float(torch.dist(a, b.detach())) for a, b in zip(before, network.parameters(), strict=True))
        for network in (model.q_net_target, model.q_net)
    )
    assert 0.0 < moved < ahead
    driving = dict(model.driving_network().state_dict())
    assert torch.equal(driving["head.value.0.weight"], model.q_net_target.q_net.value[0].weight)  # type: ignore[union-attr]


def test_a_run_that_diverges_stops_before_its_weights_are_lost(tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, learning_rate=1e30, learning_rate_final=1e30)
    with pytest.raises(UserError, match=r"Learning diverged in update \d+.* No policy was kept"):
        train(config, tmp_path / "run", silent())


def test_a_run_that_diverges_late_keeps_its_best_policy(tmp_path: Path) -> None:
    model = build_model(TINY)
    with TrainingProgress(TINY.frames, silent()) as progress:
        callback = ValidationCallback(TINY, tmp_path, progress, silent())
        assert learn(model, TINY, callback)
        next(model.q_net.parameters()).data.fill_(np.nan)
        with pytest.raises(UserError, match=r"best policy so far is in .*policy"):
            learn(model, dataclasses.replace(TINY, frames=300), callback)
        callback.close()
    frames, state = np.zeros((1, 36, 36, 2), dtype=np.uint8), np.zeros((1, 2), dtype=np.float32)
    assert np.isfinite(load_policy(tmp_path).q_values(frames, state)).all()


def test_mastery_needs_success_and_speed() -> None:
    scores = drive(PurePursuitDriver(), TINY_ENV, range(1_500_000, 1_500_004)).totals
    pursuit_mps = pursuit_speed(TINY_ENV, range(1_500_000, 1_500_004))
    assert pursuit_mps == pytest.approx(scores.mean_speed_mps), "a camera of another size changes nothing"
    assert is_mastery(scores, pursuit_mps)
    assert not is_mastery(dataclasses.replace(scores, success_rate=0.94), pursuit_mps)
    assert not is_mastery(dataclasses.replace(scores, mean_speed_mps=0.79 * pursuit_mps), pursuit_mps)


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
        model.learn(4_000, reset_num_timesteps=False, log_interval=NEVER)
        policy = _policy_of(model, config)
        policy_score = max(policy_score, drive(PolicyDriver(policy), env, [0]).totals.success_rate)
        if policy_score == 1.0:
            break
    assert policy_score == 1.0


def _policy_of(model: DrivingDQN, config: TrainConfig):  # type: ignore[no-untyped-def]
    from agents.policy import Policy

    return Policy(model.driving_network(), config.env, config.encoder, config.head, "test")


WEIGHTS = """
import hashlib
from agents.locks import training_in
from agents.learning.build import NEVER, build_model
from tests.support.tiny_learner import TINY
model = build_model(TINY)
model.learn(400, log_interval=NEVER)
print(hashlib.sha256(b"".join(weights.detach().numpy().tobytes() for weights in model.q_net.parameters())).hexdigest())
"""


def test_same_seed_gives_the_same_weights_on_one_core_and_on_all() -> None:
    def weights(*prefix: str, **environment: str) -> str:
        command = [*prefix, sys.executable, "-c", WEIGHTS]
        variables = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert weights() == weights("taskset", "-c", "0", NUMBA_NUM_THREADS="1")


@pytest.mark.parametrize("algorithm", [PPO, QRDQN])
def test_other_algorithms_run_unmodified(algorithm: type[PPO] | type[QRDQN]) -> None:
    env = make_vec_env(sim.ENV_ID, n_envs=2, env_kwargs={"camera": {"width": 40, "height": 40}})
    kwargs = {"n_steps": 64, "batch_size": 64} if algorithm is PPO else {"learning_starts": 100, "buffer_size": 500}
    model = algorithm("CnnPolicy", env, **kwargs)  # type: ignore[arg-type]
    model.learn(300)
    assert model.num_timesteps >= 300
    action, _ = model.predict(env.reset())
    assert gym.make(sim.ENV_ID).action_space.contains(np.int64(action[0]))
