"""RESULTS.md and results.json: the leaderboard for people and for programs."""

import dataclasses
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents.benchmarks.leaderboard import OURS, Budget, Entry
from agents.benchmarks.speed import describe_machine
from agents.scoring.statistics import (
    Draw,
    Estimate,
    improvement_estimate,
    mean_estimate,
    middle_estimate,
    runs_and_roads,
    runs_within_roads,
    share_estimate,
)
from agents.scoring.suites import Suite
from agents.words import fraction, legible, percentage
from perception.whole import write_whole
from sim.types import FloatArray

RESULTS_VERSION = 1
PAGE, DATA = "RESULTS.md", "results.json"


def results(entries: Sequence[Entry], suite: Suite, budget: Budget, command: str) -> dict[str, Any]:
    """The leaderboard as plain data, the best first: by driving score, then by success, then by lateral error."""
    rows = [_row(entry) for entry in entries]
    rows.sort(key=_rank)
    return {
        "version": RESULTS_VERSION,
        "command": command,
        "suite": {"name": suite.name, "hash": suite.hash, "drives": suite.roads},
        "budget": dataclasses.asdict(budget),
        "machine": describe_machine(),
        "entries": rows,
        "improvement": _improvements(entries),
    }


def write_results(content: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """Writes both files into ``folder`` and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {PAGE: page(content), DATA: json.dumps(content, indent=1, allow_nan=False) + "\n"}
    for name, text in texts.items():
        write_whole(folder / name, legible(text).encode())
    return folder / PAGE, folder / DATA


def page(content: dict[str, Any]) -> str:
    """RESULTS.md."""
    suite, budget, machine = content["suite"], content["budget"], content["machine"]
    head = "| | runs | frames | seconds | success | driving score, IQM | m/s | offset m |"
    lines = [
        "# Results",
        "",
        f"Suite `{suite['name']}` (SHA-256 `{suite['hash']}`), {suite['drives']} drives each. Made by",
        "",
        f"    {content['command']}",
        "",
        f"on {machine['processor']}, {machine['threads']} threads, with dashcam {machine['versions']['dashcam']}.",
        f"Learners (bold) have seen {budget['frames']:,} frames of the environment of the preset `quick`, with",
        f"{budget['seeds']} seeds each; their last policy drives. Other policies have had budgets of their own.",
        "Seconds are those of training, median over seeds.",
        "",
        head,
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *(_line(row) for row in content["entries"]),
        "",
        "In brackets: 95 % intervals; drawn anew are whole runs, and roads. IQM: interquartile mean.",
        "[docs/report.md](docs/report.md) explains the statistics, and why the intervals of rliable, which",
        "`results.json` holds beside these, are narrower.",
        "",
        f"## How likely {OURS} is to do better",
        "",
        "Driving score on the same road, ties counting half:",
        "",
        "| over | probability |",
        "|---|---:|",
        *(f"| {name} | {_told(item, fraction, 2)} |" for name, item in content["improvement"].items()),
        "",
    ]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    name = f"**{row['name']}**" if row["kind"] == "learner" else row["name"]
    frames = f"{row['frames']:,}" if row["frames"] else ""
    seconds = f"{statistics.median(row['training_s']):.0f}" if row["training_s"] else ""
    cells = [
        name,
        str(row["runs"]),
        frames,
        seconds,
        f"{_told(row['success_rate'], percentage, 1)} %",
        _told(row["driving_score_iqm"], fraction, 3),
        f"{row['mean_speed_mps']['value']:.2f}",
        f"{row['lateral_rmse_m']['value']:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _told(estimate: dict[str, float], write: Callable[[float, int], str], digits: int) -> str:
    value, low, high = (write(estimate[name], digits) for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _row(entry: Entry) -> dict[str, Any]:
    draw = _draw(entry)
    scores = _scores(entry, "driving_score")
    estimates = {
        "success_rate": share_estimate(_scores(entry, "success"), draw),
        "driving_score": mean_estimate(scores, draw),
        "driving_score_iqm": middle_estimate(scores, draw),
        "driving_score_iqm_rliable": middle_estimate(scores, runs_within_roads),
        "mean_speed_mps": mean_estimate(_scores(entry, "mean_speed_mps"), draw),
        "lateral_rmse_m": mean_estimate(_scores(entry, "lateral_rmse_m"), draw),
    }
    return {
        "name": entry.name,
        "kind": entry.kind,
        "runs": len(entry.runs),
        "frames": entry.frames,
        "training_s": list(entry.training_s),
        **{name: dataclasses.asdict(estimate) for name, estimate in estimates.items()},
    }


def _rank(row: dict[str, Any]) -> tuple[float, float, float]:
    return (-row["driving_score"]["value"], -row["success_rate"]["value"], row["lateral_rmse_m"]["value"])


def _improvements(entries: Sequence[Entry]) -> dict[str, dict[str, float]]:
    """Our learner over every other entry."""
    ours = next((entry for entry in entries if entry.name == OURS), None)
    if ours is None:
        return {}
    draw = _draw(ours)
    scores = _scores(ours, "driving_score")
    found: dict[str, Estimate] = {
        entry.name: improvement_estimate(scores, _scores(entry, "driving_score"), draw)
        for entry in entries
        if entry is not ours
    }
    return {name: dataclasses.asdict(estimate) for name, estimate in found.items()}


def _draw(entry: Entry) -> Draw:
    """Draws whole runs, and roads within the cells of the suite that the entry drove."""
    return runs_and_roads(np.unique([row.cell for row in entry.runs[0].roads], return_inverse=True)[1])


def _scores(entry: Entry, name: str) -> FloatArray:
    """One of the numbers of ``RoadScore``, by its name, of each drive: (runs, roads)."""
    return np.array([[float(getattr(row, name)) for row in run.roads] for run in entry.runs])
