"""A drive as a small file: how it began, what was commanded in each step, and a hash of every frame.

The file is an npz archive. ``header`` is JSON, the other entries are arrays of fixed types; loading runs no code.

| entry    | type and shape            | is                                                                   |
|----------|---------------------------|----------------------------------------------------------------------|
| header   | bytes                     | format, Dashcam's version, driver, road seed, seed, config, its hash |
| commands | float64 (T, 2)            | steering angle [rad] and target speed [m/s]                          |
| actions  | int16 (T,)                | index into the action table, -1 where no policy drove                |
| hashes   | uint64 (T + 1,)           | of the frame at the start and after each step                        |
| q_values | float32 (T, actions)      | of the policy that drove or looked on, NaN where none did            |
"""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.actions import action_table
from sim.config import TEST_ROAD_SEEDS, EnvConfig, from_fields
from sim.errors import UserError
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import World

FORMAT = 1
VERSION = importlib.metadata.version("dashcam")
ENDING = ".replay"
MAX_BYTES = 200_000_000  # of the unpacked file; a drive of 10,000 steps takes less than 2 MB
_TYPES = {"commands": np.float64, "actions": np.int16, "hashes": np.uint64, "q_values": np.float32}


@dataclass(frozen=True)
class Recording:
    """A drive on one road, from its beginning."""

    driver: str
    config: EnvConfig
    road_seed: int
    seed: int  # of the episode: it draws the day
    commands: FloatArray  # (T, 2)
    actions: np.ndarray[Any, np.dtype[np.int16]]  # (T,)
    hashes: np.ndarray[Any, np.dtype[np.uint64]] | None  # (T + 1,); None where nobody asked for them
    q_values: Float32Array | None  # (T, actions); None where they can be worked out again
    dashcam: str = VERSION  # which recorded it

    @property
    def steps(self) -> int:
        """Number of control steps, T."""
        return len(self.commands)


def frame_hash(frames: ByteArray) -> int:
    """A 64-bit hash of one car's frames (H, W, C x stack) uint8."""
    return int.from_bytes(hashlib.blake2b(frames.data, digest_size=8).digest(), "little")


def config_hash(config: EnvConfig) -> str:
    """SHA-256 of all settings of an environment."""
    return hashlib.sha256(json.dumps(dataclasses.asdict(config), sort_keys=True).encode()).hexdigest()


def begin(world: World, road_seed: int, seed: int) -> None:
    """Puts a world of one car at the beginning of a drive."""
    world.seed([seed])
    world.reset(road_seeds=[road_seed])


def first_mismatch(recording: Recording) -> int | None:
    """Drives a recording again: the first step after which the frame is another one; 0 is the start, None is never."""
    if recording.hashes is None:
        return None
    world = World(recording.config, num_cars=1)
    begin(world, recording.road_seed, recording.seed)
    for step, expected in enumerate(recording.hashes.tolist()):
        if frame_hash(world.frames[0]) != expected:
            return step
        if step < recording.steps:
            world.step(recording.commands[[step]])
    return None


def save_recording(recording: Recording, path: Path) -> None:
    """Writes a recording; it appears under its name when it is whole.

    Raises:
        UserError: it cannot be written.
    """
    header = {
        "format": FORMAT,
        "dashcam": recording.dashcam,
        "driver": recording.driver,
        "road_seed": recording.road_seed,
        "seed": recording.seed,
        "config": dataclasses.asdict(recording.config),
        "config_sha256": config_hash(recording.config),
    }
    buffer = io.BytesIO()
    arrays = {name: getattr(recording, name) for name in _TYPES if getattr(recording, name) is not None}
    np.savez_compressed(buffer, header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **arrays)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(buffer.getvalue())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise UserError(f"The replay cannot be written to {path}: {error.strerror}.") from None


def load_recording(path: Path) -> Recording:
    """Reads a recording.

    Raises:
        UserError: not there, not a replay, damaged, of another format, or with a config that was changed.
    """
    entries = _read(path)
    header = _header(entries.pop("header", None), path)
    try:
        config = from_fields(EnvConfig, header["config"])
        driver, seed, road_seed = str(header["driver"]), int(header["seed"]), int(header["road_seed"])
        version = str(header["dashcam"])
        same = config_hash(config) == header["config_sha256"]
    except UserError as error:
        raise UserError(f"{path} was recorded with settings that this Dashcam does not have: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(f"{path} does not say how its drive began ({error}); it was made by another version.") from None
    if not same:
        raise UserError(
            f"{path} has a config that is not the one that was recorded (their hashes differ): the file was "
            f"changed, or Dashcam {version} recorded it with other settings. Play it with that version."
        )
    if seed < 0 or not 0 <= road_seed <= TEST_ROAD_SEEDS[1]:
        raise UserError(f"{path} names road {road_seed} and seed {seed}, which do not exist: the file was changed.")
    arrays = {name: entries.get(name) for name in _TYPES}
    recording = Recording(driver, config, road_seed, seed, dashcam=version, **arrays)  # type: ignore[arg-type]
    _require_fit(recording, path)
    return recording


def _read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The archive's entries, none of which can be an object."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise UserError(f"{path} unpacks to {size:,} bytes, which no replay needs; it is not one.")
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in ("header", *_TYPES) if name in archive.files}
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or error}); name a file that ends in {ENDING}."
        ) from None
    except (ValueError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile, MemoryError, NotImplementedError) as error:
        raise UserError(f"{path} is not a replay, or is damaged ({error}).") from None


def _header(data: Any, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(data.tobytes())
        version = header["format"]
    except (AttributeError, ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"{path} is not a replay: it has no header.") from None
    if version != FORMAT:
        raise UserError(
            f"{path} has format {version!r}, but this Dashcam reads {FORMAT}; "
            f"play it with Dashcam {header.get('dashcam')}, which recorded it."
        )
    return dict(header)


def _require_fit(recording: Recording, path: Path) -> None:
    """Makes sure that the arrays are of the right types and lengths, and that every command can be carried out."""
    steps, actions = len(recording.commands) if recording.commands is not None else 0, recording.config.actions
    shapes = {
        "commands": (steps, 2),
        "actions": (steps,),
        "hashes": (steps + 1,),
        "q_values": (steps, len(action_table(actions))),
    }
    for name, kind in _TYPES.items():
        array = getattr(recording, name)
        if array is None and name in ("hashes", "q_values"):
            continue
        if array is None or array.dtype != kind or array.shape != shapes[name]:
            raise UserError(f"{path} is damaged: its {name} do not fit {steps} steps.")
    if not np.isfinite(recording.commands).all():
        raise UserError(f"{path} is damaged: it holds commands that are not numbers.")
    if steps and not -1 <= recording.actions.min() <= recording.actions.max() < shapes["q_values"][1]:
        raise UserError(f"{path} is damaged: it holds actions that do not exist.")
