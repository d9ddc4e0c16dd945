"""Programs that begin at once write to places of their own, and what lies there already is kept."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pygame
import pytest

from agents.cockpit.files import Output, WindowFilm
from agents.drives.video import FilmWriter
from agents.files import claimed
from agents.training.train import train
from perception.data_plan import CollectConfig, begin
from perception.dataset import count_frames
from sim.errors import UserError
from tests.support import ROOT
from tests.support.command_line import run
from tests.support.tiny_run import TINY, silent

pytestmark = pytest.mark.usefixtures("somewhere_else")


def begun_at_once(words: str, count: int = 3) -> list[tuple[int, str]]:
    """Exit codes and what was said by as many ``dashcam WORDS`` at the same time."""
    command = [sys.executable, "-m", "agents", *words.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with ExitStack() as stack:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": environment}
        begun = [stack.enter_context(subprocess.Popen(command, **options)) for _ in range(count)]  # type: ignore[call-overload]
        said = [process.communicate()[0] for process in begun]
        return [(process.returncode, text) for process, text in zip(begun, said, strict=True)]


def test_evaluations_that_begin_at_once_each_write_their_own_scores() -> None:
    assert [code for code, _ in begun_at_once("evaluate --road-seeds 1000000")] == [0, 0, 0]
    assert sorted(Path().glob("runs/*/*")) == [Path(f"runs/evaluation-{n}/scorecard.json") for n in (1, 2, 3)]


def test_of_programs_that_are_told_one_folder_one_writes_and_the_others_say_so() -> None:
    found = sorted(begun_at_once("collect --frames 20 --out data"))
    assert [code for code, _ in found] == [0, 2, 2]
    for _, said in found[1:]:
        assert "Another program is writing to data" in said or "data holds another run or other files" in said
    assert count_frames(Path("data"), "train") == 16


def test_a_name_is_given_to_one_of_many_at_once() -> None:
    with ExitStack() as stack, ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(lambda _: stack.enter_context(claimed(None, "try")), range(32)))
        assert len(set(folders)) == 32
        assert all(folder.is_dir() for folder in folders)
    assert not list(Path("runs").iterdir()), "none was used"


def test_screenshots_and_films_take_names_that_nothing_has() -> None:
    surface, folder = pygame.Surface((32, 32)), Path("new")
    first, second = WindowFilm(folder, (32, 32)), WindowFilm(folder, (32, 32))
    for film in (first, second):
        film.add(surface, 0.1)
    assert {first.close(), second.close()} == {folder / "film-1.mp4", folder / "film-2.mp4"}
    output = Output(folder, lambda sentence: None)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: output.screenshot(surface), range(4)))
    assert len(set(output.saved)) == 4
    assert all(path.stat().st_size > 0 for path in folder.iterdir())


def test_two_programs_do_not_film_to_one_file() -> None:
    film = FilmWriter(Path("film.mp4"), (32, 32))
    with pytest.raises(UserError, match=r"Another program films to film\.mp4"):
        FilmWriter(Path("film.mp4"), (32, 32))
    film.add(pygame.Surface((32, 32), depth=32))
    assert film.close() == 1
    assert [path.name for path in Path().iterdir()] == ["film.mp4"]


def test_a_collection_goes_on_in_one_program_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data").mkdir()
    begin(CollectConfig(TINY.env, frames=100), Path("data"))
    with claimed(Path("other"), "data"):
        Path("data/manifest.json").rename("other/manifest.json")
        assert run("collect", "--out", "other", "--resume") == 2
    assert "Another program is collecting into other" in capsys.readouterr().err


def test_an_output_that_goes_to_the_folder_of_a_run_is_in_nobodys_way() -> None:
    """As in ``dashcam train --out run | tee run/log.txt``, which makes the file first."""
    folder, log = Path("run"), Path("run/log.txt")
    folder.mkdir()
    log.touch()
    with claimed(folder, "run"), log.open("w") as tee:
        tee.write("said so far")
    words = [sys.executable, "-c", "from pathlib import Path; from agents.files import claimed\n"]
    words[2] += "with claimed(Path('run'), 'run'): print('mine')"
    with log.open("a") as output:
        subprocess.run(words, stdout=output, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert log.read_text() == "said so farmine\n"
    with pytest.raises(UserError, match="run holds another run or other files"), claimed(folder, "run"):
        pass


def test_a_run_that_fails_early_removes_what_is_its_own() -> None:
    folder = Path("run")
    folder.mkdir()
    (folder / "log.txt").touch()
    closed = silent()
    closed.file.close()
    with pytest.raises(ValueError, match="closed file"):
        train(TINY, folder, closed)
    assert [path.name for path in folder.iterdir()] == ["log.txt"]
