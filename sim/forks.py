"""Whether this process was forked, as by ``multiprocessing`` on Linux: it has none of the threads of its parent.

GNU OpenMP ends a program that uses its threads on both sides of a fork. So from a fork on, cars are looked after by the
calling thread alone; the same code makes the same frames, bit for bit. Workers share the cores in any case.
"""

import os

_forked = False


def was_forked() -> bool:
    """Whether a process that had loaded the simulator was forked, and this is the child."""
    return _forked


def _remember() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):  # Windows cannot fork
    os.register_at_fork(after_in_child=_remember)
