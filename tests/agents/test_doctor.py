"""``dashcam doctor`` looks at an installation, and says what is wrong with it."""

import re
from pathlib import Path

import numba
import pytest

from agents import doctor
from tests.support.command_line import run


def test_an_installation_that_works_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 0
    said = capsys.readouterr().out
    for name in ("python", "torch", "numba", "threads", "compiled kernels", "memory", "disk"):
        assert re.search(rf"^{name}: \S", said, flags=re.MULTILINE), name
    assert "frames on one thread and on all: the same" in said
    assert said.rstrip().endswith("All is well.")


def test_a_folder_without_room_is_named() -> None:
    finding = doctor._disk(Path("/proc"))
    assert "make room" in finding.advice


def test_frames_of_the_self_test_are_those_that_were_shipped() -> None:
    """A change of the pictures that is meant replaces ``agents.doctor.SHIPPED`` by what this says."""
    assert doctor.drive_digest(numba.get_num_threads()) == doctor.SHIPPED


def test_a_folder_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor", "--folder", "nowhere") == 2
    assert "There is no folder nowhere" in capsys.readouterr().err
