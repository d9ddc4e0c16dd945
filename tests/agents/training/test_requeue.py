"""One command line for a job that is started again and again: it begins, goes on, and at last has nothing to do."""

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cli import parse
from agents.commands.resuming import resume_choice, with_resume_spelled_out
from agents.config import CheckpointConfig, TrainConfig, preset
from agents.locks import LOCK
from agents.training.checkpoints.format import CONFIG, FOLDER, checkpoint_folders
from agents.training.command import changed_fields, option_words
from agents.training.run_log import LOG
from agents.training.stopping import EXIT_RESUMABLE, TerminatedError, stop_request
from agents.training.train import train
from sim.errors import UserError
from tests.support.command_line import run
from tests.support.tiny_run import TINY, silent

QUICK_END = dataclasses.replace(TINY, preset="quick", frames=64, learning_starts=16, evaluation_frames=64)
ENDLESS = dataclasses.replace(QUICK_END, frames=10_000_000)


def line(config: TrainConfig, out: Path) -> list[str]:
    """The line that a batch script repeats."""
    settings = changed_fields(preset("quick"), config, "").items()
    options = [word for item in settings for word in option_words(*item)]
    return ["train", *options, "--checkpoint-seconds", "0", "--out", str(out), "--resume", "auto"]


def send_when(condition: Callable[[], bool], number: signal.Signals) -> None:
    """Sends this process a signal as soon as something holds; twice, as batch systems do."""

    def wait() -> None:
        while not condition():
            time.sleep(0.01)
        for _ in range(2):
            os.kill(os.getpid(), number)

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        ("train --resume", "train --resume always"),
        ("train --resume --out run", "train --resume always --out run"),
        ("train --resume auto --out run", "train --resume auto --out run"),
        ("train --out run --resume=auto", "train --out run --resume=auto"),
        ("collect --out run --resume", "collect --out run --resume always"),
        ("train --out run", "train --out run"),
    ],
)
def test_resume_alone_means_always(words: str, spelled: str) -> None:
    assert " ".join(with_resume_spelled_out(words.split())) == spelled
    assert resume_choice(words.split(), words.split()[0]) == (
        "auto" if "auto" in spelled else "always" if "always" in spelled else "never"
    )


def test_what_resume_cannot_mean_is_refused() -> None:
    with pytest.raises(SystemExit) as end:
        parse(["train", "--resume=perhaps", "--out", "run"])
    assert end.value.code == 2


def test_a_line_needs_the_name_of_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "--resume", "auto") == 2
    assert "Name its folder: dashcam train --resume --out DIR" in capsys.readouterr().err


def test_a_line_whose_run_is_finished_says_so_and_is_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    train(QUICK_END, out, silent(), CheckpointConfig(checkpoint_seconds=0.0))
    log = (out / LOG).read_text()
    assert run(*line(QUICK_END, out)) == 0
    assert "Nothing is left to learn: all 64 frames were seen" in capsys.readouterr().out
    assert (out / LOG).read_text() == log


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no such signal")
def test_what_batch_systems_send_leaves_a_checkpoint_that_the_same_line_goes_on_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, seen = tmp_path / "run", -1
    for number in (signal.SIGUSR1, signal.SIGTERM):
        begun = checkpoint_folders(out)
        send_when(lambda begun=begun: len({*checkpoint_folders(out)} - {*begun}) > 0, number)
        assert run(*line(ENDLESS, out), "--checkpoint-share", "1") == EXIT_RESUMABLE
        said = capsys.readouterr()
        assert "To resume: dashcam train --resume --out" in said.out
        assert ("Resuming after" in said.out) == (seen >= 0)
        assert "dashcam: stopped." in said.err
        newest = int(checkpoint_folders(out)[0].name)
        assert newest > seen
        seen = newest


def leave_nothing(out: Path) -> None:
    """Killed before anything was written."""


def leave_a_lock(out: Path) -> None:
    """Killed before the settings were written."""
    (out / LOCK).touch()
    (out / f"{CONFIG}.tmp").write_text("{")


def leave_settings(out: Path) -> None:
    """Killed before the first checkpoint."""
    leave_a_lock(out)
    (out / CONFIG).write_text(ENDLESS.as_json())


def leave_half_a_checkpoint(out: Path) -> None:
    """Killed in the middle of the first one."""
    leave_settings(out)
    half = out / FOLDER / "000000000.new"
    half.mkdir(parents=True)
    (half / "arrays.safetensors").write_bytes(b"half")


@pytest.mark.parametrize("leave", [leave_nothing, leave_a_lock, leave_settings, leave_half_a_checkpoint])
def test_a_run_that_was_killed_at_its_start_begins_again(leave: Callable[[Path], None], tmp_path: Path) -> None:
    leave(tmp_path)
    send_when(lambda: any(checkpoint_folders(tmp_path)), signal.SIGTERM)
    assert run(*line(ENDLESS, tmp_path)) == EXIT_RESUMABLE
    assert any(checkpoint_folders(tmp_path))
    assert not list((tmp_path / FOLDER).glob("*.new"))


def test_a_folder_with_other_files_is_not_taken_for_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("an empty one may be the log of this very line, see test_claims.py")
    assert run(*line(QUICK_END, tmp_path)) == 2
    assert "holds another run or other files" in capsys.readouterr().err


def test_a_line_with_other_settings_than_its_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(QUICK_END, tmp_path / "run", silent())
    assert run(*line(dataclasses.replace(QUICK_END, batch_size=8), tmp_path / "run")) == 2
    assert "cannot change when it resumes" in capsys.readouterr().err


def test_nobody_waits_before_there_is_anything_to_keep() -> None:
    with stop_request() as stop, pytest.raises(TerminatedError):
        signal.raise_signal(signal.SIGTERM)
    assert stop.terminated


def test_only_somebody_at_the_keyboard_may_insist() -> None:
    with stop_request() as stop:
        stop.wait()
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_collection_begins_and_goes_on_with_the_same_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    camera = ["--camera.width", "8", "--camera.height", "8", "--camera.color", "gray"]
    words = ["collect", "--frames", "100", *camera, "--out", str(tmp_path / "data"), "--resume", "auto"]
    for expected in ("Collected 100 frames", "Collected 0 frames"):
        assert run(*words) == 0
        assert expected in capsys.readouterr().out
    with pytest.raises(UserError, match="Name its folder with --out"):
        parse(words[:-4] + words[-2:]).run()
