"""Training roads against unseen ones, for 1 to 10,000 training roads, with and without varied appearance.

Appearance in training is a clear day, or light, shadows, weather and noise at half strength. The shifted test is at
full strength, which neither has seen.

python -m tools.studies.generalisation --plot docs/generalisation.png
"""

import dataclasses
import json
import statistics
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import tyro
from matplotlib.axes import Axes
from rich.progress import track
from rich.table import Table

from agents.config import EVERYTHING, TrainConfig, preset
from agents.console import figures_table, plain_console
from agents.policy import load_policy
from agents.roads import TEST_SEEDS
from agents.scoring.evaluate import PolicyDriver, drive
from agents.words import percentage
from sim.config import AppearanceConfig, RoadsConfig
from tools.studies.study import StudyRun, study

COUNTS = (1, 10, 100, 1_000, 10_000)  # training roads
FRAMES = 98_304
VARIED = AppearanceConfig(light=0.5, shadows=0.5, weather=0.5, noise=0.5)  # half of what it is tested under
LOOKS = {"plain": AppearanceConfig(), "varied": VARIED}
PLACES = {"training": "training roads", "test": "test roads", "shifted": "test roads, all appearance"}
RESULT = "generalisation.json"


@dataclass(frozen=True)
class PlaceScore:
    """One policy on some roads."""

    success_rate: float
    lateral_rmse_m: float


def settings() -> dict[str, TrainConfig]:
    """The preset quick on so many roads, plain and varied; the last policy counts, not the best."""
    quick = dataclasses.replace(preset("quick"), frames=FRAMES, evaluation_frames=FRAMES, stop_success_rate=None)
    found = {}
    for looks, appearance in LOOKS.items():
        for count in COUNTS:
            env = dataclasses.replace(quick.env, roads=RoadsConfig(last_seed=count - 1), appearance=appearance)
            found[f"{looks} {count}"] = dataclasses.replace(quick, env=env)
    return found


def main(seeds: int = 3, jobs: int = 2, out: Path = Path("runs/generalisation"), plot: Path | None = None) -> None:
    """Trains, drives training and test roads, prints a row per setting, and draws.

    Args:
        seeds: How many seeds, from 0 on.
        jobs: Runs at a time.
        out: Folder for the runs.
        plot: Picture to draw.
    """
    console = plain_console()
    runs = study(settings(), range(seeds), out, console, jobs)
    driven = track(runs.items(), "driving", console=console, transient=True)
    means = {name: _means([_scores(run) for run in items]) for name, items in driven}
    console.print(_table(means, seeds))
    if plot is not None:
        _draw(means, plot)
        console.print(f"Plot: {plot}")


def _scores(run: StudyRun) -> dict[str, PlaceScore]:
    """The policy on up to 100 of its training roads, on test roads, and on test roads under the other looks."""
    kept = run.folder / RESULT
    if not kept.exists():
        policy = load_policy(run.folder)
        driver, config = PolicyDriver(policy), policy.config
        trained = range(min(config.roads.last_seed + 1, 100))
        shifted = dataclasses.replace(config, appearance=EVERYTHING)
        places = {"training": (config, trained), "test": (config, TEST_SEEDS), "shifted": (shifted, TEST_SEEDS)}
        totals = {name: drive(driver, env, seeds).totals for name, (env, seeds) in places.items()}
        found = {name: PlaceScore(item.success_rate, item.lateral_rmse_m) for name, item in totals.items()}
        kept.write_text(json.dumps({name: dataclasses.asdict(item) for name, item in found.items()}))
    return {name: PlaceScore(**item) for name, item in json.loads(kept.read_text()).items()}


def _means(runs: list[dict[str, PlaceScore]]) -> dict[str, PlaceScore]:
    """Means over the runs, for each place."""
    return {
        place: PlaceScore(
            statistics.mean(run[place].success_rate for run in runs),
            statistics.mean(run[place].lateral_rmse_m for run in runs),
        )
        for place in runs[0]
    }


def _table(means: dict[str, dict[str, PlaceScore]], seeds: int) -> Table:
    title = f"{FRAMES:,} frames, {seeds} seeds: success (RMSE of the offset)"
    headings = ("appearance", "roads", "training roads", "test roads", "gap", "test roads, all appearance")
    table = figures_table(*headings, title=title)
    for name, found in means.items():
        looks, count = name.split()
        gap = found["training"].success_rate - found["test"].success_rate
        cells = [
            f"{percentage(found[place].success_rate, 1)}% ({found[place].lateral_rmse_m:.2f} m)" for place in found
        ]
        table.add_row(looks, f"{int(count):,}", cells[0], cells[1], f"{100.0 * gap:.1f}", cells[2])
    return table


def _draw(means: dict[str, dict[str, PlaceScore]], path: Path) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11.0, 4.0), layout="constrained")
    for looks, color in (("plain", "#1b6ca8"), ("varied", "#d95f02")):
        for place, line in zip(PLACES, (":", "-", "--"), strict=True):
            scores = [means[f"{looks} {count}"][place] for count in COUNTS]
            label = f"trained {looks}, {'test roads, all appearance' if place == 'shifted' else place + ' roads'}"
            left.plot(
                COUNTS, [100.0 * item.success_rate for item in scores], line, color=color, marker="o", label=label
            )
            right.plot(COUNTS, [item.lateral_rmse_m for item in scores], line, color=color, marker="o")
    _dress(left, "success [%]")
    _dress(right, "lateral RMSE [m]")
    left.legend(frameon=False, fontsize=8, loc="lower right")
    figure.savefig(path, dpi=130)


def _dress(axes: Axes, label: str) -> None:
    axes.set(xlabel="training roads", ylabel=label, xscale="log", ylim=(0.0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


if __name__ == "__main__":
    tyro.cli(main)
