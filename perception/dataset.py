"""Labelled frames on disk: Parquet shards and a manifest that says what they are.

Roads, not frames, are split: no road is in two of train, validation and test. Rows of a shard are in the order of
episodes and steps. docs/pipeline.md describes the format.
"""

import json
import math
import os
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
from perception.labels import BENDS, CURVATURES, HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET
from perception.preprocess import fit_frames
from perception.sealed import digest, read_description, read_whole, require_digest, write_description, write_whole
from sim.config import CameraConfig, from_fields
from sim.errors import UserError
from sim.memory import require_memory
from sim.types import ByteArray, IntArray

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
SPLITS: tuple["Split", ...] = ("train", "validation", "test")
MAX_SHARD_BYTES = 4_000_000_000
ROWS_PER_GROUP = 1024  # so that a reader who wants some rows need not read all
DECODED_TOGETHER = 128  # pictures; few enough to stay in the processor's cache

Split = Literal["train", "validation", "test"]
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


@dataclass(frozen=True)
class LabelledFrames:
    """Frames of one split and what is known of them."""

    frames: ByteArray
    """Single frames (N, H, W, C), uint8."""
    columns: Columns
    """Arrays (N,) by the names of ``COLUMNS``."""
    camera: CameraConfig
    """What they were seen with."""

    def __len__(self) -> int:
        return len(self.frames)

    def stack_indices(self, stack: int) -> IntArray:
        """Rows of the frames that an observation holds, (N, stack), the newest last.

        As in the simulator, an episode begins with a stack of its first frame.
        """
        ages = np.arange(stack - 1, -1, -1)
        back = np.minimum(ages, self.columns["step"][:, None])
        return np.asarray(np.arange(len(self))[:, None] - back)


def schema() -> pa.Schema:
    """Columns of a shard; the metadata tells Hugging Face's ``datasets`` that the image is one."""
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {name: {"dtype": kind, "_type": "Value"} for name, kind in COLUMNS.items()}
    features["bend"] = {"names": list(BENDS), "_type": "ClassLabel"}
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("image", image), *((name, _ARROW_TYPES[kind]) for name, kind in COLUMNS.items())]
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


_ARROW_TYPES = {"float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_()}


def write_shard(path: Path, frames: ByteArray, columns: Columns) -> dict[str, Any]:
    """Writes ``frames`` (N, H, W, C) and their columns; returns the shard's entry in the manifest."""
    kinds = schema()
    image = pa.StructArray.from_arrays(
        [pa.array(png.encode(frames), pa.binary()), pa.nulls(len(frames), pa.string())],
        fields=list(kinds.field("image").type),
    )
    arrays = [pa.array(columns[name], kinds.field(name).type) for name in COLUMNS]
    table = pa.Table.from_arrays([image, *arrays], schema=kinds)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=ROWS_PER_GROUP, compression="none", use_dictionary=False)
    data = sink.getvalue().to_pybytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    return {
        "file": f"{path.parent.name}/{path.name}",
        "frames": len(frames),
        "bytes": len(data),
        "sha256": digest(data),
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Writes manifest.json."""
    write_description(folder / MANIFEST, {"schema_version": SCHEMA_VERSION, **manifest})


def read_manifest(folder: Path) -> dict[str, Any]:
    """What manifest.json says.

    Raises:
        UserError: there is none, or it is none of this version.
    """
    if not (folder / MANIFEST).is_file():
        raise UserError(
            f"{folder} holds no labelled frames: there is no {MANIFEST} in it; "
            'name a folder that "dashcam collect" wrote.'
        )
    return read_description(folder / MANIFEST, SCHEMA_VERSION, "data set")


def count_frames(folder: Path, split: Split) -> int:
    """How many frames a split has.

    Raises:
        UserError: not there, incomplete, or empty.
    """
    return sum(shard.frames for shard in _shards(folder, split)[1])


def data_camera(folder: Path) -> CameraConfig:
    """The camera that saw the frames.

    Raises:
        UserError: not there, or incomplete.
    """
    return _shards(folder, "train")[0]


def read_frames(folder: Path, split: Split, wanted: CameraConfig | None = None) -> LabelledFrames:
    """All frames of a split.

    Args:
        folder: What ``dashcam collect`` wrote.
        split: Which of its roads.
        wanted: The camera that frames are fitted to, see ``perception.preprocess``; None leaves them as they are.

    Raises:
        UserError: not there, incomplete, or changed; names the file. Or the frames cannot be fitted.
    """
    camera, shards = _shards(folder, split)
    wanted = wanted or camera
    bounds = np.cumsum([0, *(shard.frames for shard in shards)]).tolist()
    needed = bounds[-1] * math.prod(wanted.frame_shape)
    require_memory(needed, f"The frames of {folder}", "collect fewer or smaller ones")
    frames = np.empty((bounds[-1], *wanted.frame_shape), dtype=np.uint8)
    places = [slice(first, last) for first, last in pairwise(bounds)]

    def read(shard: _Shard, place: slice) -> Columns:
        columns, pictures = _read_shard(folder, shard)
        for first in range(0, shard.frames, DECODED_TOGETHER):
            some = slice(first, first + DECODED_TOGETHER)
            frames[place][some] = fit_frames(png.decode(pictures[some], camera.frame_shape), camera, wanted)
        return columns

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        columns = list(threads.map(read, shards, places))
    return LabelledFrames(frames, {name: np.concatenate([part[name] for part in columns]) for name in COLUMNS}, wanted)


class _Shard(NamedTuple):
    """What the manifest says of a shard."""

    file: str
    frames: int
    sha256: str


def _shards(folder: Path, split: Split) -> tuple[CameraConfig, list[_Shard]]:
    """The camera, and the shards of a split, of which there is at least one."""
    manifest = read_manifest(folder)
    if manifest.get("complete") is not True:
        raise UserError(
            f"{folder} is incomplete: collection was interrupted; "
            f"repeat its command with --out {shlex.quote(str(folder))} --resume."
        )
    try:
        camera = from_fields(CameraConfig, manifest["camera"])
        entries = manifest["splits"][split]["shards"]
        shards = [_Shard(str(item["file"]), int(item["frames"]), str(item["sha256"])) for item in entries]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder / MANIFEST} does not describe labelled frames ({error!r}).") from error
    if not shards or min(shard.frames for shard in shards) < 1:
        raise UserError(f"{folder} has no frames for {split}; collect more.")
    return camera, shards


def _read_shard(folder: Path, shard: _Shard) -> tuple[Columns, list[bytes]]:
    """A shard's columns and PNG files."""
    path = folder / shard.file
    if Path(shard.file).is_absolute() or ".." in Path(shard.file).parts:
        raise UserError(f"{folder / MANIFEST} names the file {shard.file!r}, which is none of its shards.")
    data = read_whole(path, MAX_SHARD_BYTES, "data set")
    require_digest(path, data, shard.sha256, MANIFEST)
    try:
        table = pq.read_table(pa.BufferReader(data))
        columns = {name: table[name].to_numpy() for name in COLUMNS}
        pictures = table["image"].combine_chunks().field("bytes").to_pylist()
    except (pa.ArrowException, KeyError, AttributeError) as error:
        raise UserError(f"{path} is not a shard of labelled frames; collect it again.") from error
    if len(pictures) != shard.frames:
        raise UserError(f"{path} holds {len(pictures)} frames, but {MANIFEST} says {shard.frames}; collect it again.")
    return columns, pictures
