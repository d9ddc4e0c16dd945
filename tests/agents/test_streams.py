"""Where a command reads from and talks to: closed, full, of few characters, or gone; and signals that end it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.bundles.bundle import REFERENCE
from agents.training.stopping import EXIT_RESUMABLE
from agents.words import legible
from tests.support import ROOT
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")
NO_TEXT = os.fsdecode(b"caf\xe9")  # as in Latin-1, which is no UTF-8
OCTAGON = [(60, 0), (42, 42), (0, 60), (-42, 42), (-60, 0), (-42, -42), (0, -60), (42, -42)]


def in_shell(words: str, streams: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """``dashcam WORDS`` with such streams, as a shell names them."""
    command = f"{sys.executable} -m agents {words} {streams}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("streams", [">&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_streams_that_take_nothing_are_in_nobodys_way(streams: str) -> None:
    done = in_shell("play --record film.mp4 --seconds 0.2", streams)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert Path("film.mp4").read_bytes()[4:8] == b"ftyp", "what is said does not go to the film"


def test_what_cannot_be_said_is_told_in_the_end_and_costs_no_work() -> None:
    done = in_shell("evaluate --road-seeds 1000000 --out scores", "> /dev/full")
    assert done.returncode == 2
    sentence = "Not all that was said could be written (No space left on device); the work itself is done."
    assert done.stderr.endswith(f"dashcam: {sentence}\n")
    assert "Traceback" not in done.stderr
    assert Path("scores/scorecard.json").stat().st_size > 1000


def test_a_console_of_few_characters_gets_escapes() -> None:
    shutil.copytree(REFERENCE, "große")
    done = in_shell("evaluate große --road-seeds 1000000 --out scores-ü", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"Scores: scores-\xfc/scorecard.json" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "evaluate NAME --road-seeds 1000000 --report NAME-report",
        "export NAME --out NAME-bundle",
        "play NAME --record NAME.mp4 --seconds 0.2",
        "explain NAME --out NAME.png --pictures 1 --seconds 0.2",
        "collect --driver NAME --frames 20 --out NAME-data",
        "roads NAME.csv --out NAME.svg",
    ],
)
def test_names_that_are_no_text_are_as_good_as_others(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(REFERENCE, NO_TEXT)
    Path(f"{NO_TEXT}.csv").write_text("".join(f"{x},{y},5,5\n" for x, y in OCTAGON))
    assert run(*words.replace("NAME", NO_TEXT).split()) == 0
    assert legible(NO_TEXT) in capsys.readouterr().out
    made = [path for path in Path().iterdir() if path.name.startswith(f"{NO_TEXT}") and path.stat().st_size > 0]
    assert len(made) == 3


def test_a_road_file_whose_name_is_no_text_is_refused_for_that(capsys: pytest.CaptureFixture[str]) -> None:
    Path(f"{NO_TEXT}.csv").write_text("".join(f"{x},{y},5,5\n" for x, y in OCTAGON))
    for words in (("evaluate", "--out", "scores"), ("play", "--record", "film.gif")):
        assert run(*words, "--road", f"{NO_TEXT}.csv") == 2
        assert "its name must be printable UTF-8; rename it" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_part_of_a_film(number: signal.Signals) -> None:
    words = [sys.executable, "-m", "agents", "play", "--record", "film.mp4", "--seconds", "3600"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        while not any(path.stat().st_size for path in Path().glob(".film.part.mp4")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == EXIT_RESUMABLE
    assert b"Traceback" not in complaints
    assert complaints.endswith(b"dashcam: stopped.\n")  # what comes before may be compiling
    assert not list(Path().iterdir())


def test_a_colon_in_a_films_name_is_no_protocol() -> None:
    for name in ("a:b.mp4", "http:c.gif", "pipe:.mp4"):
        assert run("play", "--record", name, "--seconds", "0.2") == 0
        assert Path(name).stat().st_size > 1000
