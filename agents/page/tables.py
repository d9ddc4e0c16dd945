"""The page's tables: what stands in which column, and how it is written."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.page.contestants import Contestant
from agents.scoring.metrics import RoadScore, Totals
from agents.scoring.statistics import Draw, Estimate, middle_estimate
from agents.words import fraction, percentage

ENDINGS = {"completed": "completed", "off_road": "left the road", "time_limit": "out of time"}


@dataclass(frozen=True)
class Column:
    """A column of numbers or, with ``text``, of words."""

    heading: str
    meaning: str
    text: bool = False


def number(value: float, form: str = "{:.2f}") -> str:
    """A number for people; those that are not finite by their sign."""
    return form.format(value) if math.isfinite(value) else "\N{INFINITY}"


def percent(value: float) -> str:
    """A share as per cent."""
    return f"{percentage(value, 1)} %"


def score(value: float) -> str:
    """A driving score, 0 to 1."""
    return fraction(value, 3)


def interval(estimate: Estimate) -> str:
    """The ends of a driving score's interval."""
    return f"{score(estimate.low)} to {score(estimate.high)}"


SUMMARY: tuple[tuple[Column, Callable[[Totals], str]], ...] = (
    (Column("success", "roads completed without leaving the lane"), lambda it: percent(it.success_rate)),
    (Column("driven", "share of the route, mean over roads"), lambda it: percent(it.route_completion)),
    (Column("m/s", "mean speed"), lambda it: number(it.mean_speed_mps)),
    (Column("offset m", "root mean square distance from the lane's centre"), lambda it: number(it.lateral_rmse_m)),
    (Column("off/km", "times that the lane was left"), lambda it: number(it.departures_per_km)),
    (Column("autonomy", "share of the time without a person at the wheel"), lambda it: percent(it.autonomy)),
    (Column("comfort", "share of the time within comfortable accelerations"), lambda it: percent(it.comfort)),
)

DRIVES: tuple[tuple[Column, Callable[[RoadScore], str]], ...] = (
    (Column("road", "seed of the road"), lambda it: str(it.road_seed)),
    (Column("ended", "how the drive ended", text=True), lambda it: ENDINGS[it.ended_by]),
    (Column("success", "completed without leaving the lane", text=True), lambda it: "yes" if it.success else "no"),
    (Column("score", "driving score, 0 to 1"), lambda it: score(it.driving_score)),
    (Column("driven", "share of the route"), lambda it: percent(it.route_completion)),
    (Column("m/s", "mean speed"), lambda it: number(it.mean_speed_mps)),
    (Column("offset m", "root mean square distance from the lane's centre"), lambda it: number(it.lateral_rmse_m)),
    (Column("left lane", "times that the lane was left"), lambda it: str(it.departures)),
    (Column("comfort", "share of the time within comfortable accelerations"), lambda it: percent(it.comfort)),
    (Column("time s", "until the drive ended"), lambda it: number(it.survival_s, "{:.1f}")),
)


def summary_table(contestants: Sequence[Contestant], middles: Sequence[Estimate]) -> dict[str, Any]:
    """A row per contestant: means over its runs, and the interquartile mean of its driving score, ``middles``."""
    several = any(len(item.runs) > 1 for item in contestants)
    columns = [
        Column("driver", "who drives", text=True),
        *([Column("runs", "training runs")] if several else []),
        Column("score", "driving score, interquartile mean"),
        Column("95 % interval", "of the driving score"),
        *(column for column, _ in SUMMARY),
    ]
    rows = []
    for item, middle in zip(contestants, middles, strict=True):
        totals = _mean_totals(item)
        cells = [str(len(item.runs))] if several else []
        cells += [score(middle.value), interval(middle)]
        rows.append({"name": item.name, "cells": [*cells, *(write(totals) for _, write in SUMMARY)]})
    return {"columns": columns, "rows": rows}


def _mean_totals(contestant: Contestant) -> Totals:
    """Each total, averaged over the runs."""
    first, *others = [run.scores.totals for run in contestant.runs]
    changes = {
        name: float(np.mean([getattr(item, name) for item in (first, *others)]))
        for name in Totals.__dataclass_fields__
        if name != "roads"
    }
    return dataclasses.replace(first, **changes)  # type: ignore[arg-type]


def drives_table(contestants: Sequence[Contestant], chosen: str) -> dict[str, Any]:
    """A row per drive, the worst first, and what can be chosen from; at first, the drives of the run ``chosen``."""
    runs = [pair for item in contestants for pair in _named_runs(item)]
    named = [(name, row) for name, rows in runs for row in rows]
    named.sort(key=lambda pair: (pair[1].driving_score, -pair[1].lateral_rmse_m))
    cells = list(dict.fromkeys(row.cell for _, row in named))
    names = list(dict.fromkeys(name for name, _ in runs))
    columns = [Column("driver", "who drives", text=True)]
    filters = [{"label": "Driver", "column": 0, "options": names, "chosen": chosen}]
    if len(cells) > 1:
        columns.append(Column("conditions", "cell of the suite", text=True))
        filters.append({"label": "Conditions", "column": 1, "options": cells, "chosen": None})
    rows = [[*(name, row.cell)[: len(columns)], *(write(row) for _, write in DRIVES)] for name, row in named]
    return {"columns": [*columns, *(column for column, _ in DRIVES)], "rows": rows, "filters": filters}


def run_names(contestant: Contestant) -> list[str]:
    """A name for each run of a contestant."""
    return [name for name, _ in _named_runs(contestant)]


def _named_runs(contestant: Contestant) -> list[tuple[str, list[RoadScore]]]:
    if len(contestant.runs) == 1:
        return [(contestant.name, contestant.runs[0].scores.roads)]
    return [(f"{contestant.name}, {run.scores.driver}", run.scores.roads) for run in contestant.runs]


def middle_scores(contestants: Sequence[Contestant], draw: Draw) -> list[Estimate]:
    """The interquartile mean of each contestant's driving score."""
    return [middle_estimate(item.scores("driving_score"), draw) for item in contestants]
