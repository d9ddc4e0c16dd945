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
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from agents.benchmarks.gather import gather_limit
from agents.benchmarks.ours import EVERYTHING, NOTHING, Alone, Many
from agents.benchmarks.parts import profile
from agents.benchmarks.peers import EnvPoolCarRacing, installed_peers
from agents.benchmarks.timing import Contestant, Timing, measure
from perception.whole import write_whole
from sim.config import CameraConfig, RoadsConfig
from sim.machine import usable_cores
from sim.roads.pool import SLOT_BYTES, RoadPool

MAIN = "64 cars, RGB 96 x 96"  # the setting that ratios are about
ONE_THREAD = f"{MAIN}, 1 thread"
SINGLE = "1 car, RGB 96 x 96"
GRAY_64 = {"width": 64, "height": 64, "color": "gray"}
GRAY_84 = {"width": 84, "height": 84, "color": "gray", "stack": 4}
LARGE = {"width": 640, "height": 480}
ROADS = 60  # built to time how long a road takes
VERSION = 1


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
        """A contestant at its best setting, or None where it did not take part."""
        rows = [item for item in self.timings if item.name == name]
        return max(rows, key=lambda item: item.median, default=None)


def benchmark_speed(rounds: int, seconds: float, console: Console) -> Speed:
    """Measures everything; ``rounds`` slices of ``seconds`` per row."""
    peers, missing = installed_peers()
    contestants: list[Contestant] = [*_ours(), *peers]
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("taking turns", total=rounds * len(contestants))
        timings = measure(contestants, rounds, seconds, lambda: progress.advance(task))
    for contestant in contestants:
        contestant.close()
    road_ms = _time_of_a_road()
    return Speed(describe_machine(), timings, missing, gather_limit(CameraConfig()), profile(), road_ms, SLOT_BYTES)


def _ours() -> list[Contestant]:
    threads = numba.get_num_threads()
    return [
        Alone(SINGLE),
        *(Many(f"{cars} cars, RGB 96 x 96", cars) for cars in (2, 16, 64, 256)),
        *([Many(ONE_THREAD, 64, threads=1)] if threads > 1 else []),
        Many(f"{MAIN}, bare roads", 64, appearance=NOTHING),
        Many(f"{MAIN}, everything varies", 64, appearance=EVERYTHING),
        Many(f"{MAIN}, new roads", 64, roads={"last_seed": 9_999, "pool_size": 64}),
        Many("64 cars, gray 64 x 64", 64, camera=GRAY_64),
        Many("64 cars, gray 84 x 84 x 4", 64, camera=GRAY_84),
        Many("16 cars, RGB 640 x 480", 16, camera=LARGE),
    ]


def _time_of_a_road() -> float:
    """Median time to lay out a kilometre of road and to draw its map [ms], in memory that is in use already."""
    pool = RoadPool(RoadsConfig(), 1)
    pool.release(pool.acquire(0))
    times = []
    for seed in range(1, ROADS + 1):
        start = time.perf_counter()
        slot = pool.acquire(seed)
        times.append(1e6 * (time.perf_counter() - start) / pool.road(slot).length)
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
    envpool, box = speed.fastest(EnvPoolCarRacing.name), speed.fastest("CarRacing-v3")
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
    console.print(_mood(speed.timings), highlight=False)
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
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("simulator, setting", no_wrap=True)
    for heading in ("frames/s", "least - most", "us/frame"):
        table.add_column(heading, justify="right", no_wrap=True)
    name = ""
    for item in timings:
        if item.name != name:
            name = item.name
            table.add_row(Text(name, "bold"))
        rates, median = item.frames_per_second, item.median
        spread = f"{min(rates):,.0f} - {max(rates):,.0f}"
        table.add_row(f" {item.setting}", f"{median:,.0f}", spread, _three_digits(1e6 / median))
    return table


def _three_digits(value: float) -> str:
    return f"{value:,.1f}" if value < 100.0 else f"{value:,.0f}"


def _mood(timings: Sequence[Timing]) -> str:
    """How even the machine was."""
    loops = [statistics.median(item.loop_ms) for item in timings]
    return (
        f"A fixed loop beside every row took {statistics.median(loops):.2f} ms, "
        f"from {min(loops):.2f} to {max(loops):.2f} by row."
    )


def _two_columns(name: str, unit: str, values: dict[str, float], form: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(name, no_wrap=True)
    table.add_column(unit, justify="right", no_wrap=True)
    for key, value in values.items():
        table.add_row(key, form.format(value))
    return table


def write_speed(speed: Speed, path: Path) -> None:
    """Writes all rates, ratios and parts as JSON."""
    content = {"version": VERSION, **asdict(speed), "ratios": ratios(speed)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{json.dumps(content, indent=1)}\n".encode())
