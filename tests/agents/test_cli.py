"""The command line itself: its help, where it points, and its output."""

import re
import subprocess
import sys

import pytest

from agents.cli import COMMANDS
from agents.commands.benchmark import BENCHMARKS
from agents.commands.common import parse_seeds
from sim.errors import UserError
from tests.support import ROOT
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")


COMMAND_LINES = [*([name] for name in COMMANDS), *(["benchmark", name] for name in BENCHMARKS)]


@pytest.mark.parametrize("command", COMMAND_LINES, ids=" ".join)
def test_options_that_do_not_exist_point_at_the_help_of_their_command(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command, "--wings", "2") == 2
    assert f"dashcam {' '.join(command)} --help" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        (("train", "--frames", "many"), "dashcam train --help"),
        (("benchmark", "learning", "--seeds", "many"), "dashcam benchmark learning --help"),
        (("benchmark", "fly"), "dashcam benchmark --help"),
        (("benchmark",), "dashcam benchmark --help"),
        (("fly",), "dashcam --help"),
    ],
)
def test_wrong_words_point_at_the_help_of_what_they_name(
    words: tuple[str, ...], helps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert helps in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["demo", "train", "evaluate", "play", "explain", "export", "serve", "doctor", "collect", "pretrain"],
)
def test_help_documents_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    said = capsys.readouterr().out
    options = re.findall(r"^\W*--([a-z][a-z-]*)", said, flags=re.MULTILINE)
    assert options
    assert said.count("(default:") >= len(options)


def test_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agents", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", done.stdout.strip())


def test_output_that_nobody_reads_to_its_end_is_no_error() -> None:
    words = [sys.executable, "-m", "agents", "train", "--help"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as command:
        assert command.stdout is not None
        command.stdout.close()
        assert command.communicate()[1] == ""
    assert command.returncode == 141


def test_road_seeds_are_read() -> None:
    assert parse_seeds("5:7") == range(5, 8)
    assert parse_seeds("5") == range(5, 6)
    with pytest.raises(UserError, match="from 1 to 10,000"):
        parse_seeds("0:99999")
