"""A checkpoint on disk: a folder of JSON and arrays with a manifest, written atomically, checked before it is used.

``DIR/checkpoints/000036864/`` is a run after 36,864 frames. Nothing is pickled, and nothing that is read runs code.
docs/reliability.md describes the format.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from perception.atomic import atomic_folder, recover_folder
from perception.manifest import FolderFormat, library_versions
from perception.npy import LONGEST_HEADER, read_header
from perception.untrusted import parse_json, read_file
from sim.errors import UserError
from sim.machine import require_memory

SCHEMA_VERSION = 2
FOLDER = "checkpoints"
MANIFEST = "manifest.json"
CONFIG = "config.json"
STATE = "state.json"
ARRAYS = "arrays.safetensors"
REPLAY = "replay.npy"
MAX_JSON_BYTES = 20_000_000  # a state of 10,000 cars has 6 MB; in memory, JSON takes up to 25 times as much
MAX_ARRAYS_BYTES = 10_000_000_000
FILES = {CONFIG, STATE, ARRAYS, REPLAY}


class DamagedError(Exception):
    """A checkpoint or a run's settings are damaged; the message says what is wrong, without a full stop."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence.removesuffix("."))


CHECKPOINT = FolderFormat(
    "checkpoint", MANIFEST, SCHEMA_VERSION, "dashcam train", DamagedError, version_error=UserError
)


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
    """Writes ``files``, contents by name, as a checkpoint, atomically.

    With the replay's ``frames`` (cars, entries, ...), the first ``held`` entries of each car are written, too.

    Raises:
        OSError: it could not be written.
    """
    with atomic_folder(folder) as fresh:
        sizes, written = {name: len(data) for name, data in files.items()}, {}
        if frames is not None:
            written[REPLAY] = _write_frames(fresh / REPLAY, frames, held)
            sizes[REPLAY] = (fresh / REPLAY).stat().st_size
        libraries = library_versions("dashcam", "stable-baselines3", "torch", "numpy", "numba")
        CHECKPOINT.write(fresh, {"libraries": libraries, "bytes": sizes}, files, written)


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
    manifest = CHECKPOINT.read_manifest(folder)
    sizes, digests = manifest.get("bytes"), manifest.get("sha256")
    if not isinstance(sizes, dict) or not isinstance(digests, dict) or sizes.keys() != digests.keys():
        raise DamagedError(f"{folder / MANIFEST} does not give size and SHA-256 of the same files")
    if not {CONFIG, STATE, ARRAYS} <= set(digests) <= FILES:
        raise DamagedError(f"{folder / MANIFEST} does not name the files of a checkpoint")
    if REPLAY not in digests and os.path.lexists(folder / REPLAY):
        raise DamagedError(f"{folder / REPLAY} is not a file that {MANIFEST} describes")
    for name in files & set(digests):
        CHECKPOINT.require_intact(folder, name, sizes[name], digests[name])


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
        arrays: dict[str, NDArray[Any]] = load_arrays(read_file(path, MAX_ARRAYS_BYTES))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise DamagedError(f"{ARRAYS} cannot be read ({error!r:.200})") from error
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


def _write_frames(path: Path, frames: NDArray[Any], held: int) -> str:
    """Writes the held entries of each car as a .npy file, without a copy in memory; returns its SHA-256."""
    cars, _, *frame = frames.shape
    start, sha256 = io.BytesIO(), hashlib.sha256()
    described = {"descr": np.lib.format.dtype_to_descr(frames.dtype), "fortran_order": False}
    np.lib.format.write_array_header_1_0(start, {**described, "shape": (cars, held, *frame)})
    with path.open("wb") as file:
        for part in (start.getbuffer(), *(row[:held] for row in frames)):
            file.write(part)
            sha256.update(part)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()
