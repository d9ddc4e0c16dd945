"""Evaluates the policy during training, logs the scores, keeps the best policy, and decides when to stop."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from stable_baselines3.common.callbacks import BaseCallback

from agents.config import TrainConfig
from agents.learning.dqn import DrivingDQN
from agents.policy import Policy
from agents.progress import TrainingProgress
from agents.scoring.evaluate import PolicyDriver, drive
from agents.scoring.exam import exam_roads
from agents.scoring.metrics import OF_TOWNS, Totals
from agents.training.best_policy import BestPolicy
from agents.training.mastery import is_mastery, pursuit_speed
from agents.training.run_log import RunLog
from agents.words import percentage
from sim.errors import UserError
from sim.fields import from_fields

POLICY = "policy"
LOSS, EXPLORATION = "train/loss", "rollout/exploration_rate"  # what the learner records, and the log repeats


@dataclass(frozen=True)
class Evaluation:
    """The policy on validation roads at some time of the training."""

    frames: int
    training_s: float
    """Time spent collecting and learning so far, without evaluations [s]."""
    totals: Totals
    mastery: bool
    """Whether it masters these roads, see ``agents.training.mastery``."""

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Greater is better: mastery, then success, then reward, which tells drives without a departure apart."""
        return (self.mastery, self.totals.success_rate, self.totals.total_reward)


class ValidationCallback(BaseCallback):
    """Evaluates every so many frames, logs, keeps the best policy, and knows whether the goal is reached."""

    def __init__(self, config: TrainConfig, out: Path, progress: TrainingProgress, console: Console) -> None:
        """Writes to the run's folder, and says on the console what it cannot write there."""
        super().__init__()
        self.best: Evaluation | None = None
        self.evaluations: list[Evaluation] = []
        self.out = out
        self.policy = BestPolicy(out / POLICY, console)
        self._config, self._name, self._progress = config, out.name, progress
        left_out = () if config.env.roads.kind == "town" else OF_TOWNS
        self._names = [item.name for item in dataclasses.fields(Totals) if item.name not in left_out]
        self._log = RunLog(out, ["frames", "training_s", *self._names, "mastery", "loss"], console)
        self._log_before: list[str] | None = None
        self._logged: dict[str, float] = {}
        self._seconds_before = self._evaluating_s = 0.0
        self._started = time.monotonic()
        self._next = config.evaluation_frames
        self.exam = exam_roads(config.env.roads, "validation", config.evaluation_roads)
        self._environment = dataclasses.replace(config.env, roads=self.exam.roads)
        self._pursuit_mps = pursuit_speed(self._environment, self.exam.seeds)
        if self.exam.remark is not None:
            console.print(self.exam.remark, highlight=False, soft_wrap=True)

    @property
    def mastered(self) -> Evaluation | None:
        """The first evaluation with mastery."""
        return next((item for item in self.evaluations if item.mastery), None)

    @property
    def goal_reached(self) -> bool:
        """Whether the last two evaluations reached the success rate at which the run may stop."""
        goal = self._config.stop_success_rate
        recent = self.evaluations[-2:]
        return (
            goal is not None
            and len(recent) == 2
            and all(item.mastery and item.totals.success_rate >= goal for item in recent)
        )

    def training_s(self) -> float:
        """Time spent collecting and learning so far, without evaluations [s]."""
        return self._seconds_before + time.monotonic() - self._started - self._evaluating_s

    def close(self) -> None:
        """Closes the logs."""
        self._log.close()

    def state(self) -> dict[str, Any]:
        """What it knows, as data for JSON."""
        logged = self.logger.name_to_value
        return {
            "training_s": self.training_s(),
            "next_frames": self._next,
            "evaluations": [dataclasses.asdict(item) for item in self.evaluations],
            "best": None if self.best is None else self.evaluations.index(self.best),
            "log": self._log.lines,
            "logged": {name: float(logged[name]) for name in (LOSS, EXPLORATION) if name in logged},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restores the ``state`` of another one, before training starts.

        The best policy so far counts only where it is still in its folder.

        Raises:
            UserError: it is not such a state.
        """
        try:
            self._seconds_before, self._next = float(state["training_s"]), int(state["next_frames"])
            self.evaluations = [from_fields(Evaluation, item) for item in state["evaluations"]]
            best = None if state["best"] is None else self.evaluations[state["best"]]
            self._log_before = [str(line) for line in state["log"]]
            self._logged = {str(name): float(value) for name, value in state["logged"].items()}
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise UserError(f"Its evaluations are not those of a run ({error!r:.200}).") from error
        self.best = best if self.policy.folder.is_dir() else None

    def _on_training_start(self) -> None:
        self._log.begin(self._log_before, self.num_timesteps)
        for name, value in self._logged.items():
            self.logger.record(name, value)
        if self.best is not None:
            self._show_best()
        self._started = time.monotonic()

    def _on_step(self) -> bool:
        self._progress.advance(self.num_timesteps)
        if self.num_timesteps < min(self._next, self._config.frames):
            return True
        while self._next <= self.num_timesteps:
            self._next += self._config.evaluation_frames
        if self._driving_dqn().updates > 0:
            self.evaluate()
        return True

    def evaluate(self) -> None:
        """Drives the validation roads with the policy as it is now, and keeps it if it is the best."""
        before, config = time.monotonic(), self._config
        self._driving_dqn().require_finite_weights()
        network = self._driving_dqn().driving_network()
        policy = Policy(network, config.env, config.encoder, config.head, name=self._name)
        scores = drive(PolicyDriver(policy), self._environment, self.exam.seeds).totals
        mastery = is_mastery(scores, self._pursuit_mps)
        evaluation = Evaluation(self.num_timesteps, self.training_s() - (time.monotonic() - before), scores, mastery)
        self.evaluations.append(evaluation)
        is_best = self.best is None or evaluation.rank > self.best.rank
        if is_best:
            self.policy.keep(policy)
            self.best = evaluation
        else:
            self.policy.save()
        self._write(evaluation)
        self._progress.tell(in_words(evaluation, self.exam.called) + (", best" if is_best else ""))
        self._show_best()
        self._evaluating_s += time.monotonic() - before

    def _show_best(self) -> None:
        assert self.best is not None
        self._progress.best(self.best.totals.success_rate)

    def _driving_dqn(self) -> DrivingDQN:
        assert isinstance(self.model, DrivingDQN)
        return self.model

    def _write(self, evaluation: Evaluation) -> None:
        values = {name: getattr(evaluation.totals, name) for name in self._names}
        recorded = self.logger.name_to_value
        loss = recorded.get(LOSS, float("nan"))
        row = [evaluation.frames, f"{evaluation.training_s:.2f}", *values.values(), int(evaluation.mastery), loss]
        scalars = {f"validation/{name}": value for name, value in values.items()}
        self._log.add(row, {**scalars, LOSS: loss, EXPLORATION: recorded[EXPLORATION]}, evaluation.frames)


def in_words(evaluation: Evaluation, roads: str) -> str:
    """What the console shows of an evaluation on ``roads``; with ", best" behind, it fits into 80 characters."""
    totals = evaluation.totals
    scores = f"success {percentage(totals.success_rate)}%, route {percentage(totals.route_completion)}%"
    return f"{evaluation.frames:,} frames, {roads}: {scores}, reward {totals.total_reward:.1f}"
