"""A disk that is full, a folder that is removed or cannot be written: said, survived, and nothing whole is lost."""

import dataclasses
import errno
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.config import CheckpointConfig
from agents.policy import Policy, empty_network, load_policy
from agents.training.best_policy import BestPolicy
from agents.training.checkpoints.format import FOLDER, REPLAY, checkpoint_folder
from agents.training.checkpoints.restore import newest_intact
from agents.training.checkpoints.schedule import require_replay_disk
from agents.training.run_log import LOG, TENSORBOARD, RunLog
from agents.training.stopping import stop_request
from agents.training.train import resume, train
from agents.training.validation import POLICY
from perception.atomic import sync_folder
from perception.collect import collect
from perception.data_plan import CollectConfig, begin
from sim.drivers import NoisyDriver
from sim.errors import UserError
from tests.support.command_line import run
from tests.support.failing import disk_full_after, disk_that_syncs_no_folder
from tests.support.tiny_run import TINY, WHOLE, said, silent

OFTEN = CheckpointConfig(checkpoint_seconds=0.0, checkpoint_share=1.0)
ENDLESS = dataclasses.replace(TINY, frames=10_000_000)


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("half") / "run"
    train(dataclasses.replace(TINY, frames=328), folder, silent())
    return folder


@pytest.fixture
def run_folder(half: Path, tmp_path: Path) -> Path:
    shutil.copytree(half, tmp_path / "run")
    return tmp_path / "run"


def untrained() -> Policy:
    return Policy(empty_network(TINY.env, TINY.encoder, TINY.head), TINY.env, TINY.encoder, TINY.head, "test")


def when(happened: Callable[[], bool], act: Callable[[], object]) -> threading.Thread:
    """Does something, beside what the test does, once something has happened."""

    def wait() -> None:
        while not happened():
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_disk_that_is_full_from_the_start_ends_the_run_in_a_sentence(tmp_path: Path) -> None:
    with disk_full_after(100), pytest.raises(UserError, match=r"config\.json cannot be written \(File too large\)"):
        train(TINY, tmp_path / "run", silent())
    assert not (tmp_path / "run").exists()


def test_a_disk_that_becomes_full_costs_a_run_nothing_that_was_written(run_folder: Path) -> None:
    console, before = silent(), newest_intact(run_folder, print)
    policy = (run_folder / POLICY / "weights.safetensors").read_bytes()
    with disk_full_after(10_000):
        try:
            resume(TINY, run_folder, console, OFTEN)
        except UserError as error:
            assert "best policy could not be written" in str(error)  # noqa: PT017  (only where a better one was found)
    assert said(console).count("A checkpoint in") == 1, "said once, not after each step"
    assert "cannot be written (File too large); training continues" in said(console)
    assert newest_intact(run_folder, print) == before
    assert (run_folder / POLICY / "weights.safetensors").read_bytes() == policy
    assert resume(TINY, run_folder, silent()).frames == TINY.frames, "with room again, it goes on"


def test_a_file_where_checkpoints_belong_does_not_end_a_run(run_folder: Path) -> None:
    shutil.rmtree(run_folder / FOLDER)
    (run_folder / FOLDER).touch()
    console = silent()
    assert resume(dataclasses.replace(TINY, frames=328), run_folder, console).frames == 328
    assert "A checkpoint in" in said(console)
    assert load_policy(run_folder).encoder == TINY.encoder


def test_a_run_whose_folder_is_removed_writes_it_anew(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    remover = when(lambda: (folder / POLICY).exists(), lambda: shutil.rmtree(folder, ignore_errors=True))
    train(dataclasses.replace(TINY, frames=1_600), folder, silent())
    remover.join()
    assert load_policy(folder).encoder == TINY.encoder
    newest = newest_intact(folder, print)
    assert newest is not None
    assert int(newest.name) == 1_600
    assert len((folder / LOG).read_text().splitlines()) == 1 + 1_600 // TINY.evaluation_frames


def test_a_policy_waits_in_memory_for_room_on_the_disk(tmp_path: Path) -> None:
    console = silent()
    kept = BestPolicy(tmp_path / POLICY, console)
    with disk_full_after(1_000):
        kept.keep(untrained())
        with pytest.raises(UserError, match="make room on the disk"):
            kept.require_saved()
    assert not (tmp_path / POLICY).exists()
    kept.save()
    assert load_policy(tmp_path / POLICY).encoder == TINY.encoder
    assert "can be written again" in said(console)


def test_a_log_waits_in_memory_for_room_on_the_disk(tmp_path: Path) -> None:
    console = silent()
    log = RunLog(tmp_path, ["frames", "score"], console)
    log.begin(None, 0)
    log.add([1, 0.5], {"score": 0.5}, 1)
    before = (tmp_path / LOG).read_bytes()
    with disk_full_after(len(before)):
        log.add([2, 0.6], {}, 2)
        assert (tmp_path / LOG).read_bytes() == before
    log.add([3, 0.7], {}, 3)
    log.close()
    assert (tmp_path / LOG).read_text().splitlines() == ["frames,score", "1,0.5", "2,0.6", "3,0.7"]
    assert said(console).count(f"{LOG} cannot be written") == 1


def test_a_run_without_tensorboard_goes_on(tmp_path: Path) -> None:
    console = silent()
    (tmp_path / TENSORBOARD).touch()
    log = RunLog(tmp_path, ["frames"], console)
    log.begin(None, 0)
    log.add([1], {"score": 0.5}, 1)
    assert "TensorBoard's events" in said(console)
    assert (tmp_path / LOG).read_text().splitlines() == ["frames", "1"]


def shown_by_tensorboard(run: Path) -> list[tuple[int, float]]:
    reader = EventAccumulator(str(run / TENSORBOARD))
    reader.Reload()
    return [(event.step, event.value) for event in reader.Scalars("score")]


def test_tensorboard_is_shown_what_was_written_and_not_a_future_that_was_lost(tmp_path: Path) -> None:
    log = RunLog(tmp_path, ["frames"], silent())
    log.begin(None, 0)
    log.add([1], {"score": 0.25}, 1)
    with disk_full_after(sum(path.stat().st_size for path in (tmp_path / TENSORBOARD).iterdir()) + 5):
        log.add([2], {"score": 0.5}, 2)
    log.add([3], {"score": 0.75}, 3)
    assert shown_by_tensorboard(tmp_path) == [(1, 0.25), (3, 0.75)]
    resumed = RunLog(tmp_path, ["frames"], silent())
    resumed.begin(log.lines[:2], 1)
    assert shown_by_tensorboard(tmp_path) == [(1, 0.25)], "before there is anything new"
    resumed.add([2], {"score": 1.0}, 2)
    assert shown_by_tensorboard(tmp_path) == [(1, 0.25), (2, 1.0)]


def test_tensorboard_is_shown_no_lost_future_where_the_clock_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RunLog(tmp_path, ["frames"], silent())
    log.begin(None, 0)
    for frames in (1, 2, 3):
        log.add([frames], {"score": 0.25 * frames}, frames)
    now = time.time()
    for back_s, score in ((86_400, 1.0), (2 * 86_400, 2.0)):
        monkeypatch.setattr(time, "time", lambda back=back_s: now - back)
        monkeypatch.setattr(time, "time_ns", lambda back=back_s: int(1e9 * (now - back)))
        resumed = RunLog(tmp_path, ["frames"], silent())
        resumed.begin(log.lines[:2], 1)
        resumed.add([2], {"score": score}, 2)
        assert shown_by_tensorboard(tmp_path) == [(1, 0.25), (2, score)]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP, errno.EBADF])
