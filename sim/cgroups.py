"""What Linux's control groups leave to this process in a container or a batch job: memory, and time of the processor.

Groups are nested, and each may be limited; the tightest limit counts. Version 1 has a tree of groups for each resource,
version 2 one for all, and a machine may have both. /proc/self/mountinfo says where the trees are, /proc/self/cgroup
where the process is in them. Formats: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the Linux kernel.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path("/")


class _Memory(NamedTuple):
    """Files of a group that tell of its memory, and what in ``memory.stat`` is given back when somebody needs it."""

    limits: tuple[str, ...]
    used: str
    cached: tuple[str, ...]


_MEMORY = {
    "cgroup": _Memory(
        ("memory.limit_in_bytes",), "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")
    ),
    "cgroup2": _Memory(("memory.max", "memory.high"), "memory.current", ("inactive_file", "active_file")),
}


def memory_left(root: Path = ROOT) -> int | None:
    """Memory that this process's groups leave to it [bytes], None without a limit; ``root`` is that of all paths."""
    left = []
    for kind, group in _groups(root, "memory"):
        files = _MEMORY[kind]
        limits = [limit for name in files.limits if (limit := _number(group / name)) is not None]
        used = _number(group / files.used)
        if limits and used is not None:
            left.append(max(min(limits) - used + _cached(group, files.cached), 0))
    return min(left, default=None)


def cores_left(root: Path = ROOT) -> float | None:
    """How many cores' time this process's groups leave to it, None without a limit; ``root`` is that of all paths."""
    shares = []
    for kind, group in _groups(root, "cpu"):
        if kind == "cgroup2":
            quota, period = _first_two(_words(group / "cpu.max"))
        else:
            quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
        if quota is not None and period:
            shares.append(quota / period)
    return min(shares, default=None)


def _groups(root: Path, resource: str) -> Iterator[tuple[str, Path]]:
    """Kind and folder of each group that limits ``resource`` for this process, the innermost of a tree first."""
    places = _places(root)
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        kind, _, options = (*after.split(), "", "", "")[:3]
        controller = {"cgroup": resource, "cgroup2": ""}.get(kind)
        if controller not in places or (kind == "cgroup" and resource not in options.split(",")):
            continue
        top, mounted = before.split()[3:5]
        inner = _below(places[controller], top)
        for path in (inner, *inner.parents):
            yield kind, root / mounted.lstrip("/") / path


def _places(root: Path) -> dict[str | None, str]:
    """The process's group in each tree: by the resource in version 1, by "" in version 2."""
    places: dict[str | None, str] = {}
    for line in _lines(root / "proc/self/cgroup"):
        _, resources, path = (*line.split(":", 2), "", "")[:3]
        places |= dict.fromkeys(resources.split(","), path)
    return places


def _below(place: str, top: str) -> PurePosixPath:
    """Where a group is below what is mounted, ``top``; a container may see no more of the tree than its own group."""
    path = PurePosixPath(place)
    if ".." in path.parts or not path.is_relative_to(top):
        return PurePosixPath()
    return path.relative_to(top)


def _cached(group: Path, names: tuple[str, ...]) -> int:
    stored = dict(line.split()[:2] for line in _lines(group / "memory.stat") if len(line.split()) >= 2)
    return sum(int(stored[name]) for name in names if stored.get(name, "").isdecimal())


def _number(path: Path) -> int | None:
    return _first_two(_words(path))[0]


def _first_two(words: list[str]) -> tuple[int | None, int | None]:
    """Numbers from 0 on; None for what is none: nothing, "max" or -1."""
    first, second = (int(word) if word.isdecimal() else None for word in (*words, "", "")[:2])
    return first, second


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _lines(path: Path) -> list[str]:
    """Lines of a file; none where it is not there, as in most groups."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
