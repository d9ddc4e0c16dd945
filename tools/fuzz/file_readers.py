"""The readers of files that somebody else may have made, for ``python -m tools.fuzz``; runs have their own module."""

import asyncio
import functools
import io
import json
import math
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import torch
from PIL import Image

from agents.benchmarks.learning import Check, Race, Rules, read_learning, write_learning
from agents.bundles.bundle import CARD, DESCRIPTION, MODEL, REFERENCE, SCORECARD
from agents.cockpit.failures import failures
from agents.deploy.serve import PNG, RAW, create_app
from agents.drives.drive_log import Control, DriveLog
from agents.drives.recording import config_hash, first_mismatch, load_recording, save_recording
from agents.policy import load_policy
from agents.runtime import Runtime
from agents.scoring.scorecard import read_scorecard
from perception import lane_encoder
from perception.collect import collect
from perception.data_plan import CollectConfig, plan
from perception.data_plan import begin as begin_collection
from perception.data_plan import resume as resume_collection
from perception.dataset import MANIFEST, SPLITS, read_frames
from perception.lane_encoder import load_pretrained, new_pretrained, save_pretrained
from perception.manifest import WEIGHTS
from sim.config import EnvConfig
from sim.drivers import NoisyDriver, PurePursuitDriver
from sim.errors import UserError
from sim.fields import from_fields
from sim.roads.formats import read_roads
from sim.world import World
from tools.fuzz.file_mutations import mutate_bytes, mutate_json, mutate_npy, mutate_parquet, mutate_safetensors
from tools.fuzz.reader import Files, Reader, edit_json, resealed, sha256
from tools.fuzz.run_readers import CHECKPOINT_READER, CONFIG_READER, ENV
from tools.fuzz.text_mutations import mutate
from tools.roads.writer import write_ellipse

MOST_STEPS = 100  # of a replay that is driven again
DATA = CollectConfig(ENV, frames=100)
RULES = Rules(2.0, 20.0)
NUMBERS = ("nan", "inf", "1e999", "", "🛣", "9" * 400, "-1", "90", "0x1", "1_0")  # of a request
SHARDS = [shard.file for shard in plan(DATA.frames)]


def _make_bundle(folder: Path) -> None:
    for name in (DESCRIPTION, WEIGHTS, MODEL):
        (folder / name).write_bytes((REFERENCE / name).read_bytes())
    edit_json(folder / DESCRIPTION, lambda value: [value["sha256"].pop(name, None) for name in (SCORECARD, CARD)])


def _read_bundle(folder: Path) -> None:
    policy = load_policy(folder)
    state = np.zeros((1, 2), dtype=np.float32)
    policy.q_values(np.zeros((1, *policy.config.camera.observation_shape), dtype=np.uint8), state)
    runtime = Runtime.load(folder)
    runtime.act(np.zeros((1, *runtime.interface.observation_shape), dtype=np.uint8), state)


def _enter_digest(value: Any, name: str, data: bytes) -> None:
    value["sha256"][name] = sha256(data)


def _make_encoder(folder: Path) -> None:
    save_pretrained(folder, new_pretrained("fast", ENV.camera))


def _read_encoder(folder: Path) -> None:
    encoder = load_pretrained(folder)
    height, width, channels = encoder.camera.observation_shape
    encoder.estimate(torch.zeros(1, channels, height, width))


def _make_data(folder: Path) -> None:
    begin_collection(DATA, folder)
    collect(DATA, folder, NoisyDriver, lambda frames: None)


def _make_unfinished(folder: Path) -> None:
    _make_data(folder)
    edit_json(folder / MANIFEST, lambda value: value.update(complete=False))


def _read_data(folder: Path) -> None:
    for split in SPLITS:
        data = read_frames(folder, split)
        data.frames[data.stack_indices(2)].sum()


def _enter_shard(value: Any, name: str, data: bytes) -> None:
    split, number = name.split("/")
    entry = value["splits"][split]["shards"][int(number.partition(".")[0])]
    entry.update(bytes=len(data), sha256=sha256(data))


def _make_replay(folder: Path) -> None:
    """The entries of a replay, each in a file of its own, and the replay."""
    world, driver = World(ENV, num_cars=1), PurePursuitDriver()
    log = DriveLog.start(world, 3, 5)
    while not world.done[0]:
        log.step(world, Control("policy", driver.commands(world), 2, np.zeros(21, dtype=np.float32)))
    save_recording(log.recording("policy"), folder / "drive.replay")
    with zipfile.ZipFile(folder / "drive.replay") as archive:
        archive.extractall(folder)
    (folder / "header.npy").write_bytes(np.load(folder / "header.npy").tobytes())


def _pack_replay(files: Files) -> Files:
    """Writes the replay anew where its entries were changed, with the digest of its settings; they hold all of it."""
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        assert isinstance(archive.fp, io.BytesIO)
        for name, data in files.items():
            if name != "drive.replay":
                archive.writestr(name, _header_entry(data) if name == "header.npy" else data)
        packed = archive.fp
        archive.close()
        return {**files, "drive.replay": packed.getvalue()}


def _header_entry(data: bytes) -> bytes:
    try:
        header = json.loads(data)
        header["config_sha256"] = config_hash(from_fields(EnvConfig, header["config"]))
        data = json.dumps(header).encode()
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        pass
    file = io.BytesIO()
    np.save(file, np.frombuffer(data, dtype=np.uint8))
    return file.getvalue()


def _read_replay(folder: Path) -> None:
    recording = load_recording(folder / "drive.replay")
    if recording.steps <= MOST_STEPS and math.prod(recording.config.camera.observation_shape) < 10**6:
        first_mismatch(recording)


