"""Robustness: the share of its score that a driver keeps when its camera or its car gets worse.

    robustness = mean over corruptions and severities of driving score / driving score on a clear day
on the same roads: the mean corruption error of ImageNet-C turned round, so that 1 is nothing lost (Hendrycks and
Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR 2019). The driving
score is graded: whoever leaves the road half-way keeps half. Success, yes or no, would take many more roads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from agents.console import figures_table
from agents.scoring.evaluate import Scores
from agents.scoring.metrics import Totals
from agents.scoring.suites import CLEAR
from agents.words import percent, percentage
from sim.corruptions import NAMES, SEVERITIES, Corruption


@dataclass(frozen=True)
class Robustness:
    """What a driver keeps of its score."""

    clear_score: float
    """Driving score on a clear day, 0..1."""
    kept: dict[str, tuple[float, ...]]
    """Share of it that is kept under each corruption, severities 1 to 5; above 1 where it drives better."""

    @property
    def by_corruption(self) -> dict[str, float]:
        """Mean over the severities of each corruption."""
        return {name: float(np.mean(shares)) for name, shares in self.kept.items()}

    @property
    def by_severity(self) -> tuple[float, ...]:
        """Mean over the corruptions at each severity."""
        return tuple(float(share) for share in np.mean(list(self.kept.values()), axis=0))

    @property
    def overall(self) -> float:
        """Mean over corruptions and severities."""
        return float(np.mean(list(self.kept.values())))

    def as_data(self) -> dict[str, Any]:
        """All of it for a scorecard."""
        return {
            "robustness": self.overall,
            "clear_driving_score": self.clear_score,
            "by_corruption": self.by_corruption,
            "kept": {name: list(shares) for name, shares in self.kept.items()},
        }


def robustness(cells: Mapping[str, Totals]) -> Robustness | None:
    """What is kept of the score, from the totals of a suite's cells by their labels.

    Returns:
        None where it is undefined: cells are missing, as for a driver that does not use frames, or the score on a
        clear day is 0.
    """
    labels = [Corruption(name, severity).label for name in NAMES for severity in SEVERITIES]
    if CLEAR not in cells or cells[CLEAR].driving_score <= 0.0 or not all(label in cells for label in labels):
        return None
    clear = cells[CLEAR].driving_score
    scores = iter([cells[label].driving_score / clear for label in labels])
    return Robustness(clear, {name: tuple(next(scores) for _ in SEVERITIES) for name in NAMES})


def robustness_tables(scores: Sequence[Scores]) -> list[Table]:
    """A table for each driver whose robustness is defined."""
    results = [(item.driver, robustness(item.by_cell())) for item in scores]
    return [robustness_table(driver, result) for driver, result in results if result is not None]


def robustness_table(driver: str, result: Robustness) -> Table:
    """A row per corruption, a column per severity, as shares of the score on a clear day."""
    title = f"{driver}: driving score kept, of {percentage(result.clear_score, 1)} on a clear day"
    caption = f"robustness, the mean of all: {percent(result.overall, 1)}"
    table = figures_table("corruption", *map(str, SEVERITIES), "mean", title=title, caption=caption)
    table.columns[0].style = "bold"
    for column in table.columns[1:]:
        column.min_width = 5
    for name, shares in result.kept.items():
        table.add_row(name, *map(percent, shares), percent(result.by_corruption[name]))
    table.add_section()
    table.add_row("all", *map(percent, result.by_severity), percent(result.overall))
    return table
