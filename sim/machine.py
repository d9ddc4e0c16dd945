"""What of this machine the program may use: memory, cores and disk, as containers, jobs and limits leave them."""

import math
import os
import shutil
from pathlib import Path

import psutil

from sim.cgroups import ROOT, cores_left, memory_left
from sim.errors import UserError

MEMORY_SHARE = 0.8  # of the memory that is available now; more would make the machine swap
_THIS_MACHINE, _GROUP = "this machine", "this container or job"


def allowed_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usable_cores(root: Path = ROOT) -> int:
    """Cores that keep this process busy: those that it may run on, or fewer if it may use only some of their time.

    Control groups are read from paths below ``root``.
    """
    share = cores_left(root)
    return allowed_cores() if share is None else max(1, min(allowed_cores(), math.ceil(share)))


def memory_bounds(root: Path = ROOT) -> dict[str, int]:
    """Memory that is available now [bytes], by what it is bounded by: machine, control groups, ``ulimit``.

    Control groups are read from paths below ``root``.
    """
    bounds = {_THIS_MACHINE: psutil.virtual_memory().available, **_address_bounds()}
    left = memory_left(root)
    return bounds if left is None else {**bounds, _GROUP: left}


def available_memory(root: Path = ROOT) -> int:
    """Memory that is available now [bytes]: the tightest of ``memory_bounds``."""
    return min(memory_bounds(root).values())


def require_memory(needed: int, what: str, advice: str, allocated: int = 0) -> None:
    """Makes sure that ``needed`` [bytes] are there; ``what`` needs them, ``advice`` tells how to need less.

    So much of it may be ``allocated`` already. Only limits on addresses (``ulimit``) know of that: the machine gives an
    array its memory as it is filled.

    Raises:
        UserError: they exceed 80 % of the available memory.
    """
    addresses = _address_bounds()
    for bound, available in memory_bounds().items():
        if needed - (allocated if bound in addresses else 0) > MEMORY_SHARE * available:
            where = "" if bound == _THIS_MACHINE else f" ({bound})"
            raise UserError(
                f"{what} would need {needed / 1e9:.2f} GB, but only {available / 1e9:.2f} GB of memory are "
                f"available{where}; {advice}."
            )


def require_disk(folder: Path, needed: int, what: str, advice: str, reusable: int = 0) -> None:
    """Makes sure that the disk of ``folder`` has room; ``what`` needs it, ``advice`` tells how to need less.

    Of the room that is ``needed`` [bytes], ``reusable`` is taken now, and will be free again.

    Raises:
        UserError: it has not.
    """
    available = shutil.disk_usage(folder).free + reusable
    if needed > available:
        raise UserError(
            f"{what} would need {needed / 1e6:,.0f} MB in {folder}, but only {available / 1e6:,.0f} MB of the disk are "
            f"available; {advice}."
        )


def workers(bytes_each: int, besides: int = 0) -> int:
    """How many threads to share work: as many as there are cores, and memory for; one at least.

    Each of them needs ``bytes_each``, and all of them together fill ``besides`` [bytes].
    """
    room = MEMORY_SHARE * available_memory() - besides
    return max(1, min(usable_cores(), int(room // bytes_each)))


def _address_bounds() -> dict[str, int]:
    """What limits on addresses leave [bytes], on Linux, which alone enforces them on all memory."""
    try:
        import resource
    except ImportError:
        return {}
    used, bounds = psutil.Process().memory_info(), {}
    for name, limit, part in (("ulimit -v", resource.RLIMIT_AS, "vms"), ("ulimit -d", resource.RLIMIT_DATA, "data")):
        most, _ = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY and hasattr(used, "data"):
            bounds[name] = max(most - getattr(used, part), 0)
    return bounds
