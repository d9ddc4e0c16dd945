"""Runs go on from their checkpoints as if nothing had happened, and what is not a checkpoint is refused."""

import dataclasses
import hashlib
import io
import json
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from agents.config import TrainConfig, preset
from agents.progress import TrainingProgress
from agents.training.checkpoint import (
    ARRAYS,
    CONFIG,
    MANIFEST,
    REPLAY,
    STATE,
    checkpoint_folder,
    checkpoint_folders,
    pack_arrays,
    read_arrays,
    read_state,
)
from agents.training.checkpointing import Checkpointer, newest_whole
from agents.training.checkpoints import Checkpoints
from agents.training.resume import stored_settings
from agents.training.run_lock import locked
from agents.training.train import build_model, learn, resume, train
from agents.training.validation import POLICY, EvaluateAndKeep
from perception.pretrained import new_pretrained, save_pretrained
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig
from sim.errors import UserError

ALL_WEATHER = AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0)
ENV = EnvConfig(
    camera=CameraConfig(width=36, height=36, color="gray", stack=2),
    roads=RoadsConfig(last_seed=20, pool_size=4, preload=False),
    appearance=ALL_WEATHER,
    observation="camera+state",
)
TINY = TrainConfig(
    env=ENV, num_cars=8, frames=640, learning_starts=200, batch_size=16, buffer_frames=400,
    evaluation_frames=320, evaluation_roads=2, stop_success_rate=None,
)  # fmt: skip
WHOLE = Checkpoints(checkpoint_replay=True)


def silent() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def require_same_end(one: Path, other: Path, frames: int) -> None:
    """The last checkpoints of both runs hold the same; the ``other`` one may have evaluations of its own, between."""
    first, second = checkpoint_folder(one, frames), checkpoint_folder(other, frames)
    mine, its = read_arrays(first), read_arrays(second)
    assert mine.keys() == its.keys()
    assert [name for name in mine if mine[name].tobytes() != its[name].tobytes()] == []
    assert (first / REPLAY).read_bytes() == (second / REPLAY).read_bytes()
    states = [read_state(folder) for folder in (first, second)]
    assert states[0]["generators"] == states[1]["generators"]
    assert states[0]["updates"] == states[1]["updates"] > 0
    scores = [[{**item, "training_s": 0} for item in state["watcher"]["evaluations"]] for state in states]
    assert [item for item in scores[0] if item not in scores[1]] == []


