"""Runs that differ by the seed alone are one curve, named after what tells it from the others."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.curves.runs import LoggedRun
from agents.curves.scores import FRAMES

MOST_NAMED = 2  # settings in a name; where more differ, folders say it shorter
MOST_FOLDERS = 3  # in a name


@dataclass(frozen=True)
class Curve:
    """Runs of the same settings, each with a seed of its own."""

    name: str
    runs: Sequence[LoggedRun]

    @property
    def label(self) -> str:
        """Its name, and which runs it stands for."""
        runs = f"{len(self.runs)} seeds" if len(self.runs) > 1 else f"seed {self.runs[0].seed}"
        return "".join(letter if letter.isprintable() else "?" for letter in f"{self.name}, {runs}")


def curves_of(runs: Sequence[LoggedRun]) -> tuple[list[Curve], list[LoggedRun]]:
    """One curve for all runs that share every setting but the seed, in the order of ``runs``.

    Returns:
        The curves, and the runs that are left out, since another one that came at least as far has their settings and
        seed, too.
    """
    groups: dict[str, dict[int, LoggedRun]] = {}
    for run in runs:
        group = groups.setdefault(json.dumps(run.settings, sort_keys=True), {})
        other = group.setdefault(run.seed, run)
        if run.log[FRAMES][-1] > other.log[FRAMES][-1]:
            group[run.seed] = run
    grouped = [list(group.values()) for group in groups.values()]
    drawn = [run for group in grouped for run in group]
    curves = [Curve(name, group) for name, group in zip(_names(grouped), grouped, strict=True)]
    return curves, [run for run in runs if run not in drawn]


def _names(groups: Sequence[Sequence[LoggedRun]]) -> list[str]:
    """Presets where these differ, else the one or two settings that do, else folders."""
    settings = [group[0].settings for group in groups]
    presets = [str(each.get("preset", "run")) for each in settings]
    if len(set(presets)) == len(groups):
        return presets
    every = dict.fromkeys(name for each in settings for name in each)
    differing = [name for name in every if any(each.get(name) != settings[0].get(name) for each in settings)]
    if len(differing) <= MOST_NAMED:
        return [", ".join(_in_words(name, each.get(name)) for name in differing) for each in settings]
    return [_folders(group) for group in groups]


def _in_words(name: str, value: Any) -> str:
    """A setting as the command line has it."""
    values = value if isinstance(value, list) else [value]
    texts = [f"{item:.6g}" if isinstance(item, float) else str(item) for item in values]
    return " ".join([name.replace("_", "-"), *texts])


def _folders(runs: Sequence[LoggedRun]) -> str:
    names = [str(run.folder) for run in runs[:MOST_FOLDERS]]
    more = len(runs) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
