"""The content of each section of the page."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from agents.page.charts import colors, error_profiles, interval_chart, score_profiles
from agents.page.conditions import conditions
from agents.page.contestants import Contestant
from agents.page.drives import ordered_drives, worst_maps, worst_moments
from agents.page.maps import ERROR_LABELS
from agents.page.tables import drives_table, named_runs, score, summary_table
from agents.scoring.columns import number
from agents.scoring.statistics import (
    CONFIDENCE,
    RESAMPLES,
    Draw,
    Estimate,
    improvement_estimate,
    mean_estimate,
    middle_estimate,
    runs_and_roads_of,
    share_estimate,
)
from agents.scoring.suites import Suite
from agents.words import percentage

CHART_NAME = 26  # characters of a name in a chart


def content(entered: Sequence[Contestant], suite: Suite) -> dict[str, Any]:
    """Everything that the template shows but how it was made. Runs of policies must hold their trajectories.

    Only contestants that drove every road of the suite can be compared; drivers that do not use
    frames skip cells with a worse camera.
    """
    contestants = [item for item in entered if item.roads == suite.roads]
    draw = runs_and_roads_of(contestants[0].runs[0].scores)
    middles = [middle_estimate(item.scores("driving_score"), draw) for item in contestants]
    learned = [item for item in contestants if item.learned]
    lead = contestants[0]
    shown = colors(contestants)
    successes = [share_estimate(item.scores("success"), draw) for item in contestants]
    charts = [
        interval_chart(
            [(_short(item.name), value, shown[item.name]) for item, value in zip(contestants, values, strict=True)],
            label,
            name,
        )
        for values, label, name in (
            (middles, "driving score, interquartile mean", "scores"),
            (successes, "share of roads completed in the lane", "successes"),
        )
    ]
    drives = {item.name: ordered_drives(item, suite) for item in learned}
    return {
        "suite": {"name": suite.name, "hash": suite.hash, "drives": suite.roads},
        "lead": {"name": lead.name, "runs": len(lead.runs), "tiles": _tiles(lead, middles[0], successes[0], draw)},
        "summary": {**summary_table(contestants, middles, in_town=suite.kind == "town"), "charts": charts},
        "comparison": {"charts": _comparison(contestants, draw)},
        "maps": {"key": ERROR_LABELS, "groups": worst_maps(drives)},
        "moments": worst_moments(drives),
        "conditions": conditions(contestants, suite),
        "profiles": [score_profiles(contestants, draw), error_profiles(contestants, draw)],
        "drives": drives_table(contestants, named_runs(lead)[0][0], in_town=suite.kind == "town"),
        "absent": [item.name for item in entered if item not in contestants],
        "intervals": _intervals(contestants, suite),
    }


def _tiles(lead: Contestant, middle: Estimate, success: Estimate, draw: Draw) -> list[dict[str, str]]:
    """The lead's most important numbers, each with its interval."""

    def mean(name: str) -> Estimate:
        return mean_estimate(lead.scores(name), draw)

    share = functools.partial(percentage, digits=1)
    tiles: tuple[tuple[str, Estimate, Callable[[float], str], str], ...] = (
        ("Completed in the lane", success, share, " %"),
        ("Driving score, IQM", middle, score, ""),
        ("Off the centre, RMS", mean("lateral_rmse_m"), number, " m"),
        ("Speed", mean("mean_speed_mps"), number, " m/s"),
        ("Comfort", mean("comfort"), share, " %"),
    )
    return [
        {
            "name": name,
            "value": write(it.value) + unit,
            "interval": f"[{write(it.low)} to {write(it.high)}]",
        }
        for name, it, write, unit in tiles
    ]


def _comparison(contestants: Sequence[Contestant], draw: Draw) -> list[Any]:
    """Each learner beside all that stand after it, by driving score and by lateral error."""
    pairs = [
        (item, other) for place, item in enumerate(contestants) if item.learned for other in contestants[place + 1 :]
    ]
    shown = colors(contestants)
    charts = []
    for name, label, sign, measure in (
        ("better-score", "probability of a higher driving score", 1.0, "driving_score"),
        ("smaller-error", "probability of a smaller lateral error", -1.0, "lateral_rmse_m"),
    ):
        tables = {item.name: sign * item.scores(measure) for item in contestants}
        rows = [
            (
                f"{_short(item.name)}\nover {_short(other.name)}",
                improvement_estimate(tables[item.name], tables[other.name], draw),
                shown[item.name],
            )
            for item, other in pairs
        ]
        if rows:
            charts.append(interval_chart(rows, label, name, 0.5))
    return charts


def _intervals(contestants: Sequence[Contestant], suite: Suite) -> str:
    """How the intervals were computed."""
    several = any(len(item.runs) > 1 for item in contestants)
    runs = "training runs of each learner and " if several else ""
    within = " within each cell of the suite" if suite.roads > len(suite.cells) > 1 else ""
    only = "" if several else " Each driver is one training run, so the intervals say nothing about other seeds."
    return (
        f"Intervals are {CONFIDENCE:.0%} percentile bootstraps of {RESAMPLES:,} resamples, over {runs}"
        f"roads{within}, the same ones for all drivers.{only}"
    )


def _short(name: str) -> str:
    return name if len(name) <= CHART_NAME else f"{name[: CHART_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