RUNS = {
    "two gray frames in all weather": TINY,
    "colour and few frames before learning": dataclasses.replace(
        TINY, env=preset("quick").env, head="dueling", learning_starts=100, buffer_frames=2_000
    ),
    "as published": dataclasses.replace(
        TINY, optimizer="rmsprop", head="linear", target_rate=1.0, target_update_updates=7, updates_per_step=2
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_goes_on_ends_as_one_without_interruption(name: str, tmp_path: Path) -> None:
    config = RUNS[name]
    train(config, tmp_path / "whole", silent(), WHOLE)
    train(dataclasses.replace(config, frames=328), tmp_path / "parts", silent(), WHOLE)
    resume(config, tmp_path / "parts", silent(), WHOLE)
    require_same_end(tmp_path / "whole", tmp_path / "parts", 640)


def test_a_frozen_encoder_goes_on_from_the_features_that_it_had(tmp_path: Path) -> None:
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", ENV.camera))
    config = dataclasses.replace(TINY, encoder_from=str(tmp_path / "encoder"), encoder_mode="frozen")
    train(config, tmp_path / "whole", silent(), WHOLE)
    train(dataclasses.replace(config, frames=328), tmp_path / "parts", silent(), WHOLE)
    shutil.copytree(tmp_path / "parts", tmp_path / "other")
    resume(config, tmp_path / "parts", silent())
    require_same_networks(tmp_path / "whole", tmp_path / "parts")
    shutil.rmtree(tmp_path / "encoder")
    save_pretrained(tmp_path / "encoder", new_pretrained("fast", ENV.camera))
    with pytest.raises(UserError, match="pretrained encoder that it uses was changed"):
        resume(config, tmp_path / "other", silent())


def require_same_networks(one: Path, other: Path) -> None:
    mine, its = (read_arrays(checkpoint_folder(run, TINY.frames)) for run in (one, other))
    for name in mine:
        if name.startswith(("network/", "optimizer/", "cars/")):
            assert np.array_equal(mine[name], its[name]), name


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run after half of its frames; with two checkpoints."""
    folder = tmp_path_factory.mktemp("half") / "run"
    train(dataclasses.replace(TINY, frames=248), folder, silent(), WHOLE)
    resume(dataclasses.replace(TINY, frames=312), folder, silent(), WHOLE)
    return folder


@pytest.fixture
def run_folder(half: Path, tmp_path: Path) -> Path:
    shutil.copytree(half, tmp_path / "run")
    return tmp_path / "run"


def test_without_the_replay_all_else_goes_on_and_learning_waits_for_new_frames(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(dataclasses.replace(TINY, frames=312), folder, silent())
    before = read_state(checkpoint_folder(folder, 312))
    assert not (checkpoint_folder(folder, 312) / REPLAY).exists()
    resume(dataclasses.replace(TINY, frames=504), folder, silent())
    waited = read_state(checkpoint_folder(folder, 504))
    assert waited["updates"] == before["updates"], "192 new frames are fewer than the 200 before the first update"
    resume(dataclasses.replace(TINY, frames=800), folder, silent())
    assert read_state(checkpoint_folder(folder, 800))["updates"] > before["updates"]


def test_a_run_keeps_its_latest_checkpoints_and_a_log_without_gaps_or_repeats(half: Path) -> None:
    assert [int(path.name) for path in checkpoint_folders(half)] == [312, 248]
    rows = (half / "log.csv").read_text().splitlines()
    assert rows[0].startswith("frames,training_s,roads,success_rate")
    assert [row.split(",")[0] for row in rows[1:]] == ["248", "312"]


def test_rows_of_a_future_that_was_lost_leave_the_log(run_folder: Path) -> None:
    with (run_folder / "log.csv").open("a") as log:
        log.write("336,9.9,half a ro")
    resume(dataclasses.replace(TINY, frames=336), run_folder, silent())
    rows = (run_folder / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["248", "312", "320", "336"]


def test_a_finished_run_has_nothing_to_do(run_folder: Path) -> None:
    result = resume(dataclasses.replace(TINY, frames=312), run_folder, silent())
    assert (result.frames, result.interrupted) == (312, False)


def test_a_run_that_was_made_longer_stays_so_when_it_is_killed_at_once(run_folder: Path) -> None:
    start = checkpoint_folder(run_folder, 312)
    longer = dataclasses.replace(TINY, frames=400)
    with TrainingProgress(400, silent()) as progress:
        watcher = EvaluateAndKeep(longer, run_folder, progress, silent())
        checkpointer, model = Checkpointer(run_folder, longer, WHOLE, watcher, silent()), build_model(longer)
        checkpointer.go_on_from(model, start)
        model.may_go_on = lambda: checkpointer.write_if_due(model) is not None  # before its first step, it is over
        learn(model, longer, watcher)
    assert stored_settings(run_folder) == (longer, WHOLE)
    assert read_state(start)["frames"] == 312


def damage(path: Path, make: Callable[[bytes], bytes]) -> None:
    path.write_bytes(make(path.read_bytes()))


@pytest.mark.parametrize("name", [ARRAYS, STATE, REPLAY, MANIFEST, CONFIG])
@pytest.mark.parametrize(
    "make", [lambda data: data[:-1], lambda data: data[:-1] + bytes([data[-1] ^ 1])], ids=["short", "changed"]
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(
    name: str, make: Callable[[bytes], bytes], run_folder: Path
) -> None:
    newest = checkpoint_folder(run_folder, 312)
    damage(newest / name, make if name != MANIFEST else lambda data: data.replace(b'"files"', b'"piles"'))
    console = silent()
    assert newest_whole(run_folder, console.print) == checkpoint_folder(run_folder, 248)
    assert "000000312 is damaged" in said(console)


def test_going_on_from_the_checkpoint_before_replaces_the_damaged_one(run_folder: Path) -> None:
    damage(checkpoint_folder(run_folder, 312) / ARRAYS, lambda data: b"")
    resume(dataclasses.replace(TINY, frames=312), run_folder, silent(), WHOLE)
    assert newest_whole(run_folder, print) == checkpoint_folder(run_folder, 312)
    assert len(checkpoint_folders(run_folder)) == 2


def test_a_run_without_a_whole_checkpoint_is_refused_and_left(run_folder: Path) -> None:
    for folder in checkpoint_folders(run_folder):
        (folder / ARRAYS).unlink()
    with pytest.raises(UserError, match=r"No checkpoint of the run in .* is whole"):
        resume(TINY, run_folder, silent())
    assert len(checkpoint_folders(run_folder)) == 2


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(run_folder: Path) -> None:
    shutil.rmtree(run_folder / "checkpoints")
    shutil.rmtree(run_folder / POLICY)
    config = dataclasses.replace(TINY, frames=312)
    assert stored_settings(run_folder) == (config, Checkpoints())
    assert resume(config, run_folder, silent()).frames == 312


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 5}, r"was started with --seed 0, which cannot change"),
        ({"double": True, "batch_size": 8}, r"--batch-size 16 --no-double"),
        ({"frames": 300}, "was started for 312 frames, which can only grow"),
    ],
)
def test_other_settings_than_those_of_the_run_are_named_and_refused(
    change: dict[str, Any], sentence: str, half: Path
) -> None:
    config = dataclasses.replace(TINY, frames=312)
    with pytest.raises(UserError, match=sentence):
        resume(dataclasses.replace(config, **change), half, silent())


def test_a_checkpoint_of_another_version_is_refused(run_folder: Path) -> None:
    manifest = checkpoint_folder(run_folder, 312) / MANIFEST
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 9'))
    with pytest.raises(UserError, match="schema version 9, but this Dashcam reads 1"):
        resume(TINY, run_folder, silent())


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Puts other contents into a checkpoint whose manifest is right again."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / MANIFEST).write_text(json.dumps(manifest))


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("it-ran"),)


def hostile_frames() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([[Hostile()]], dtype=object), allow_pickle=True)
    return file.getvalue()


def changed_array(name: str, value: float) -> Callable[[Path], bytes]:
    def make(folder: Path) -> bytes:
        arrays = read_arrays(folder)
        arrays[name] = arrays[name].copy()
        arrays[name].flat[-1] = value
        return pack_arrays(arrays)

    return make


def fewer_arrays(folder: Path) -> bytes:
    arrays = read_arrays(folder)
    del arrays["cars/draws"]
    return pack_arrays(arrays)


def other_optimizer(folder: Path) -> bytes:
    return pack_arrays({name.replace("exp_avg_sq", "square_avg"): array for name, array in read_arrays(folder).items()})


def other_counters(folder: Path) -> bytes:
    state = read_state(folder)
    state["generators"]["actions"]["bit_generator"] = "MT19937"
    return json.dumps(state).encode()


def beyond_the_generator(folder: Path) -> bytes:
    """NumPy itself takes such a place, and reads memory that is not the generator's."""
    state = read_state(folder)
    state["generators"]["global"]["numpy"][2] = 5_000
    return json.dumps(state).encode()


def other_evaluations(folder: Path) -> bytes:
    state = read_state(folder)
    state["watcher"]["evaluations"][0]["totals"]["success_rate"] = "all"
    return json.dumps(state).encode()


def odd_numbers(folder: Path) -> bytes:
    return (folder / REPLAY).read_bytes().replace(b"|u1", b"<f1", 1)


def nested_header(folder: Path) -> bytes:
    """NumPy's own reader fails on such headers in a way that nobody expects."""
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': " + b"(" * 4_000 + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


HOSTILE: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "pickled arrays": (ARRAYS, lambda folder: pickle.dumps(Hostile()), "arrays.safetensors cannot be read"),
    "pickled frames": (REPLAY, lambda folder: hostile_frames(), "replay.npy cannot be read"),
    "a segment beyond its road": (ARRAYS, changed_array("cars/episode.segment", 10**6), "out of their range"),
    "a road of the tests": (ARRAYS, changed_array("cars/road_seeds", 1_000_000), "road_seeds holds numbers"),
    "a car that is nowhere": (ARRAYS, changed_array("cars/telemetry.x", np.nan), "telemetry.x holds numbers"),
    "an action that there is not": (ARRAYS, changed_array("replay/actions", 99), "records of its replay cannot be"),
    "missing arrays": (ARRAYS, fewer_arrays, "cars/draws is not there"),
    "another optimiser": (ARRAYS, other_optimizer, "optimiser is that of another kind"),
    "a place beyond a generator": (STATE, beyond_the_generator, "place is beyond its numbers"),
    "scores that are none": (STATE, other_evaluations, "success_rate is 'all', but must be a number"),
    "a kind of number that there is not": (REPLAY, odd_numbers, "header is not that of plain numbers"),
    "a header without end": (REPLAY, nested_header, "header is not that of plain numbers"),
    "another generator": (STATE, other_counters, "counters and generators are not those of a run"),
    "nothing but JSON": (STATE, lambda folder: b'{"checkpoints": {}}', "not those of a run"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_is_refused_and_nothing_runs(
    name: str, run_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    part, make, sentence = HOSTILE[name]
    newest = checkpoint_folder(run_folder, 312)
    replace_file(newest, part, make(newest))
    with pytest.raises(UserError, match=sentence):
        resume(dataclasses.replace(TINY, frames=312), run_folder, silent())
    assert not Path("it-ran").exists()


def test_two_programs_do_not_train_in_one_folder(half: Path) -> None:
    with locked(half), pytest.raises(UserError, match="Another program is training in"):
        resume(dataclasses.replace(TINY, frames=312), half, silent())


def test_a_new_run_over_an_old_one_is_refused_with_the_way_to_go_on(half: Path) -> None:
    with pytest.raises(UserError, match="holds another run; go on with it with --resume"):
        train(TINY, half, silent())
