"""How the numbers of a scorecard are written for people: in tables, on a policy's card, on the page."""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.scoring.metrics import RoadScore, Totals
from agents.words import percent


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    heading: str
    meaning: str
    write: Callable[[Any], str] = str
    """Makes the text of a value."""
    text: bool = False
    """Whether it holds words, not numbers."""


def metric_columns(digits: int, *, in_town: bool = False) -> dict[str, Column]:
    """Columns of metrics by the names of their fields; percentages have at least ``digits`` after the point."""
    rules = Column("rules/km", "red lights and stop signs that were run", number)
    share = functools.partial(percent, digits=digits)
    return {
        "success_rate": Column("success", "roads completed without leaving the lane", share),
        "route_completion": Column("driven", "share of the route", share),
        "mean_speed_mps": Column("m/s", "mean speed", number),
        "lateral_rmse_m": Column("offset m", "root mean square distance from the lane's centre", number),
        "departures_per_km": Column("off/km", "times that the lane was left", number),
        **({"infractions_per_km": rules} if in_town else {}),
        "autonomy": Column("autonomy", "share of the time without a person, who takes over 1 m off the centre", share),
        "comfort": Column("comfort", "share of the time within nuPlan's bounds of acceleration", share),
    }


def number(value: float) -> str:
    """A number for people; those that are not finite by their sign."""
    return f"{value:.2f}" if math.isfinite(value) else "\N{INFINITY}"


def cells(values: Totals | RoadScore, columns: Mapping[str, Column]) -> list[str]:
    """The row of ``columns``, which are named as the fields of ``values``."""
    return [column.write(getattr(values, name)) for name, column in columns.items()]
