"""What is not a whole checkpoint, or a hostile one, is named and refused; nothing in it runs."""

import dataclasses
import io
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agents.training.checkpoints.format import (
    ARRAYS,
    CONFIG,
    MANIFEST,
    REPLAY,
    STATE,
    checkpoint_folder,
    checkpoint_folders,
    pack_arrays,
    read_arrays,
    read_json,
)
from agents.training.checkpoints.restore import newest_intact
from agents.training.train import resume
from sim.errors import UserError
from tests.support.hostile_files import Hostile
from tests.support.tiny_run import TINY, WHOLE, replace_file, said, silent


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
    damage(newest / name, make if name != MANIFEST else lambda data: data.replace(b'"sha256"', b'"sha265"'))
    console = silent()
    assert newest_intact(run_folder, console.print) == checkpoint_folder(run_folder, 248)
    assert "000000312 is damaged" in said(console)


def test_going_on_from_the_checkpoint_before_replaces_the_damaged_one(run_folder: Path) -> None:
    damage(checkpoint_folder(run_folder, 312) / ARRAYS, lambda data: b"")
    resume(dataclasses.replace(TINY, frames=312), run_folder, silent(), WHOLE)
    assert newest_intact(run_folder, print) == checkpoint_folder(run_folder, 312)
    assert len(checkpoint_folders(run_folder)) == 2


def test_a_run_without_a_whole_checkpoint_is_refused_and_left(run_folder: Path) -> None:
    for folder in checkpoint_folders(run_folder):
        (folder / ARRAYS).unlink()
    with pytest.raises(UserError, match=r"No checkpoint of the run in .* is intact"):
        resume(TINY, run_folder, silent())
    assert len(checkpoint_folders(run_folder)) == 2


def test_a_checkpoint_of_another_version_is_refused(run_folder: Path) -> None:
    manifest = checkpoint_folder(run_folder, 312) / MANIFEST
    manifest.write_text(manifest.read_text().replace('"schema_version": 2', '"schema_version": 9'))
    with pytest.raises(UserError, match="schema version 9, but this Dashcam reads 2"):
        resume(TINY, run_folder, silent())


def hostile_frames() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([[Hostile("it-ran")]], dtype=object), allow_pickle=True)
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
    state = read_json(folder / STATE)
    state["generators"]["actions"]["bit_generator"] = "MT19937"
    return json.dumps(state).encode()


def beyond_the_generator(folder: Path) -> bytes:
    """NumPy itself takes such a place, and reads memory that is not the generator's."""
    state = read_json(folder / STATE)
    state["generators"]["global"]["numpy"][2] = 5_000
    return json.dumps(state).encode()


def other_evaluations(folder: Path) -> bytes:
    state = read_json(folder / STATE)
    state["watcher"]["evaluations"][0]["totals"]["success_rate"] = "all"
    return json.dumps(state).encode()


def odd_numbers(folder: Path) -> bytes:
    return (folder / REPLAY).read_bytes().replace(b"|u1", b"<f1", 1)


def nested_header(folder: Path) -> bytes:
    """NumPy's own reader fails on such headers in a way that nobody expects."""
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': " + b"(" * 4_000 + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def escaping_header(folder: Path) -> bytes:
    """What safetensors says of such a header would colour the terminal, and go on in another line."""
    header = json.dumps({"a": {"dtype": "\x1b[31mred\n", "shape": [1], "data_offsets": [0, 1]}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0"


HOSTILE: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "pickled arrays": (ARRAYS, lambda folder: pickle.dumps(Hostile("it-ran")), "arrays.safetensors cannot be read"),
    "an escape in a header": (ARRAYS, escaping_header, "arrays.safetensors cannot be read"),
    "pickled frames": (REPLAY, lambda folder: hostile_frames(), "replay.npy cannot be read"),
    "a segment beyond its road": (ARRAYS, changed_array("cars/episode.segment", 10**6), "out of their range"),
    "a road of the tests": (ARRAYS, changed_array("cars/road_seeds", 1_000_000), "road_seeds holds numbers"),
    "a car that is nowhere": (ARRAYS, changed_array("cars/telemetry.x", np.nan), "telemetry.x holds numbers"),
    "an action that there is not": (ARRAYS, changed_array("replay/actions", 99), "records of its replay are invalid"),
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
    with pytest.raises(UserError, match=sentence) as refusal:
        resume(dataclasses.replace(TINY, frames=312), run_folder, silent())
    assert str(refusal.value).isprintable()
    assert not Path("it-ran").exists()
