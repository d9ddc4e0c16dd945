"""Arrays in NumPy's .npy format, from whoever wrote them.

NumPy reads their headers as Python literals, with a parser that has many ways to fail. Ours are of one form, and
nothing else is read. The room that a header claims is compared with the bytes that are there.
"""

import math
import re
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\x93NUMPY\x01\x00"  # and version 1.0
LONGEST_HEADER = 1024  # bytes
_FORM = re.compile(
    rb"\{'descr': '(<f[248]|[<|][iu][1248])', 'fortran_order': (False|True), "
    rb"'shape': \(((?:\d{1,15}, ?)*\d{0,15})\), \} *\n"
)


class Header(NamedTuple):
    """What a header says."""

    dtype: np.dtype[Any]
    fortran: bool
    shape: tuple[int, ...]
    offset: int  # bytes to the numbers

    @property
    def nbytes(self) -> int:
        """Size of the whole file [bytes]."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize


def read_header(start: bytes) -> Header:
    """The header in the first ``LONGEST_HEADER`` bytes of a file.

    Raises:
        ValueError: there is none.
    """
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 2:
        raise ValueError("it is not an array in NumPy's format")
    (length,) = struct.unpack_from("<H", start, len(MAGIC))
    offset = len(MAGIC) + 2 + length
    found = _FORM.fullmatch(start[len(MAGIC) + 2 : offset])
    if found is None:
        raise ValueError("its header is not that of plain numbers")
    kind, fortran, sizes = found.groups()
    shape = tuple(int(size) for size in sizes.split(b",") if size.strip())
    return Header(np.dtype(kind.decode()), fortran == b"True", shape, offset)


def read_array(data: bytes) -> NDArray[Any]:
    """The array of a whole file, as a view of it.

    Raises:
        ValueError: it is none, or not as long as its header says.
    """
    header = read_header(data[:LONGEST_HEADER])
    if header.nbytes != len(data):
        raise ValueError("it is not as long as its header says")
    values = np.frombuffer(data, header.dtype, offset=header.offset)
    return values.reshape(header.shape, order="F" if header.fortran else "C")
