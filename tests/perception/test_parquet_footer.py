"""The footer of a Parquet file tells what PyArrow would tell, and what PyArrow cannot bear to be asked."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perception.parquet_footer import column_facts
from tests.support.parquet import with_unknown_codec

CODECS = {"none": 0, "snappy": 1, "gzip": 2, "zstd": 6}
TABLE = pa.table({"frame": [b"a" * 40, b"b"] * 50, "speed": [0.5, 1.5] * 50})


def written(codec: str, *, dictionary: bool = False) -> bytes:
    sink = io.BytesIO()
    pq.write_table(TABLE, sink, row_group_size=40, compression=codec, use_dictionary=dictionary)
    return sink.getvalue()


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("dictionary", [False, True])
def test_facts_are_those_that_pyarrow_finds(codec: str, dictionary: bool) -> None:
    data = written(codec, dictionary=dictionary)
    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    chunks = [metadata.row_group(group).column(column) for group in range(3) for column in range(2)]
    facts = column_facts(data)
    assert [fact.codec for fact in facts] == [CODECS[codec]] * 6
    assert [fact.has_dictionary for fact in facts] == [chunk.has_dictionary_page for chunk in chunks]
    assert [len(fact.encodings) for fact in facts] == [len(chunk.encodings) for chunk in chunks]


def test_a_codec_that_does_not_exist_is_told_as_a_number() -> None:
    first, *others = column_facts(with_unknown_codec(written("none")))
    assert (first.codec, {other.codec for other in others}) == (-50, {0})


@pytest.mark.parametrize("data", [b"", b"PAR1", b"\0" * 20, b"\xff" * 60 + (60).to_bytes(4, "little") + b"PAR1"])
def test_what_has_no_footer_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match="footer"):
        column_facts(data)


def test_a_footer_that_is_cut_or_changed_is_read_or_refused() -> None:
    data = written("none")
    for place in range(len(data) - 300, len(data)):
        for changed in (data[:place] + data[place + 1 :], data[:place] + b"\xff" + data[place + 1 :]):
            try:
                assert all(isinstance(fact.codec, int) for fact in column_facts(changed))
            except ValueError:
                continue
