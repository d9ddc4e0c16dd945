"""Files that somebody made to do harm: to run code, to fill the memory, or to hang whoever reads them."""

import functools
import gzip
import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import torch

TRACE = "trace"  # the file that code leaves in the present folder if it runs
CODE = f"open({TRACE!r}, 'w').close()"


class Hostile:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path | str = TRACE) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, (f"open({str(self.trace)!r}, 'w').close()",))


def as_pickle() -> bytes:
    return pickle.dumps(Hostile())


def as_torch_archive() -> bytes:
    """What ``torch.save`` writes, a ZIP archive with a pickle in it."""
    file = io.BytesIO()
    torch.save({"weights": Hostile()}, file)
    return file.getvalue()


def as_npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([[Hostile()]], dtype=object), allow_pickle=True)
    return file.getvalue()


def as_npz() -> bytes:
    file = io.BytesIO()
    names = ("header", "commands", "actions", "hashes", "q_values")
    np.savez(file, **dict.fromkeys(names, np.array([Hostile()], dtype=object)))
    return file.getvalue()


def as_huge_npz() -> bytes:
    """Arrays of 10^12 numbers, by their headers, and a million times what is in the file, unpacked."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 2), }\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("header", "commands", "actions", "hashes"):
            archive.writestr(f"{name}.npy", array + bytes(10**6))
    return file.getvalue()


def as_safetensors(length: int, header: Any) -> bytes:
    return struct.pack("<Q", length) + json.dumps(header).encode()


def as_huge_safetensors() -> bytes:
    tensor = {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}
    header = {"encoder.weight": tensor}
    return as_safetensors(len(json.dumps(header)), header)


def as_yaml() -> bytes:
    return f"!!python/object/apply:builtins.eval\n- {CODE}\n".encode()


def as_python() -> bytes:
    return f"__import__('builtins').eval({CODE!r})\n".encode()


def as_onnx() -> bytes:
    """A model that reads its weights from another file, 10^12 of them."""
    tensor = onnx.TensorProto(name="w", dims=[10**6, 10**6], data_type=onnx.TensorProto.FLOAT, raw_data=b"")
    onnx.external_data_helper.set_external_data(tensor, "../../../etc/passwd")
    tensor.ClearField("raw_data")
    graph = onnx.helper.make_graph([], "hostile", [], [], [tensor])
    return onnx.helper.make_model(graph).SerializeToString()


def as_parquet_with_pickle() -> bytes:
    """A column of an extension type as PyArrow once unpickled it."""
    kind = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": as_pickle()}
    schema = pa.schema([pa.field("image", pa.int64(), metadata=kind)])
    file = io.BytesIO()
    pq.write_table(pa.table({"image": pa.array([1])}, schema=schema), file)
    return file.getvalue()


def as_parquet_bomb() -> bytes:
    """A million rows of the same megabyte, which take a few kilobytes."""
    index = pa.array(np.zeros(1_000_000, dtype=np.int32))
    column = pa.DictionaryArray.from_arrays(index, pa.array([b"\0" * 1_000_000]))
    file = io.BytesIO()
    pq.write_table(pa.table({"image": column}), file, compression="zstd")
    return file.getvalue()


def as_png_bomb() -> bytes:
    """10^6 x 10^6 pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 10**6, 10**6, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


CONTENTS: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "pickle": as_pickle,
    "torch": as_torch_archive,
    "npy of objects": as_npy,
    "npz of objects": as_npz,
    "npz of 10^12 numbers": as_huge_npz,
    "safetensors with an endless header": lambda: as_safetensors(2**63, {}),
    "safetensors of 10^12 numbers": as_huge_safetensors,
    "YAML with an object": as_yaml,
    "Python": as_python,
    "deep JSON": lambda: b"[" * 200_000 + b"]" * 200_000,
    "deep JSON objects": lambda: b'{"schema_version":' * 5_000 + b"1" + b"}" * 5_000,
    "JSON with a number of a million digits": lambda: b'{"schema_version": ' + b"9" * 10**6 + b"}",
    "JSON with NaN": lambda: b'{"schema_version": NaN, "version": NaN, "environment": Infinity}',
    "JSON of escapes": lambda: json.dumps({"\x1b[2J\n": "\x1b]0;\x07", "schema_version": "\x1b[31m" * 10_000}).encode(),
    "XML with entities": lambda: (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
        b"<OpenDRIVE>&b;&c;</OpenDRIVE>"
    ),
    "ONNX with weights elsewhere": as_onnx,
    "Parquet with a pickle": as_parquet_with_pickle,
    "Parquet bomb": as_parquet_bomb,
    "gzip bomb": lambda: gzip.compress(bytes(10**7)),
    "PNG bomb": as_png_bomb,
}


def pipe(path: Path) -> None:
    """Whoever opens it waits for somebody who writes."""
    os.mkfifo(path)


def endless(path: Path) -> None:
    """A device that never ends."""
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    """10^12 bytes, which take no room on the disk."""
    with path.open("wb") as file:
        file.truncate(10**12)


SPECIAL: dict[str, Callable[[Path], None]] = {
    "a pipe": pipe,
    "a device": endless,
    "a folder": Path.mkdir,
    "10^12 bytes": huge,
    "a link out of the folder": lambda path: path.symlink_to("/etc/passwd"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}
KINDS = [*CONTENTS, *SPECIAL]


@functools.cache
def contents(kind: str) -> bytes:
    """What is in a file of this kind."""
    return CONTENTS[kind]()


def put(kind: str, path: Path) -> None:
    """Puts a hostile file of this kind where ``path`` is."""
    path.unlink()
    if kind in SPECIAL:
        SPECIAL[kind](path)
    else:
        path.write_bytes(contents(kind))
