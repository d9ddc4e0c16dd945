"""Labelled frames on disk: Parquet shards and a manifest.

Roads, not frames, are split: no road is in two of train, validation and test. Rows of a shard are in the order of
episodes and steps. docs/pipeline.md describes the format.
"""

import json
import math
import re
import shlex
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from perception import png
from perception.atomic import write_atomic
from perception.labels import (
    BENDS,
    COMMAND,
    CURVATURES,
    HEADING_ERROR,
    LANE_WIDTH,
    LATERAL_OFFSET,
    SIGNAL,
    SIGNALS,
    SPEED_LIMIT,
    STOP_DISTANCE,
)
from perception.manifest import FolderFormat, digest
from perception.parquet_footer import column_facts
from perception.preprocess import fit_frames
from sim.config import CameraConfig
from sim.errors import UserError
from sim.fields import from_fields, quoted
from sim.machine import require_memory, workers
from sim.network.network import TURNS
from sim.types import ByteArray, IntArray

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
DATA_SET = FolderFormat("data set", MANIFEST, SCHEMA_VERSION, "dashcam collect", UserError)
SPLITS: tuple["Split", ...] = ("train", "validation", "test")
MOST_SHARD_FRAMES = 100_000  # a shard that collect writes has 8,192
MOST_ROW_BYTES = 1024  # of a row beside its pixels: labels, and what goes with a PNG
MOST_FOOTER_BYTES = 1_000_000
ROWS_PER_GROUP = 1024  # so that a reader who wants some rows need not read all
DECODED_TOGETHER = 128  # pictures; few enough to stay in the processor's cache

Split = Literal["train", "validation", "test"]
SHARD_FILE = re.compile(r"(train|validation|test)/\d{5}\.parquet")
Columns = Mapping[str, NDArray[Any]]

_FLOATS = (
    LATERAL_OFFSET, HEADING_ERROR, *CURVATURES, LANE_WIDTH, "speed_mps", "steering_angle_rad",
    "steering_command_rad", "target_speed_mps", "reward",
)  # fmt: skip
COLUMNS: dict[str, str] = {
    **dict.fromkeys(_FLOATS, "float32"),
    "bend": "int64",
    **dict.fromkeys(("bend_is_clear", "terminated", "truncated"), "bool"),
    **dict.fromkeys(("road_seed", "episode", "step"), "int64"),
}
"""Type of each column beside the image, by name."""
TOWN_COLUMNS = {COMMAND: "int64", STOP_DISTANCE: "float32", SIGNAL: "int64", SPEED_LIMIT: "float32"}
"""Those that frames of towns have in addition."""
_CLASSES = {"bend": BENDS, COMMAND: TURNS, SIGNAL: SIGNALS}


@dataclass(frozen=True)
class LabelledFrames:
    """Frames of one split and their labels."""

    frames: ByteArray  # (N, H, W, C) uint8, single ones
    columns: Columns  # arrays (N,) by the names of ``COLUMNS``, in towns of ``TOWN_COLUMNS``, too
    camera: CameraConfig  # that took them

    def __len__(self) -> int:
        return len(self.frames)

    def stack_indices(self, stack: int) -> IntArray:
        """Rows of the frames that an observation holds, (N, stack), the newest last.

        As in the simulator, an episode begins with a stack of its first frame.
        """
        ages = np.arange(stack - 1, -1, -1)
        back = np.minimum(ages, self.columns["step"][:, None])
        return np.asarray(np.arange(len(self))[:, None] - back)


def schema(in_town: bool) -> pa.Schema:
    """Columns of a shard; the metadata tells Hugging Face's ``datasets`` that the image is one."""
    kinds = columns_of(in_town)
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {name: {"dtype": kind, "_type": "Value"} for name, kind in kinds.items()}
    features |= {name: {"names": list(of), "_type": "ClassLabel"} for name, of in _CLASSES.items() if name in kinds}
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("image", image), *((name, _ARROW_TYPES[kind]) for name, kind in kinds.items())]
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def columns_of(in_town: bool) -> dict[str, str]:
    """Type of each column beside the image, by name."""
    return {**COLUMNS, **(TOWN_COLUMNS if in_town else {})}


