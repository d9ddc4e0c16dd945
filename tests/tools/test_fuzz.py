"""The fuzzer in its short form: every reader bears some broken inputs, always the same."""

import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

MANY = ("data", "collection", "replay", "zipped replay", "scorecard", "circuit", "results", "request")
SLOW = ("bundle", "encoder", "config", "checkpoint")  # each input builds a network


def test_broken_inputs_are_refused_or_taken_and_nothing_else(tmp_path: Path) -> None:
    for readers, inputs in ((MANY, 200), (SLOW, 40)):
        command = [sys.executable, "-m", "tools.fuzz", "--inputs", str(inputs), "--out", str(tmp_path), "--reader"]
        done = subprocess.run([*command, *readers], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count(f": {inputs} inputs: ") == len(readers)
