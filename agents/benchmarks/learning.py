"""``dashcam benchmark learning``: time to mastery of our preset and of stock DQN, in turns, on the same roads."""

import dataclasses
import json
import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.benchmarks.learners import SCALED_SETTINGS, Dashcam, Learner, stock_as_atari, stock_as_car_racing
from agents.benchmarks.speed import describe_machine
from agents.benchmarks.timing import fixed_loop
from agents.config import preset
from agents.console import figures_table
from agents.learning.allocator import keep_freed_memory
from agents.scoring.evaluate import drive
from agents.training.mastery import is_mastery, pursuit_speed
from agents.words import percentage
from perception import VALIDATION_FIRST_SEED
from perception.atomic import write_atomic
from perception.untrusted import parse_json, read_file
from sim.errors import UserError
from sim.fields import from_fields

ROADS = range(VALIDATION_FIRST_SEED, VALIDATION_FIRST_SEED + 100)
GIVE_UP_S = 300.0  # s; a machine on which ours takes longer has nothing to compare
CHECKS = 5  # of the others, once ours has mastered its roads
VERSION = 2
LONGEST_TURN, MOST_BUDGET = 600.0, 1000.0  # s; times as long as ours
MAX_BYTES = 10_000_000  # of kept results; those of five seeds have 50 kB


@dataclass(frozen=True)
class Check:
    """A learner's policy on unseen roads after so much training."""

    seconds: float
    """Training so far, checks not counted [s]."""
    frames: int
    success_rate: float
    mean_speed_mps: float
    mastery: bool
    loop_ms: float
    """Time of a fixed loop before the turn, which varies with machine load [ms]."""


