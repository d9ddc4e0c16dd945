"""The commands collect and pretrain: what they print and leave, and one sentence for bad input."""

import json
import math
import re
import shlex
import shutil
from pathlib import Path

import pytest
import torch

from perception.dataset import count_frames, data_camera
from perception.encoders import Encoder
from perception.lane_encoder import load_pretrained
from tests.support.command_line import run

COLLECT = ("collect", "--frames", "500", "--camera.width", "40", "--camera.height", "36", "--camera.stack", "1")

pytestmark = pytest.mark.usefixtures("somewhere_else")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected") / "data"
    assert run(*COLLECT, "--out", str(folder)) == 0
    return folder


def test_collect_says_its_size_and_speed_and_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*COLLECT) == 0
    said = capsys.readouterr().out
    assert re.search(r"^Disk: about \d+ MB for 500 frames\.$", said, flags=re.MULTILINE)
    assert re.search(r"^Collected 500 frames in \d+\.\d s \([\d,]+ frames/s\)\.$", said, flags=re.MULTILINE)
    assert "Next: dashcam pretrain runs/data-1" in said
    manifest = json.loads(Path("runs/data-1/manifest.json").read_text())
    assert manifest["complete"] is True
    assert (manifest["driver"], manifest["camera"]["width"], manifest["camera"]["color"]) == ("noisy", 40, "rgb")


def test_a_policy_drives_with_its_own_camera(bundle: Path) -> None:
    assert run("collect", "--driver", str(bundle), "--frames", "100", "--out", "data", "--appearance", "random") == 0
    manifest = json.loads(Path("data/manifest.json").read_text())
    described = json.loads((bundle / "policy.json").read_text())
    assert manifest["camera"] == described["environment"]["camera"]
    assert manifest["environment"]["appearance"]["weather"] == 1.0


