"""Studies: several settings, each trained with several seeds, and what their evaluations say."""

import dataclasses
import io
import multiprocessing
import shutil
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from agents.config import TrainConfig
from agents.console import plain_console
from agents.curves.runs import read_log
from agents.training.checkpoint import CONFIG
from agents.training.run_log import LOG
from agents.training.train import config_text, train
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
class Run:
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
    settings: Mapping[str, TrainConfig], seeds: range, out: Path, console: Console, jobs: int = 1
) -> dict[str, list[Run]]:
    """Trains every setting with every seed; what an earlier call left finished in ``out`` is taken as it is.

    Raises:
        UserError: a run that is there was trained with other settings.

    Args:
        settings: Training runs by name.
        seeds: Seeds, one after the other for all settings, so that a slow hour of the machine is shared.
        out: A folder per run goes there.
        console: Shows how far it is.
        jobs: Runs at a time. Times mean something only with 1; frames do in any case.
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
        tasks = [workers.submit(_train, configs[item], _folder(out, *item)) for item in missing]
        for item in tasks:
            item.result()
            progress.advance(task)
    return {name: [_read(out, name, seed) for seed in seeds] for name in settings}


def _folder(out: Path, name: str, seed: int) -> Path:
    return out / f"{name.replace(' ', '-')}-seed-{seed}"


def _is_there(folder: Path, config: TrainConfig) -> bool:
    if not folder.exists():
        return False
    if (folder / CONFIG).read_text() != config_text(config):
        raise UserError(f"{folder} holds a run with other settings; choose another folder with --out.")
    return True


def _train(config: TrainConfig, folder: Path) -> None:
    """Trains beside ``folder`` and moves the run there when it is whole."""
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    if train(config, unfinished, plain_console(file=io.StringIO())).interrupted:
        raise KeyboardInterrupt
    unfinished.rename(folder)


def _read(out: Path, name: str, seed: int) -> Run:
    folder = _folder(out, name, seed)
    log = read_log(folder / LOG)
    rows = zip(*(log[item.name].tolist() for item in dataclasses.fields(Point)), strict=True)
    points = [
        Point(int(frames), seconds, success, speed, rmse, mastery == 1.0)
        for frames, seconds, success, speed, rmse, mastery in rows
    ]
    return Run(name, seed, folder, points)
