"""What is compiled is said, with how far it is; and it is what cars then use."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.compilation import ALL
from sim import compilation
from sim.compilation import Part, compile_simulation
from sim.kernels import kernel
from tests.support.command_line import run

FUNCTION = "def more(number):\n    return number + 1\n"
AFTERWARDS = """
import numpy as np
from sim.compilation import SMALL, drive
from sim.step import advance_share, advance_shares
from sim.world import World
drive(1)
drive(CARS)
world = World(SMALL, CARS)
world.reset()
world.step(np.zeros((CARS, 2)), restart=True)
assert (len(advance_share.signatures), len(advance_shares.signatures)) == (1, int(CARS > 1))
"""


def test_each_part_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = []
    for name in ("one_part", "another_part", "for_threads"):
        (tmp_path / f"{name}.py").write_text(FUNCTION)
        monkeypatch.syspath_prepend(str(tmp_path))
        compiled = kernel(importlib.import_module(name).more)
        parts.append(Part(name, compiled, 1.0, lambda compiled=compiled: compiled(1)))  # type: ignore[misc]
    for part_of, part in zip(("ROADS", "ONE_CAR", "SEVERAL_CARS"), parts, strict=True):
        monkeypatch.setattr(compilation, part_of, part)
    compile_simulation(threads=False)
    first, one, other = capsys.readouterr().err.splitlines()
    assert "once: 2 s or more" in first
    assert re.fullmatch(r"  one_part: after \d+ s, about \d+ s to go", one)
    assert re.fullmatch(r"  another_part: after \d+ s", other)
    compile_simulation(threads=True)
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()[1:]] == ["  for_threads"]
    compile_simulation(threads=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("cars", [1, 3])
def test_what_is_compiled_in_advance_is_what_cars_use(cars: int) -> None:
    program = AFTERWARDS.replace("CARS", str(cars))
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_compile_leaves_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    for part in ALL.values():
        part.use()
    assert run("compile") == 0
    assert "Everything is compiled." in capsys.readouterr().err
