"""``dashcam benchmark leaderboard``: learners on the same budget of frames, and policies, on the roads of one suite.

Each training run leaves a file with its drives, so that an interrupted leaderboard goes on where it was. From the files
and the policies, RESULTS.md and results.json are made anew each time.
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
from agents.benchmarks.stock import STOCK, learn_stock, require_contrib
from agents.config import TrainConfig, preset
from agents.policy import Policy
from agents.progress import frames_bar
from agents.scoring.evaluate import PolicyDriver, Scores, baselines, drive_suite
from agents.scoring.scorecard import MAX_BYTES, Scorecard, read_scorecard, scorecard
from agents.scoring.suites import Suite
from perception.whole import parse_json, read_whole, write_whole
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
        UserError: the folder holds a run with another budget or on another suite, or cannot be made; sb3-contrib is not
            there; or the budget is too small.
    """
    if budget.frames < LEAST_FRAMES or budget.seeds < 1:
        raise UserError(
            f"{budget.frames} frames, {budget.seeds} seeds are too few; take {LEAST_FRAMES} frames and 1 seed or more."
        )
    require_contrib()
    _make(folder)
    files = {(name, seed): _run_file(folder, name, seed) for seed in range(budget.seeds) for name in LEARNERS}
    for file in files.values():
        if os.path.lexists(file):
            _read_run(file, budget, suite)  # says early what does not fit
    for (name, seed), file in files.items():
        if not os.path.lexists(file):
            _write(file, _run(name, seed, budget, suite, console))
    return [
        _entry(name, [_read_run(files[name, seed], budget, suite) for seed in range(budget.seeds)], budget)
        for name in LEARNERS
    ]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); choose another folder with --out.") from error


def drive_policies(policies: Sequence[Policy], suite: Suite) -> list[Entry]:
    """Policies that were trained elsewhere, and the drivers that need no learning, if they drive the whole suite."""
    config = preset("quick").env
    found = [Entry(item.name, "policy", (drive_suite(PolicyDriver(item), item.config, suite),)) for item in policies]
    found += [Entry(item.name, "driver", (drive_suite(item, config, suite),)) for item in baselines()]
    return [entry for entry in found if len(entry.runs[0].roads) == suite.roads]


def _run_file(folder: Path, name: str, seed: int) -> Path:
    return folder / f"{name.lower().replace(' ', '-')}-seed-{seed}.json"


def _run(name: str, seed: int, budget: Budget, suite: Suite, console: Console) -> dict[str, Any]:
    """Trains one learner with one seed and drives the suite; what its file holds."""
    config = _quick(budget.frames, seed)
    with frames_bar(console) as bar:
        task = bar.add_task(f"{name}, seed {seed}", total=budget.frames)
        start = time.perf_counter()
        driver = _learn(name, config, lambda frames: bar.update(task, completed=frames))
        seconds = time.perf_counter() - start
    scores = drive_suite(driver, config.env, suite)
    totals = scores.totals
    console.print(
        f"{name}, seed {seed}: {budget.frames:,} frames in {seconds:.0f} s, {totals.success_rate:.0%} of "
        f"{totals.roads} roads, driving score {totals.driving_score:.3f}",
        highlight=False,
    )
    return {
        "learner": name,
        "seed": seed,
        "frames": budget.frames,
        "training_s": round(seconds, 1),
        **scorecard([scores], suite),
    }


def _quick(frames: int, seed: int) -> TrainConfig:
    """Our preset for so many frames; like the others, it begins to learn early in a short run."""
    quick = preset("quick")
    starts = min(quick.learning_starts, max(frames // 10, quick.num_cars))
    return dataclasses.replace(quick, frames=frames, seed=seed, learning_starts=starts, stop_success_rate=None)


def _learn(name: str, config: TrainConfig, tell: Any) -> Driver:
    if name != OURS:
        return learn_stock(name, config.env, config.frames, config.seed, tell)
    ours = Dashcam(name, config)
    ours.learn_frames(config.frames, tell)
    return ours.driver()


def _read_run(file: Path, budget: Budget, suite: Suite) -> tuple[Scores, float]:
    card: Scorecard = read_scorecard(file)
    facts = parse_json(read_whole(file, MAX_BYTES))
    if facts.get("frames") != budget.frames or card.suite_hash != suite.hash:
        raise UserError(
            f"{file} is a run of {quoted(facts.get('frames'))} frames on {card.suite} ({card.suite_hash[:12]}), not of "
            f"{budget.frames} on {suite.name} ({suite.hash[:12]}); choose another folder with --out."
        )
    seconds = facts.get("training_s")
    if not isinstance(seconds, int | float) or len(card.scores[0].roads) != suite.roads:
        raise UserError(f"{file} is not a whole run; remove it, and it is trained again.")
    return card.scores[0], float(seconds)


def _entry(name: str, runs: Sequence[tuple[Scores, float]], budget: Budget) -> Entry:
    scores, seconds = zip(*runs, strict=True)
    return Entry(name, "learner", tuple(scores), budget.frames, tuple(seconds))


def _write(file: Path, content: dict[str, Any]) -> None:
    write_whole(file, f"{json.dumps(content, indent=1, allow_nan=False)}\n".encode())
