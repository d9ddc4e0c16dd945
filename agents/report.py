"""Results for people and for programs: the table on the terminal, scorecard.json and a policy's card."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from agents.atomic import write_atomically
from agents.bundle import CARD, SCORECARD
from agents.evaluate import Scores
from agents.metrics import Totals

SCORECARD_VERSION = 1

# Heading, name of the total, format and factor of each column.
COLUMNS = (
    ("success", "success_rate", "{:.0f} %", 100.0),
    ("driven", "route_completion", "{:.0f} %", 100.0),
    ("m/s", "mean_speed_mps", "{:.2f}", 1.0),
    ("offset m", "lateral_rmse_m", "{:.2f}", 1.0),
    ("angle deg", "heading_rmse_rad", "{:.1f}", 180.0 / math.pi),
    ("off/km", "departures_per_km", "{:.2f}", 1.0),
    ("reward", "total_reward", "{:.0f}", 1.0),
)
LEGEND = (
    "success: completed within the lane; offset, angle: root mean square error from the lane; "
    "off/km: times that the lane was left"
)


def table(scores: Sequence[Scores], roads: str) -> Table:
    """A row per driver."""
    title = f"{scores[0].totals.roads} roads: {roads}"
    result = Table(title=title, caption=LEGEND, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    result.add_column("driver", style="bold", no_wrap=True)
    for heading, *_ in COLUMNS:
        result.add_column(heading, justify="right", no_wrap=True)
    for item in scores:
        result.add_row(item.driver, *_cells(item.totals))
    return result


def scorecard(scores: Sequence[Scores], roads: str) -> dict[str, Any]:
    """All results as plain data: totals and a row per road for each driver."""
    return {
        "version": SCORECARD_VERSION,
        "roads": roads,
        "drivers": [
            {
                "driver": item.driver,
                "totals": dataclasses.asdict(item.totals),
                "roads": [dataclasses.asdict(row) for row in item.roads],
            }
            for item in scores
        ],
    }


def write_scorecard(scores: Sequence[Scores], roads: str, folder: Path) -> Path:
    """Writes scorecard.json into ``folder`` and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SCORECARD
    write_atomically(path, f"{json.dumps(scorecard(scores, roads), indent=2)}\n".encode())
    return path


def write_card(folder: Path, scores: Sequence[Scores], roads: str, facts: dict[str, str]) -> Path:
    """Writes what a stranger should know of a policy into card.md of its folder."""
    headings = " | ".join(heading for heading, *_ in COLUMNS)
    lines = [
        "# Policy card",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        f"## Scores on {scores[0].totals.roads} roads that it never saw ({roads})",
        "",
        f"| driver | {headings} |",
        f"|---|{'---:|' * len(COLUMNS)}",
        *(f"| {item.driver} | {' | '.join(_cells(item.totals))} |" for item in scores),
        "",
        "## Limits",
        "",
        "Trained in simulation on procedural two-lane roads, flat, without other traffic. It follows the right-hand",
        "lane and nothing else; it is not fit to drive a vehicle among people.",
        "",
    ]
    path = folder / CARD
    write_atomically(path, "\n".join(lines).encode())
    return path


def _cells(values: Totals) -> list[str]:
    return [form.format(factor * getattr(values, name)) for _, name, form, factor in COLUMNS]
