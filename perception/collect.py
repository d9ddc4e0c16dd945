"""Drives seeded roads and writes labelled frames.

Shards are driven in parallel, on as many threads as cores and memory allow.
"""

import math
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from perception import png
from perception.data_plan import (
    CARS,
    FRAMES_PER_SHARD,
    STEPS,
    CollectConfig,
    PlannedShard,
    entries,
    manifest,
    plan,
    shard_environment,
)
from perception.dataset import DATA_SET, SPLITS, Columns, write_shard
from perception.labels import (
    COMMAND,
    CURVATURES,
    HEADING_ERROR,
    LANE_WIDTH,
    LATERAL_OFFSET,
    SIGNAL,
    SIGNALS,
    SPEED_LIMIT,
    STOP_DISTANCE,
    bend_classes,
    bend_is_clear,
)
from sim.drivers import MakeDriver
from sim.errors import UserError
from sim.machine import workers
from sim.navigator import SEEN_STOP, describe_trips, told_commands
from sim.types import ByteArray, FloatArray
from sim.world import World, memory_needed

_LABEL_BYTES = 100  # of a row, beside the picture


def bytes_needed(config: CollectConfig, make_driver: MakeDriver) -> int:
    """Estimated size of the frames on disk, from the first few [bytes]."""
    with _one_thread():
        frames, _ = drive_shard(config, PlannedShard("train", 0, 4 * CARS), make_driver, steps=4)
    row = np.mean([len(picture) for picture in png.encode(frames)]) + _LABEL_BYTES
    return round(1.05 * float(row) * config.frames)


def collect(config: CollectConfig, folder: Path, make_driver: MakeDriver, tell: Callable[[int], None]) -> int:
    """Writes the shards that ``folder``, made by ``begin``, lacks, and marks it complete; returns the frames written.

    A driver is made for each shard from its seed; ``tell`` is called with the number of frames written so far.

    Raises:
        UserError: ``folder`` cannot be written.
        KeyboardInterrupt: Ctrl-C; finished shards are kept.
    """
    done = entries(DATA_SET.read_manifest(folder), folder)
    before = count = sum(shard["frames"] for shard in done.values())
    tell(count)
    missing = [shard for shard in plan(config.frames) if shard.file not in done]
    with _disk_trouble(folder), closing(_write_shards(config, folder, missing, make_driver)) as written:
        for entry in written:
            done[entry["file"]] = entry
            DATA_SET.write_manifest(folder, manifest(config, done))
            count += entry["frames"]
            tell(count)
    return int(count - before)


def drive_shard(
    config: CollectConfig,
    shard: PlannedShard,
    make_driver: MakeDriver,
    stopped: threading.Event | None = None,
    steps: int = STEPS,
) -> tuple[ByteArray, Columns]:
    """Frames (N, H, W, C) and columns of a shard, in the order of episodes and steps."""
    random = np.random.default_rng([config.seed, SPLITS.index(shard.split), shard.number])
    cars = -(-shard.frames // steps)
    seeds = random.integers(2**62, size=1 + cars)
    world = World(shard_environment(config, shard), cars)
    world.seed([int(seed) for seed in seeds[1:]])
    world.reset()
    driver, channels = make_driver(int(seeds[0] % 2**32)), config.env.camera.channels
    frames = np.empty((cars, steps, *config.env.camera.frame_shape), dtype=np.uint8)
    rows: list[dict[str, NDArray[Any]]] = []
    for step in range(steps):
        if stopped is not None and stopped.is_set():
            raise KeyboardInterrupt
        frames[:, step] = world.frames[..., -channels:]
        commands = driver.commands(world)
        rows.append(_truth(world, commands))
        world.step(commands, restart=True)
    columns = {name: np.stack([row[name] for row in rows], axis=1).reshape(cars * steps, -1) for name in rows[0]}
    return frames.reshape(-1, *frames.shape[2:])[: shard.frames], _columns(columns, shard)


def _truth(world: World, commands: FloatArray) -> dict[str, NDArray[Any]]:
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
        "step": telemetry.steps,
        **(_town_truth(world) if world.in_town else {}),
    }


def _town_truth(world: World) -> dict[str, NDArray[Any]]:
    told = describe_trips(world.core)
    shown = [SIGNALS.index(state or "none") for state in told["signal"]]
    return {
        COMMAND: told_commands(world.core),
        STOP_DISTANCE: np.clip(told["stop_distance"], 0.0, SEEN_STOP),
        SIGNAL: np.array(shown, dtype=np.int64),
        SPEED_LIMIT: told["speed_limit"],
    }


def _columns(values: Mapping[str, FloatArray], shard: PlannedShard) -> Columns:
    """The columns of ``dataset.COLUMNS`` of a shard's rows."""
    rows = {name: value[: shard.frames] for name, value in values.items()}
    curvatures = rows.pop("curvatures")
    columns: dict[str, Any] = {name: value[:, 0] for name, value in rows.items()}
    columns |= dict(zip(CURVATURES, curvatures.T, strict=True))
    columns["bend"], columns["bend_is_clear"] = bend_classes(curvatures), bend_is_clear(curvatures)
    index = np.arange(shard.frames)
    first = np.maximum.accumulate(np.where(columns["step"] == 0, index, 0))
    columns["episode"] = shard.number * FRAMES_PER_SHARD + first
    for name in {"road_seed", "step", "episode", COMMAND, SIGNAL} & set(columns):
        columns[name] = columns[name].astype(np.int64)
    return {name: value.astype(np.float32) if value.dtype == np.float64 else value for name, value in columns.items()}


def _write_shards(
    config: CollectConfig, folder: Path, shards: list[PlannedShard], make_driver: MakeDriver
) -> Generator[dict[str, Any]]:
    """Writes shards on all cores; yields the manifest entry of each."""
    stopped = threading.Event()

    def work(shard: PlannedShard) -> dict[str, Any]:
        with _one_thread():
            frames, columns = drive_shard(config, shard, make_driver, stopped)
        return write_shard(folder / shard.file, frames, columns)

    with ThreadPoolExecutor(workers(_shard_bytes(config))) as threads:
        pending = {threads.submit(work, shard) for shard in shards}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            stopped.set()
            threads.shutdown(cancel_futures=True)


def _shard_bytes(config: CollectConfig) -> int:
    """Peak memory of one shard [bytes]: its world, its frames, and the same frames as PNG, hardly smaller."""
    shard = PlannedShard("train", 0, FRAMES_PER_SHARD)
    frames = FRAMES_PER_SHARD * math.prod(config.env.camera.frame_shape)
    return memory_needed(shard_environment(config, shard), CARS) + 2 * frames


@contextmanager
def _disk_trouble(folder: Path) -> Iterator[None]:
    """Says how to resume when ``folder`` cannot be written."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror}); make room and continue with --resume."
        ) from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """Worlds created here use the calling thread alone: threads share out shards, not the cars of one shard."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
