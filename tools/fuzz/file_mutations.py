"""Ways to break JSON, safetensors, .npy and Parquet files where it hurts: in what they say of themselves."""

import io
import json
import random
import struct
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tools.fuzz.text_mutations import change_number, flip_bytes, mutate, repeat_part, truncate

Mutation = Callable[[bytes, random.Random], bytes]
LONG = 3_000  # values below a list that is made longer, at the most: more, four times over, would fill the memory
DEEP: Any = json.loads("[" * 200 + "]" * 200)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 16, 4096, 10**6, 2**31, 2**63, 10**12, 10**30, 10**59, 10**80, -(10**30),
    0.5, -0.0, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf"),
    "", " ", "x" * 5_000, "../../../etc/passwd", "/dev/zero", "zero\0", "half \ud800", "🛣", "\x1b[31mred\n", "1e5",
    "__import__('os').system('true')", "fast", "gray", "file", [], {}, [[]], [None], DEEP, {"": 0}, list(range(LONG)),
)  # fmt: skip


def mutate_bytes(data: bytes, generator: random.Random) -> bytes:
    """Flips, cuts or repeats bytes."""
    return generator.choice((flip_bytes, flip_bytes, truncate, repeat_part))(data, generator)


def mutate_json(data: bytes, generator: random.Random) -> bytes:
    """Puts other values into a JSON file, takes some away, or breaks its text."""
    if generator.random() < 0.2:
        return mutate(data, generator)
    holder = [json.loads(data)]
    for _ in range(generator.choice((1, 1, 1, 2, 4))):
        _change(holder, generator)
    return json.dumps(holder[0]).encode()


def _change(holder: list[Any], generator: random.Random) -> None:
    """Changes one value somewhere below ``holder``."""
    outer, key = generator.choice(_places(holder))
    match generator.randrange(8):
        case 0 if isinstance(outer, dict):
            del outer[key]
        case 1 if isinstance(outer, dict):
            outer[generator.choice((f"{key}x", "", "__class__", "\x1b[2J"))] = outer.pop(key)
        case 2 if isinstance(outer, list) and outer is not holder and len(_places(outer)) <= LONG:
            outer.extend(outer * generator.choice((1, 3, 100)))
        case 3:
            other, elsewhere = generator.choice(_places(holder))
            outer[key] = _copy(other[elsewhere])
        case 4 if isinstance(outer[key], int | float):
            outer[key] = outer[key] * generator.choice((-1, 2, 10, 1000, 1e10)) + generator.choice((0, 1, -1))
        case _:
            outer[key] = _copy(generator.choice(VALUES))


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _places(outer: Any) -> list[tuple[Any, Any]]:
    """Every list and object with each of its keys."""
    places, waiting = [], [outer]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here))
        places += [(here, key) for key in keys]
        waiting += [here[key] for key in keys if isinstance(here[key], dict | list)]
    return places


def mutate_safetensors(data: bytes, generator: random.Random) -> bytes:
    """Breaks the header, its length, or the numbers."""
    (length,) = struct.unpack("<Q", data[:8])
    header, numbers = data[8 : 8 + length], data[8 + length :]
    match generator.randrange(5):
        case 0:
            return struct.pack("<Q", generator.choice((0, 1, length + 8, 2**32, 2**63, 2**64 - 1))) + data[8:]
        case 1:
            numbers = mutate_bytes(numbers, generator)
        case _:
            header = generator.choice((mutate_json, change_number))(header, generator)
    return struct.pack("<Q", len(header)) + header + numbers


def mutate_npy(data: bytes, generator: random.Random) -> bytes:
    """Breaks the header of a .npy file, which is a Python literal, or the numbers."""
    end = data.find(b"\n", 10) + 1
    header, numbers = data[10:end], data[end:]
    match generator.randrange(6):
        case 0:
            return mutate_bytes(data, generator)
        case 1:
            numbers = mutate_bytes(numbers, generator)
        case 2:
            header = header.replace(
                b"'descr': '", b"'descr': '" + generator.choice((b"|O", b"|V9", b"<U9", b"M8[ns]#"))
            )
        case 3:
            literal = generator.choice((b"(" * 4_000, b"[" * 4_000 + b"]" * 4_000, b"9" * 5_000, b"__import__('os')"))
            header = header.replace(b"'shape': ", b"'shape': " + literal)
        case _:
            header = change_number(header, generator)
    return data[:8] + struct.pack("<H", len(header)) + header + numbers


def mutate_parquet(data: bytes, generator: random.Random) -> bytes:
    """Breaks bytes, or writes the table anew with other values, columns or ways of packing."""
    if generator.random() < 0.5:
        return mutate_bytes(data, generator)
    table = pq.read_table(io.BytesIO(data))
    name = generator.choice(table.column_names[1:])
    place = table.column_names.index(name)
    match generator.randrange(6):
        case 0:
            table = table.drop_columns([name])
        case 1:
            table = table.set_column(place, name, [_other_values(table[name], generator)])
        case 2:
            table = table.set_column(place, name, [pa.nulls(len(table), table[name].type)])
        case 3:
            table = table.set_column(place, name, [table[name].cast(pa.string()).combine_chunks()])
        case 4:
            pictures = [
                {"bytes": mutate_bytes(row["bytes"], generator), "path": None} for row in table["image"].to_pylist()
            ]
            table = table.set_column(0, "image", [pa.array(pictures, table["image"].type)])
        case 5:
            table = table.slice(0, generator.randrange(len(table)))
    file = io.BytesIO()
    packing = generator.choice(("none", "none", "none", "snappy", "zstd", "gzip"))
    pq.write_table(table, file, compression=packing, use_dictionary=generator.random() < 0.2)
    return file.getvalue()


def _other_values(column: pa.ChunkedArray, generator: random.Random) -> pa.Array:
    values = column.to_pylist()
    wrong: tuple[Any, ...] = (float("nan"), float("inf"), 1e30, -1.0, None)
    if pa.types.is_integer(column.type):
        wrong = (-1, 3, 10**9, 2**62, -(2**62), None)
    if pa.types.is_boolean(column.type):
        wrong = (None, True, False)
    values[generator.randrange(len(values))] = generator.choice(wrong)
    return pa.array(values, column.type)