def test_complete_collection_is_left_as_it_is(collected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard = collected / "train/00000.parquet"
    before = shard.stat().st_mtime_ns
    assert run(*COLLECT, "--out", str(collected), "--resume") == 0
    assert "Collected 0 frames" in capsys.readouterr().out
    assert shard.stat().st_mtime_ns == before


def test_pretrain_leaves_an_encoder_and_a_report(collected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pretrain", str(collected), "--epochs", "2", "--batch-size", "32") == 0
    said = capsys.readouterr().out
    assert "Pass 2 of 2, validation roads: offset 0." in said
    assert re.search(r"lateral offset, mean error +\d\.\d{3} m", said)
    assert "Next: dashcam train --encoder-from runs/encoder-1" in said
    folder = Path("runs/encoder-1")
    assert load_pretrained(folder).scores == json.loads((folder / "report.json").read_text())["test"]
    assert (folder / "report.png").stat().st_size > 50_000


def test_preset_convnet_classifies_bends(collected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pretrain", str(collected), "--preset", "convnet", "--epochs", "1", "--out", "encoder") == 0
    said = capsys.readouterr().out
    assert re.search(r"bends, clear ones +\d+\.\d %", said)
    assert "lateral offset" not in said
    assert load_pretrained(Path("encoder")).name == "convnet"


def test_what_comes_next_can_be_run_as_it_is_said(collected: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(collected, "my data")
    assert run("pretrain", "my data", "--epochs", "1", "--out", "my encoder") == 0
    [said] = re.findall(r"^Next: dashcam (.*)$", capsys.readouterr().out, flags=re.MULTILINE)
    assert shlex.split(said) == ["train", "--encoder-from", "my encoder"]


def test_frames_can_be_fitted_to_a_smaller_camera(collected: Path) -> None:
    words = ("--width", "36", "--height", "36", "--color", "gray", "--epochs", "1", "--out", "encoder")
    assert run("pretrain", str(collected), *words) == 0
    camera, seen = load_pretrained(Path("encoder")).camera, data_camera(collected)
    assert camera.observation_shape == (36, 36, 1)
    assert camera.pitch_down_deg == seen.pitch_down_deg
    focal_lengths = [item.width / math.tan(math.radians(item.field_of_view_deg / 2.0)) for item in (camera, seen)]
    assert math.isclose(*focal_lengths), "36 of 40 columns are left, none of them smaller"


def test_ctrl_c_while_test_roads_are_scored_keeps_the_encoder(
    collected: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validated: list[int] = []

    def stop_at_the_test(module: torch.nn.Module, inputs: tuple[torch.Tensor]) -> None:
        if isinstance(module, Encoder) and not module.training:
            if sum(validated) == count_frames(collected, "validation"):
                raise KeyboardInterrupt
            validated.append(len(inputs[0]))

    hook = torch.nn.modules.module.register_module_forward_pre_hook(stop_at_the_test)
    try:
        assert run("pretrain", str(collected), "--epochs", "1", "--out", "encoder") == 130
    finally:
        hook.remove()
    assert "Encoder: encoder, not tried on test roads" in capsys.readouterr().out
    assert load_pretrained(Path("encoder")).scores == {}


def test_a_folder_that_was_there_stays_when_nothing_is_learned(collected: Path) -> None:
    Path("mine").mkdir()
    assert run("pretrain", str(collected), "--learning-rate", "1e38", "--out", "mine") == 2
    assert Path("mine").is_dir()


BAD_INPUT = {
    "unknown driver": (("collect", "--driver", "chauffeur"), "Driver 'chauffeur' is unknown; choose one of noisy"),
    "too few frames": (("collect", "--frames", "3"), "Frames to collect are 3"),
    "frames over other files": (("collect", "--out", "occupied"), "holds another run or other files"),
    "nothing to go on with": (("collect", "--resume"), "Name its folder with --out"),
    "foreign folder to go on with": (("collect", "--resume", "--out", "occupied"), "no manifest.json in it"),
    "other options": (("collect", "--resume", "--out", "data"), "other options: camera width is 40 there, but 64"),
    "episodes longer than a shard": (("collect", "--episode-seconds", "6.5"), "--episode-seconds is 6.5, but must be"),
    "more frames than the disk takes": (
        ("collect", "--frames", "100000000", "--camera.width", "640", "--camera.height", "480"),
        "collect fewer, or elsewhere with --out",
    ),
    "no data": (("pretrain", "nowhere"), "nowhere holds no data set"),
    "foreign data": (("pretrain", "occupied"), "occupied holds no data set"),
    "truncated shard": (("pretrain", "damaged", "--out", "encoder"), "damaged/train/00000.parquet is not the file"),
    "missing test shard": (("pretrain", "half", "--out", "encoder"), "half/test/00000.parquet cannot be read"),
    "unknown pretraining preset": (("pretrain", "data", "--preset", "slow"), "choose one of lane, convnet"),
    "no passes": (("pretrain", "data", "--epochs", "0"), "epochs is 0"),
    "encoder over other files": (("pretrain", "data", "--out", "occupied"), "holds another run or other files"),
    "divergence": (("pretrain", "data", "--learning-rate", "1e38", "--out", "encoder"), "Training diverged in pass 1"),
}


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_bad_input_gets_one_sentence_and_exit_code_2(
    name: str, collected: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("occupied").mkdir()
    Path("occupied/notes.txt").write_text("mine")
    shutil.copytree(collected, "data")
    shutil.copytree(collected, "half")
    Path("half/test/00000.parquet").unlink()
    shutil.copytree(collected, "damaged")
    shard = Path("damaged/train/00000.parquet")
    shard.write_bytes(shard.read_bytes()[:1000])
    words, sentence = BAD_INPUT[name]
    assert run(*words) == 2
    output, said = capsys.readouterr()
    assert "Pass 1" not in output, "nothing was learned"
    assert said.startswith("dashcam: ")
    assert len(said.strip().splitlines()) == 1
    assert sentence in said
    assert not Path("encoder").exists()
    assert not list(Path().glob("runs/*")), "nothing was collected"
    assert len(list(Path("occupied").iterdir())) == 1
