"""Watches a training run: drives unseen roads now and then, logs, keeps the best policy, and says when to stop."""

import csv
import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import TensorBoardOutputFormat

from agents.atomic import replaced_folder
from agents.config import VALIDATION_FIRST_SEED, TrainConfig
from agents.dqn import DrivingDQN
from agents.evaluate import PolicyDriver, drive
from agents.mastery import is_mastery, pursuit_speed
from agents.metrics import Totals
from agents.policy import Policy, save_policy
from agents.progress import TrainingProgress

POLICY = "policy"


@dataclass(frozen=True)
class Evaluation:
    """The policy on validation roads at some time of the training."""

    frames: int
    training_s: float
    """Time spent collecting and learning so far, without evaluations [s]."""
    totals: Totals
    mastery: bool
    """Whether it masters these roads, see ``agents.mastery``."""

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Greater is better: mastery, then success, then reward, which tells drives without a departure apart."""
        return (self.mastery, self.totals.success_rate, self.totals.total_reward)


class EvaluateAndKeep(BaseCallback):
    """Evaluates every so many frames, logs, keeps the best policy, and stops when the goal is reached."""

    def __init__(self, config: TrainConfig, out: Path, progress: TrainingProgress, log: TextIO) -> None:
        """Writes to the run's folder and to its open ``log``."""
        super().__init__()
        self.best: Evaluation | None = None
        self.evaluations: list[Evaluation] = []
        self._config, self._out, self._progress = config, out, progress
        self._log_file, self._log = log, csv.writer(log)
        names = (item.name for item in dataclasses.fields(Totals))
        self._log.writerow(["frames", "training_s", *names, "mastery", "loss"])
        self._board = TensorBoardOutputFormat(str(out / "tensorboard"))
        self._started = time.monotonic()
        self._evaluating_s = 0.0
        self._next = config.evaluation_frames
        self._roads = range(VALIDATION_FIRST_SEED, VALIDATION_FIRST_SEED + config.evaluation_roads)
        self._pursuit_mps = pursuit_speed(config.env, self._roads)

    @property
    def policy_folder(self) -> Path:
        """Where the best policy is."""
        return self._out / POLICY

    @property
    def mastered(self) -> Evaluation | None:
        """The first evaluation with mastery."""
        return next((item for item in self.evaluations if item.mastery), None)

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
        if self.num_timesteps < min(self._next, self._config.frames):
            return True
        while self._next <= self.num_timesteps:
            self._next += self._config.evaluation_frames
        return not (self._driving_dqn()._n_updates > 0 and self._evaluate())

    def _evaluate(self) -> bool:
        """Evaluates once; whether the goal is reached."""
        before = time.monotonic()
        self._driving_dqn().require_finite_weights()
        policy = self._policy()
        scores = drive(PolicyDriver(policy), policy.config, self._roads).totals
        mastery = is_mastery(scores, self._pursuit_mps)
        evaluation = Evaluation(self.num_timesteps, self.training_s() - (time.monotonic() - before), scores, mastery)
        self.evaluations.append(evaluation)
        if self.best is None or evaluation.rank > self.best.rank:
            with replaced_folder(self.policy_folder) as folder:
                save_policy(policy, folder)
            self.best = evaluation
        self._write(evaluation)
        self._progress.score(scores.success_rate, self.best.totals.success_rate)
        self._evaluating_s += time.monotonic() - before
        return self._goal_reached()

    def _driving_dqn(self) -> DrivingDQN:
        assert isinstance(self.model, DrivingDQN)
        return self.model

    def _policy(self) -> Policy:
        config = self._config
        return Policy(
            self._driving_dqn().driving_network(), config.env, config.encoder, config.head, name=self._out.name
        )

    def _goal_reached(self) -> bool:
        goal = self._config.stop_success_rate
        recent = self.evaluations[-2:]
        return (
            goal is not None
            and len(recent) == 2
            and all(item.mastery and item.totals.success_rate >= goal for item in recent)
        )

    def _write(self, evaluation: Evaluation) -> None:
        values = dataclasses.asdict(evaluation.totals)
        loss = self.logger.name_to_value.get("train/loss", float("nan"))
        row = [evaluation.frames, f"{evaluation.training_s:.2f}", *values.values(), int(evaluation.mastery), loss]
        self._log.writerow(row)
        self._log_file.flush()
        scalars: dict[str, Any] = {f"validation/{name}": value for name, value in values.items()}
        scalars |= {
            "train/loss": loss,
            "rollout/exploration_rate": self.logger.name_to_value["rollout/exploration_rate"],
        }
        self._board.write(scalars, dict.fromkeys(scalars, ()), step=evaluation.frames)
