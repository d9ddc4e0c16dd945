"""Results for people: the table on the terminal, and a policy's card."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from agents.bundles.bundle import CARD
from agents.scoring.evaluate import Scores
from agents.scoring.exam_roads import ExamRoads
from agents.scoring.metrics import Totals
from agents.scoring.suites import Suite
from agents.words import counted, legible, percentage
from perception.whole import write_whole

DRIVER_WIDTH = 18  # characters; longer names are cut, so that the table fits 80
MOST_CELLS = 12  # of a suite that the table shows one by one


def _percent(share: float) -> str:
    return f"{percentage(share)} %"


# Heading, name of the total and how it is written, of each column.
COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("success", "success_rate", _percent),
    ("score", "driving_score", lambda share: percentage(share, 1)),
    ("m/s", "mean_speed_mps", "{:.2f}".format),
    ("offset m", "lateral_rmse_m", "{:.2f}".format),
    ("off/km", "departures_per_km", "{:.2f}".format),
    ("autonomy", "autonomy", _percent),
    ("comfort", "comfort", _percent),
)
LEGEND = (
    "success: completed within the lane; score: share of the route driven within the lane, of 100; "
    "offset: root mean square distance from the lane's centre; off/km: times that the lane was left; "
    "autonomy: time without a person who takes over 1 m off the centre; comfort: time within nuPlan's bounds"
)


def table(scores: Sequence[Scores], suite: Suite) -> Table:
    """A row per driver, and below it one per cell where the suite has several that differ for this driver."""
    title = f"{suite.name} ({suite.hash[:12]}): {counted(suite.roads, 'road')}"
    result = Table(title=title, caption=LEGEND, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    result.add_column("driver", no_wrap=True, max_width=DRIVER_WIDTH)
    for heading, *_ in COLUMNS:
        result.add_column(heading, justify="right", no_wrap=True)
    for item in scores:
        result.add_row(Text(item.driver, "bold"), *_cells(item.totals))
        for label, found in _shown_cells(item, suite):
            result.add_row(Text(f"  {label}", "dim"), *_cells(found))
    return result


def write_card(folder: Path, scores: Sequence[Scores], suite: Suite, facts: dict[str, str], roads: ExamRoads) -> Path:
    """Writes what a stranger should know of a policy into card.md of its folder."""
    known = "never saw" if roads.unseen else "trained on"
    headings = " | ".join(heading for heading, *_ in COLUMNS)
    lines = [
        "# Policy card",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        f"## Scores on {counted(suite.roads, 'road')} that it {known} ({suite.name}, {suite.hash[:12]})",
        "",
        f"| driver | {headings} |",
        f"|---|{'---:|' * len(COLUMNS)}",
        *(f"| {item.driver} | {' | '.join(_cells(item.totals))} |" for item in scores),
        "",
        "## Limits",
        "",
        *_limits(roads),
        "",
    ]
    path = folder / CARD
    write_whole(path, legible("\n".join(lines)).encode())
    return path


def _limits(roads: ExamRoads) -> list[str]:
    """What it is not made for."""
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


def _cells(values: Totals) -> list[str]:
    return [write(getattr(values, name)) for _, name, write in COLUMNS]
