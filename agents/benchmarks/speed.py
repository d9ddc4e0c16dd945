"""``dashcam benchmark speed``: how fast the camera is, beside others and beside the limit of the machine."""

import importlib.metadata
import json
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numba
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from agents.benchmarks.environments import (
    ENVPOOL,
    EVERYTHING,
    NOTHING,
    GymEnv,
    dashcam_many,
    dashcam_single,
    installed_peers,
)
from agents.benchmarks.gather import gather_limit
from agents.benchmarks.parts import profile
from agents.benchmarks.timing import Timing, measure
from agents.console import figures_table
from perception.atomic import write_atomic
from sim.config import CameraConfig, RoadsConfig
from sim.errors import UserError
from sim.machine import usable_cores
from sim.pool import SLOT_BYTES, RoadPool

MAIN = "64 cars, RGB 96 x 96"  # the setting that ratios are about
ONE_THREAD = f"{MAIN}, 1 thread"
SINGLE = "1 car, RGB 96 x 96"
GRAY_64 = {"width": 64, "height": 64, "color": "gray"}
GRAY_84 = {"width": 84, "height": 84, "color": "gray", "stack": 4}
LARGE = {"width": 640, "height": 480}
ROADS = 60  # built to time how long a road takes
VERSION = 1
MOST_ROUNDS, LONGEST_TURN = 100, 10.0  # s; all rows together take half an hour for each 100 s of a row


@dataclass(frozen=True)
class Speed:
    """All that one run has measured."""

    machine: dict[str, Any]
    timings: list[Timing]
    missing: list[str]
    gather_us: float
    parts_us: dict[str, float]
    road_ms: float
    road_bytes: int

    def timing(self, name: str, setting: str) -> Timing:
        """The rates of one row."""
        return next(item for item in self.timings if (item.name, item.setting) == (name, setting))

    def fastest(self, name: str) -> Timing | None:
        """A simulator at its best setting, or None where it did not take part."""
        rows = [item for item in self.timings if item.name == name]
        return max(rows, key=lambda item: item.median, default=None)


def require_turns(rounds: int, seconds: float) -> None:
    """Makes sure that a run comes to an end.

    Raises:
        UserError: there would be no turn, or more than anyone waits for.
    """
    if not 1 <= rounds <= MOST_ROUNDS or not 0.0 < seconds <= LONGEST_TURN:
        raise UserError(
            f"{rounds} rounds of {seconds} s were asked for, but there must be 1 to {MOST_ROUNDS} rounds of more than "
            f"0 and at most {LONGEST_TURN:.0f} s."
        )


def benchmark_speed(rounds: int, seconds: float, console: Console) -> Speed:
    """Measures everything; ``rounds`` turns of ``seconds`` per row."""
    peers, missing = installed_peers()
    envs = [*_ours(), *peers]
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("taking turns", total=rounds * len(envs))
        timings = measure(envs, rounds, seconds, lambda: progress.advance(task))
    for env in envs:
        env.close()
    road_ms = _time_of_a_road()
    return Speed(describe_machine(), timings, missing, gather_limit(CameraConfig()), profile(), road_ms, SLOT_BYTES)


def _ours() -> list[GymEnv]:
    threads = numba.get_num_threads()
    return [
        dashcam_single(SINGLE),
        *(dashcam_many(f"{cars} cars, RGB 96 x 96", cars) for cars in (2, 16, 64, 256)),
        *([dashcam_many(ONE_THREAD, 64, threads=1)] if threads > 1 else []),
        dashcam_many(f"{MAIN}, bare roads", 64, appearance=NOTHING),
        dashcam_many(f"{MAIN}, everything varies", 64, appearance=EVERYTHING),
        dashcam_many(f"{MAIN}, new roads", 64, roads={"last_seed": 9_999, "pool_size": 64}),
        dashcam_many("64 cars, gray 64 x 64", 64, camera=GRAY_64),
        dashcam_many("64 cars, gray 84 x 84 x 4", 64, camera=GRAY_84),
        dashcam_many("16 cars, RGB 640 x 480", 16, camera=LARGE),
    ]


