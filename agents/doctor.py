"""Checks an installation, and says what to paste into a bug report."""

import hashlib
import importlib.metadata
import math
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

import numba
import torch

from agents.benchmarks.speed import describe_machine
from agents.config import EVERYTHING, preset
from perception.shards import SHARDS
from sim.config import CameraConfig, EnvConfig, RoadsConfig
from sim.drivers import PurePursuitDriver
from sim.machine import memory_bounds, usable_cores
from sim.step import advance_shares
from sim.world import World

LIBRARIES = (
    "dashcam", "gymnasium", "stable-baselines3", "torch", "numpy", "numba", "llvmlite", "safetensors", "onnxruntime",
    "pyarrow", "pillow", "pygame", "tyro", "rich",
)  # fmt: skip
CARS, STEPS = 8, 30
DRIVE = EnvConfig(
    camera=CameraConfig(width=64, height=44, pitch_down_deg=20.0),
    roads=RoadsConfig(pool_size=8, preload=False),
    appearance=EVERYTHING,
)
# What drive_digest() gave on Linux with an x86-64 processor.
SHIPPED = "ba7b43bbc626b9e598140d249325ca0cde98f877f42eb9ec8c04bec1390501fe"
LITTLE_DISK = 1_000_000_000  # bytes; a run of a preset, its policy and its checkpoints take less


@dataclass(frozen=True)
class Finding:
    """Something that was looked at."""

    name: str
    value: str
    advice: str = ""
    """What to do about it; empty where nothing is wrong."""


def examine(folder: Path) -> list[Finding]:
    """Looks at everything; runs are meant to go to ``folder``."""
    return [*_versions(), *_threads(), *_frames(), _cache(), _memory(), _disk(folder)]


def drive_digest(threads: int) -> str:
    """SHA-256 of all that eight cars see in three seconds of driving in any weather, made by so many threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        world = World(DRIVE, CARS)
        world.seed(list(range(CARS)))
        world.reset()
        driver, digest = PurePursuitDriver(), hashlib.sha256()
        for _ in range(STEPS):
            world.step(driver.commands(world), restart=True)
            digest.update(world.frames.tobytes())
    finally:
        numba.set_num_threads(before)
    return digest.hexdigest()


def _versions() -> list[Finding]:
    machine = describe_machine()
    found = [
        Finding("system", str(machine["system"])),
        Finding("processor", f"{machine['processor']}, {machine['cores']} cores"),
        Finding("python", platform.python_version()),
    ]
    for name in LIBRARIES:
        try:
            found.append(Finding(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, "missing", "install it again: pip install -e ."))
    return found


def _threads() -> list[Finding]:
    simulating, usable = min(numba.get_num_threads(), usable_cores()), usable_cores()
    return [
        Finding("threads", f"{simulating} of the simulation, {SHARDS} of learning; {usable} cores usable"),
        Finding("PyTorch's own threads", f"{torch.get_num_threads()}, {torch.backends.cpu.get_cpu_capability()}"),
    ]


def _frames() -> list[Finding]:
    one, all_of_them = drive_digest(1), drive_digest(numba.get_num_threads())
    same = one == all_of_them
    shipped = "as they were shipped" if one == SHIPPED else "not those that were shipped"
    return [
        Finding(
            "frames on one thread and on all",
            "the same" if same else f"different: {one[:12]} and {all_of_them[:12]}",
            "" if same else "please report this: results depend on the number of threads here",
        ),
        Finding("frames on this machine", f"{shipped} ({one[:12]})"),
    ]


def _cache() -> Finding:
    path = advance_shares.stats.cache_path  # type: ignore[attr-defined]
    if path is None or not os.access(path, os.W_OK):
        advice = "every start compiles; set NUMBA_CACHE_DIR to a folder that can be written"
        return Finding("compiled kernels", "cannot be kept", advice)
    return Finding("compiled kernels", f"kept in {path}")


def _memory() -> Finding:
    bounds, config = memory_bounds(), preset("quick")
    bound = min(bounds, key=lambda name: bounds[name])
    available = bounds[bound]
    needed = 2 * config.buffer_frames * math.prod(config.env.camera.frame_shape)  # the replay, and as much for the rest
    advice = "close other programs, or train with a smaller --buffer-frames" if available < needed else ""
    return Finding("memory", f"{available / 1e9:.1f} GB available, bounded by {bound}", advice)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    advice = "make room, or name another disk with --out" if free < LITTLE_DISK else ""
    return Finding("disk", f"{free / 1e9:.1f} GB free in {folder.resolve()}", advice)
