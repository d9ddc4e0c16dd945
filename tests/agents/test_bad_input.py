"""Bad input gets one sentence and exit code 2, and nothing is touched."""

import pickle
import shutil
from pathlib import Path

import pytest

from agents.bundles.bundle import REFERENCE
from tests.support.command_line import run

pytestmark = pytest.mark.usefixtures("somewhere_else")

BAD_INPUT = {
    "a part of a setting": (("train", "--env.camera.width", "3"), "camera width is 3, but"),
    "unknown preset": (("train", "--preset", "slow"), "choose one of quick, robust, paper"),
    "camera too small": (("train", "--env.camera.height", "20"), "36 x 36 px or more"),
    "no frames": (("train", "--frames", "0"), "frames is 0"),
    "learning starts after the end": (("train", "--frames", "100"), "the run ends after 100"),
    "steps beyond the episode": (("train", "--n-steps", "301"), "an episode ends after 300"),
    "batch beyond the buffer": (("train", "--batch-size", "300000"), "does not fit a buffer of 80000"),
    "no learners": (("benchmark", "learning", "--seeds", "0"), "there must be 1 seed or more"),
    "folder of another run": (("train", "--out", "occupied"), "holds another run"),
    "folder of too long a name": (
        ("train", "--out", "a" * 300),
        "cannot be written (File name too long); choose another",
    ),
    "run of too long a name": (("train", "--resume", "--out", "a" * 300), "There is no run in aaa"),
    "no run to go on with": (("train", "--resume", "--out", "nowhere"), "There is no run in nowhere"),
    "other files to go on with": (("train", "--resume", "--out", "occupied"), "There is no run in occupied"),
    "nobody knows which run": (("train", "--resume"), "Name its folder: dashcam train --resume --out DIR"),
    "no checkpoints": (("train", "--checkpoints-kept", "0"), "checkpoints_kept is 0"),
    "report of another run": (("evaluate", "--out", "new", "--report", "occupied"), "or new folder with --report"),
    "nothing to explain": (("explain", "nowhere", "--out", "new/picture.png"), "There is no policy at nowhere"),
    "no road to draw": (("roads", "nowhere.csv", "--out", "new/map.png"), "nowhere.csv cannot be read"),
    "scores of another run": (("evaluate", "--out", "occupied"), "choose an empty or new folder"),
    "missing policy": (("evaluate", "nowhere"), "There is no policy at nowhere"),
    "foreign policy": (("play", "occupied"), "occupied is not a policy"),
    "pickle for a policy": (("evaluate", "policy.pkl"), "policy.pkl is not a policy: it is a file"),
    "nothing to export": (("export", "nowhere"), "There is no policy at nowhere"),
    "pickle to export": (("export", "policy.pkl", "--out", "bundle"), "policy.pkl is not a policy: it is a file"),
    "truncated policy to export": (("export", "damaged", "--out", "bundle"), "SHA-256 differs"),
    "bundle over other files": (("export", "--out", "occupied"), "choose an empty or new folder"),
    "bundle below a file": (("export", "--out", "policy.pkl/bundle"), "policy.pkl/bundle cannot be written"),
    "bundle of a newer Dashcam": (("evaluate", "newer"), "schema version 99, but this Dashcam reads"),
    "truncated policy": (("evaluate", "damaged"), "SHA-256 differs"),
    "unknown road": (("evaluate", "--road", "moon"), "must be one of procedural, straight, circle, s-curve"),
    "road file that is not named": (("play", "--road", "file"), "or a file: a circuit (.csv) or an OpenDRIVE map"),
    "no time between pictures": (("explain", "--seconds", "0"), "must be above 0 and at most"),
    "unknown suite": (
        ("evaluate", "--suite", "test-v9"),
        "choose one of test-v1, sharp-v1, appearance-v1, robust-v1, real-v1",
    ),
    "suite and looks": (("evaluate", "--suite", "test-v1", "--appearance", "random"), "leave out --appearance"),
    "suite and roads": (("evaluate", "--suite", "test-v1", "--road", "circle"), "Suite test-v1 has its own roads"),
    "suite without its files": (("evaluate", "--suite", "real-v1"), "name some with --road FILE"),
    "seeds of a file": (("evaluate", "--road", "a.csv", "--road-seeds", "3"), "Roads from files have no seeds"),
    "missing road file": (("evaluate", "--road", "a.csv"), "a.csv cannot be read"),
    "folder without roads": (("evaluate", "--road", "occupied"), "There is no road file in occupied"),
    "lane of no file": (("evaluate", "--lane", "1:-1"), "there is no road file"),
    "bad seeds": (("evaluate", "--road-seeds", "a:b"), "must be FIRST:LAST"),
    "seeds in descending order": (("evaluate", "--road-seeds", "9:1"), "ascending order"),
    "scores beyond reading": (("evaluate", *"abcd", "--road-seeds", "0:9999"), "70,000 drives, but a scorecard holds"),
    "unknown driver": (("play", "--driver", "chauffeur"), "Driver 'chauffeur' is unknown"),
    "negative road": (("play", "--road-seed", "-5"), "The road seed is -5"),
    "film of another kind": (("play", "--record", "film.avi"), "must end in .mp4 or .gif"),
    "film that never ends": (("play", "--record", "film.mp4", "--seconds", "nan"), "--seconds is nan"),
    "film of no length": (("play", "--record", "film.mp4", "--seconds", "0"), "--seconds is 0.0"),
    "film beyond memory": (("play", "--record", "film.gif", "--seconds", "301"), "a GIF must be 300 s at the most"),
    "film over a folder": (("play", "--record", "folder.mp4"), "'folder.mp4' cannot be written"),
    "road beyond all": (("play", "--road-seed", "9" * 20), "must be from 0 to 1999999"),
    "roads beyond all": (("evaluate", "--road-seeds", "9" * 20), "must be from 0 to 1999999"),
    "seed beyond all": (("train", "--seed", "4294967296"), "must be from 0 to 4294967295"),
    "scores nowhere": (("evaluate", "--out", "/proc/scores"), "/proc/scores cannot be written"),
    "nothing to serve": (("serve", "nowhere"), "There is no policy at nowhere"),
    "no workers": (("serve", "--workers", "0"), "--workers is 0, but must be from 1 to 64"),
    "port beyond all": (("serve", "--port", "65536"), "The port is 65536, but must be from 0 to 65535"),
    "unknown host": (("serve", "--host", "nowhere.invalid"), "Nothing can listen at nowhere.invalid, port 8000"),
    "person in a film": (("play", "--driver", "human", "--record", "film.mp4"), "A person cannot drive"),
}


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_bad_input_gets_one_sentence_and_exit_code_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("occupied").mkdir()
    Path("folder.mp4").mkdir()
    Path("occupied/notes.txt").write_text("mine")
    shutil.copytree(REFERENCE, "damaged")
    Path("damaged/weights.safetensors").write_bytes(b"half")
    Path("policy.pkl").write_bytes(pickle.dumps("policy"))
    shutil.copytree(REFERENCE, "newer")
    Path("newer/policy.json").write_text('{"schema_version": 99}')
    words, sentence = BAD_INPUT[name]
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert said.startswith("dashcam: ")
    assert len(said.strip().splitlines()) == 1
    assert sentence in said
    assert Path("occupied/notes.txt").read_text() == "mine"
    assert len(list(Path("occupied").iterdir())) == 1
    assert not Path("bundle").exists()
    assert not Path("new").exists()


def test_a_refused_export_takes_away_the_folder_that_it_made_and_no_other(bundle: Path) -> None:
    (bundle / "card.md").write_text("another card")
    Path("mine").mkdir()
    for out in ("new", "mine"):
        assert run("export", str(bundle), "--out", out) == 2
    assert not Path("new").exists()
    assert Path("mine").is_dir()


@pytest.fixture
def without_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.usefixtures("without_display")
def test_no_display_offers_a_film(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(REFERENCE, "run/policy")
    for words in ((), ("--failures", "run")):
        assert run("play", *words) == 2
        assert "--record FILE" in capsys.readouterr().err


@pytest.mark.usefixtures("without_display")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "There is no policy at nowhere"),
        (("--compare", "nowhere"), "Driver 'nowhere' is unknown"),
        (("--driver", "chauffeur"), "Driver 'chauffeur' is unknown"),
        (("--failures", "nowhere"), "There is no evaluation at nowhere"),
        (("--road", "nowhere.csv"), "nowhere.csv cannot be read"),
        (("--lane", "1:-1"), "there is no road file"),
    ],
)
def test_wrong_arguments_are_told_before_a_missing_display(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("play", *words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "display" not in said
