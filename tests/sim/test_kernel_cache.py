"""Compiled code on the disk: what is damaged is compiled again, and what cannot be kept does not end the program."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import numba_private
from sim.kernels import kernel
from sim.numba_private import is_compiled
from tests.support.failing import disk_full_after

SOURCE = "def twice(number):\n    return number + number\n"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Starts anew with a kernel that is kept below ``tmp_path``, as another program would."""
    (tmp_path / "small_kernel.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "small_kernel", raising=False)
    function = importlib.import_module("small_kernel").twice

    def begin() -> Any:
        monkeypatch.setattr(numba_private, "_said", set())
        return kernel(function)

    return begin


def files(folder: Path, ending: str = "*") -> list[Path]:
    return sorted((folder / "__pycache__").glob(f"small_kernel.twice*.{ending}"))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "cut short": cut_short,
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(bytes(range(256)) * 3),
    "another pickle": lambda path: path.write_bytes(b"\x80\x04N."),
    "one bit": flip_a_bit,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
}


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_compiled_again_and_replaced(
    damage: str, ending: str, start: Callable[[], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start()(2.0) == 4.0
    for path in files(tmp_path, ending):
        DAMAGES[damage](path)
    assert start()(2.0) == 4.0
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "compiled again" in said[0]
    whole = start()
    assert whole(2.0) == 4.0
    assert sum(whole.stats.cache_hits.values()) == 1
    assert capsys.readouterr().err == ""


def test_a_file_that_is_gone_or_no_file_does_not_end_the_program(
    start: Callable[[], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start()(2.0)
    for path in files(tmp_path, "nbc"):
        path.unlink()
    assert start()(2.0) == 4.0
    for path in files(tmp_path):
        path.unlink()
        path.mkdir()
    assert not is_compiled(start())
    capsys.readouterr()
    assert start()(2.0) == 4.0
    said = capsys.readouterr().err
    assert "compiled again" in said
    assert "cannot be kept" in said


def test_a_full_disk_keeps_nothing_and_says_so_once(
    start: Callable[[], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = start()
    with disk_full_after(100):
        assert small(2.0) == 4.0
        assert small(2) == 4
    assert capsys.readouterr().err.count("make room") == 1
    assert not is_compiled(start())
    assert start()(2.0) == 4.0
    assert is_compiled(start())


def test_versions_of_a_kernel_share_no_file(start: Callable[[], Any], tmp_path: Path) -> None:
    """Or two programs that compile two versions at the same time could be given each other's."""
    start()(2.0)
    before = {path: path.read_bytes() for path in files(tmp_path)}
    assert start()(2) == 4
    assert len(files(tmp_path)) == 2 * len(before)
    assert before == {path: path.read_bytes() for path in before}


def test_a_change_of_the_source_is_a_miss_that_needs_no_word(
    start: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start()(2.0)
    assert is_compiled(start())
    monkeypatch.setattr(numba_private, "_SOURCES", "of another version")
    assert not is_compiled(start())
    again = start()
    assert again(2.0) == 4.0
    assert not again.stats.cache_hits
    assert capsys.readouterr().err == ""
