"""A checkpoint on disk: a folder of JSON and arrays with a manifest, written atomically, checked before it is used.

``DIR/checkpoints/000036864/`` is a run after 36,864 frames. Its ``manifest.json`` gives size and SHA-256 of every other
file; a folder where one of them differs is no checkpoint. Nothing is pickled, and nothing that is read runs code.
docs/reliability.md describes the format.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from perception.atomic import atomic_folder, recover_folder
from perception.npy import LONGEST_HEADER, read_header
from perception.untrusted import parse_json, read_file, require_file
from sim.errors import UserError
from sim.machine import require_memory

SCHEMA_VERSION = 1
FOLDER = "checkpoints"
MANIFEST = "manifest.json"
CONFIG = "config.json"
STATE = "state.json"
ARRAYS = "arrays.safetensors"
REPLAY = "replay.npy"
MAX_JSON_BYTES = 20_000_000  # a state of 10,000 cars has 6 MB; in memory, JSON takes up to 25 times as much
MAX_ARRAYS_BYTES = 10_000_000_000
MAX_REPLAY_BYTES = 1_000_000_000_000

FILES = {CONFIG, STATE, ARRAYS, REPLAY}
_LIBRARIES = ("dashcam", "stable-baselines3", "torch", "numpy", "numba")


class DamagedError(Exception):
    """A checkpoint is damaged; the message says what is wrong, as the end of a sentence."""


def checkpoint_folder(run: Path, frames: int) -> Path:
    """Where the checkpoint after so many frames is."""
    return run / FOLDER / f"{frames:09d}"


def checkpoint_folders(run: Path) -> list[Path]:
    """All checkpoints of a run, intact or not, the newest first; none where its folder cannot be looked into."""
    try:
        found = [path for path in (run / FOLDER).iterdir() if path.name.isdecimal()]
    except OSError:
        found = []
    return sorted(found, key=lambda path: int(path.name), reverse=True)


def settle_checkpoints(run: Path) -> None:
    """Completes or removes what a killed program left half written.

    Raises:
        OSError: it cannot be renamed.
    """
    found = list((run / FOLDER).iterdir()) if (run / FOLDER).is_dir() else []
    for path in found:
        if path.suffix in {".new", ".old"}:
            recover_folder(path.with_suffix(""))


def write_checkpoint(folder: Path, files: Mapping[str, bytes], frames: NDArray[Any] | None, held: int) -> None:
    """Writes a checkpoint atomically.

    Args:
        folder: Where to.
        files: Contents by name.
        frames: The replay's frames (cars, entries, ...), of which the first ``held`` entries are written; or None.
        held: How many entries of each car are held.

    Raises:
        OSError: it could not be written.
    """
    with atomic_folder(folder) as fresh:
        described = {}
        for name, data in files.items():
            with _counted(fresh / name) as sink:
                sink.write(data)
            described[name] = sink.described
        if frames is not None:
            with _counted(fresh / REPLAY) as sink:
                _write_rows(sink, frames, held)
            described[REPLAY] = sink.described
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "libraries": _versions(),
            "files": described,
        }
        with _counted(fresh / MANIFEST) as sink:
            sink.write(json_bytes(manifest))


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays as safetensors."""
    packed: bytes = save_arrays({name: np.asarray(array, order="C") for name, array in arrays.items()})
    return packed


def json_bytes(value: Any) -> bytes:
    """Plain data as a JSON file."""
    return f"{json.dumps(value, indent=1)}\n".encode()


def drop_others(run: Path, newest: int, kept: int) -> None:
    """Removes all checkpoints but the ``kept`` newest up to ``newest`` frames; later ones belong to a lost future."""
    folders = checkpoint_folders(run)
    past = [path for path in folders if int(path.name) <= newest]
    for path in {*folders} - {*past[:kept]}:
        shutil.rmtree(path, ignore_errors=True)


def require_intact(folder: Path, files: Set[str] = FILES) -> None:
    """Makes sure that a checkpoint is one: readable, of this version, every file of ``files`` as it was written.

    Raises:
        DamagedError: it is not.
        UserError: it was written by another version.
    """
    manifest = read_json(folder / MANIFEST)
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UserError(
            f"{folder} has schema version {version!r:.80}, but this Dashcam reads {SCHEMA_VERSION}; "
            "resume with the version that wrote it."
        )
    described = manifest.get("files")
    if not isinstance(described, dict) or not {CONFIG, STATE, ARRAYS} <= set(described) <= FILES:
        raise DamagedError(f"{MANIFEST} does not name the files of a checkpoint")
    if REPLAY not in described and os.path.lexists(folder / REPLAY):
        raise DamagedError(f"{REPLAY} is not a file that {MANIFEST} describes")
    for name in files & set(described):
        wanted = described[name]
        if not isinstance(wanted, dict) or _describe(folder, name, wanted.get("bytes")) != wanted:
            raise DamagedError(f"{name} is not the file that {MANIFEST} describes")


