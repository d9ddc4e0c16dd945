"""Kills training runs at random moments, resumes them, and compares their ends with an uninterrupted run.

python -m tools.kill --kills 50

The run is small (480 frames), keeps its replay and writes a checkpoint after every step. It is killed by SIGKILL, in
turn while a checkpoint is written, while the kept policy is replaced, and at any moment; then it is resumed. When a run
finishes, it is compared, bit for bit, with an uninterrupted one. The exit code is 1 if anything was lost.
"""

import io
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401  (the first optimiser imports it; forks then need not)
import tyro

from agents.config import EVERYTHING, CheckpointConfig, TrainConfig
from agents.console import plain_console
from agents.training.checkpoints.format import (
    CONFIG,
    FOLDER,
    REPLAY,
    STATE,
    checkpoint_folder,
    checkpoint_folders,
    read_arrays,
    read_json,
)
from agents.training.checkpoints.restore import newest_intact
from agents.training.train import resume, train
from agents.training.validation import POLICY
from perception.manifest import WEIGHTS
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError

RUN = TrainConfig(
    env=EnvConfig(
        camera=CameraConfig(width=36, height=36, color="gray", stack=2),
        roads=RoadsConfig(last_seed=20, pool_size=4, preload=False),
        appearance=EVERYTHING,
        observation="camera+state",
    ),
    num_cars=8, frames=480, learning_starts=80, batch_size=16, buffer_frames=400,
    evaluation_frames=80, evaluation_roads=2, stop_success_rate=None,
)  # fmt: skip
ALWAYS = CheckpointConfig(checkpoint_seconds=0.0, checkpoint_share=1.0, checkpoint_replay=True)  # one after each step
TARGETS = ("a checkpoint is written", "a policy is replaced", "any moment")  # to kill at, in turns
POLL_S, LONGEST_DELAY_S = 0.0002, 0.01


@dataclass
class Kills:
    """The outcome."""

    killed: int = 0
    while_writing: int = 0  # kills that left a half-written or half-replaced folder behind
    kept: int = 0  # kills after which the newest checkpoint was still there and intact
    runs: int = 0  # that finished
    alike: int = 0  # runs that ended like the uninterrupted one, bit for bit


def kill_runs(kills: int, out: Path, seed: int, say: Callable[[str], object]) -> Kills:
    """Kills and resumes until that many kills are done and the last run has finished.

    Args:
        kills: Number of kills.
        out: An empty folder for the runs.
        seed: Seed of the moments.
        say: Called with a line per kill and per run.

    Raises:
        UserError: a run failed on its own.
    """
    chance, found, victim = random.Random(seed), Kills(), out / "killed"
    started = time.monotonic()
    _end(_begin(out / "uninterrupted"))
    run_s = time.monotonic() - started
    while found.killed < kills or victim.exists():
        process = _begin(victim)
        if found.killed < kills:
            target = TARGETS[found.killed % len(TARGETS)]
            _await(target, process, victim, chance, run_s)
        if found.killed < kills and _kill(process, victim, found):
            say(f"kill {found.killed}, when {target}: {newest_frames(victim)} frames are kept")
            continue
        _end(process)
        found.runs += 1
        found.alike += same_end(out / "uninterrupted", victim)
        say(f"run {found.runs} finished; {found.alike} of {found.runs} ended like the uninterrupted one")
        shutil.rmtree(victim)
    return found


def same_end(one: Path, other: Path) -> bool:
    """Whether two runs ended alike: networks, optimiser, cars, replay, generators, scores and kept policy."""
    first, second = (checkpoint_folder(run, RUN.frames) for run in (one, other))
    mine, its = read_arrays(first), read_arrays(second)
    return (
        mine.keys() == its.keys()
        and all(mine[name].tobytes() == its[name].tobytes() for name in mine)
        and (first / REPLAY).read_bytes() == (second / REPLAY).read_bytes()
        and _without_times(read_json(first / STATE)) == _without_times(read_json(second / STATE))
        and (one / POLICY / WEIGHTS).read_bytes() == (other / POLICY / WEIGHTS).read_bytes()
    )


def newest_frames(run: Path) -> int | None:
    """Frames of the newest intact checkpoint; None before there is one."""
    newest = newest_intact(run, lambda sentence: None)
    return None if newest is None else int(newest.name)


def _without_times(state: dict[str, Any]) -> dict[str, Any]:
    watcher = {name: value for name, value in state["watcher"].items() if name not in {"training_s", "log"}}
    scores = [{**item, "training_s": 0.0} for item in watcher["evaluations"]]
    return {**state, "watcher": {**watcher, "evaluations": scores}}


def _begin(folder: Path) -> BaseProcess:
    """A process that starts or resumes the run of a folder; forked, so that nothing is imported again."""
    process = multiprocessing.get_context("fork").Process(target=_train, args=(folder,))
    process.start()
    return process


def _train(folder: Path) -> None:
    console = plain_console(file=io.StringIO())
    if (folder / CONFIG).exists():
        resume(RUN, folder, console, ALWAYS)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        train(RUN, folder, console, ALWAYS)


def _await(target: str, process: BaseProcess, folder: Path, chance: random.Random, run_s: float) -> None:
    """Waits for a moment of that kind, or until the process has ended."""
    if target == TARGETS[2]:
        process.join(chance.uniform(0.0, 0.8 * run_s))
        return
    frames = 0 if target == TARGETS[1] else chance.randrange(RUN.frames)
    while process.is_alive():
        time.sleep(POLL_S)
        newest = max((int(path.name) for path in checkpoint_folders(folder)), default=-1)
        busy = _half_done(folder / FOLDER if target == TARGETS[0] else folder)
        if busy and newest >= frames:
            break
    process.join(chance.uniform(0.0, LONGEST_DELAY_S))


def _kill(process: BaseProcess, folder: Path, found: Kills) -> bool:
    """Kills a process; False if it had already finished."""
    known = max((int(path.name) for path in checkpoint_folders(folder)), default=None)
    process.kill()
    process.join()
    if process.exitcode == 0:
        return False
    found.killed += 1
    found.while_writing += _half_done(folder) or _half_done(folder / FOLDER)
    newest = newest_frames(folder)
    found.kept += known is None or (newest is not None and newest >= known)
    return True


def _half_done(folder: Path) -> bool:
    """Whether something is being written there."""
    return folder.is_dir() and any(path.suffix in {".new", ".old", ".tmp"} for path in folder.iterdir())


def _end(process: BaseProcess) -> None:
    process.join()
    if process.exitcode != 0:
        raise UserError(f"A run ended with exit code {process.exitcode} instead of finishing.")


def main(kills: int = 50, seed: int = 0) -> None:
    """Kills runs and prints the outcome.

    Args:
        kills: Number of kills.
        seed: Seed of the moments.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = kill_runs(kills, Path(folder), seed, lambda line: print(line, flush=True))
    print(
        f"{found.killed} kills, {found.while_writing} of them during a write; after {found.kept} the newest checkpoint "
        f"was intact. {found.alike} of {found.runs} runs ended like the uninterrupted one, bit for bit."
    )
    sys.exit(0 if found.kept == found.killed and found.alike == found.runs else 1)


if __name__ == "__main__":
    tyro.cli(main)
