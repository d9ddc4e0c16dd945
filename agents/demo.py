"""The main job from nothing to a film: train, evaluate on unseen roads, show."""

import dataclasses
import os
import sys
from pathlib import Path

from rich.console import Console

from agents.cockpit.film import record
from agents.cockpit.session import Session
from agents.cockpit.shots import drive_shots
from agents.config import preset
from agents.policy import Policy, load_policy
from agents.roads import TEST_SEEDS
from agents.training.report import report
from agents.training.train import train
from sim.errors import UserError

FILM_SECONDS = 20.0


def demo(out: Path | None, seed: int, console: Console) -> None:
    """Trains the preset quick, evaluates it, writes a film, and opens the window where there is a display.

    All of it goes to ``out``; by default to the first of runs/demo-1, runs/demo-2, ... that is not there yet.
    """
    config = dataclasses.replace(preset("quick"), seed=seed)
    result = train(config, out, console, name="demo")
    report(result, config, console)
    out = result.out
    policy = load_policy(out)
    with console.status("Recording a film ..."):
        record(drive_shots([Session(policy, policy.config, TEST_SEEDS[0])], FILM_SECONDS), out / "film.mp4")
    console.print(f"Film: {out / 'film.mp4'}")
    if _has_display():
        watch(policy, out, console)


def watch(policy: Policy, out: Path, console: Console) -> None:
    """Opens the window, whose films and pictures go to ``out``; says so where no display answers."""
    from agents.cockpit.controller import Controller
    from agents.cockpit.player import Player
    from agents.cockpit.window import Window
    from agents.explaining.explain import Explainer

    session = Session(policy, policy.config, TEST_SEEDS[0], Explainer(policy))
    try:
        window = Window(Controller(Player([session]), out))
    except UserError:
        console.print("No display answers, so there is no window; the film shows the same.")
    else:
        window.run()


def _has_display() -> bool:
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
