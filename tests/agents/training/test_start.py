"""Training from a pretrained encoder, frozen or fine-tuned, and what is refused."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from agents.cli import main, parse
from agents.config import TrainConfig
from agents.learning.build import NEVER, build_model
from agents.learning.dqn import DrivingDQN
from agents.learning.encoded import EncodedVecEnv
from agents.learning.replay import FrameReplay
from agents.learning.start import start_from
from agents.learning.vec_env import DashcamVecEnv
from agents.policy import load_policy
from agents.training.train import resume, train
from perception.encoders import Encoder
from perception.lane_encoder import load_pretrained, new_pretrained, save_pretrained
from perception.preprocess import to_unit_range
from sim.errors import UserError
from tests.support.tiny_learner import TINY, TINY_ENV


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", TINY_ENV.camera))
    return tmp_path / "encoder"


def frozen(folder: Path) -> TrainConfig:
    return dataclasses.replace(TINY, encoder_from=str(folder), encoder_mode="frozen")


def finetuned(folder: Path) -> TrainConfig:
    return dataclasses.replace(TINY, encoder_from=str(folder), encoder_mode="finetuned")


def moved(encoder: Encoder, start: Encoder) -> float:
    pairs = zip(encoder.parameters(), start.parameters(), strict=True)
    return sum(float(torch.dist(now.detach(), then.detach())) for now, then in pairs)


def learned(config: TrainConfig) -> DrivingDQN:
    model = build_model(config)
    model.learn(400, log_interval=NEVER)
    assert model.updates > 0
    return model


def test_encoded_cars_see_the_features_of_what_plain_cars_see(folder: Path) -> None:
    encoder = load_pretrained(folder).encoder
    config = dataclasses.replace(TINY_ENV, task=dataclasses.replace(TINY_ENV.task, time_limit_s=0.3))
    plain, cars = DashcamVecEnv(config, 20), EncodedVecEnv(DashcamVecEnv(config, 20), encoder)

    def features(frames: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return encoder(to_unit_range(torch.from_numpy(frames))).numpy()

    for env in (plain, cars):
        env.seed(3)
    pairs = [(plain.reset(), cars.reset())]
    for _ in range(3):
        actions = np.arange(20)
        frames, _, dones, infos = plain.step(actions)
        encoded, _, _, encoded_infos = cars.step(actions)
        pairs.append((frames, encoded))
    assert dones.all()
    finals = [(infos[car]["terminal_observation"], encoded_infos[car]["terminal_observation"]) for car in range(20)]
    pairs += [({name: value[None] for name, value in a.items()}, {n: v[None] for n, v in b.items()}) for a, b in finals]
    for frames, encoded in pairs:
        assert np.allclose(encoded["camera"][:, 0, 0], features(frames["camera"]), atol=1e-5)
        assert np.array_equal(encoded["state"], frames["state"])


def test_frozen_encoder_stays_as_it_was_while_the_head_learns(folder: Path) -> None:
    model = build_model(frozen(folder))
    before = model.q_net.q_net.value[0].weight.detach().clone()  # type: ignore[union-attr, index]
    model.learn(400, log_interval=NEVER)
    encoder = model.driving_network().features.encoder
    assert moved(encoder, load_pretrained(folder).encoder) == 0.0
    assert not torch.equal(before, model.q_net.q_net.value[0].weight)  # type: ignore[union-attr, index]


def test_replay_of_a_frozen_encoder_holds_its_features(folder: Path) -> None:
    model = learned(frozen(folder))
    replay = model.replay_buffer
    assert isinstance(replay, FrameReplay)
    features_dim = load_pretrained(folder).encoder.features_dim
    entry = 4 * features_dim + 4 * 2 + 8 + 4 + 1  # features, state, action, reward, flags
    assert replay.nbytes == TINY.buffer_frames * entry
    held = replay.sample(64).observations
    with torch.inference_mode():
        values = model.q_net(held)
        head = model.q_net.q_net(
            model.q_net.features_extractor.network.join(held["camera"].flatten(1), held["state"])  # type: ignore[union-attr, operator, index]
        )
    assert held["camera"].shape == (64, 1, 1, features_dim)
    assert torch.equal(values, head)


def test_finetuned_encoder_starts_from_its_weights_and_learns_more_slowly(folder: Path) -> None:
    start = load_pretrained(folder).encoder
    fast, slow = (
        learned(dataclasses.replace(finetuned(folder), encoder_rate=rate)).q_net.features_extractor.network.encoder  # type: ignore[union-attr]
        for rate in (1.0, 0.01)
    )
    assert 0.0 < moved(slow, start) < 0.2 * moved(fast, start)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [frozen, finetuned])
def test_either_run_leaves_an_ordinary_policy(folder: Path, tmp_path: Path, mode) -> None:  # type: ignore[no-untyped-def]
    train(mode(folder), tmp_path / "run", Console(file=io.StringIO()))
    folder.rename(tmp_path / "gone")
    policy = load_policy(tmp_path / "run")
    encoder = load_pretrained(tmp_path / "gone").encoder
    assert (moved(policy.network.features.encoder, encoder) == 0.0) == (mode is frozen)
    frames = np.random.default_rng(0).integers(0, 256, (5, 36, 36, 2), dtype=np.uint8)
    assert policy.q_values(frames, np.zeros((5, 2), dtype=np.float32)).std() > 0.0


def test_camera_and_encoder_come_from_the_folder(tmp_path: Path) -> None:
    camera = dataclasses.replace(TINY_ENV.camera, width=50, color="rgb", stack=3)
    save_pretrained(tmp_path / "encoder", new_pretrained("convnet", camera))
    command = parse(["train", "--seed", "4", "--encoder-from", str(tmp_path / "encoder")])
    assert command.config.env.camera == camera
    assert (command.config.encoder, command.config.encoder_mode, command.config.seed) == ("convnet", "frozen", 4)
    tuned = parse(["train", f"--encoder-from={tmp_path / 'encoder'}", "--encoder-mode", "finetuned"])
    assert tuned.config == start_from(TrainConfig(), str(tmp_path / "encoder"), "finetuned")


def test_a_run_that_was_told_of_its_encoder_in_a_few_words_goes_on_from_another_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("run").mkdir()
    train(dataclasses.replace(TINY, encoder_from="encoder"), Path("run"), Console(file=io.StringIO()))
    monkeypatch.chdir("run")
    command = parse(["train", "--resume", "--encoder-from", "../encoder", "--out", ".", "--frames", "640"])
    assert resume(command.config, command.out, Console(file=io.StringIO())).frames == 640


BAD_INPUT = {
    "mode alone": (("--encoder-mode", "frozen"), "name its folder with --encoder-from"),
    "no folder": (("--encoder-from", "nowhere"), "nowhere holds no encoder"),
    "another camera": (
        ("--encoder-from", "encoder", "--env.camera.width", "96"),
        "was trained with camera width 36, but camera width 96 is asked for",
    ),
    "another encoder": (("--encoder-from", "encoder", "--encoder", "nature"), "trained with encoder fast"),
    "changed": (("--encoder-from", "changed"), "SHA-256 differs"),
    "newer": (("--encoder-from", "newer"), "schema version 99"),
    "no rate": (("--encoder-from", "encoder", "--encoder-rate", "0"), "encoder_rate is 0.0"),
}


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_encoders_that_do_not_fit_are_refused_in_a_sentence(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    pretrained = load_pretrained(folder)
    for other in ("changed", "newer"):
        save_pretrained(Path(other), pretrained)
    weights = Path("changed/weights.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    description = json.loads(Path("newer/encoder.json").read_text())
    Path("newer/encoder.json").write_text(json.dumps({**description, "schema_version": 99}))
    words, sentence = BAD_INPUT[name]
    with pytest.raises(SystemExit) as stop:
        main(["train", *words, "--out", "run"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert sentence in said
    assert not Path("run").exists()


@pytest.mark.parametrize("name", ["zero\0", "half \ud800", "\x1b[31mred", "x" * 5_000])
def test_names_that_no_terminal_should_print_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="no folder can be called"):
        dataclasses.replace(TINY, encoder_from=name)
