"""What SECURITY.md promises of the network and of the disk, seen from outside while every command runs once."""

import math
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.traced import asked_for, traced, written

RUN_ALL = """
import sys
from pathlib import Path
from agents.cli import main
from agents.training.train import train
from tests.support.tiny_run import TINY, silent
train(TINY, Path("run"), silent())
for words in sys.argv[1:]:
    try:
        main(words.split())
    except SystemExit as end:
        assert not end.code, words
"""
SERVE = """
import http.client, signal, subprocess, sys, time
words = [sys.executable, "-m", "agents", "serve", "--port", "0", "--workers", "1"]
with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as service:
    port = int(service.stdout.readline().split(":")[2].split()[0])
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/policy")
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    assert connection.getresponse().status == 200
    service.send_signal(signal.SIGINT)
"""
TEN_LINES = """
import numpy
from agents.runtime import Runtime
runtime = Runtime.load()
runtime.act(runtime.frame_stack().push(numpy.zeros(runtime.interface.frame_shape, numpy.uint8)), [[5.0, 0.0]])
"""
ENVIRONMENT = """
import gymnasium, sim
env = gymnasium.make("dashcam/LaneFollowing-v0", roads={"preload": False})
env.reset(seed=0)
env.step(env.action_space.sample())
"""
ROAD = "--road-seeds 1000000"
# One process for all of them: most of what a command takes is to load its libraries.
SCRIPTS = {
    "ten lines of docs/deploy.md": [TEN_LINES],
    "environment": [ENVIRONMENT],
    "serve": [SERVE],
    "commands": [
        RUN_ALL,
        f"evaluate run {ROAD} --report page",
        "plot run",
        "play --record film.mp4 --seconds 0.2",
        "explain --pictures 1 --seconds 0.2",
        "export",
        "collect --frames 100 --out data",
        "pretrain data --epochs 1",
        "export-minari data",
        "roads road.csv --out road.png",
        "compile",
        "doctor",
    ],
}
SAME = {"train", "demo", "film"}  # are a run, evaluate and play, and take long
FOREIGN = {"benchmark"}  # runs other projects' simulators
# SECURITY.md lists these.
DOCUMENTED = [
    "*/__pycache__*",
    "home/.cache",
    "home/.cache/matplotlib*",
    "home/.config",
    "home/.config/matplotlib*",
    "home/.minari*",
    "tmp/torchinductor_*",
    "/dev/null",
    "/dev/shm/sem.*",  # noqa: S108  locks, which have no name any more once they are made
]


def is_documented(path: Path, folder: Path) -> bool:
    """Whether something may be written there: in the folder itself, in passing in the temporary one, or as listed."""
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    inside = path.is_relative_to(folder) and not name.startswith(("home/", "tmp/"))
    passing = name.startswith("tmp/") and not path.exists()
    return inside or passing or any(fnmatch(name, known) for known in DOCUMENTED)


def test_every_command_is_looked_at() -> None:
    files = (ROOT / "agents" / "commands").glob("*.py")
    there = {path.stem.replace("_", "-") for path in files if "def run(self)" in path.read_text()}
    assert there == {words.split()[0] for words in SCRIPTS["commands"][1:]} | {"serve"} | SAME | FOREIGN


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_sent_and_nothing_is_written_beside_what_is_documented(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    turns = [math.pi * turn / 16 for turn in range(32)]
    (folder / "road.csv").write_text("".join(f"{60 * math.cos(a)},{60 * math.sin(a)},5.0,5.0\n" for a in turns))
    trace = traced(["-c", *SCRIPTS[name]], folder)
    assert asked_for(trace) == []
    assert [path for path in sorted(written(trace, folder)) if not is_documented(path, folder)] == []


def test_the_look_from_outside_sees_what_it_looks_for(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    talk = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    write = "import pathlib; pathlib.Path('home/.id').write_text('1'); pathlib.Path('../beside').mkdir()"
    trace = traced(["-c", f"{talk}; {write}"], folder)
    assert len(asked_for(trace)) == 1
    beside = {path for path in written(trace, folder) if not is_documented(path, folder)}
    assert beside == {folder / "home/.id", tmp_path / "beside"}
