"""Tunes the C library's allocator: a learner frees and allocates the same megabytes thousands of times a second."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of the options in glibc's malloc.h
KEPT_BYTES = 1 << 30  # free memory at the end of the heap that is kept
LARGEST_ON_HEAP = 1 << 25  # bytes; the most that glibc accepts


def keep_freed_memory() -> None:
    """Lets glibc keep freed memory instead of returning it to the system.

    Otherwise every update causes thousands of page faults; without them the learner is 1.5 times as fast. Does nothing
    with another C library.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(MMAP_THRESHOLD, LARGEST_ON_HEAP)
    mallopt(TRIM_THRESHOLD, KEPT_BYTES)
