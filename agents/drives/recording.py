"""A drive as a small file: how it began, what was commanded in each step, and a hash of every frame.

The file is an npz archive. ``header`` is JSON, the other entries are arrays of fixed types; loading runs no code. An
episode from the middle of a training run has no seed of its own: its seed is the list of the numbers that drew it.
In a town, the trip is kept, too: the lanes of its start and its goal, each with a station [m].

| entry    | type and shape            | is                                                                   |
|----------|---------------------------|----------------------------------------------------------------------|
| header   | bytes                     | format, Dashcam's version, driver, road seed, seed, trip, config, hash |
| commands | float64 (T, 2)            | steering angle [rad] and target speed [m/s]                          |
| actions  | int16 (T,)                | index into the action table, -1 where no policy drove                |
| hashes   | uint64 (T + 1,)           | of the frame at the start and after each step                        |
| q_values | float32 (T, actions)      | of the policy that drove or rode along, NaN where none did           |
"""

import dataclasses
import hashlib
import importlib.metadata
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perception.atomic import write_atomic
from perception.npy import read_array
from perception.untrusted import parse_json, read_file
from sim.actions import action_table
from sim.config import TEST_ROAD_SEEDS, EnvConfig
from sim.core import DRAWS
from sim.errors import UserError
from sim.fields import definition, from_fields, quoted
from sim.network.routing import find_route
from sim.snapshot import FARTHEST
from sim.trips import Trip
from sim.types import ByteArray, Float32Array, FloatArray
from sim.world import World

FORMAT = 1
VERSION = importlib.metadata.version("dashcam")
ENDING = ".replay"
MAX_BYTES = 200_000_000  # of the unpacked file; a drive of 10,000 steps takes less than 2 MB
Seed = int | tuple[float, ...]  # what an episode is drawn from: a seed, or the core.DRAWS numbers themselves, 0..1
_TYPES = {"commands": np.float64, "actions": np.int16, "hashes": np.uint64, "q_values": np.float32}


@dataclass(frozen=True)
class Recording:
    """A drive on one road, from its beginning."""

    driver: str
    config: EnvConfig
    road_seed: int
    seed: Seed  # of the episode: it draws the day
    commands: FloatArray  # (T, 2)
    actions: np.ndarray[Any, np.dtype[np.int16]]  # (T,)
    hashes: np.ndarray[Any, np.dtype[np.uint64]] | None  # (T + 1,); None where nobody asked for them
    q_values: Float32Array | None  # (T, actions); None where they can be worked out again
    dashcam: str = VERSION  # which recorded it
    trip: Trip | None = None  # in a town; None draws it as the seed says

    @property
    def steps(self) -> int:
        """Number of control steps, T."""
        return len(self.commands)


def frame_hash(frames: ByteArray) -> int:
    """A 64-bit hash of one car's frames (H, W, C x stack) uint8."""
    return int.from_bytes(hashlib.blake2b(frames.data, digest_size=8).digest(), "little")


def config_hash(config: EnvConfig) -> str:
    """SHA-256 of all settings of an environment."""
    return hashlib.sha256(json.dumps(definition(config), sort_keys=True).encode()).hexdigest()


def begin(world: World, road_seed: int, seed: Seed, trip: Trip | None = None) -> None:
    """Puts a world of one car at the beginning of a drive; a ``trip`` stands for the one that the seed draws in a town.

    Raises:
        UserError: the trip is not on the town's lanes, or no way leads to its goal.
    """
    _reset(world, road_seed, seed, None)
    if trip is not None and trip != trip_of(world):
        find_route(world.town(0).network, trip[:2], trip[2:])
        _reset(world, road_seed, seed, [trip])


def trip_of(world: World) -> Trip | None:
    """The trip of the first car of a world; None on roads."""
    return Trip.of(world.snapshot()["trips"][0]) if world.in_town else None


def _reset(world: World, road_seed: int, seed: Seed, trips: list[Trip] | None) -> None:
    if isinstance(seed, int):
        world.seed([seed])
        world.reset(road_seeds=[road_seed], trips=trips)
    else:
        world.reset(road_seeds=[road_seed], draws=np.array([seed]), trips=trips)


def first_mismatch(recording: Recording) -> int | None:
    """Drives a recording again: the first step after which the frame is another one; 0 is the start, None is never."""
    if recording.hashes is None:
        return None
    world = World(recording.config, num_cars=1)
    begin(world, recording.road_seed, recording.seed, recording.trip)
    for step, expected in enumerate(recording.hashes.tolist()):
        if frame_hash(world.frames[0]) != expected:
            return step
        if step < recording.steps:
            world.step(recording.commands[[step]])
    return None


