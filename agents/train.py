"""Trains a policy: collect, update, evaluate on unseen roads, keep the best."""

import csv
import dataclasses
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import TensorBoardOutputFormat

from agents.allocator import keep_freed_memory
from agents.config import VALIDATION_FIRST_SEED, TrainConfig
from agents.dqn import DrivingDQN, DuelingPolicy, Schedule
from agents.evaluate import PolicyDriver, drive
from agents.features import DrivingFeatures
from agents.metrics import Totals
from agents.policy import Policy, save_policy
from agents.progress import TrainingProgress
from agents.replay import FrameReplay
from agents.vec_env import DashcamVecEnv
from sim.errors import UserError
from sim.world import memory_needed

CONFIG = "config.json"
LOG = "log.csv"
POLICY = "policy"


@dataclass(frozen=True)
class Evaluation:
    """The policy on validation roads at some time of the training."""

    frames: int
    training_s: float
    """Time spent collecting and learning so far, without evaluations [s]."""
    totals: Totals

    @property
    def rank(self) -> tuple[float, float]:
        """Greater is better: success first, then reward, which tells drives without a departure apart."""
        return (self.totals.success_rate, self.totals.total_reward)


@dataclass
class TrainResult:
    """What a run came to."""

    out: Path
    best: Evaluation
    frames: int
    training_s: float
    interrupted: bool
    evaluations: list[Evaluation] = field(default_factory=list)


def train(config: TrainConfig, out: Path, console: Console) -> TrainResult:
    """Trains and leaves in ``out``: config.json, log.csv, TensorBoard's events, and the best policy in policy/.

    Ctrl-C ends the run early and keeps the best policy so far.

    Raises:
        UserError: ``out`` holds files already, or the replay does not fit into memory.
    """
    _claim_folder(out, config)
    keep_freed_memory()
    model = build_model(config)
    assert isinstance(model.replay_buffer, FrameReplay)
    console.print(
        f"Memory: {model.replay_buffer.nbytes / 1e6:,.0f} MB for a replay of {config.buffer_frames:,} frames, "
        f"up to {memory_needed(config.env, config.num_cars) / 1e6:,.0f} MB for roads and frames."
    )
    model.get_env().reset()
    with (out / LOG).open("w", newline="") as log, TrainingProgress(config.frames, console) as progress:
        callback = EvaluateAndKeep(config, out, progress, log)
        interrupted = False
        try:
            model.learn(config.frames, callback=callback, log_interval=None)
        except KeyboardInterrupt:
            interrupted = True
        callback.close()
    if callback.best is None:
        raise UserError(f"The run was stopped before its first evaluation, so {out} holds no policy; start it again.")
    return TrainResult(
        out, callback.best, model.num_timesteps, callback.training_s(), interrupted, callback.evaluations
    )


def build_model(config: TrainConfig) -> DrivingDQN:
    """The learner and its cars.

    Raises:
        UserError: the replay does not fit into memory, or the camera is too small for the encoder.
    """
    env = DashcamVecEnv(config.env, config.num_cars)
    return DrivingDQN(
        DuelingPolicy,
        env,
        buffer_size=config.buffer_frames,
        learning_starts=config.learning_starts,
        batch_size=config.batch_size,
        gamma=config.discount,
        train_freq=1,
        gradient_steps=config.updates_per_step,
        replay_buffer_class=FrameReplay,
        replay_buffer_kwargs={
            "stack": config.env.camera.stack,
            "n_steps": config.n_steps,
            "gamma": config.discount,
            "seed": config.seed,
        },
        policy_kwargs={
            "features_extractor_class": DrivingFeatures,
            "features_extractor_kwargs": {"config": config.env, "encoder": config.encoder},
            "normalize_images": False,
        },
        exploration=Schedule(config.exploration_initial, config.exploration_final, config.exploration_frames),
        step_size=Schedule(config.learning_rate, config.learning_rate_final, config.learning_rate_frames),
        target_update_updates=config.target_update_updates,
        action_gap=config.action_gap,
        seed=config.seed,
        device="cpu",
    )


class EvaluateAndKeep(BaseCallback):
    """Evaluates every so many frames, logs, keeps the best policy, and stops when the goal is reached."""

    def __init__(self, config: TrainConfig, out: Path, progress: TrainingProgress, log: TextIO) -> None:
        """Writes to the run's folder and to its open ``log``."""
        super().__init__()
        self.best: Evaluation | None = None
        self.evaluations: list[Evaluation] = []
        self._config, self._out, self._progress = config, out, progress
        self._log_file, self._log = log, csv.writer(log)
        self._log.writerow(["frames", "training_s", *(item.name for item in dataclasses.fields(Totals)), "loss"])
        self._board = TensorBoardOutputFormat(str(out / "tensorboard"))
        self._started = time.monotonic()
        self._evaluating_s = 0.0
        self._next = config.evaluation_frames
        self._roads = range(VALIDATION_FIRST_SEED, VALIDATION_FIRST_SEED + config.evaluation_roads)

    def training_s(self) -> float:
        """Time spent collecting and learning so far, without evaluations [s]."""
        return time.monotonic() - self._started - self._evaluating_s

    def close(self) -> None:
        """Closes the logs."""
        self._board.close()

    def _on_training_start(self) -> None:
        self._started = time.monotonic()

    def _on_step(self) -> bool:
        self._progress.advance(self.num_timesteps)
        due = self.num_timesteps >= min(self._next, self._config.frames)
        if not due or self.num_timesteps < self._config.learning_starts:
            return True
        self._next += self._config.evaluation_frames
        return not self._evaluate()

    def _evaluate(self) -> bool:
        """Evaluates once; whether the goal is reached."""
        before = time.monotonic()
        policy = self._policy()
        evaluation = Evaluation(
            self.num_timesteps, self.training_s(), drive(PolicyDriver(policy), policy.config, self._roads).totals
        )
        self.evaluations.append(evaluation)
        if self.best is None or evaluation.rank > self.best.rank:
            self.best = evaluation
            save_policy(policy, self._out / POLICY)
        self._write(evaluation)
        self._progress.score(evaluation.totals.success_rate, self.best.totals.success_rate)
        self._evaluating_s += time.monotonic() - before
        return self._goal_reached()

    def _policy(self) -> Policy:
        model = self.model
        assert isinstance(model, DrivingDQN)
        return Policy(model.driving_network(), self._config.env, self._config.encoder, name=self._out.name)

    def _goal_reached(self) -> bool:
        goal = self._config.stop_success_rate
        recent = self.evaluations[-2:]
        return goal is not None and len(recent) == 2 and all(item.totals.success_rate >= goal for item in recent)

    def _write(self, evaluation: Evaluation) -> None:
        values = dataclasses.asdict(evaluation.totals)
        loss = self.logger.name_to_value.get("train/loss", float("nan"))
        self._log.writerow([evaluation.frames, f"{evaluation.training_s:.2f}", *values.values(), loss])
        self._log_file.flush()
        scalars: dict[str, Any] = {f"validation/{name}": value for name, value in values.items()}
        scalars |= {
            "train/loss": loss,
            "rollout/exploration_rate": self.logger.name_to_value["rollout/exploration_rate"],
        }
        self._board.write(scalars, dict.fromkeys(scalars, ()), step=evaluation.frames)


def _claim_folder(out: Path, config: TrainConfig) -> None:
    """Makes the run's folder and writes its settings."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} holds another run or other files; choose an empty or new folder with --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / CONFIG).write_text(json.dumps(dataclasses.asdict(config), indent=2) + "\n")
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}); choose another folder with --out.") from error
