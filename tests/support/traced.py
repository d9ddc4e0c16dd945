"""Looks from outside, with strace, at what a program does: whom it asks for, and what it writes."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

CALLS = "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,symlink,link"
NETWORK = re.compile(r"AF_INET6?\b|resolv\.conf|/etc/hosts\b")
HERE = re.compile(r'"127\.0\.0\.1"|"::1"')
PLACE = re.compile(r'(?:AT_FDCWD|\d+)<(?P<base>[^>]*)>, "(?P<name>[^"]*)"|\w+\("(?P<alone>[^"]*)"')
CREATES = re.compile(r"O_CREAT|O_WRONLY|O_RDWR|\b(creat|mkdir|mkdirat|rename|renameat|renameat2|symlink|link)\(")


def traced(words: list[str], folder: Path) -> str:
    """What ``python WORDS`` asked of the system in ``folder``, below which its home and temporary folder lie.

    No variable of this environment is handed on: with CI set, some libraries hold back what they do elsewhere.
    """
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    told = folder.parent / f"{folder.name}.strace"
    place = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(ROOT)}
    quiet = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PATH": os.environ["PATH"]}
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(told)]
    done = subprocess.run(
        [*strace, sys.executable, *words],
        cwd=folder,
        env={**place, **quiet},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return told.read_text(errors="replace")


def asked_for(trace: str) -> list[str]:
    """The calls that reach for another machine, or look one up."""
    return [line for line in trace.splitlines() if NETWORK.search(line) and not HERE.search(line)]


def written(trace: str, folder: Path) -> set[Path]:
    """What was made or opened to be written, by a program that worked in ``folder``."""
    found = set()
    for line in trace.splitlines():
        place = PLACE.search(line)
        if place is not None and CREATES.search(line) and "= -1" not in line:
            name = place["alone"] if place["name"] is None else place["name"]
            found.add(Path(os.path.normpath(folder / (place["base"] or "") / name)))
    return found
