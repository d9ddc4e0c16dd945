"""Results for people: the table on the terminal, and a policy's card."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from agents.bundles.bundle import CARD
from agents.console import figures_table
from agents.scoring.columns import Column, cells, metric_columns
from agents.scoring.evaluate import Scores
from agents.scoring.exam import ExamRoads
from agents.scoring.metrics import Totals
from agents.scoring.suites import Suite
from agents.words import ENDINGS, counted, legible, percentage
from perception.atomic import write_atomic
from sim.config import RoadKind

DRIVER_WIDTH = 18  # characters; longer names are cut, so that the table fits 80
MOST_CELLS = 12  # of a suite that the table shows one by one


_SCORE = Column("score", "share of the route driven within the lane, of 100", lambda share: percentage(share, 1))
_SHOWN = (
    "success_rate", "driving_score", "mean_speed_mps", "lateral_rmse_m", "departures_per_km", "autonomy", "comfort",
)  # fmt: skip
_IN_TOWNS = tuple("infractions_per_km" if name == "lateral_rmse_m" else name for name in _SHOWN)


def columns_of(kind: RoadKind) -> dict[str, Column]:
    """The columns of a table of results on roads of this kind."""
    in_town = kind == "town"
    known = {"driving_score": _SCORE, **metric_columns(digits=0, in_town=in_town)}
    return {name: known[name] for name in (_IN_TOWNS if in_town else _SHOWN)}


def table(scores: Sequence[Scores], suite: Suite) -> Table:
    """A row per driver, and below it one per cell where the suite has several that differ for this driver."""
    title = f"{suite.name} ({suite.hash[:12]}): {counted(suite.roads, 'trip' if suite.kind == 'town' else 'road')}"
    columns = columns_of(suite.kind)
    legend = "; ".join(f"{column.heading}: {column.meaning}" for column in columns.values())
    headings = [column.heading for column in columns.values()]
    result = figures_table("driver", *headings, title=title, caption=legend)
    result.columns[0].max_width = DRIVER_WIDTH
    for item in scores:
        result.add_row(Text(item.driver, "bold"), *cells(item.totals, columns))
        for label, found in _shown_cells(item, suite):
            result.add_row(Text(f"  {label}", "dim"), *cells(found, columns))
    return result


def endings(scores: Sequence[Scores]) -> list[str]:
    """How the drives of each driver ended, and what rules it broke, a line each."""
    return [", ".join(_endings(item)) for item in scores]


def _endings(scores: Scores) -> Iterator[str]:
    ended = Counter(row.ended_by for row in scores.roads)
    named = [f"{count} {ENDINGS[name]}" for name, count in ended.most_common()]
    yield f"{scores.driver}: {named[0]}"
    yield from named[1:]
    signs = sum(row.stop_signs for row in scores.roads)
    if signs > 0:
        yield f"ran {counted(signs, 'stop sign')}"


def write_card(folder: Path, scores: Sequence[Scores], suite: Suite, facts: dict[str, str], roads: ExamRoads) -> Path:
    """Writes what a stranger should know of a policy into card.md of its folder."""
    known = "never saw" if roads.unseen else "trained on"
    driven = counted(suite.roads, "town" if suite.kind == "town" else "road")
    columns = columns_of(suite.kind)
    headings = " | ".join(column.heading for column in columns.values())
    lines = [
        "# Policy card",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        f"## Scores on {driven} that it {known} ({suite.name}, {suite.hash[:12]})",
        "",
        f"| driver | {headings} |",
        f"|---|{'---:|' * len(columns)}",
        *(f"| {item.driver} | {' | '.join(cells(item.totals, columns))} |" for item in scores),
        "",
        "## Limits",
        "",
        *_limits(roads),
        "",
    ]
    path = folder / CARD
    write_atomic(path, legible("\n".join(lines)).encode())
    return path


def _limits(roads: ExamRoads) -> list[str]:
    """What it is not made for."""
    if roads.roads.kind == "town":
        return [
            "Trained in simulation in towns, flat, without other traffic. It follows its lane and what a navigator",
            "tells; it is not fit to drive a vehicle among people.",
        ]
    drawn = roads.roads.file is None
    where, lane = ("procedural two-lane roads", "the right-hand") if drawn else ("roads of a file", "its")
    return [
        f"Trained in simulation on {where}, flat, without other traffic. It follows {lane}",
        "lane and nothing else; it is not fit to drive a vehicle among people.",
    ]


def _shown_cells(scores: Scores, suite: Suite) -> Iterator[tuple[str, Totals]]:
    found = scores.by_cell()
    if len(suite.cells) <= MOST_CELLS and len(set(found.values())) > 1:
        yield from found.items()
