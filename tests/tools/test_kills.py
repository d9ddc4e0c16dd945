"""Runs that are killed at random moments and resumed end like an uninterrupted one."""

import re
import subprocess
import sys

from tests.support import ROOT


def test_three_kills_lose_nothing() -> None:
    command = [sys.executable, "-m", "tools.kill", "--kills", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.match(r"3 kills, \d of them during a write; after 3 the newest checkpoint was intact\.", last)
    runs = re.search(r"(\d+) of (\d+) runs ended like the uninterrupted one", last)
    assert runs is not None
    assert int(runs[1]) == int(runs[2]) >= 1