def _time_of_a_road() -> float:
    """Median time to lay out a kilometre of road and to draw its map [ms], in memory that is in use already."""
    pool = RoadPool(RoadsConfig(), 1)
    pool.release(pool.acquire(0))
    times = []
    for seed in range(1, ROADS + 1):
        start = time.perf_counter()
        slot = pool.acquire(seed)
        times.append(1e6 * (time.perf_counter() - start) / pool.place(slot).length)
        pool.release(slot)
    return statistics.median(times)


def describe_machine() -> dict[str, Any]:
    """Processor, threads and the versions of what is compared."""
    names = (
        "dashcam", "numba", "numpy", "gymnasium", "torch", "stable-baselines3", "envpool", "box2d", "highway-env"
    )  # fmt: skip
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "threads": numba.get_num_threads(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def ratios(speed: Speed) -> dict[str, float]:
    """What the table is about, each from the rounds of one run."""
    main, bare = speed.timing("dashcam", MAIN), speed.timing("dashcam", f"{MAIN}, bare roads")
    found = {
        "all appearance / bare": bare.times(speed.timing("dashcam", f"{MAIN}, everything varies")),
        "cost per frame, 256 / 16 cars": speed.timing("dashcam", "16 cars, RGB 96 x 96").times(
            speed.timing("dashcam", "256 cars, RGB 96 x 96")
        ),
    }
    envpool, box = speed.fastest(ENVPOOL), speed.fastest("CarRacing-v3")
    if envpool is not None:
        found["64 cars / EnvPool CarRacing-v3"] = main.times(envpool)
    if box is not None:
        found["64 cars / CarRacing-v3"] = main.times(box)
        found["1 car / CarRacing-v3"] = speed.timing("dashcam", SINGLE).times(box)
    one = next((item for item in speed.timings if item.setting == ONE_THREAD), None)
    if one is not None:
        found["all threads / 1 thread"] = main.times(one)
        found["time per frame and core / gather limit"] = 1e6 / one.median / speed.gather_us
    return found


def show(speed: Speed, console: Console) -> None:
    """Prints the tables."""
    machine = speed.machine
    console.print(f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads")
    console.print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()), highlight=False)
    console.print(_rates(speed.timings))
    console.print(_loop_times(speed.timings), highlight=False)
    console.print(_two_columns("ratio (medians over the rounds)", "", ratios(speed), "{:.2f}"))
    console.print(_two_columns("part, one core", "us/frame", speed.parts_us, "{:.2f}"))
    console.print(
        f"Gather limit: {speed.gather_us:.2f} us per frame and core. A kilometre of road: {speed.road_ms:.2f} ms, "
        f"{speed.road_bytes / 1e6:.2f} MB.",
        highlight=False,
    )
    if speed.missing:
        console.print(f"Not installed: {', '.join(speed.missing)}. pip install 'dashcam\\[bench]' adds them.")


def _rates(timings: Sequence[Timing]) -> Table:
    """A section per simulator, narrow enough for 80 columns."""
    table = figures_table("simulator, setting", "frames/s", "least - most", "us/frame", show_edge=False)
    name = ""
    for item in timings:
        if item.name != name:
            name = item.name
            table.add_row(Text(name, "bold"))
        rates, frame_us = item.frames_per_second, 1e6 / item.median
        spread, digits = f"{min(rates):,.0f} - {max(rates):,.0f}", 1 if frame_us < 100.0 else 0
        table.add_row(f" {item.setting}", f"{item.median:,.0f}", spread, f"{frame_us:,.{digits}f}")
    return table


def _loop_times(timings: Sequence[Timing]) -> str:
    """How evenly the machine ran."""
    loops = [statistics.median(item.loop_ms) for item in timings]
    return (
        f"A fixed loop beside every row took {statistics.median(loops):.2f} ms, "
        f"from {min(loops):.2f} to {max(loops):.2f} by row."
    )


def _two_columns(name: str, unit: str, values: dict[str, float], form: str) -> Table:
    table = figures_table(name, unit, show_edge=False)
    for key, value in values.items():
        table.add_row(key, form.format(value))
    return table


def write_speed(speed: Speed, path: Path) -> None:
    """Writes all rates, ratios and parts as JSON."""
    content = {"version": VERSION, **asdict(speed), "ratios": ratios(speed)}
    write_atomic(path, f"{json.dumps(content, indent=1)}\n".encode())