def read_json(path: Path) -> dict[str, Any]:
    """The settings or the state of a run, of its folder or of a checkpoint; unchecked.

    Raises:
        DamagedError: unreadable.
    """
    try:
        value = parse_json(read_file(path, MAX_JSON_BYTES))
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DamagedError(f"{path.name} is not valid JSON") from error
    if not isinstance(value, dict):
        raise DamagedError(f"{path.name} does not hold what it should")
    return value


def read_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a checkpoint; names, shapes and dtypes are unchecked.

    Raises:
        DamagedError: unreadable.
        UserError: it does not fit into memory.
    """
    path = folder / ARRAYS
    try:
        require_memory(2 * path.stat().st_size, str(path), "end other programs")
        arrays: dict[str, NDArray[Any]] = load_arrays(read_file(folder / ARRAYS, MAX_ARRAYS_BYTES))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise DamagedError(f"{ARRAYS} cannot be read ({error!s:.200})") from error
    return arrays


def read_frames(folder: Path, into: NDArray[Any]) -> int:
    """Reads the replay's frames to the beginning of each car's row of ``into`` (cars, entries, ...).

    Returns:
        How many entries of each car there were; 0 where the checkpoint holds none.

    Raises:
        DamagedError: unreadable, or not frames of such a replay.
    """
    path = folder / REPLAY
    if not path.exists():
        return 0
    try:
        with path.open("rb") as file:
            header = read_header(file.read(LONGEST_HEADER))
    except (OSError, ValueError) as error:
        raise DamagedError(f"{REPLAY} cannot be read ({error})") from error
    cars, entries, *frame = into.shape
    shape = header.shape
    fits = header.dtype == into.dtype and not header.fortran and len(shape) == into.ndim and shape[1] <= entries
    if not fits or (shape[0], *shape[2:]) != (cars, *frame) or header.nbytes != path.stat().st_size:
        raise DamagedError(f"{REPLAY} holds {header.dtype} {shape}, but a replay has {into.dtype} {into.shape}")
    try:
        with path.open("rb") as file:
            read = file.seek(header.offset)
            for row in into:  # by no memory map: some network disks have none
                read += file.readinto(row[: shape[1]].reshape(-1).view(np.uint8))
    except OSError as error:
        raise DamagedError(f"{REPLAY} cannot be read ({error.strerror})") from error
    if read != header.nbytes:
        raise DamagedError(f"{REPLAY} ends too early")
    return shape[1]


class _Sink:
    """A file to write to, which counts and hashes what it gets."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sha256, self._bytes = file, hashlib.sha256(), 0

    def write(self, data: Any) -> None:
        """Writes bytes, or an array that lies in one piece."""
        self._file.write(data)
        self._sha256.update(data)
        self._bytes += memoryview(data).nbytes

    @property
    def described(self) -> dict[str, Any]:
        """What a manifest says of the file."""
        return {"bytes": self._bytes, "sha256": self._sha256.hexdigest()}


@contextmanager
def _counted(path: Path) -> Iterator[_Sink]:
    with path.open("wb") as file:
        yield _Sink(file)
        file.flush()
        os.fsync(file.fileno())


@cache
def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


def _write_rows(sink: _Sink, frames: NDArray[Any], held: int) -> None:
    """Writes the held entries of each car as a .npy file, without a copy in memory."""
    cars, _, *frame = frames.shape
    header = {
        "descr": np.lib.format.dtype_to_descr(frames.dtype),
        "fortran_order": False,
        "shape": (cars, held, *frame),
    }
    np.lib.format.write_array_header_1_0(sink, header)
    for row in frames:
        sink.write(row[:held])


def _describe(folder: Path, name: str, expected_bytes: object) -> dict[str, Any]:
    """What a manifest would say of a file; the file is only read where its size is the expected one.

    Raises:
        DamagedError: unreadable.
    """
    path = folder / name
    try:
        size = require_file(path, MAX_REPLAY_BYTES)
        if size != expected_bytes:
            return {"bytes": size}
        with path.open("rb") as file:
            return {"bytes": size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read ({error.strerror})") from error
