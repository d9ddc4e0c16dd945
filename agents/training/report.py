"""The end of a training run: its best policy in its examination, its card, and what comes next."""

import dataclasses
from pathlib import Path

from rich.console import Console

from agents.changes import changed_fields
from agents.config import TrainConfig
from agents.policy import load_policy
from agents.scoring.evaluate import evaluate
from agents.scoring.exam import exam
from agents.scoring.report import table, write_card
from agents.scoring.scorecard import write_scorecard
from agents.training.command import train_command
from agents.training.run_log import LOG
from agents.training.stopping import TerminatedError
from agents.training.train import TrainResult
from agents.training.validation import POLICY, Evaluation
from agents.words import next_line, percentage
from sim.config import VehicleConfig
from sim.machine import usable_cores


def report(result: TrainResult, config: TrainConfig, console: Console) -> None:
    """Examines the best policy of a run, in its own car and on roads like those of its training, and writes its card.

    Raises:
        KeyboardInterrupt: the run was ended early.
    """
    out = result.out
    _tell_of_training(result, console)
    if result.interrupted:
        raise TerminatedError if result.terminated else KeyboardInterrupt
    policy = load_policy(out)
    test, roads = exam(config.env)
    scores = evaluate([policy], test, console)
    write_scorecard(scores, test, out / POLICY)
    write_card(out / POLICY, scores, test, _facts(config, result), roads)
    console.print(table(scores, test))
    if roads.remark is not None:
        console.print(roads.remark, highlight=False, soft_wrap=True)
    console.print(f"Policy: {out / POLICY}   log: {out / LOG}")
    line = next_line(["play", out, *test.cells[0].road_options], ["evaluate", out, *test.options])
    console.print(line, highlight=False, soft_wrap=True)


def _facts(config: TrainConfig, result: TrainResult) -> dict[str, str]:
    camera = config.env.camera
    return {
        "Command": f"`{train_command(config)}`",
        "Observation": config.env.observation,
        "Camera": f"{camera.color}, {camera.width} x {camera.height} px, {camera.stack} at a time",
        "Encoder and head": f"{config.encoder}, {config.head}",
        "Training roads": _training_roads(config),
        "Car": _car(config),
        "Appearance": _appearance(config),
        "Mastery after": _moment(result.mastered) if result.mastered else "never",
        "Best after": _moment(result.best),
        "Whole run": f"{result.frames:,} frames, {result.training_s:.0f} s of training on {usable_cores()} cores",
    }


def _training_roads(config: TrainConfig) -> str:
    roads = config.env.roads
    where = roads.kind if roads.file is None else Path(roads.file).name
    lane = "" if roads.lane is None else f", lane {roads.lane}"
    bends = f", bends from {roads.radius_min_m:g} m of radius on" if roads.kind == "procedural" else ""
    return f"{where}{lane}, seeds {roads.first_seed}:{roads.last_seed}{bends}"


def _car(config: TrainConfig) -> str:
    """How it differs from the usual one."""
    changes = changed_fields(VehicleConfig(), config.env.vehicle, "")
    return ", ".join(f"{name} {value}" for name, value in changes.items()) or "the usual one"


def _appearance(config: TrainConfig) -> str:
    """How much days differ, such as "light 1.0, noise 0.5"."""
    strengths = dataclasses.asdict(config.env.appearance)
    scenery = "scenery" if strengths.pop("scenery") else "bare roads"
    return ", ".join([scenery, *(f"{name} {value}" for name, value in strengths.items() if value > 0.0)])


def _moment(evaluation: Evaluation) -> str:
    return f"{evaluation.frames:,} frames, {evaluation.training_s:.1f} s of training"


def _tell_of_training(result: TrainResult, console: Console) -> None:
    if result.interrupted:
        console.print(f"The best policy so far is in {result.out / POLICY}.")
    if result.mastered is not None:
        mastered = result.mastered
        console.print(
            f"Mastered {result.roads} after {mastered.frames:,} frames, {mastered.training_s:.1f} s of training: "
            f"{percentage(mastered.totals.success_rate)}% of {mastered.totals.roads} without leaving the lane."
        )
    console.print(
        f"Trained on {result.frames:,} frames in {result.training_s:.0f} s; "
        f"best policy after {result.best.frames:,} frames, {result.best.training_s:.0f} s."
    )
