"""Drives seeded roads and writes what the camera saw, with what was true at the time.

The work is cut into shards. Each has its own roads and random numbers, which follow from the seed, the split and the
shard's number alone; so shards are driven on as many threads as there are cores, one is the same whoever drove it, and
an interrupted collection goes on with the shards that are missing.
"""

import dataclasses
import importlib.metadata
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np

from perception import VALIDATION_FIRST_SEED, png
from perception.dataset import (
    MANIFEST,
    SPLITS,
    Columns,
    Split,
    read_manifest,
    stored_shards,
    write_manifest,
    write_shard,
)
from perception.labels import CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET, bend_classes, bend_is_clear
from perception.sealed import digest
from perception.whole import read_inside
from sim.config import CONTROL_PERIOD, TEST_ROAD_SEEDS, TRAIN_ROAD_SEEDS, EnvConfig, RoadsConfig
from sim.drivers import Driver
from sim.errors import UserError
from sim.fields import quoted
from sim.types import ByteArray, FloatArray
from sim.world import World

CARS = 128  # that drive a shard together
STEPS = 64  # that each of them drives
ROADS_PER_SHARD = 128  # building more would take longer than driving
FRAMES_PER_SHARD = CARS * STEPS
FIRST_ROADS: dict[Split, int] = {
    "train": TRAIN_ROAD_SEEDS[0],
    "validation": VALIDATION_FIRST_SEED,
    "test": TEST_ROAD_SEEDS[0],
}
ROADS = TRAIN_ROAD_SEEDS[1] + 1  # of each split, from the first on
SHARES: dict[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
MOST_FRAMES = 100_000_000

_LIBRARIES = ("dashcam", "numpy", "numba")


@dataclass(frozen=True)
class CollectConfig:
    """What is collected."""

    env: EnvConfig = field(default_factory=EnvConfig)
    """Camera, car, appearance, and how episodes start; roads are those of the split."""
    driver: str = "noisy"
    """Name of the driver, for the manifest."""
    frames: int = 60_000
    """Frames of all splits together."""
    seed: int = 0
    """Seed of everything that is random."""

    def __post_init__(self) -> None:
        if not 10 <= self.frames <= MOST_FRAMES:
            raise UserError(f"Frames to collect are {self.frames}, but must be from 10 to {MOST_FRAMES:,}.")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"The seed is {self.seed}, but must be from 0 to {2**32 - 1}.")
        if self.env.roads.file is not None:
            raise UserError("Frames are collected on roads that are split by seed; leave env.roads.file out.")


@dataclass(frozen=True)
class Shard:
    """A piece of work."""

    split: Split
    number: int
    frames: int

    @property
    def file(self) -> str:
        """Where it is written, below the folder of the data."""
        return f"{self.split}/{self.number:05d}.parquet"


MakeDriver = Callable[[int], Driver]
"""Makes a driver from a seed."""


