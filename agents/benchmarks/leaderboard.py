"""``dashcam benchmark leaderboard``: learners on the same budget of frames, and policies, on the roads of one suite.

Each training run leaves a file with its drives, so that an interrupted leaderboard resumes where it was. From the files
and the policies, RESULTS.md and results.json are written anew each time.
"""

import dataclasses
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.benchmarks.learners import Dashcam
from agents.benchmarks.speed import describe_machine
from agents.benchmarks.stock import STOCK, learn_stock, require_contrib
from agents.config import TrainConfig, preset
from agents.locks import held
from agents.policy import Policy
from agents.progress import frames_bar
from agents.scoring.evaluate import PolicyDriver, Scores, baselines, drive_suite
from agents.scoring.scorecard import MAX_BYTES, Scorecard, read_scorecard, scorecard
from agents.scoring.suites import Suite
from agents.words import fraction, percentage
from perception.atomic import write_atomic
from perception.untrusted import parse_json, read_file
from sim.drivers import Driver
from sim.errors import UserError
from sim.fields import quoted

OURS = "dashcam quick"
LEARNERS = (OURS, *STOCK)
LEAST_FRAMES = 500


@dataclass(frozen=True)
class Entry:
    """A row of the leaderboard: a learner with its runs, a policy, or a driver that needs no learning."""

    name: str
    kind: str
    """learner, policy or driver."""
    runs: tuple[Scores, ...]
    frames: int | None = None
    """What each run of a learner saw."""
    training_s: tuple[float, ...] = ()
    """How long each run of a learner took [s]."""


@dataclass(frozen=True)
class Budget:
    """What each learner gets."""

    frames: int
    """Frames of each run."""
    seeds: int
    """Runs, with seeds from 0 on."""


def train_learners(budget: Budget, suite: Suite, folder: Path, console: Console) -> list[Entry]:
    """Trains what is not in ``folder`` yet, seed after seed, and returns all learners.

    Raises:
        UserError: the folder holds a run with another budget or settings, or on another suite or machine, or cannot be
            made; sb3-contrib is not there; or the budget is too small.
    """
    if budget.frames < LEAST_FRAMES or budget.seeds < 1:
        raise UserError(
            f"{budget.frames} frames, {budget.seeds} seeds are too few; take {LEAST_FRAMES} frames and 1 seed or more."
        )
    require_contrib()
    _make(folder)
    with held(folder, f"Another program is training into {folder}; let it end first, or choose another --out."):
        return _train_missing(budget, suite, folder, console)


def _train_missing(budget: Budget, suite: Suite, folder: Path, console: Console) -> list[Entry]:
    runs = [_TrainingRun(name, seed, budget, suite) for seed in range(budget.seeds) for name in LEARNERS]
    for run in runs:
        if os.path.lexists(run.file(folder)):
            run.read(folder)  # says early what does not fit
    for run in runs:
        if not os.path.lexists(run.file(folder)):
            _write(run.file(folder), run.train(console))
    return [_entry(name, [run.read(folder) for run in runs if run.name == name], budget) for name in LEARNERS]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); choose another folder with --out.") from error


def drive_policies(policies: Sequence[Policy], suite: Suite) -> list[Entry]:
    """Policies that were trained elsewhere, and the drivers that need no learning, if they drive the whole suite."""
    config = preset("quick").env
    found = [Entry(item.name, "policy", (drive_suite(PolicyDriver(item), item.config, suite),)) for item in policies]
    found += [Entry(item.name, "driver", (drive_suite(item, config, suite),)) for item in baselines(suite.kind)]
    return [entry for entry in found if len(entry.runs[0].roads) == suite.roads]


@dataclass(frozen=True)
class _TrainingRun:
    """A learner with a seed, the file that it leaves, and what must be as it is now to use that again."""

    name: str
    seed: int
    budget: Budget
    suite: Suite

    def file(self, folder: Path) -> Path:
        return folder / f"{self.name.lower().replace(' ', '-')}-seed-{self.seed}.json"

    def train(self, console: Console) -> dict[str, Any]:
        """Trains and drives the suite; what the file holds."""
        name, seed, frames = self.name, self.seed, self.budget.frames
        config = _quick(frames, seed)
        with frames_bar(console) as bar:
            task = bar.add_task(f"{name}, seed {seed}", total=frames)
            start = time.perf_counter()
            driver = _learn(name, config, lambda seen: bar.update(task, completed=seen))
            seconds = time.perf_counter() - start
        scores = drive_suite(driver, config.env, self.suite)
        totals = scores.totals
        console.print(
            f"{name}, seed {seed}: {frames:,} frames in {seconds:.0f} s, {percentage(totals.success_rate)}% of "
            f"{totals.roads} roads, driving score {fraction(totals.driving_score, 3)}",
            highlight=False,
        )
        facts = {"learner": name, "seed": seed, "frames": frames, "training_s": round(seconds, 1)}
        return {**facts, **self._conditions(), **scorecard([scores], self.suite)}

    def read(self, folder: Path) -> tuple[Scores, float]:
        """The drives, and how long training took [s].

        Raises:
            UserError: the run is incomplete, or was trained under other conditions.
        """
        file, suite = self.file(folder), self.suite
        card: Scorecard = read_scorecard(file)
        facts = parse_json(read_file(file, MAX_BYTES))
        if facts.get("frames") != self.budget.frames or card.suite_hash != suite.hash:
            raise UserError(
                f"{file} is a run of {quoted(facts.get('frames'))} frames on {card.suite} ({card.suite_hash[:12]}), "
                f"not of {self.budget.frames} on {suite.name} ({suite.hash[:12]}); choose another folder with --out."
            )
        for name, value in self._conditions().items():
            if facts.get(name) != value:
                raise UserError(f"{file} is a run under other {name} than now; choose another folder with --out.")
        seconds = facts.get("training_s")
        if not isinstance(seconds, int | float) or len(card.scores[0].roads) != suite.roads:
            raise UserError(f"{file} is incomplete; remove it, and the run is trained again.")
        return card.scores[0], float(seconds)

    def _conditions(self) -> dict[str, Any]:
        """What the runs of a leaderboard share, as JSON has it: the machine with its versions, and the settings."""
        settings = dataclasses.asdict(_quick(self.budget.frames, self.seed))
        if self.name != OURS:
            stock = STOCK[self.name]
            settings = {"env": settings["env"], "cars": stock.cars, **stock.settings(self.budget.frames)}
        conditions = {"machine": describe_machine(), "settings": settings}
        plain: dict[str, Any] = json.loads(json.dumps(conditions, default=repr))
        return plain


def _quick(frames: int, seed: int) -> TrainConfig:
    """Our preset for that many frames; like the others, it starts learning early in a short run."""
    quick = preset("quick")
    starts = min(quick.learning_starts, max(frames // 10, quick.num_cars))
    return dataclasses.replace(quick, frames=frames, seed=seed, learning_starts=starts, stop_success_rate=None)


def _learn(name: str, config: TrainConfig, tell: Any) -> Driver:
    if name != OURS:
        return learn_stock(name, config.env, config.frames, config.seed, tell)
    ours = Dashcam(name, config)
    ours.learn_frames(config.frames, tell)
    return ours.driver()


def _entry(name: str, runs: Sequence[tuple[Scores, float]], budget: Budget) -> Entry:
    scores, seconds = zip(*runs, strict=True)
    return Entry(name, "learner", tuple(scores), budget.frames, tuple(seconds))


def _write(file: Path, content: dict[str, Any]) -> None:
    write_atomic(file, f"{json.dumps(content, indent=1, allow_nan=False)}\n".encode())
