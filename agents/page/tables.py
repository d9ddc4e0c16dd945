"""The page's tables."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.page.contestants import Contestant
from agents.scoring.columns import Column, cells, metric_columns
from agents.scoring.metrics import RoadScore, Totals
from agents.scoring.statistics import Estimate
from agents.words import ENDINGS, fraction


def score(value: float) -> str:
    """A driving score, 0 to 1."""
    return fraction(value, 3)


def interval(estimate: Estimate) -> str:
    """The ends of a driving score's interval."""
    return f"{score(estimate.low)} to {score(estimate.high)}"


METRICS = metric_columns(digits=1)
DRIVES = {
    "road_seed": Column("road", "seed of the road"),
    "ended_by": Column("ended", "how the drive ended", ENDINGS.__getitem__, text=True),
    "success": Column("success", "completed without leaving the lane", ("no", "yes").__getitem__, text=True),
    "driving_score": Column("score", "driving score, 0 to 1", score),
    **{name: METRICS[name] for name in ("route_completion", "mean_speed_mps", "lateral_rmse_m")},
    "departures": Column("left lane", "times that the lane was left"),
    "comfort": METRICS["comfort"],
    "survival_s": Column("time s", "until the drive ended", "{:.1f}".format),
}


RULES = {
    "red_lights": Column("red lights", "red lights that were run"),
    "stop_signs": Column("stop signs", "stop signs that were run"),
}


def summary_table(contestants: Sequence[Contestant], middles: Sequence[Estimate], *, in_town: bool) -> dict[str, Any]:
    """A row per contestant: means over its runs, and the interquartile mean of its driving score, ``middles``."""
    several = any(len(item.runs) > 1 for item in contestants)
    metrics = metric_columns(digits=1, in_town=in_town)
    columns = [
        Column("driver", "who drives", text=True),
        *([Column("runs", "training runs")] if several else []),
        Column("score", "driving score, interquartile mean"),
        Column("95 % interval", "of the driving score"),
        *metrics.values(),
    ]
    rows = []
    for item, middle in zip(contestants, middles, strict=True):
        totals = _mean_totals(item)
        runs = [str(len(item.runs))] if several else []
        row = [*runs, score(middle.value), interval(middle), *cells(totals, metrics)]
        rows.append({"name": item.name, "cells": row})
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


def drives_table(contestants: Sequence[Contestant], chosen: str, *, in_town: bool) -> dict[str, Any]:
    """A row per drive, the worst first, and what can be chosen from; at first, the drives of the run ``chosen``."""
    runs = [pair for item in contestants for pair in named_runs(item)]
    named = [(name, row) for name, rows in runs for row in rows]
    named.sort(key=lambda pair: (pair[1].driving_score, -pair[1].lateral_rmse_m))
    conditions = list(dict.fromkeys(row.cell for _, row in named))
    names = list(dict.fromkeys(name for name, _ in runs))
    columns = [Column("driver", "who drives", text=True)]
    filters = [{"label": "Driver", "column": 0, "options": names, "chosen": chosen}]
    if len(conditions) > 1:
        columns.append(Column("conditions", "cell of the suite", text=True))
        filters.append({"label": "Conditions", "column": 1, "options": conditions, "chosen": None})
    shown = {**DRIVES, **(RULES if in_town else {})}
    rows = [[*(name, row.cell)[: len(columns)], *cells(row, shown)] for name, row in named]
    return {"columns": [*columns, *shown.values()], "rows": rows, "filters": filters}


def named_runs(contestant: Contestant) -> list[tuple[str, list[RoadScore]]]:
    """A name for each run of a contestant, and its drives."""
    if len(contestant.runs) == 1:
        return [(contestant.name, contestant.runs[0].scores.roads)]
    return [(f"{contestant.name}, {run.scores.driver}", run.scores.roads) for run in contestant.runs]
