"""Runs that are killed at random moments, and go on, end as if they had been left alone."""

import re
import subprocess
import sys

from tests.support import ROOT


def test_three_kills_lose_nothing() -> None:
    command = [sys.executable, "-m", "tools.kill", "--kills", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.match(r"3 kills, \d of them in the middle of writing; after 3 the newest checkpoint was whole\.", last)
    runs = re.search(r"(\d+) of (\d+) runs ended bit for bit", last)
    assert runs is not None
    assert int(runs[1]) == int(runs[2]) >= 1