@dataclass
class Race:
    """One learner with one seed."""

    name: str
    seed: int
    ours: bool
    checks: list[Check] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Training so far [s]."""
        return self.checks[-1].seconds if self.checks else 0.0

    @property
    def mastery_s(self) -> float | None:
        """Training until the first check with mastery [s]; None where there was none."""
        return next((check.seconds for check in self.checks if check.mastery), None)


@dataclass(frozen=True)
class Rules:
    """What results must share to stand in one table."""

    turn_s: float
    """Length of a turn [s]; after each, the policy drives 100 unseen roads."""
    budget: float
    """How many times as long as ours the others may learn."""


def require_races(seeds: int, seconds: float, budget: float) -> None:
    """Makes sure that a comparison of learners makes sense.

    Raises:
        UserError: no seed, no time to learn in a turn, or less time for the others than for us.
    """
    if not (seeds >= 1 and 0.0 < seconds <= LONGEST_TURN and 1.0 <= budget <= MOST_BUDGET):
        raise UserError(
            f"{seeds} seeds, turns of {seconds} s and a budget of {budget} were asked for, but there must be 1 seed or "
            f"more, turns of more than 0 and at most {LONGEST_TURN:.0f} s and a budget of 1 to {MOST_BUDGET:.0f}."
        )


def benchmark_learning(seeds: int, rules: Rules, console: Console, path: Path | None = None) -> list[Race]:
    """Lets our preset and stock DQN learn in turns, seed after seed; ``console`` shows each check.

    With a ``path``, every finished seed is kept there, and seeds that it contains are not repeated.

    Raises:
        UserError: ``path`` holds something else than results under these rules on this machine.
    """
    keep_freed_memory()
    races = [] if path is None else read_learning(path, rules)
    kept = {race.seed for race in races}
    for seed in sorted(set(range(seeds)) - kept):
        races += _race(seed, rules, console)
        if path is not None:
            write_learning(races, rules, path)
    return [race for race in races if race.seed < seeds]


def _race(seed: int, rules: Rules, console: Console) -> list[Race]:
    config = dataclasses.replace(preset("quick"), seed=seed)
    ours = Dashcam("dashcam quick", config)
    others: list[Learner] = [stock_as_atari(config.env, seed), stock_as_car_racing(seed)]
    pursuit_mps = pursuit_speed(config.env, ROADS)
    races = {learner.name: Race(learner.name, seed, learner is ours) for learner in (ours, *others)}
    while races[ours.name].mastery_s is None and races[ours.name].seconds < GIVE_UP_S:
        for learner in (ours, *others):
            _turn(learner, races[learner.name], rules.turn_s, pursuit_mps, console)
    limit_s = rules.budget * races[ours.name].seconds
    for learner in others:
        race = races[learner.name]
        while race.mastery_s is None and race.seconds < limit_s:
            _turn(learner, race, min(limit_s / CHECKS, limit_s - race.seconds), pursuit_mps, console)
    return list(races.values())


def _turn(learner: Learner, race: Race, seconds: float, pursuit_mps: float, console: Console) -> None:
    loop_ms = fixed_loop()
    start = time.perf_counter()
    learner.learn(seconds)
    seconds = time.perf_counter() - start
    totals = drive(learner.driver(), learner.config, ROADS).totals
    check = Check(
        seconds=race.seconds + seconds,
        frames=learner.frames,
        success_rate=totals.success_rate,
        mean_speed_mps=totals.mean_speed_mps,
        mastery=is_mastery(totals, pursuit_mps),
        loop_ms=loop_ms,
    )
    race.checks.append(check)
    console.print(
        f"seed {race.seed}, {check.seconds:6.1f} s, {check.frames:7,} frames: {learner.name}, "
        f"{percentage(check.success_rate)}% at {check.mean_speed_mps:.1f} m/s",
        highlight=False,
    )


def ratios(races: list[Race], endless: bool = False) -> dict[str, float]:
    """For every other learner: median over the seeds of its time over ours.

    A seed with which it never got there counts as all of its training, so that the median may be a lower bound, or as
    ``endless``, so that it is infinite where that is so.
    """
    ours = {race.seed: race.mastery_s for race in races if race.ours}
    found: dict[str, list[float]] = {}
    for race in races:
        own = ours[race.seed]
        if not race.ours and own is not None:
            found.setdefault(race.name, []).append((race.mastery_s or (math.inf if endless else race.seconds)) / own)
    return {name: statistics.median(values) for name, values in found.items()}


def show(races: list[Race], console: Console) -> None:
    """Prints the table."""
    table = figures_table("learner", "seeds", "mastered", "median s", "worst s", "best", "ratio")
    known, least = ratios(races, endless=True), ratios(races)
    for name in dict.fromkeys(race.name for race in races):
        ratio = _median(known[name], least[name], digits=0) if name in known else ""
        table.add_row(name, *_row([race for race in races if race.name == name], ratio))
    console.print(table)
    console.print(
        "Mastery: 95 of 100 unseen roads without leaving the lane, at 80 % of pure pursuit's speed or more. "
        "What has a > is a lower bound: the budget ended first.",
        highlight=False,
    )


def _row(races: list[Race], ratio: str) -> tuple[str, ...]:
    mastered = [race.mastery_s for race in races if race.mastery_s is not None]
    known = statistics.median(race.mastery_s or math.inf for race in races)
    least = statistics.median(race.mastery_s or race.seconds for race in races)
    best = max(check.success_rate for race in races for check in race.checks)
    return (
        str(len(races)),
        str(len(mastered)),
        _median(known, least, digits=1),
        f"{max(mastered):.1f}" if len(mastered) == len(races) else "",
        f"{percentage(best)}%",
        "1" if races[0].ours else ratio,
    )


def _median(known: float, least: float, digits: int) -> str:
    """A median, or its lower bound where it is infinite."""
    return f"{known:.{digits}f}" if math.isfinite(known) else f"> {least:.0f}"


def write_learning(races: list[Race], rules: Rules, path: Path) -> None:
    """Writes every check as JSON."""
    content: dict[str, Any] = {
        **_conditions(rules),
        "races": [dataclasses.asdict(race) for race in races],
        "ratios": ratios(races),
    }
    write_atomic(path, f"{json.dumps(content, indent=1)}\n".encode())


def read_learning(path: Path, rules: Rules) -> list[Race]:
    """Races that ``write_learning`` has kept; none where there is no file.

    Raises:
        UserError: it holds something else, or results under other conditions.
    """
    if not path.exists():
        return []
    try:
        content = parse_json(read_file(path, MAX_BYTES))
        races = [_stored_race(item) for item in content["races"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} holds no results of this benchmark ({error!r:.80}); choose another file.") from None
    for name, value in _conditions(rules).items():
        if content.get(name) != value:
            raise UserError(f"{path} holds results under other {name} than now; choose another file or remove it.")
    return races


def _stored_race(item: Mapping[str, Any]) -> Race:
    checks = [from_fields(Check, check) for check in item["checks"]]
    race = Race(item["name"], item["seed"], item["ours"], checks)
    if not (isinstance(race.name, str) and type(race.seed) is int and isinstance(race.ours, bool) and checks):
        raise ValueError("a race that cannot be")
    return race


def _conditions(rules: Rules) -> dict[str, Any]:
    """What results must share to stand in one table."""
    settings = json.loads(preset("quick").as_json())
    return {
        "version": VERSION,
        "machine": describe_machine(),
        "rules": dataclasses.asdict(rules),
        "preset": settings,
        "stock": SCALED_SETTINGS,
    }