_ARROW_TYPES = {"float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_()}


def write_shard(path: Path, frames: ByteArray, columns: Columns) -> dict[str, Any]:
    """Writes ``frames`` (N, H, W, C) and their columns; returns the shard's entry in the manifest."""
    in_town = COMMAND in columns
    kinds = schema(in_town)
    image = pa.StructArray.from_arrays(
        [pa.array(png.encode(frames), pa.binary()), pa.nulls(len(frames), pa.string())],
        fields=list(kinds.field("image").type),
    )
    arrays = [pa.array(columns[name], kinds.field(name).type) for name in columns_of(in_town)]
    table = pa.Table.from_arrays([image, *arrays], schema=kinds)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=ROWS_PER_GROUP, compression="none", use_dictionary=False)
    data = sink.getvalue().to_pybytes()
    write_atomic(path, data)
    return {
        "file": f"{path.parent.name}/{path.name}",
        "frames": len(frames),
        "bytes": len(data),
        "sha256": digest(data),
    }


def count_frames(folder: Path | str, split: Split) -> int:
    """How many frames a split has.

    Raises:
        UserError: not there, incomplete, or empty.
    """
    return sum(shard.frames for shard in _shards(Path(folder), split)[1])


def data_camera(folder: Path | str) -> CameraConfig:
    """The camera that saw the frames.

    Raises:
        UserError: not there, or incomplete.
    """
    return _shards(Path(folder), "train")[0]


def read_frames(folder: Path | str, split: Split, wanted: CameraConfig | None = None) -> LabelledFrames:
    """All frames of a split.

    Args:
        folder: What ``dashcam collect`` wrote.
        split: Which of its roads.
        wanted: The camera that frames are fitted to, see ``perception.preprocess``; None leaves them as they are.

    Raises:
        UserError: missing, incomplete or changed; names the file. Or the frames cannot be fitted.
    """
    folder = Path(folder)
    camera, shards = _shards(folder, split)
    in_town = _shows_towns(folder)
    wanted = wanted or camera
    bounds = np.cumsum([0, *(shard.frames for shard in shards)]).tolist()
    needed = bounds[-1] * math.prod(wanted.frame_shape)
    require_memory(needed, f"The frames of {folder}", "collect fewer or smaller ones")
    frames = np.empty((bounds[-1], *wanted.frame_shape), dtype=np.uint8)
    places = [slice(first, last) for first, last in pairwise(bounds)]

    def read(shard: StoredShard, place: slice) -> Columns:
        columns, pictures = _read_shard(folder, shard, camera, in_town)
        for first in range(0, shard.frames, DECODED_TOGETHER):
            some = slice(first, first + DECODED_TOGETHER)
            frames[place][some] = fit_frames(png.decode(pictures[some], camera.frame_shape), camera, wanted)
        return columns

    each = 3 * max(shard.bytes for shard in shards)  # the file, its table, and its pictures
    with ThreadPoolExecutor(workers(each, besides=needed)) as threads:
        columns = list(threads.map(read, shards, places))
    names = columns_of(in_town)
    return LabelledFrames(frames, {name: np.concatenate([part[name] for part in columns]) for name in names}, wanted)


class StoredShard(NamedTuple):
    """The manifest's entry of a shard."""

    file: str
    frames: int
    bytes: int
    sha256: str


def stored_shards(manifest: Mapping[str, Any], split: Split, path: Path) -> list[StoredShard]:
    """The shards of a split, from the manifest at ``path``.

    Raises:
        UserError: an entry is invalid.
    """
    try:
        entries = manifest["splits"][split]["shards"]
        shards = [StoredShard(*(item[name] for name in StoredShard._fields)) for item in entries]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} does not describe labelled frames ({error!r:.80}).") from error
    for shard in shards:
        if not isinstance(shard.file, str) or SHARD_FILE.fullmatch(shard.file) is None:
            raise UserError(f"{path} names the file {quoted(shard.file)}, which is none of its shards.")
        if type(shard.frames) is not int or not 1 <= shard.frames <= MOST_SHARD_FRAMES:
            raise UserError(f"{path} says that {shard.file} has {quoted(shard.frames)} frames, which no shard has.")
        if type(shard.bytes) is not int or shard.bytes < 1:
            raise UserError(f"{path} says that {shard.file} has {quoted(shard.bytes)} bytes, which no shard has.")
    return shards