def _make_scorecard(folder: Path) -> None:
    card = json.loads((REFERENCE / SCORECARD).read_bytes())
    for driver in card["drivers"]:
        driver["roads"] = driver["roads"][:3]
    (folder / SCORECARD).write_text(json.dumps(card), encoding="utf-8")


def _read_scorecard(folder: Path) -> None:
    read_scorecard(folder)
    failures(folder, "reference", ENV)


def _make_circuit(folder: Path) -> None:
    write_ellipse(folder / "circuit.csv")


def _read_circuit(folder: Path) -> None:
    for road in read_roads(folder / "circuit.csv"):
        if not (np.isfinite(road.points).all() and 0.0 < road.length < math.inf):
            raise ValueError("a road that is not finite")


def _make_results(folder: Path) -> None:
    checks = [Check(2.0, 1000, 0.5, 8.0, False, 30.0), Check(4.0, 2000, 1.0, 9.0, True, 30.0)]
    write_learning([Race("dashcam quick", 0, True, checks)], RULES, folder / "learning.json")


def _read_results(folder: Path) -> None:
    read_learning(folder / "learning.json", RULES)


def _make_request(folder: Path) -> None:
    frames = Runtime.load().interface
    picture = np.zeros((frames.height * frames.stack, frames.width, frames.channels), dtype=np.uint8)
    Image.fromarray(picture.squeeze()).save(folder / "body", "PNG")
    query = {"speed_mps": "7.5", "steering_angle_rad": "0.02", "field_of_view_deg": str(frames.field_of_view_deg)}
    request = {"method": "POST", "path": "/act", "query": query, "headers": {"content-type": PNG}}
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def _mutate_body(data: bytes, generator: random.Random) -> bytes:
    """Breaks a PNG, or claims another size in its header; or raw pixels."""
    match generator.randrange(4):
        case 0:
            sizes = (0, 1, 2**31, 10**6, 4096, 1920, 64, 44)
            return data[:16] + struct.pack(">II", generator.choice(sizes), generator.choice(sizes)) + data[24:]
        case 1:
            return generator.randbytes(generator.choice((0, 1, 64 * 44 * 3, 64 * 44 * 3 + 1, 300_000)))
    return mutate_bytes(data, generator)


def _mutate_request(data: bytes, generator: random.Random) -> bytes:
    """Gives a request other parameters, or another type of body."""
    request = json.loads(data)
    if generator.random() < 0.5:
        request["headers"]["content-type"] = generator.choice((RAW, "text/plain", "image/png; a=b", "", "\x7f", PNG))
    for name in list(request["query"]):
        if generator.random() < 0.4:
            request["query"][name] = generator.choice(NUMBERS)
        if generator.random() < 0.2:
            del request["query"][name]
    return json.dumps(request).encode()


@functools.cache
def _service() -> Any:
    return create_app(REFERENCE)


def _ask(folder: Path) -> None:
    """Sends a request; refusals are statuses of 400 and more, in one sentence."""
    request = json.loads((folder / "request.json").read_bytes())
    answer = asyncio.run(_answer(request, (folder / "body").read_bytes()))
    found = json.loads(answer.content, parse_constant=_refuse_constant)
    if answer.status_code == 200:
        return
    if answer.status_code not in (400, 404, 405, 408, 413, 415, 422) or set(found) != {"detail"}:
        raise ValueError(f"answered {answer.status_code}: {answer.content[:200]!r}")
    raise UserError(found["detail"])


async def _answer(request: Any, body: bytes) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=_service())
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.request(
            request["method"], request["path"], params=request["query"], headers=request["headers"], content=body
        )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"an answer holds {name}")


READERS: dict[str, Reader] = {
    "bundle": Reader(
        _make_bundle,
        _read_bundle,
        {DESCRIPTION: mutate_json, WEIGHTS: mutate_safetensors, MODEL: mutate_bytes},
        resealed(DESCRIPTION, _enter_digest),
    ),
    "config": CONFIG_READER,
    "checkpoint": CHECKPOINT_READER,
    "data": Reader(
        _make_data,
        _read_data,
        {MANIFEST: mutate_json, **dict.fromkeys(SHARDS, mutate_parquet)},
        resealed(MANIFEST, _enter_shard),
    ),
    "collection": Reader(
        _make_unfinished,
        lambda folder: resume_collection(DATA, folder),
        {MANIFEST: mutate_json, **dict.fromkeys(SHARDS, mutate_bytes)},
    ),
    "encoder": Reader(
        _make_encoder,
        _read_encoder,
        {lane_encoder.DESCRIPTION: mutate_json, WEIGHTS: mutate_safetensors},
        resealed(lane_encoder.DESCRIPTION, _enter_digest),
    ),
    "replay": Reader(
        _make_replay,
        _read_replay,
        {
            "header.npy": mutate_json,
            **dict.fromkeys(("commands.npy", "actions.npy", "hashes.npy", "q_values.npy"), mutate_npy),
        },
        _pack_replay,
    ),
    "zipped replay": Reader(_make_replay, _read_replay, {"drive.replay": mutate_bytes}),
    "scorecard": Reader(_make_scorecard, _read_scorecard, {SCORECARD: mutate_json}),
    "circuit": Reader(_make_circuit, _read_circuit, {"circuit.csv": mutate}),
    "results": Reader(_make_results, _read_results, {"learning.json": mutate_json}),
    "request": Reader(_make_request, _ask, {"request.json": _mutate_request, "body": _mutate_body}),
}