def plan(frames: int) -> list[Shard]:
    """All shards of so many frames."""
    shards = []
    for split in SPLITS:
        count = round(SHARES[split] * frames)
        sizes = [FRAMES_PER_SHARD] * (count // FRAMES_PER_SHARD) + [count % FRAMES_PER_SHARD]
        shards += [Shard(split, number, size) for number, size in enumerate(sizes) if size > 0]
    return shards


def bytes_needed(config: CollectConfig, make_driver: MakeDriver) -> int:
    """Room that the frames will need on disk, from the first of them [bytes]."""
    with _one_thread():
        frames, _ = drive_shard(config, Shard("train", 0, 4 * CARS), make_driver, steps=4)
    row = np.mean([len(picture) for picture in png.encode(frames)]) + _LABEL_BYTES
    return round(1.05 * float(row) * config.frames)


_LABEL_BYTES = 100  # of a row, beside the picture


def require_disk(folder: Path, needed: int) -> None:
    """Makes sure that the disk has room.

    Raises:
        UserError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"The frames need {needed / 1e6:,.0f} MB, but the disk of {folder} has {free / 1e6:,.0f} MB left; "
            "collect fewer, or elsewhere with --out."
        )


def collect(config: CollectConfig, folder: Path, make_driver: MakeDriver, tell: Callable[[int], None]) -> int:
    """Writes all shards that ``folder`` does not hold yet, then marks it as complete; returns how many frames it wrote.

    Args:
        config: What to collect.
        folder: Made by ``begin``.
        make_driver: Makes the driver of a shard from its seed.
        tell: Called with the number of frames that are done so far.

    Raises:
        UserError: ``folder`` cannot be written.
        KeyboardInterrupt: Ctrl-C; the shards that are done stay.
    """
    done = _done(read_manifest(folder), folder)
    before = count = sum(shard["frames"] for shard in done.values())
    tell(count)
    missing = [shard for shard in plan(config.frames) if shard.file not in done]
    for entry in _write_shards(config, folder, missing, make_driver):
        done[entry["file"]] = entry
        write_manifest(folder, _manifest(config, done))
        count += entry["frames"]
        tell(count)
    return int(count - before)


def begin(config: CollectConfig, folder: Path) -> None:
    """Marks an empty folder as an incomplete collection."""
    write_manifest(folder, _manifest(config, {}))


def resume(config: CollectConfig, folder: Path) -> None:
    """Makes sure that an interrupted collection can go on; forgets shards that are missing or were changed.

    Raises:
        UserError: there is none, or it was begun with other settings.
    """
    found, wanted = read_manifest(folder), _manifest(config, {})
    for name in sorted(set(wanted) - {"complete", "splits"}):
        if found.get(name) != wanted[name]:
            raise UserError(
                f"{folder} was begun with other options: {name} {_difference(found.get(name), wanted[name])}; "
                "repeat its own options, or collect into another folder with --out."
            )
    planned = {shard.file: shard.frames for shard in plan(config.frames)}
    sound = {
        file: entry
        for file, entry in _done(found, folder).items()
        if planned.get(file) == entry["frames"] and _is_sound(folder, entry)
    }
    write_manifest(folder, _manifest(config, sound))


def drive_shard(
    config: CollectConfig,
    shard: Shard,
    make_driver: MakeDriver,
    stopped: threading.Event | None = None,
    steps: int = STEPS,
) -> tuple[ByteArray, Columns]:
    """Frames (N, H, W, C) and columns of a shard, in the order of episodes and steps."""
    random = np.random.default_rng([config.seed, SPLITS.index(shard.split), shard.number])
    cars = -(-shard.frames // steps)
    seeds = random.integers(2**62, size=1 + cars)
    world = World(_environment(config, shard), cars)
    world.seed([int(seed) for seed in seeds[1:]])
    world.reset()
    driver, channels = make_driver(int(seeds[0] % 2**32)), config.env.camera.channels
    frames = np.empty((cars, steps, *config.env.camera.frame_shape), dtype=np.uint8)
    rows: list[dict[str, FloatArray]] = []
    for step in range(steps):
        if stopped is not None and stopped.is_set():
            raise KeyboardInterrupt
        frames[:, step] = world.frames[..., -channels:]
        commands = driver.commands(world)
        rows.append(_truth(world, commands))
        world.step(commands, restart=True)
    columns = {name: np.stack([row[name] for row in rows], axis=1).reshape(cars * steps, -1) for name in rows[0]}
    return frames.reshape(-1, *frames.shape[2:])[: shard.frames], _columns(columns, shard)


def _truth(world: World, commands: FloatArray) -> dict[str, FloatArray]:
    telemetry = world.copy_telemetry()
    return {
        LATERAL_OFFSET: telemetry.lateral_offset,
        HEADING_ERROR: telemetry.heading_error,
        "curvatures": telemetry.curvature_ahead,
        LANE_WIDTH: world.lane_width,
        "speed_mps": telemetry.speed,
        "steering_angle_rad": telemetry.steering_angle,
        "steering_command_rad": commands[:, 0],
        "target_speed_mps": commands[:, 1],
        "reward": world.rewards.astype(np.float64),
        "terminated": world.terminated.copy(),
        "truncated": world.truncated.copy(),
        "road_seed": world.road_seeds.copy(),
        "step": np.rint(telemetry.elapsed_s / CONTROL_PERIOD),
    }


def _columns(values: Mapping[str, FloatArray], shard: Shard) -> Columns:
    """The columns of ``dataset.COLUMNS`` of a shard's rows."""
    rows = {name: value[: shard.frames] for name, value in values.items()}
    curvatures = rows.pop("curvatures")
    columns: dict[str, Any] = {name: value[:, 0] for name, value in rows.items()}
    columns |= dict(zip(CURVATURES, curvatures.T, strict=True))
    columns["bend"], columns["bend_is_clear"] = bend_classes(curvatures), bend_is_clear(curvatures)
    index = np.arange(shard.frames)
    first = np.maximum.accumulate(np.where(columns["step"] == 0, index, 0))
    columns["episode"] = shard.number * FRAMES_PER_SHARD + first
    for name in ("road_seed", "step", "episode"):
        columns[name] = columns[name].astype(np.int64)
    return {name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in columns.items()}


def _environment(config: CollectConfig, shard: Shard) -> EnvConfig:
    first = FIRST_ROADS[shard.split] + shard.number * ROADS_PER_SHARD % (ROADS - ROADS_PER_SHARD)
    roads = RoadsConfig(
        kind=config.env.roads.kind, first_seed=first, last_seed=first + ROADS_PER_SHARD - 1, pool_size=ROADS_PER_SHARD
    )
    return dataclasses.replace(config.env, roads=roads)


def _write_shards(
    config: CollectConfig, folder: Path, shards: list[Shard], make_driver: MakeDriver
) -> Iterator[dict[str, Any]]:
    """Writes shards on all cores; yields the entry of each that is done."""
    stopped = threading.Event()

    def work(shard: Shard) -> dict[str, Any]:
        with _one_thread():
            frames, columns = drive_shard(config, shard, make_driver, stopped)
        return write_shard(folder / shard.file, frames, columns)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        pending = {threads.submit(work, shard) for shard in shards}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except OSError as error:
            raise UserError(
                f"{folder} cannot be written ({error.strerror}); make room and go on with --resume."
            ) from error
        finally:
            stopped.set()
            threads.shutdown(cancel_futures=True)


def _manifest(config: CollectConfig, done: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What manifest.json says once the shards in ``done`` are written."""
    planned = plan(config.frames)
    splits = {
        split: {
            "roads": [FIRST_ROADS[split], FIRST_ROADS[split] + ROADS - 1],
            "shards": [done[shard.file] for shard in planned if shard.split == split and shard.file in done],
        }
        for split in SPLITS
    }
    environment = dataclasses.asdict(config.env)
    described = {
        "driver": config.driver,
        "seed": config.seed,
        "frames": config.frames,
        "camera": environment.pop("camera"),
        "environment": {name: value for name, value in environment.items() if name != "roads"},
        "road_kind": config.env.roads.kind,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "complete": len(done) == len(planned),
        "splits": splits,
    }
    plain: dict[str, Any] = json.loads(json.dumps(described))  # as it is when it was read
    return plain


def _difference(found: Any, wanted: Any) -> str:
    """The first thing that differs, such as "width is 64 there, but 96 here"."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name in wanted:
            if found.get(name) != wanted[name]:
                inner = _difference(found.get(name), wanted[name])
                return inner if isinstance(wanted[name], dict) else f"{name} {inner}"
    return f"is {quoted(found)} there, but {quoted(wanted)} here"


def _done(manifest: Mapping[str, Any], folder: Path) -> dict[str, dict[str, Any]]:
    """The entries of the shards that a manifest holds, by their files."""
    shards = [shard for split in SPLITS for shard in stored_shards(manifest, split, folder / MANIFEST)]
    return {shard.file: shard._asdict() for shard in shards}


def _is_sound(folder: Path, shard: Mapping[str, Any]) -> bool:
    try:
        return bool(digest(read_inside(folder, shard["file"], int(shard["bytes"]))) == shard["sha256"])
    except (OSError, TypeError, ValueError):
        return False


@contextmanager
def _one_thread() -> Iterator[None]:
    """Worlds that are made here work in the calling thread alone: shards share the cores, not the cars of one."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
