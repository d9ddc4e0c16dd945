"""Files and folders are written whole or not at all, whatever ends the writing."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.atomic import replaced_folder, settle_folder, whole_folder
from perception.whole import write_whole
from tests.support import ROOT
from tests.support.failing import disk_full_after

NEW, OLD = b"new" * 10_000, b"old" * 10_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with replaced_folder(tmp_path / "policy") as fresh:
        fill(fresh, OLD)
    return tmp_path / "policy"


def fill(folder: Path, data: bytes) -> None:
    for name in ("first", "second"):
        write_whole(folder / name, data)


def stop_half_way(folder: Path) -> None:
    write_whole(folder / "first", NEW)
    raise KeyboardInterrupt


def contents(folder: Path) -> set[bytes]:
    return {(folder / name).read_bytes() for name in ("first", "second")}


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, OLD)
    with disk_full_after(100), pytest.raises(OSError, match="too large"):
        write_whole(path, NEW)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_as_a_whole(folder: Path) -> None:
    (folder / "third").touch()
    with replaced_folder(folder) as fresh:
        fill(fresh, NEW)
        assert contents(folder) == {OLD}
    assert contents(folder) == {NEW}
    assert sorted(path.name for path in folder.iterdir()) == ["first", "second"]
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path, there: bool) -> None:
    folder, elsewhere = tmp_path / "run" / "policy", tmp_path / "elsewhere"
    folder.parent.mkdir()
    if there:
        elsewhere.mkdir()
        fill(elsewhere, OLD)
    folder.symlink_to("../elsewhere")
    for data in (OLD, NEW):
        with replaced_folder(folder) as fresh:
            fill(fresh, data)
        assert contents(folder) == {data}
    assert list(folder.parent.iterdir()) == [folder]
    assert not there or contents(elsewhere) == {OLD}


@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_the_folder_as_it_was(folder: Path, room: int) -> None:
    with disk_full_after(room), pytest.raises(OSError, match="too large"), replaced_folder(folder) as fresh:
        fill(fresh, NEW)
    assert contents(folder) == {OLD}
    assert list(folder.parent.iterdir()) == [folder]


def test_ctrl_c_leaves_the_folder_as_it_was(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), replaced_folder(folder) as fresh:
        stop_half_way(fresh)
    assert contents(folder) == {OLD}
    assert list(folder.parent.iterdir()) == [folder]


def test_half_a_first_folder_counts_for_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    half = tmp_path / "policy.new"
    half.mkdir()
    (half / "first").write_bytes(NEW)
    assert not whole_folder(folder).exists()
    settle_folder(folder)
    assert not any(tmp_path.iterdir())


def test_a_replacement_that_stopped_between_its_two_steps_is_ended(folder: Path) -> None:
    folder.rename(folder.with_name("policy.old"))
    fresh = folder.with_name("policy.new")
    fresh.mkdir()
    fill(fresh, NEW)
    assert contents(whole_folder(folder)) == {OLD}, "a reader who changes nothing finds the one before"
    settle_folder(folder)
    assert contents(folder) == {NEW}
    assert list(folder.parent.iterdir()) == [folder]


REPLACE_FOREVER = """
import sys
from pathlib import Path
from agents.atomic import replaced_folder
from perception.whole import write_whole
folder, number = Path(sys.argv[1]), 0
while True:
    number += 1
    with replaced_folder(folder) as fresh:
        for name in ("first", "second"):
            write_whole(fresh / name, str(number).encode() * 50_000)
    if number == 1:
        print("replaced", flush=True)
"""


def test_a_folder_is_whole_wherever_its_writer_is_killed(folder: Path) -> None:
    chance = random.Random(0)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(8):
        command = [sys.executable, "-c", REPLACE_FOREVER, str(folder)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"replaced\n"
            time.sleep(chance.uniform(0.0, 0.02))
            writer.kill()
        assert len(contents(whole_folder(folder))) == 1, "both files are of one writing"
        settle_folder(folder)
        assert len(contents(folder)) == 1
