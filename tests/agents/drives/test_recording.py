"""Replays: exact over long drives, refused or said where they are not what they were."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.cockpit.session import Session
from agents.drives.drive_log import Control, DriveLog
from agents.drives.recording import (
    Recording,
    config_hash,
    first_mismatch,
    load_recording,
    save_recording,
)
from sim.config import AppearanceConfig, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.core import DRAWS
from sim.errors import UserError
from sim.types import FloatArray
from sim.world import World
from tests.support.cockpit_scenes import CONFIG, ROAD, pursuit_session
from tests.support.command_line import run


@pytest.fixture(scope="module")
def recording() -> Recording:
    session = pursuit_session()
    for _ in range(40):
        session.step()
    return session.log.recording("pure-pursuit")


@pytest.fixture
def file(recording: Recording, tmp_path: Path) -> Path:
    path = tmp_path / "drive.replay"
    save_recording(recording, path)
    return path


class Crawler:
    """Steers well, but takes more than 1,000 s for a road."""

    name = "crawler"

    def commands(self, world: World) -> FloatArray:
        steering = -0.5 * (world.telemetry.heading_error + 0.3 * world.telemetry.lateral_offset)
        steering += 2.578 * world.telemetry.curvature_ahead[:, 0]
        return np.stack([np.clip(steering, -0.2, 0.2), np.full(1, 0.55)], axis=1)


def test_ten_thousand_steps_give_every_frame_again(tmp_path: Path) -> None:
    config = EnvConfig(
        camera=CameraConfig(width=32, height=24),
        roads=RoadsConfig(kind="s-curve"),
        task=TaskConfig(start="beginning", time_limit_s=1_100.0),
        appearance=AppearanceConfig(light=1.0, noise=1.0),
    )
    world, crawler = World(config, num_cars=1), Crawler()
    log = DriveLog.start(world, 7, 3)
    for _ in range(10_000):
        log.step(world, Control(crawler.name, crawler.commands(world)))
    assert not world.done[0]
    assert len(set(log.hashes)) > 9_990, "the frames differ from each other"
    path = tmp_path / "long.replay"
    save_recording(log.recording(crawler.name), path)
    assert path.stat().st_size < 400_000
    assert first_mismatch(load_recording(path)) is None


def test_a_loaded_recording_is_the_one_that_was_saved(recording: Recording, file: Path) -> None:
    loaded = load_recording(file)
    assert loaded.config == recording.config
    assert (loaded.driver, loaded.road_seed, loaded.seed) == ("pure-pursuit", ROAD, ROAD)
    assert np.array_equal(loaded.commands, recording.commands)
    assert [item.name for item in file.parent.iterdir()] == ["drive.replay"]


def test_a_mismatch_is_found_at_the_step_where_it_begins(recording: Recording) -> None:
    assert first_mismatch(recording) is None
    commands = recording.commands.copy()
    commands[24, 0] += 0.1
    assert first_mismatch(dataclasses.replace(recording, commands=commands)) == 25
    bright = dataclasses.replace(recording.config, appearance=AppearanceConfig(light=1.0))
    assert first_mismatch(dataclasses.replace(recording, config=bright)) == 0


def test_a_session_that_plays_a_recording_says_where_it_differs(recording: Recording) -> None:
    assert recording.hashes is not None
    hashes = recording.hashes.copy()
    hashes[12:] += np.uint64(1)
    session = pursuit_session()
    session.open(dataclasses.replace(recording, hashes=hashes))
    while not session.ended:
        session.step()
    assert (session.log.steps, session.mismatch) == (40, 12)


def test_decisions_of_a_policy_come_back_with_its_q_values(tmp_path: Path) -> None:
    from agents.policy import load_policy

    policy = load_policy()
    session = Session(policy, policy.config, ROAD)
    moments = [session.step() for _ in range(5)]
    save_recording(session.log.recording(policy.name), tmp_path / "drive.replay")
    session.open(load_recording(tmp_path / "drive.replay"))
    for moment in moments:
        again = session.step()
        assert again.action == moment.action
        assert np.array_equal(again.q_values, moment.q_values)  # type: ignore[arg-type]


def rewritten(file: Path, **changes: Any) -> Path:
    """The file with other arrays or other entries of its header."""
    with np.load(file) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    for name, value in changes.items():
        if name in arrays:
            arrays[name] = value
        else:
            header[name] = value
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    with file.open("wb") as out:
        np.savez_compressed(out, **arrays)
    return file


OTHER_CAMERA = dataclasses.asdict(dataclasses.replace(CONFIG, camera=CameraConfig()))
DAMAGE: dict[str, tuple[dict[str, Any], str]] = {
    "another format": (
        {"format": 99, "dashcam": "7.0"},
        "this Dashcam reads 1; play it with Dashcam 7.0",
    ),
    "another config": ({"config": OTHER_CAMERA}, "a config that is not the one that was recorded"),
    "a config of the future": (
        {"config": {"wings": 2}},
        "does not have: EnvConfig has no field named wings",
    ),
    "no config": ({"config": None}, "EnvConfig is None, but must be a mapping of fields"),
    "too few draws": ({"seed": [0.5]}, "does not say how its drive began"),
    "draws that cannot be": ({"seed": [2.0] * DRAWS}, "does not say how its drive began"),
    "no road": ({"road_seed": -5}, "names road -5"),
    "fewer commands": ({"commands": np.zeros((3, 2))}, "do not fit 3 steps"),
    "other types": ({"hashes": np.zeros(41)}, "its hashes do not fit 40 steps"),
    "no numbers": ({"commands": np.full((40, 2), np.nan)}, "commands that are not numbers"),
    "no such action": ({"actions": np.full(40, 99, dtype=np.int16)}, "actions that do not exist"),
    "objects": ({"commands": np.array([{}, 1], dtype=object)}, "is not a replay, or is damaged"),
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_changed_files_are_refused(name: str, file: Path) -> None:
    changes, sentence = DAMAGE[name]
    with pytest.raises(UserError, match=sentence):
        load_recording(rewritten(file, **changes))


def test_other_files_are_refused_on_the_command_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = file.with_name("broken.replay")
    broken.write_bytes(file.read_bytes()[:200])
    for path, sentence in ((broken, "is not a replay"), (file.with_name("gone.replay"), "cannot be read")):
        assert run("play", str(path)) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert len(said.strip().splitlines()) == 1


def test_a_replay_is_checked_before_it_is_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = file.with_suffix(".gif")
    assert run("play", str(file), "--record", str(film), "--seconds", "0.5") == 0
    assert "all 40 steps are as recorded" in capsys.readouterr().out
    with np.load(file) as archive:
        hashes = archive["hashes"].copy()
    hashes[31] += np.uint64(1)
    assert run("play", str(rewritten(file, hashes=hashes)), "--record", str(film), "--seconds", "0.5") == 0
    assert "from step 31 of 40 on" in capsys.readouterr().out
    assert run("play", str(rewritten(file, dashcam="0.0.1")), "--record", str(film), "--seconds", "0.5") == 0
    assert "made with Dashcam 0.0.1; this is" in " ".join(capsys.readouterr().out.split())


def test_hash_of_a_config_changes_with_any_setting() -> None:
    slower = dataclasses.replace(CONFIG, task=dataclasses.replace(CONFIG.task, time_limit_s=31.0))
    assert config_hash(CONFIG) != config_hash(slower)
    assert config_hash(CONFIG) == config_hash(dataclasses.replace(CONFIG))
