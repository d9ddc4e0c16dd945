"""Files and folders are written whole or not at all, whatever ends the writing."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perception.atomic import atomic_folder, current_folder, recover_folder, write_atomic
from tests.support import ROOT
from tests.support.failing import disk_full_after

NEW, OLD = b"new" * 10_000, b"old" * 10_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with atomic_folder(tmp_path / "policy") as fresh:
        fill(fresh, OLD)
    return tmp_path / "policy"


def fill(folder: Path, data: bytes) -> None:
    for name in ("first", "second"):
        write_atomic(folder / name, data)


def stop_half_way(folder: Path) -> None:
    write_atomic(folder / "first", NEW)
    raise KeyboardInterrupt


def contents(folder: Path) -> set[bytes]:
    return {(folder / name).read_bytes() for name in ("first", "second")}


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, OLD)
    with disk_full_after(100), pytest.raises(OSError, match="too large"):
        write_atomic(path, NEW)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_as_a_whole(folder: Path) -> None:
    (folder / "third").touch()
    with atomic_folder(folder) as fresh:
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
        with atomic_folder(folder) as fresh:
            fill(fresh, data)
        assert contents(folder) == {data}
    assert list(folder.parent.iterdir()) == [folder]
    assert not there or contents(elsewhere) == {OLD}


@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_the_folder_as_it_was(folder: Path, room: int) -> None:
    with disk_full_after(room), pytest.raises(OSError, match="too large"), atomic_folder(folder) as fresh:
        fill(fresh, NEW)
    assert contents(folder) == {OLD}
    assert list(folder.parent.iterdir()) == [folder]


def test_ctrl_c_leaves_the_folder_as_it_was(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_folder(folder) as fresh:
        stop_half_way(fresh)
    assert contents(folder) == {OLD}
    assert list(folder.parent.iterdir()) == [folder]


def test_half_a_first_folder_counts_for_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    half = tmp_path / "policy.new"
    half.mkdir()
    (half / "first").write_bytes(NEW)
    assert not current_folder(folder).exists()
    recover_folder(folder)
    assert not any(tmp_path.iterdir())


def test_a_replacement_that_stopped_between_its_two_steps_is_ended(folder: Path) -> None:
    folder.rename(folder.with_name("policy.old"))
    fresh = folder.with_name("policy.new")
    fresh.mkdir()
    fill(fresh, NEW)
    assert contents(current_folder(folder)) == {OLD}, "a reader who changes nothing finds the one before"
    recover_folder(folder)
    assert contents(folder) == {NEW}
    assert list(folder.parent.iterdir()) == [folder]


REPLACE_FOREVER = """
import sys
from pathlib import Path
from perception.atomic import atomic_folder
from perception.atomic import write_atomic
folder, number = Path(sys.argv[1]), 0
while True:
    number += 1
    with atomic_folder(folder) as fresh:
        for name in ("first", "second"):
            write_atomic(fresh / name, str(number).encode() * 50_000)
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
        assert len(contents(current_folder(folder))) == 1, "both files are of one writing"
        recover_folder(folder)
        assert len(contents(folder)) == 1
