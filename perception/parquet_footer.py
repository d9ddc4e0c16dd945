"""What the end of a Parquet file says of its columns, from whoever wrote it.

PyArrow ends the program when it is asked for the codec of a column and the number there is none that it knows. So the
numbers are looked at first. The footer is a struct in Thrift's compact protocol; parquet.thrift names its fields.

Sources: thrift-compact-protocol.md in apache/thrift, parquet.thrift in apache/parquet-format.
"""

from typing import Any, NamedTuple

MAGIC = b"PAR1"
MOST_NESTED = 16  # structs and lists within each other; the format has 8
TRUE, FALSE, BYTE = 1, 2, 3  # kinds of values
ROW_GROUPS, COLUMNS, META_DATA = 4, 1, 3  # of the file, of a row group, of a column
ENCODINGS, CODEC, DICTIONARY = 2, 4, 11  # of a column's meta data

Struct = dict[int, Any]


class ColumnFacts(NamedTuple):
    """How a column is stored in a row group."""

    codec: int
    encodings: tuple[int, ...]
    has_dictionary: bool


def column_facts(data: bytes) -> list[ColumnFacts]:
    """How each column of each row group is stored.

    Raises:
        ValueError: this is no Parquet file.
    """
    size = int.from_bytes(data[-8:-4], "little")
    if data[-4:] != MAGIC or size > len(data) - 8:
        raise ValueError("there is no footer")
    footer = _Compact(data[len(data) - 8 - size : -8])
    try:
        groups = footer.struct(0)[ROW_GROUPS]
        columns = [column[META_DATA] for group in groups for column in group[COLUMNS]]
        return [ColumnFacts(item[CODEC], tuple(item[ENCODINGS]), DICTIONARY in item) for item in columns]
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError(f"its footer is damaged ({error!r:.80})") from None


class _Compact:
    """Reads values one after the other; an ``IndexError`` where the bytes end before a value does."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def struct(self, depth: int) -> Struct:
        """A struct: its fields by their numbers."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            fields[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth + 1)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > MOST_NESTED:
            raise ValueError("its footer is nested too deeply")
        match kind:
            case 3:
                return self._byte()
            case 4 | 5 | 6:  # of 16, 32 and 64 bits
                return self._integer()
            case 7:  # a double
                return self._bytes(8)
            case 8:  # text
                return self._bytes(self._varint())
            case 9 | 10:  # a list, a set
                return self._list(depth)
            case 12:
                return self.struct(depth)
            case _:
                raise ValueError(f"its footer has a value of kind {kind}")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = self._varint() if head >> 4 == 15 else head >> 4
        if count > len(self._data) - self._place:  # each takes a byte or more
            raise IndexError
        kind = BYTE if head & 15 in (TRUE, FALSE) else head & 15
        return [self._value(kind, depth + 1) for _ in range(count)]

    def _integer(self) -> int:
        zigzag = self._varint()
        return (zigzag >> 1) ^ -(zigzag & 1)

    def _varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("its footer has a number that is too long")

    def _byte(self) -> int:
        (byte,) = self._bytes(1)
        return byte

    def _bytes(self, count: int) -> bytes:
        if count > len(self._data) - self._place:
            raise IndexError("it ends before a value does")
        self._place += count
        return self._data[self._place - count : self._place]