def test_a_disk_that_syncs_no_folder_and_maps_no_file_is_as_good_as_another(number: int, tmp_path: Path) -> None:
    run_folder, data, console = tmp_path / "run", tmp_path / "data", silent()
    config = CollectConfig(TINY.env, frames=100)
    data.mkdir()
    with disk_that_syncs_no_folder(number):
        train(dataclasses.replace(TINY, frames=328), run_folder, console, WHOLE)
        resume(TINY, run_folder, console, WHOLE)
        begin(config, data)
        assert collect(config, data, NoisyDriver, lambda frames: None) == 100
        assert run("evaluate", str(run_folder), "--road-seeds", "1000000", "--out", str(tmp_path / "scores")) == 0
    assert "cannot be written" not in said(console)
    assert "Resuming after 328 frames.\n" in said(console), "with its replay"
    assert checkpoint_folder(run_folder, TINY.frames).is_dir()


def test_a_disk_that_breaks_while_a_folder_is_synced_is_said(tmp_path: Path) -> None:
    with disk_that_syncs_no_folder(errno.EIO), pytest.raises(OSError, match="Input/output error"):
        sync_folder(tmp_path)


def test_checkpoints_larger_than_the_disk_are_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"would need .* MB .* are available; keep fewer with --checkpoints-kept"):
        require_replay_disk(tmp_path, CheckpointConfig(checkpoint_replay=True, checkpoints_kept=10**6), 10**9)


def test_a_run_goes_on_where_its_own_checkpoints_have_filled_the_disk(
    half_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = (checkpoint_folder(half_run, 312) / REPLAY).stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * replay))
    longer = dataclasses.replace(TINY, frames=336)
    shutil.copytree(half_run, tmp_path / "run")
    assert resume(longer, tmp_path / "run", silent(), WHOLE).frames == 336
    with pytest.raises(UserError, match="of the disk are available"):
        train(longer, tmp_path / "new", silent(), WHOLE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_with_a_checkpoint_and_the_way_to_go_on(number: signal.Signals, tmp_path: Path) -> None:
    folder, console = tmp_path / "run", silent()
    before = signal.signal(number, signal.default_int_handler)  # under nohup, the tests themselves ignore one of them
    try:
        stopper = when(lambda: (folder / POLICY).exists(), lambda: os.kill(os.getpid(), number))
        result = train(ENDLESS, folder, console)
        stopper.join()
    finally:
        signal.signal(number, before)
    assert result.interrupted
    assert f"Stopped after {result.frames:,} frames. To resume: dashcam train --resume --out {folder}" in said(console)
    assert newest_intact(folder, print) == checkpoint_folder(folder, result.frames)


def test_what_a_command_cannot_write_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with disk_full_after(100):
        assert run("evaluate", "--road-seeds", "1000000", "--out", str(tmp_path / "scores")) == 2
    scores = tmp_path / "scores" / "scorecard.json"
    assert capsys.readouterr().err == f"dashcam: {scores} cannot be written or read (File too large).\n"
    assert not scores.parent.exists()


def test_a_collection_whose_manifest_cannot_be_written_goes_on_later(tmp_path: Path) -> None:
    config = CollectConfig(TINY.env, frames=100)
    begin(config, tmp_path)
    (tmp_path / "manifest.json.tmp").mkdir()
    with pytest.raises(UserError, match=r"cannot be written \(Is a directory\); make room and continue with --resume"):
        collect(config, tmp_path, NoisyDriver, lambda frames: None)
    (tmp_path / "manifest.json.tmp").rmdir()
    assert collect(config, tmp_path, NoisyDriver, lambda frames: None) == 100


def test_the_second_ctrl_c_does_not_wait_and_ignored_signals_stay_ignored() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_request() as request:
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            request.wait()
            signal.raise_signal(signal.SIGINT)
            assert request.made
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
