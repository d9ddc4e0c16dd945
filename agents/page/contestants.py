"""Contestants on the page: learners with one or more training runs, and drivers that need no learning."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

from agents.policy import Policy
from agents.scoring.evaluate import Scores
from agents.scoring.metrics import Totals, totals
from agents.scoring.statistics import score_table
from perception.untrusted import parse_json, read_file
from sim.types import FloatArray

CONFIG = "config.json"  # of a run folder
MAX_CONFIG_BYTES = 1_000_000  # that of the preset robust has 3 kB


@dataclass(frozen=True)
class EvaluatedRun:
    """One driver on all roads of the suite."""

    scores: Scores
    policy: Policy | None = None
    """The policy that drove; None for drivers that need no learning."""


@dataclass(frozen=True)
class Contestant:
    """One or more runs that differ in nothing but their training seed."""

    name: str
    runs: tuple[EvaluatedRun, ...]

    def scores(self, name: str) -> FloatArray:
        """One of the numbers of ``RoadScore``, by its name, of each drive: (runs, roads)."""
        return score_table([run.scores for run in self.runs], name)

    @property
    def learned(self) -> bool:
        """Whether policies drove."""
        return self.runs[0].policy is not None

    @property
    def roads(self) -> int:
        """How many roads each run drove."""
        return len(self.runs[0].scores.roads)

    def by_cell(self) -> dict[str, Totals]:
        """The totals of all runs in each cell of the suite, by its label."""
        rows = [row for run in self.runs for row in run.scores.roads]
        return Scores(self.name, totals(rows), rows).by_cell()


def contestants_of(
    paths: Sequence[Path | None], policies: Sequence[Policy], scores: Sequence[Scores]
) -> list[Contestant]:
    """Puts runs of the same training settings together; all else stands alone.

    The ``paths`` are those that policies came from, None for the reference policy; ``scores`` are theirs, and after
    them those of drivers that need no learning.
    """
    groups: dict[str, list[EvaluatedRun]] = {}
    for number, (path, policy) in enumerate(zip(paths, policies, strict=True)):
        groups.setdefault(_training(path) or f"alone {number}", []).append(EvaluatedRun(scores[number], policy))
    learned = [Contestant(_common_name(runs), tuple(runs)) for runs in groups.values()]
    return _told_apart(
        [*learned, *(Contestant(item.driver, (EvaluatedRun(item),)) for item in scores[len(policies) :])]
    )


def _training(path: Path | None) -> str | None:
    """How a run folder's policy was trained, without its seed; None for a bundle, which does not say."""
    file = None if path is None else path / CONFIG
    if file is None or not file.is_file():
        return None
    try:
        settings = parse_json(read_file(file, MAX_CONFIG_BYTES))
        return json.dumps({name: value for name, value in settings.items() if name != "seed"}, sort_keys=True)
    except (ValueError, AttributeError, OSError):
        return None


def _common_name(runs: Sequence[EvaluatedRun]) -> str:
    names = [run.scores.driver for run in runs]
    if len(names) == 1:
        return names[0]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same).rstrip("-_. 0123456789") or names[0]


def _told_apart(contestants: Sequence[Contestant]) -> list[Contestant]:
    """Numbers learners that would have the name of another contestant."""
    names = [item.name for item in contestants]
    taken, found = set(names), []
    for item in contestants:
        name = item.name
        if item.learned and names.count(name) > 1:
            name = next(free for number in count(1) if (free := f"{item.name} ({number})") not in taken)
            taken.add(name)
        found.append(Contestant(name, item.runs))
    return found
