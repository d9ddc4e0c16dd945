"""``dashcam train``: the command that repeats a run, and Ctrl-C."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.cli import parse
from agents.commands.train import train_defaults
from agents.training.command import train_command
from perception.lane_encoder import new_pretrained, save_pretrained
from sim.config import CameraConfig
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")


def test_command_on_the_card_makes_the_same_run() -> None:
    words = ["train", "--preset", "robust", "--seed", "3", "--env.camera.height", "48"]
    words += ["--env.actions.target-speeds", "5.0", "9.0", "--env.roads.preload", "--n-steps", "2"]
    command = parse(words)
    assert command.config.n_steps == 2
    assert command.config.env.camera.color == "rgb", "what is not named is the preset's"
    assert train_command(command.config) == f"dashcam {' '.join(words)}"


@pytest.mark.parametrize(
    "options",
    [
        ("--learning-rate", "1e-3", "--updates-per-step", "1"),
        ("--preset", "robust", "--encoder-mode", "finetuned", "--n-steps", "2"),
        ("--encoder-mode", "None", "--batch-size", "128"),
    ],
)
def test_command_on_the_card_makes_the_same_run_from_an_encoder(options: tuple[str, ...]) -> None:
    save_pretrained(Path("my enc"), new_pretrained("fast", CameraConfig(width=50, stack=3)))
    config = parse(["train", "--encoder-from", "my enc", *options]).config
    command = train_command(config)
    assert parse(shlex.split(command)[1:]).config == config
    assert "camera" not in command, "what the encoder brings along is not named"


def test_ctrl_c_leaves_a_run_that_goes_on() -> None:
    words = ["train", "--num-cars", "8", "--learning-starts", "100", "--evaluation-frames", "190000", "--out", "run"]
    process = subprocess.Popen(
        [sys.executable, "-m", "agents", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # some runners of tests ignore it
    )
    try:
        while not Path("run/checkpoints/000000000").exists():  # what comes before may be compiling
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, complaints
    assert "stopped" in complaints
    stopped = re.search(r"Stopped after ([\d,]+) frames. To resume: dashcam train --resume --out run", said)
    assert stopped is not None
    defaults = train_defaults(["train", "--resume", "--out", "run"])
    assert (defaults.config.preset, defaults.config.num_cars, defaults.config.learning_starts) == ("quick", 8, 100)
    frames = int(stopped[1].replace(",", ""))
    assert run("train", "--resume", "--out", "run", "--frames", str(frames)) == 2, "frames can only grow"
