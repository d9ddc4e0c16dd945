"""How fast the cockpit draws, films, scrubs and replays; prints a table.

SDL_VIDEODRIVER=dummy taskset -c 0 python -m tools.timing.cockpit window scrub replay
SDL_VIDEODRIVER=dummy python -m tools.timing.cockpit leaks
python -m tools.timing.cockpit film
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pygame

from agents.cockpit.controller import Controller
from agents.cockpit.film import record
from agents.cockpit.panels.view import ViewKind
from agents.cockpit.player import Player
from agents.cockpit.screen import DisplayOptions
from agents.cockpit.session import Session
from agents.cockpit.shots import drive_shots
from agents.cockpit.window import Window
from agents.drives.drive_log import Control, DriveLog
from agents.drives.recording import first_mismatch
from agents.explaining.explain import Explainer
from agents.policy import load_policy
from sim.config import EnvConfig, RoadsConfig, TaskConfig
from sim.world import World

ROAD = 1_000_000
WINDOW_S, FILM_S, REPEATS = 6.0, 20.0, 3
VIEWS: tuple[tuple[str, ViewKind, bool], ...] = (  # and whether it is shown what the policy looks at
    ("dashboard", "dashboard", False),
    ("chase", "chase", False),
    ("saliency", "dashboard", True),
)
LEAK_PICTURES = 10_000
LEAK_KEYS = (  # saliency, help, view and panels on and off; back, on from there; another road
    *(2 * [pygame.K_s]),
    *(2 * [pygame.K_h]),
    *(2 * [pygame.K_c]),
    *(2 * [pygame.K_0]),
    pygame.K_PAGEUP,
    pygame.K_RETURN,
    pygame.K_n,
    pygame.K_b,
)


def session() -> Session:
    """The reference policy, with all that panels show."""
    policy = load_policy()
    driven = Session(policy, policy.config, ROAD, Explainer(policy))
    driven.step()
    return driven


def window_rate() -> str:
    """Pictures a second of the whole window with all panels, simulation and policy included."""
    rates = []
    for name, view, explaining in VIEWS:
        controller = Controller(Player([session()]), Path("runs/cockpit"), display=DisplayOptions(view=view))
        controller.player.explaining = explaining
        window = Window(controller)
        for _ in range(30):
            window.turn(1.0 / 60.0)
        laps: list[float] = []
        began = time.perf_counter()
        while sum(laps) < WINDOW_S:
            window.turn(1.0 / 60.0)
            laps.append(time.perf_counter() - began)
            began = time.perf_counter()
        window.close()
        rate, slow = len(laps) / sum(laps), 1e3 * float(np.percentile(laps, 99))
        rates.append(f"{name} {rate:.0f} pictures/s (99 % within {slow:.1f} ms)")
    return ", ".join(rates)


def film_rate() -> str:
    """How many times as fast as real a film of 1280 x 720 is made."""
    driven, speeds = session(), []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(REPEATS):
            began = time.perf_counter()
            record(drive_shots([driven], FILM_S), Path(folder) / f"{number}.mp4")
            speeds.append(FILM_S / (time.perf_counter() - began))
    return f"{statistics.median(speeds):.1f} x real time, median of {REPEATS} films of {FILM_S:.0f} s"


def scrub_time() -> str:
    """How long it takes until a picture of 60 s ago is on the screen, also with what the policy looked at."""
    player = Player([session()])
    while player.span_s < 62.0:
        player.advance(0.1)
    window, told = Window(Controller(player, Path("runs/cockpit"))), []
    for name in ("plain", "saliency"):
        player.explaining = name == "saliency"
        laps = [_scrub(player, window) for _ in range(20)]
        told.append(f"{name} {1e3 * statistics.median(laps):.1f} ms (at most {1e3 * max(laps):.1f} ms)")
    window.close()
    return ", ".join(told)


def _scrub(player: Player, window: Window) -> float:
    """How long it takes from the present to 60 s ago [s]."""
    player.go_live()
    player.paused = True
    window.turn(0.0)
    began = time.perf_counter()
    player.skip(-60.0)
    window.turn(0.0)
    return time.perf_counter() - began


def replay_rate() -> str:
    """How fast 10,000 recorded steps are driven again and their hashes compared."""
    config = EnvConfig(
        camera=load_policy().config.camera,
        roads=RoadsConfig(kind="circle"),
        task=TaskConfig(start="beginning", time_limit_s=2_000.0),
    )
    world = World(config, num_cars=1)
    log = DriveLog.start(world, 0, 0)
    for _ in range(10_000):
        log.step(world, Control("slow", np.array([[0.025, 0.5]])))
    began = time.perf_counter()
    mismatch = first_mismatch(log.recording("slow"))
    took = time.perf_counter() - began
    return f"10,000 steps in {took:.2f} s, {'all as recorded' if mismatch is None else f'differs from {mismatch} on'}"


def leaks() -> str:
    """What 10,000 pictures of the window leave behind, while keys ask for all that there is to show."""
    controller = Controller(Player([session()], kept=200), Path("runs/cockpit"))
    window, process, grown = Window(controller), psutil.Process(), []
    for number in range(LEAK_PICTURES):
        if number % 50 == 0:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=LEAK_KEYS[number // 50 % len(LEAK_KEYS)]))
            pygame.event.post(pygame.event.Event(pygame.KEYUP, key=LEAK_KEYS[number // 50 % len(LEAK_KEYS)]))
        window.turn(1.0 / 60.0)
        if number % (LEAK_PICTURES // 10) == LEAK_PICTURES // 10 - 1:
            grown.append(process.memory_info().rss / 1e6)
    window.close()
    files = process.num_fds()
    sizes = ", ".join(f"{size:.0f}" for size in grown)
    return f"{sizes} MB after each {LEAK_PICTURES // 10:,} pictures; {files} files open"


MEASURES: dict[str, Callable[[], str]] = {
    "window": window_rate,
    "film": film_rate,
    "scrub": scrub_time,
    "replay": replay_rate,
    "leaks": leaks,
}


def main(names: list[str]) -> None:
    """Measures what is named, or all of it."""
    pygame.font.init()
    for name in names or MEASURES:
        print(f"{name:8} {MEASURES[name]()}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