def save_recording(recording: Recording, path: Path | str) -> None:
    """Writes a recording; it appears under its name when it is complete.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(path)
    header = {
        "format": FORMAT,
        "dashcam": recording.dashcam,
        "driver": recording.driver,
        "road_seed": recording.road_seed,
        "seed": recording.seed,
        "trip": recording.trip,
        "config": dataclasses.asdict(recording.config),
        "config_sha256": config_hash(recording.config),
    }
    buffer = io.BytesIO()
    arrays = {name: getattr(recording, name) for name in _TYPES if getattr(recording, name) is not None}
    np.savez_compressed(buffer, header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **arrays)
    try:
        write_atomic(path, buffer.getvalue())
    except OSError as error:
        raise UserError(f"The replay cannot be written to {path}: {error.strerror}.") from None


def load_recording(path: Path | str) -> Recording:
    """Reads a recording.

    Raises:
        UserError: not there, not a replay, damaged, of another format, or with a config that was changed.
    """
    path = Path(path)
    entries = _read(path)
    header = _header(entries.pop("header", None), path)
    made_by = _made_by(header)
    try:
        config = from_fields(EnvConfig, header["config"])
        driver, seed, road_seed = str(header["driver"]), _seed(header["seed"]), int(header["road_seed"])
        trip = _trip(header.get("trip"), config)
        same = config_hash(config) == header["config_sha256"]
    except UserError as error:
        raise UserError(f"{path} was recorded with settings that this Dashcam does not have: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{path} does not say how its drive began ({error!r:.80}); it was made by another version."
        ) from None
    if not same:
        raise UserError(
            f"{path} has a config that is not the one that was recorded (their hashes differ): the file was "
            f"changed, or Dashcam {made_by} recorded it with other settings. Play it with that version."
        )
    if not 0 <= road_seed <= TEST_ROAD_SEEDS[1]:
        raise UserError(f"{path} names road {road_seed}, which does not exist: the file was changed.")
    arrays = {name: entries.get(name) for name in _TYPES}
    recording = Recording(driver, config, road_seed, seed, dashcam=made_by, trip=trip, **arrays)  # type: ignore[arg-type]
    _require_fit(recording, path)
    return recording


def _seed(value: Any) -> Seed:
    """What an episode is drawn from, by a header.

    Raises:
        ValueError: it cannot be.
    """
    if not isinstance(value, list):
        value = int(value)
        known = value >= 0
    else:
        value = tuple(float(draw) for draw in value)
        known = len(value) == DRAWS and all(0.0 <= draw <= 1.0 for draw in value)
    if not known:
        raise ValueError(f"seed {value} does not exist")
    seed: Seed = value
    return seed


def _trip(value: Any, config: EnvConfig) -> Trip | None:
    """The trip in a header; whether it leads anywhere is seen where it is driven.

    Raises:
        ValueError: it is none.
    """
    if value is None or config.roads.kind != "town":
        return None
    numbers = np.array(value, dtype=np.float64)
    if numbers.shape != (len(Trip._fields),) or not ((numbers >= 0.0) & (numbers <= FARTHEST)).all():
        raise ValueError(f"trip {value!r:.60} does not exist")
    return Trip.of(numbers)


def _read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The archive's entries, none of which can be an object."""
    try:
        with zipfile.ZipFile(io.BytesIO(read_file(path, MAX_BYTES))) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
            if sum(sizes.values()) > MAX_BYTES:
                raise UserError(
                    f"{path} unpacks to more than {MAX_BYTES:,} bytes, which no replay needs; it is not one."
                )
            names = [name for name in ("header", *_TYPES) if f"{name}.npy" in sizes]
            return {name: read_array(archive.read(f"{name}.npy")) for name in names}
    except UserError:
        raise
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror or error}); name a file that ends in {ENDING}."
        ) from None
    except _DAMAGES as error:
        raise UserError(f"{path} is not a replay, or is damaged ({error!s:.80}).") from None


# What zipfile raises for broken archives shares no other base.
_DAMAGES = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, ValueError, EOFError, OverflowError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def _header(data: Any, path: Path) -> dict[str, Any]:
    try:
        header = parse_json(data.tobytes())
        version = header["format"]
    except (AttributeError, ValueError, KeyError, TypeError):
        raise UserError(f"{path} is not a replay: it has no header.") from None
    if version != FORMAT:
        raise UserError(
            f"{path} has format {quoted(version)}, but this Dashcam reads {FORMAT}; "
            f"play it with Dashcam {_made_by(header)}, which recorded it."
        )
    return dict(header)


def _made_by(header: Mapping[str, Any]) -> str:
    """The version that recorded, as far as its header says one."""
    version = str(header.get("dashcam"))
    return version if re.fullmatch(r"[\w.+-]{1,40}", version) else "of another version"


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
