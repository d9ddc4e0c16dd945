"""The suite's cells on the page: what each does to the score."""

from collections.abc import Sequence
from typing import Any

from agents.page.charts import colors, robustness_chart
from agents.page.contestants import Contestant
from agents.scoring.metrics import Totals
from agents.scoring.robustness import Robustness, robustness
from agents.scoring.suites import Suite
from agents.words import fraction
from sim.corruptions import SEVERITIES


def conditions(contestants: Sequence[Contestant], suite: Suite) -> dict[str, Any] | None:
    """Scores by the suite's cells; None where there is only one."""
    if len(suite.cells) < 2:
        return None
    cells = {item.name: item.by_cell() for item in contestants}
    kept = {name: found for name, totals in cells.items() if (found := robustness(totals)) is not None}
    return _cell_scores(cells, suite) if not kept else _robustness(kept, colors(contestants))


def _cell_scores(cells: dict[str, dict[str, Totals]], suite: Suite) -> dict[str, Any]:
    """Mean driving score of each contestant in each cell."""
    rows = [
        {"name": cell.label, "shares": [totals[cell.label].driving_score for totals in cells.values()]}
        for cell in suite.cells
    ]
    table = {"name": "Mean driving score", "corner": "conditions", "headings": list(cells), "rows": rows}
    return {"about": "Each row is a cell of the suite.", "chart": None, "tables": [table]}


def _robustness(kept: dict[str, Robustness], shown: dict[str, str]) -> dict[str, Any]:
    """What is kept of the driving score on a clear day, per corruption and severity."""
    tables = [
        {
            "name": f"{name}: {fraction(found.overall, 3)} in all",
            "corner": "corruption",
            "headings": [*(f"severity {severity}" for severity in SEVERITIES), "mean"],
            "rows": [
                {"name": label, "shares": [*shares, found.by_corruption[label]]} for label, shares in found.kept.items()
            ],
        }
        for name, found in kept.items()
    ]
    about = (
        "The share of the driving score on a clear day that is kept with a worse camera or car, on the same roads; "
        "severities go from 1, mild, to 5, severe."
    )
    means = {name: found.by_corruption for name, found in kept.items()}
    return {"about": about, "chart": robustness_chart(means, shown), "tables": tables}
