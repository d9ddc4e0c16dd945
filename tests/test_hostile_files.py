"""Every command that reads a file, given a hostile one of every kind: nothing runs, and one sentence refuses it."""

import contextlib
import hashlib
import io
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from agents.bundles.bundle import DESCRIPTION, MODEL, REFERENCE, SCORECARD
from agents.cli import main
from agents.config import CheckpointConfig, TrainConfig
from agents.training.checkpoints.format import ARRAYS, CONFIG, MANIFEST, REPLAY, STATE
from agents.training.train import train
from perception.collect import collect
from perception.data_plan import CollectConfig, begin
from perception.lane_encoder import new_pretrained, save_pretrained
from perception.manifest import WEIGHTS
from sim.config import CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.drivers import NoisyDriver
from tests.support.hostile_files import CONTENTS, KINDS, TRACE, as_pickle, as_torch_archive, contents, put

LONGEST_S = 600  # s; a reader that takes longer, on however busy a machine, hangs
ENV = EnvConfig(
    camera=CameraConfig(width=36, height=36, color="gray"),
    roads=RoadsConfig(last_seed=2),
    task=TaskConfig(time_limit_s=0.8),
)
TINY = TrainConfig(
    env=ENV, num_cars=2, frames=60, learning_starts=20, batch_size=2, buffer_frames=60, evaluation_frames=60,
    evaluation_roads=1, stop_success_rate=None,
)  # fmt: skip
CHECKPOINT = f"run/checkpoints/{TINY.frames:09d}"
FILM = ["--record", "out.gif", "--seconds", "1"]
Enter = Callable[[Any, bytes], None]


@dataclass(frozen=True)
class Place:
    """A command and one of the files that it reads."""

    words: str
    file: str
    sealed_by: str | None = None
    """The file that describes it."""
    enter: Enter = lambda value, data: None
    """Lets the description describe other contents."""


def digest_of(name: str) -> Enter:
    def enter(value: Any, data: bytes) -> None:
        value["sha256"][name] = hashlib.sha256(data).hexdigest()
        value.get("bytes", {})[name] = len(data)

    return enter


def enter_shard(value: Any, data: bytes) -> None:
    value["splits"]["train"]["shards"][0].update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


POLICY_COMMANDS = {
    "evaluate": "evaluate bundle --road-seeds 1000000 --out out",
    "play": "play bundle --record out.gif --seconds 1",
    "compare": "play --compare bundle --record out.gif --seconds 1",
    "film": "film bundle --out out.gif --road-seeds 1000000",
    "explain": "explain bundle --out out.png",
    "export": "export bundle --out out",
    "collect": "collect --driver bundle --frames 100 --out out",
    "leaderboard": "benchmark leaderboard bundle --out out",
}
PLACES: dict[str, Place] = {
    **{f"{name}: description": Place(words, f"bundle/{DESCRIPTION}") for name, words in POLICY_COMMANDS.items()},
    **{
        f"{name}: weights": Place(words, f"bundle/{WEIGHTS}", f"bundle/{DESCRIPTION}", digest_of(WEIGHTS))
        for name, words in POLICY_COMMANDS.items()
    },
    "serve: description": Place("serve bundle --port 0", f"bundle/{DESCRIPTION}"),
    "serve: model": Place("serve bundle --port 0", f"bundle/{MODEL}", f"bundle/{DESCRIPTION}", digest_of(MODEL)),
    "play: failures": Place("play bundle --failures scores --record out.gif", f"scores/{SCORECARD}"),
    "play: replay": Place("play drive.replay --record out.gif", "drive.replay"),
    "play: road": Place("play --road road.csv --record out.gif", "road.csv"),
    "play: map": Place("play --road map.xodr --record out.gif", "map.xodr"),
    "evaluate: road": Place("evaluate --road road.csv --out out", "road.csv"),
    "evaluate: map": Place("evaluate --road map.xodr --out out", "map.xodr"),
    "roads: circuit": Place("roads road.csv --out out.png", "road.csv"),
    "roads: map": Place("roads map.xodr --out out.png", "map.xodr"),
    "resume: settings": Place("train --resume --out new", f"new/{CONFIG}"),
    **{
        f"resume: {name}": Place(
            "train --resume --out run", f"{CHECKPOINT}/{name}", f"{CHECKPOINT}/{MANIFEST}", digest_of(name)
        )
        for name in (CONFIG, STATE, ARRAYS, REPLAY)
    },
    "resume: manifest": Place("train --resume --out run", f"{CHECKPOINT}/{MANIFEST}"),
    "encoder: description": Place("train --encoder-from encoder --out out", "encoder/encoder.json"),
    "encoder: weights": Place(
        "train --encoder-from encoder --out out", f"encoder/{WEIGHTS}", "encoder/encoder.json", digest_of(WEIGHTS)
    ),
    "pretrain: manifest": Place("pretrain data --epochs 1 --out out", f"data/{MANIFEST}"),
    "pretrain: shard": Place(
        "pretrain data --epochs 1 --out out", "data/train/00000.parquet", f"data/{MANIFEST}", enter_shard
    ),
    "minari: manifest": Place("export-minari data", f"data/{MANIFEST}"),
    "minari: shard": Place("export-minari data", "data/train/00000.parquet", f"data/{MANIFEST}", enter_shard),
    "collect: manifest": Place("collect --frames 100 --out data --resume", f"data/{MANIFEST}"),
    "learning: results": Place("benchmark learning --json results.json", "results.json"),
    "leaderboard: run": Place("benchmark leaderboard --seeds 1 --out board", "board/dashcam-quick-seed-0.json"),
}


