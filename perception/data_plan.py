"""A collection of labelled frames: its settings, its shards, its manifest.

The roads and random numbers of a shard follow from the seed, the split and the shard's number alone. So a shard does
not depend on which thread drove it, and an interrupted collection resumes with the shards that are missing.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perception import VALIDATION_FIRST_SEED
from perception.dataset import DATA_SET, MANIFEST, SPLITS, Split, stored_shards
from perception.manifest import digest, library_versions
from perception.untrusted import read_file
from sim.config import TEST_ROAD_SEEDS, TRAIN_ROAD_SEEDS, EnvConfig
from sim.errors import UserError
from sim.fields import definition, quoted, require_types

CARS = 128  # that drive a shard together
STEPS = 64  # that each of them drives
ROADS_PER_SHARD = 128  # building more would take longer than driving
TOWNS_PER_SHARD = 16  # a town takes a hundred times as long as a road, and shows as many places
FRAMES_PER_SHARD = CARS * STEPS
FIRST_ROADS: dict[Split, int] = {
    "train": TRAIN_ROAD_SEEDS[0],
    "validation": VALIDATION_FIRST_SEED,
    "test": TEST_ROAD_SEEDS[0],
}
ROADS = TRAIN_ROAD_SEEDS[1] + 1  # of each split, from the first on
SHARES: dict[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
MOST_FRAMES = 100_000_000


@dataclass(frozen=True)
class CollectConfig:
    """Settings of a collection."""

    env: EnvConfig = field(default_factory=EnvConfig)
    """Camera, car, appearance, and how episodes start; roads are those of the split."""
    driver: str = "noisy"
    """Name of the driver, for the manifest."""
    frames: int = 60_000
    """Frames of all splits together."""
    seed: int = 0
    """Seed of everything that is random."""

    def __post_init__(self) -> None:
        require_types(self)
        if not 10 <= self.frames <= MOST_FRAMES:
            raise UserError(f"Frames to collect are {self.frames}, but must be from 10 to {MOST_FRAMES:,}.")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"The seed is {self.seed}, but must be from 0 to {2**32 - 1}.")
        if self.env.roads.file is not None:
            raise UserError("Frames are collected on roads that are split by seed; leave env.roads.file out.")


@dataclass(frozen=True)
class PlannedShard:
    """A shard to drive."""

    split: Split
    number: int
    frames: int

    @property
    def file(self) -> str:
        """Where it is written, below the folder of the data."""
        return f"{self.split}/{self.number:05d}.parquet"


def plan(frames: int) -> list[PlannedShard]:
    """All shards of so many frames."""
    shards = []
    for split in SPLITS:
        count = round(SHARES[split] * frames)
        sizes = [FRAMES_PER_SHARD] * (count // FRAMES_PER_SHARD) + [count % FRAMES_PER_SHARD]
        shards += [PlannedShard(split, number, size) for number, size in enumerate(sizes) if size > 0]
    return shards


def shard_environment(config: CollectConfig, shard: PlannedShard) -> EnvConfig:
    """The environment of a shard: the collection's, on roads of the shard's own."""
    count = TOWNS_PER_SHARD if config.env.roads.kind == "town" else ROADS_PER_SHARD
    first = FIRST_ROADS[shard.split] + shard.number * count % (ROADS - count)
    roads = dataclasses.replace(config.env.roads, first_seed=first, last_seed=first + count - 1, pool_size=count)
    return dataclasses.replace(config.env, roads=roads)


def begin(config: CollectConfig, folder: Path) -> None:
    """Marks an empty folder as an incomplete collection."""
    DATA_SET.write_manifest(folder, manifest(config, {}))


def resume(config: CollectConfig, folder: Path) -> None:
    """Makes sure that an interrupted collection can be resumed; drops shards that are missing or were changed.

    Raises:
        UserError: there is none, or it was begun with other settings.
    """
    found, wanted = DATA_SET.read_manifest(folder), manifest(config, {})
    for name in sorted(set(wanted) - {"complete", "splits"}):
        if found.get(name) != wanted[name]:
            raise UserError(
                f"{folder} was begun with other options: {name} {_difference(found.get(name), wanted[name])}; "
                "repeat its own options, or collect into another folder with --out."
            )
    planned = {shard.file: shard.frames for shard in plan(config.frames)}
    sound = {
        file: entry
        for file, entry in entries(found, folder).items()
        if planned.get(file) == entry["frames"] and _is_sound(folder, entry)
    }
    DATA_SET.write_manifest(folder, manifest(config, sound))


def manifest(config: CollectConfig, done: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Contents of manifest.json once the shards in ``done`` are written."""
    planned = plan(config.frames)
    splits = {
        split: {
            "roads": [FIRST_ROADS[split], FIRST_ROADS[split] + ROADS - 1],
            "shards": [done[shard.file] for shard in planned if shard.split == split and shard.file in done],
        }
        for split in SPLITS
    }
    environment = definition(config.env)
    described = {
        "driver": config.driver,
        "seed": config.seed,
        "frames": config.frames,
        "camera": environment.pop("camera"),
        "environment": {name: value for name, value in environment.items() if name != "roads"},
        "roads": {"kind": config.env.roads.kind, "radius_min_m": config.env.roads.radius_min_m},
        "libraries": library_versions("dashcam", "numpy", "numba"),
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


def entries(described: Mapping[str, Any], folder: Path) -> dict[str, dict[str, Any]]:
    """The entries of the shards that a manifest holds, by their files."""
    shards = [shard for split in SPLITS for shard in stored_shards(described, split, folder / MANIFEST)]
    return {shard.file: shard._asdict() for shard in shards}


def _is_sound(folder: Path, shard: Mapping[str, Any]) -> bool:
    try:
        return bool(digest(read_file(folder / shard["file"], shard["bytes"])) == shard["sha256"])
    except (OSError, ValueError):
        return False
