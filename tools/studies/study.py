"""Several settings, each trained with several seeds, and their evaluations."""

import dataclasses
import io
import multiprocessing
import shutil
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agents.config import TrainConfig
from agents.console import figures_table, plain_console
from agents.curves.draw import draw_curves
from agents.curves.groups import Curve
from agents.curves.runs import read_log, read_run
from agents.curves.scores import Along
from agents.learning.dqn import DrivingDQN
from agents.training.checkpoints.format import CONFIG
from agents.training.run_log import LOG
from agents.training.train import train
from agents.words import percentage
from sim.errors import UserError


@dataclass(frozen=True)
class Point:
    """One evaluation on unseen roads, as a run's log has it."""

    frames: int
    training_s: float
    """Collecting and learning, without evaluations [s]."""
    success_rate: float
    mean_speed_mps: float
    lateral_rmse_m: float
    mastery: bool


@dataclass(frozen=True)
class StudyRun:
    """One setting trained with one seed."""

    setting: str
    seed: int
    folder: Path
    points: list[Point]

    @property
    def mastered(self) -> Point | None:
        """The first evaluation with mastery."""
        return next((point for point in self.points if point.mastery), None)

    @property
    def worst_after_mastery(self) -> float | None:
        """Lowest success rate from mastery on; None where it was never mastered."""
        if self.mastered is None:
            return None
        return min(point.success_rate for point in self.points if point.frames >= self.mastered.frames)


def study(
    settings: Mapping[str, TrainConfig],
    seeds: range,
    out: Path,
    console: Console,
    jobs: int = 1,
    learners: Mapping[str, type[DrivingDQN]] = MappingProxyType({}),
) -> dict[str, list[StudyRun]]:
    """Trains every setting with every seed; runs that an earlier call finished in ``out`` are reused.

    Raises:
        UserError: a run in ``out`` was trained with other settings.

    Args:
        settings: Training runs by name.
        seeds: Seeds, one after the other for all settings, so that a slow hour of the machine is shared.
        out: Folder for the runs' folders.
        console: Shows the progress.
        jobs: Number of runs at a time; training times are comparable only with 1.
        learners: Classes that learn in place of the usual one, by setting.
    """
    wanted = [(name, seed) for seed in seeds for name in settings]
    configs = {(name, seed): dataclasses.replace(settings[name], seed=seed) for name, seed in wanted}
    missing = [item for item in wanted if not _is_there(_folder(out, *item), configs[item])]
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(console=console, transient=True) as progress,
        ProcessPoolExecutor(jobs, mp_context=spawn, max_tasks_per_child=1) as workers,
    ):
        task = progress.add_task("training", total=len(missing))
        tasks = [
            workers.submit(_train, configs[item], _folder(out, *item), learners.get(item[0], DrivingDQN))
            for item in missing
        ]
        for item in tasks:
            item.result()
            progress.advance(task)
    return {name: [_read(out, name, seed) for seed in seeds] for name in settings}


def results_table(title: str, results: Mapping[str, Sequence[StudyRun]], *, times: bool = True) -> Table:
    """A row per setting: how many runs reached mastery and when, the worst after it, and the means at the end."""
    seconds = ("s", "worst s") if times else ()
    table = figures_table("setting", "mastered", "frames", *seconds, "low after", "at end", "RMSE m", title=title)
    for name, runs in results.items():
        table.add_row(name, *_cells(runs, times))
    return table


def _cells(runs: Sequence[StudyRun], times: bool) -> Iterator[str]:
    mastered = [run.mastered for run in runs if run.mastered]
    worst = [run.worst_after_mastery for run in runs if run.worst_after_mastery is not None]
    last, complete = [run.points[-1] for run in runs], len(mastered) == len(runs)
    yield f"{len(mastered)} of {len(runs)}"
    yield f"{statistics.median(point.frames for point in mastered):,.0f}" if complete else ""
    if times:
        seconds = [point.training_s for point in mastered]
        yield f"{statistics.median(seconds):.1f}" if complete else ""
        yield f"{max(seconds):.1f}" if complete else ""
    yield f"{percentage(min(worst))}%" if worst else ""
    yield f"{percentage(statistics.mean(point.success_rate for point in last), 1)}%"
    yield f"{statistics.mean(point.lateral_rmse_m for point in last):.2f}"


def draw_results(results: Mapping[str, Sequence[StudyRun]], x: Along, plot: Path, console: Console) -> None:
    """Draws a success curve per setting, over "frames" or "seconds"."""
    curves = [Curve(name, [read_run(run.folder) for run in runs]) for name, runs in results.items()]
    draw_curves(curves, ["success"], x, plot)
    console.print(f"Plot: {plot}")


def _folder(out: Path, name: str, seed: int) -> Path:
    return out / f"{name.replace(' ', '-')}-seed-{seed}"


def _is_there(folder: Path, config: TrainConfig) -> bool:
    if not folder.exists():
        return False
    if (folder / CONFIG).read_text() != config.as_json():
        raise UserError(f"{folder} holds a run with other settings; choose another folder with --out.")
    return True


def _train(config: TrainConfig, folder: Path, learner: type[DrivingDQN]) -> None:
    """Trains beside ``folder`` and moves the run there when it is finished."""
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    if train(config, unfinished, plain_console(file=io.StringIO()), learner=learner).interrupted:
        raise KeyboardInterrupt
    unfinished.rename(folder)


def _read(out: Path, name: str, seed: int) -> StudyRun:
    folder = _folder(out, name, seed)
    log = read_log(folder / LOG)
    rows = zip(*(log[item.name].tolist() for item in dataclasses.fields(Point)), strict=True)
    points = [
        Point(int(frames), seconds, success, speed, rmse, mastery == 1.0)
        for frames, seconds, success, speed, rmse, mastery in rows
    ]
    return StudyRun(name, seed, folder, points)