SAME_READER = tuple(name for name in POLICY_COMMANDS if name != "evaluate")
SOME = ("pickle", "torch", "deep JSON", "JSON of escapes", "a pipe", "10^12 bytes", "a link out of the folder")
CASES = [
    (name, kind)
    for name in PLACES
    for kind in (SOME if name.split(":")[0] in SAME_READER and "bundle/" in PLACES[name].file else KINDS)
]
"""Every kind at each reader; where commands share one, some of them are enough for the others."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with something of everything that commands read."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(REFERENCE, home / "bundle")
    for folder in ("scores", "board", "new"):
        (home / folder).mkdir()
    for name in (f"scores/{SCORECARD}", "board/dashcam-quick-seed-0.json", f"new/{CONFIG}", "results.json"):
        (home / name).write_text("{}")
    for name in ("drive.replay", "road.csv", "map.xodr"):
        (home / name).touch()
    save_pretrained(home / "encoder", new_pretrained("fast", ENV.camera))
    train(TINY, home / "run", Console(file=io.StringIO()), CheckpointConfig(checkpoint_replay=True, checkpoints_kept=1))
    (home / "data").mkdir()
    begin(CollectConfig(ENV, frames=100), home / "data")
    collect(CollectConfig(ENV, frames=100), home / "data", NoisyDriver, lambda frames: None)
    return home


@pytest.fixture
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place whose files are put back afterwards; whoever hangs there is woken."""
    place = PLACES[request.param]
    monkeypatch.chdir(home)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(home / "minari"))
    files = {Path(name): Path(name).read_bytes() for name in {place.file, place.sealed_by} - {None}}
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(LONGEST_S)
    yield place
    signal.alarm(0)
    for path, data in files.items():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        path.write_bytes(data)


def refusal(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence that a command refuses with; makes sure that nothing ran and nothing was written."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    said = capsys.readouterr().err
    assert stop.value.code == 2, said
    assert not Path(TRACE).exists(), "code of the file ran"
    assert not list(Path().glob("out*"))
    assert said.startswith("dashcam: ")
    assert len(said.splitlines()) == 1
    assert said[:-1].isprintable()
    assert len(said) < 1_000
    return said


@pytest.mark.parametrize("make", [as_pickle, as_torch_archive])
def test_the_hostile_files_are_hostile(make: Callable[[], bytes], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    with contextlib.suppress(RuntimeError):  # what PyTorch says of a pickle that it did not write, after it ran
        torch.load(io.BytesIO(make()), weights_only=False)
    assert Path(TRACE).exists()
    Path(TRACE).unlink()


@pytest.mark.parametrize(("place", "kind"), CASES, indirect=["place"])
def test_hostile_files_are_refused_wherever_they_are_put(
    place: Place, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(kind, Path(place.file))
    if place.sealed_by is not None and kind in CONTENTS:
        value = json.loads(Path(place.sealed_by).read_text())
        place.enter(value, contents(kind))
        Path(place.sealed_by).write_text(json.dumps(value))
    refusal(place.words, capsys)


def test_a_command_of_its_own_ends_with_code_2_and_one_sentence(home: Path) -> None:
    (home / "policy.pkl").write_bytes(as_pickle())
    done = subprocess.run(
        [sys.executable, "-m", "agents", "evaluate", "policy.pkl"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "policy.pkl is not a policy: it is a file" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / TRACE).exists()
