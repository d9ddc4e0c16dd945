"""The command line: what it prints, and that bad input gets one sentence and exit code 2."""

import json
import math
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.bundles.bundle import REFERENCE
from agents.cli import COMMANDS, parse
from agents.commands.benchmark import BENCHMARKS
from agents.commands.common import parse_seeds
from agents.commands.train import train_defaults
from agents.scoring.scorecard import read_scorecard
from agents.training.command import train_command
from perception.pretrained import new_pretrained, save_pretrained
from sim.config import CameraConfig
from sim.errors import UserError
from tests.support import ROOT
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


def test_evaluate_prints_the_table_and_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--road-seeds", "1000000:1000002", "--out", "scores") == 0
    said = capsys.readouterr().out
    for driver in ("reference", "random", "constant-speed", "pure-pursuit"):
        assert driver in said
    assert "Next: dashcam play" in said
    assert "training roads" not in said
    card = json.loads(Path("scores/scorecard.json").read_text())
    assert [item["driver"] for item in card["drivers"]] == ["reference", "random", "constant-speed", "pure-pursuit"]
    assert [row["road_seed"] for row in card["drivers"][0]["roads"]] == [1_000_000, 1_000_001, 1_000_002]


def test_brackets_and_colons_of_paths_are_printed_as_they_are(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle.rename("a[b]")
    assert run("evaluate", "a[b]", "--road-seeds", "1000000", "--out", ":car:[/x]") == 0
    said = capsys.readouterr().out
    assert re.search(r"^ ?a\[b\] +100 %", said, flags=re.MULTILINE), "the row of the table"
    assert "Scores: :car:[/x]/scorecard.json" in said
    assert "Next: dashcam play 'a[b]'" in said


def test_evaluate_compares_policies_on_a_suite_of_several_cells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name, width in (("ring.csv", 50.0), ("oval.csv", 80.0)):
        points = [(width * math.cos(0.02 * math.pi * i), 50.0 * math.sin(0.02 * math.pi * i)) for i in range(100)]
        rows = "\n".join(f"{x:.3f},{y:.3f},5.0,5.0" for x, y in points)
        Path(name).write_text(f"# x_m,y_m,w_tr_right_m,w_tr_left_m\n{rows}\n")
    shutil.copytree(REFERENCE, "mine/policy")
    shutil.copytree(REFERENCE, "yours/policy")
    words = ("mine/policy", "yours/policy", "--suite", "real-v1", "--road", "ring.csv", "oval.csv", "--out", "scores")
    assert run("evaluate", *words) == 0
    said = capsys.readouterr().out
    lines = [line.split()[0] for line in said.splitlines() if "%" in line]
    drivers = ["mine/policy", "yours/policy", "random", "constant-speed", "pure-pursuit"]
    assert lines == [name for driver in drivers for name in (driver, "ring.csv", "oval.csv")]
    assert max(len(line) for line in said.splitlines()) <= 80
    card = read_scorecard(Path("scores"))
    assert (card.suite, [item.driver for item in card.scores]) == ("real-v1", drivers)


def test_a_policy_called_like_a_driver_beside_it_goes_by_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(REFERENCE, "random")
    assert run("evaluate", "random", "--road-seeds", "1000000", "--out", "scores") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines() if " %" in line]
    assert names == ["./random", "random", "constant-speed", "pure-pursuit"]


def test_evaluate_that_is_stopped_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.scoring.evaluate.PolicyDriver.commands", stop)
    assert run("evaluate", "--road-seeds", "1000000", "--out", "scores") == 130
    assert not Path("scores").exists()


def test_evaluate_says_what_scores_on_other_roads_are_worth(capsys: pytest.CaptureFixture[str]) -> None:
    for seed, remark in (("7", "training roads"), ("1500000", "choose the best policy")):
        assert run("evaluate", "--road-seeds", seed, "--out", f"scores-{seed}") == 0
        assert remark in capsys.readouterr().out


def test_play_records_a_film(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("play", "--record", "film.gif", "--seconds", "1") == 0
    assert "film.gif (10 pictures)" in capsys.readouterr().out
    assert Path("film.gif").stat().st_size > 1000


def test_exported_bundle_is_taken_as_a_run_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--out", "bundle") == 0
    said = capsys.readouterr().out
    assert re.search(r"^Bundle: bundle \(\d\.\d MB: card\.md, model\.onnx, policy\.json, ", said, flags=re.MULTILINE)
    assert re.search(
        r"^Q-values of PyTorch and ONNX differ by \d\.\de-0\d at the most on 1,000 frames\.", said, flags=re.MULTILINE
    )
    assert "Next: dashcam evaluate bundle   or: dashcam play bundle" in said
    assert run("evaluate", "bundle", "--road-seeds", "1000000", "--out", "scores") == 0
    assert re.search(r"^ *bundle +100 %", capsys.readouterr().out, flags=re.MULTILINE)
    assert run("play", "bundle", "--record", "film.gif", "--seconds", "1") == 0
    assert run("export", "bundle", "--out", "again") == 0
    assert Path("again/model.onnx").read_bytes() == Path("bundle/model.onnx").read_bytes()


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
