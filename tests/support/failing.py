"""Lets the system refuse to write, as a full disk does, or to give memory."""

import errno
import mmap
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path


@contextmanager
def limited(kind: int, nbytes: int) -> Iterator[None]:
    limits = resource.getrlimit(kind)
    resource.setrlimit(kind, (nbytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, limits)


def disk_full_after(nbytes: int) -> AbstractContextManager[None]:
    """No file can become longer than that."""
    return limited(resource.RLIMIT_FSIZE, nbytes)


def memory_for(nbytes: int) -> AbstractContextManager[None]:
    """Whoever asks for more memory than that gets a ``MemoryError``."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return limited(resource.RLIMIT_AS, mapped + nbytes)


@contextmanager
def disk_that_syncs_no_folder(number: int) -> Iterator[None]:
    """Folders cannot be synced, for the reason ``number``, and files cannot be mapped: as on some shared disks."""
    sync, known = os.fsync, mmap.mmap

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    class NoFiles(known):  # type: ignore[misc, valid-type]
        def __new__(cls, descriptor: int, *sizes: int, **settings: int) -> "NoFiles":
            if descriptor != -1:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            return super().__new__(cls, descriptor, *sizes, **settings)

    os.fsync, mmap.mmap = refuse_folders, NoFiles
    try:
        yield
    finally:
        os.fsync, mmap.mmap = sync, known