def _shards(folder: Path, split: Split) -> tuple[CameraConfig, list[StoredShard]]:
    """The camera, and the shards of a split, of which there is at least one."""
    manifest = DATA_SET.read_manifest(folder)
    if manifest.get("complete") is not True:
        raise UserError(
            f"{folder} is incomplete: collection was interrupted; "
            f"repeat its command with --out {shlex.quote(str(folder))} --resume."
        )
    try:
        camera = from_fields(CameraConfig, manifest.get("camera", {}))
    except UserError as error:
        raise UserError(f"{folder / MANIFEST} has an invalid camera: {error}") from error
    shards = stored_shards(manifest, split, folder / MANIFEST)
    if not shards:
        raise UserError(f"{folder} has no frames for {split}; collect more.")
    return camera, shards


def _shows_towns(folder: Path) -> bool:
    roads = DATA_SET.read_manifest(folder).get("roads")
    return isinstance(roads, dict) and roads.get("kind") == "town"


def _read_shard(folder: Path, shard: StoredShard, camera: CameraConfig, in_town: bool) -> tuple[Columns, list[bytes]]:
    """A shard's columns and PNG files."""
    path = folder / shard.file
    row = math.prod(camera.frame_shape) + camera.height + MOST_ROW_BYTES
    data = DATA_SET.read(folder, shard.file, shard.sha256, shard.frames * row + MOST_FOOTER_BYTES)
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        found = file.metadata.num_rows
        table = file.read(use_threads=False) if found == shard.frames and _is_ours(file, data, in_town) else None
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:  # the last of names that are no text
        raise _foreign(path) from error
    if found != shard.frames:
        raise UserError(f"{path} holds {found} frames, but {MANIFEST} says {shard.frames}; collect it again.")
    if table is None or any(_has_gaps(column) for column in table.columns):
        raise _foreign(path)
    columns = {name: table[name].to_numpy() for name in columns_of(in_town)}
    if not _is_valid(columns):
        raise UserError(f"{path} holds invalid labels; collect it again.")
    return columns, table["image"].combine_chunks().field("bytes").to_pylist()


def _foreign(path: Path) -> UserError:
    return UserError(f"{path} is not a shard of labelled frames; collect it again.")


def _is_ours(file: pq.ParquetFile, data: bytes, in_town: bool) -> bool:
    """Whether a file has our columns, uncompressed: a few compressed bytes could fill the memory."""
    return file.schema_arrow.equals(schema(in_town)) and all(
        column.codec == _UNCOMPRESSED and not column.has_dictionary and set(column.encodings) <= _ENCODINGS
        for column in column_facts(data)
    )


_UNCOMPRESSED = 0
_ENCODINGS = {0, 3, 4}  # PLAIN: values as they are; RLE and BIT_PACKED: which of them are there


def _has_gaps(column: pa.ChunkedArray) -> bool:
    parts = [part.field("bytes") if pa.types.is_struct(part.type) else part for part in column.chunks]
    return bool(column.null_count or any(part.null_count for part in parts))


def _is_valid(columns: Columns) -> bool:
    """Whether labels are valid: finite numbers, known classes, consecutive steps."""
    finite = all(np.isfinite(values).all() for values in columns.values() if values.dtype.kind == "f")
    classes = {name: of for name, of in _CLASSES.items() if name in columns}
    known = all(columns[name].min() >= 0 and columns[name].max() < len(of) for name, of in classes.items())
    steps = columns["step"]
    return bool(finite and known and (steps >= 0).all() and (steps <= np.arange(len(steps))).all())
