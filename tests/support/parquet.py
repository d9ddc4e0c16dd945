"""Parquet files that no writer writes."""

from perception.parquet_footer import column_facts


def with_unknown_codec(data: bytes) -> bytes:
    """The same file, whose first column is packed in a way that does not exist."""
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for place in range(footer, len(data) - 8):
        changed = data[:place] + bytes([99]) + data[place + 1 :]
        try:
            codec = column_facts(changed)[0].codec
        except ValueError:
            continue
        if codec == -50:  # 99 in zigzag
            return changed
    raise AssertionError("no byte of the footer is the codec of the first column")
