"""Labelled frames: true, reproducible, readable by others, split by road; and damage is named."""

import dataclasses
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import minari
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from perception import png
from perception.collect import collect, drive_shard
from perception.data_plan import CollectConfig, PlannedShard, begin, plan, resume
from perception.dataset import COLUMNS, DATA_SET, MANIFEST, SPLITS, TOWN_COLUMNS, read_frames, write_shard
from perception.labels import (
    BENDS,
    COMMAND,
    CURVATURES,
    HEADING_ERROR,
    LANE_WIDTH,
    LATERAL_OFFSET,
    SIGNAL,
    SIGNALS,
    SPEED_LIMIT,
    STOP_DISTANCE,
    bend_classes,
    bend_is_clear,
)
from perception.manifest import digest
from perception.minari_export import export_minari
from perception.pretrain import pretrain
from perception.settings import PretrainConfig
from sim.config import CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.defaults import through_towns
from sim.drivers import NoisyDriver, PurePursuitDriver
from sim.errors import UserError
from sim.network.network import TURNS
from sim.observation import describe_one
from sim.world import World
from tests.support.parquet import with_unknown_codec

ENV = EnvConfig(camera=CameraConfig(width=24, height=16), task=TaskConfig(time_limit_s=0.8))
CONFIG = CollectConfig(ENV, frames=400)


def gather(folder: Path, config: CollectConfig = CONFIG) -> Path:
    folder.mkdir()
    begin(config, folder)
    collect(config, folder, NoisyDriver, lambda frames: None)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gather(tmp_path_factory.mktemp("collected") / "data")


@pytest.fixture
def copied(data: Path, tmp_path: Path) -> Path:
    shutil.copytree(data, tmp_path / "data")
    return tmp_path / "data"


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_come_back_and_any_program_reads_them(channels: int) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (5, 7, 9, channels), dtype=np.uint8)
    frames[0] = 200
    files = png.encode(frames)
    assert np.array_equal(png.decode(files, frames.shape[1:]), frames)
    for data, frame in zip(files, frames, strict=True):
        picture = Image.open(io.BytesIO(data))
        picture.verify()
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), frame.squeeze())


def test_foreign_and_damaged_pictures_are_refused() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 7, 9, 3), dtype=np.uint8)
    (whole,) = png.encode(frames)
    (larger,) = png.encode(np.zeros((1, 8, 9, 3), dtype=np.uint8))
    for wrong in (b"", b"GIF89a", whole[:50], whole[:60] + b"\xff" * 20 + whole[80:], larger):
        with pytest.raises(UserError, match="A picture is not one that dashcam collect wrote"):
            png.decode([wrong], (7, 9, 3))


class Watcher(NoisyDriver):
    """Notes what is true of the first car and what it sees."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.frames: list[np.ndarray] = []
        self.truth: list[list[float]] = []

    def commands(self, world: World) -> np.ndarray:
        telemetry = world.telemetry
        own = [telemetry.lateral_offset[0], telemetry.heading_error[0], telemetry.speed[0], world.lane_width[0]]
        self.truth.append([*own, *telemetry.curvature_ahead[0]])
        self.frames.append(world.frames[0].copy())
        return super().commands(world)


def watch(config: CollectConfig) -> Watcher:
    """A driver that drove the first training shard."""
    watchers: list[Watcher] = []

    def make_driver(seed: int) -> Watcher:
        watchers.append(Watcher(seed))
        return watchers[-1]

    drive_shard(config, plan(config.frames)[0], make_driver)
    return watchers[0]


def test_frames_and_labels_are_what_the_simulator_says(data: Path) -> None:
    found, watcher = read_frames(data, "train"), watch(CONFIG)
    assert np.array_equal(found.frames[:64], np.stack(watcher.frames))
    names = (LATERAL_OFFSET, HEADING_ERROR, "speed_mps", LANE_WIDTH, *CURVATURES)
    columns = np.stack([found.columns[name][:64] for name in names], axis=1)
    assert np.array_equal(columns, np.array(watcher.truth, dtype=np.float32))


def test_rows_are_in_the_order_of_episodes_and_steps(data: Path) -> None:
    columns = read_frames(data, "train").columns
    starts = columns["step"] == 0
    assert starts.sum() > 8
    assert np.array_equal(columns["episode"][starts], np.flatnonzero(starts))
    assert np.array_equal(columns["episode"] + columns["step"], np.arange(len(starts)))
    ended = columns["terminated"] | columns["truncated"]
    assert np.array_equal(np.flatnonzero(ended)[:3] + 1, np.flatnonzero(starts)[1:4])


def test_stacks_are_those_of_the_simulator(data: Path) -> None:
    found = read_frames(data, "train")
    camera = dataclasses.replace(ENV.camera, stack=3)
    watcher = watch(dataclasses.replace(CONFIG, env=dataclasses.replace(ENV, camera=camera)))
    indices = found.stack_indices(3)
    for row, wanted in enumerate(watcher.frames):
        assert np.array_equal(np.concatenate(list(found.frames[indices[row]]), axis=2), wanted)


def test_no_road_is_in_two_splits(data: Path) -> None:
    roads = {split: set(read_frames(data, split).columns["road_seed"].tolist()) for split in SPLITS}
    assert max(roads["train"]) < 10_000
    assert min(roads["validation"]) >= 1_500_000
    assert 1_000_000 <= min(roads["test"]) <= max(roads["test"]) < 1_500_000
    assert [len(read_frames(data, split)) for split in SPLITS] == [320, 40, 40]


def test_frames_of_towns_tell_commands_lines_signals_and_limits(tmp_path: Path) -> None:
    env = through_towns(ENV)
    config = CollectConfig(dataclasses.replace(env, task=dataclasses.replace(env.task, time_limit_s=6.4)), frames=1300)
    shard = plan(config.frames)[0]
    told: list[dict[str, Any]] = []

    class Listener(NoisyDriver):
        def commands(self, world: World) -> np.ndarray:
            told.append(describe_one(world, 0))
            return super().commands(world)

    frames, columns = drive_shard(config, shard, Listener)
    write_shard(tmp_path / "00000.parquet", frames, columns)
    assert set(columns) == {*COLUMNS, *TOWN_COLUMNS}
    assert [TURNS[command] for command in columns[COMMAND][:64]] == [info["command"] for info in told]
    assert [SIGNALS[shown] for shown in columns[SIGNAL][:64]] == [info["signal"] or "none" for info in told]
    limits = [info["speed_limit"] for info in told]
    assert columns[SPEED_LIMIT][:64] == pytest.approx(limits)
    stops = np.clip([info["stop_distance"] for info in told], 0.0, 60.0)
    assert columns[STOP_DISTANCE][:64] == pytest.approx(stops, abs=1e-4)
    assert {*columns[COMMAND].tolist()} > {0}
    assert {*columns[SIGNAL].tolist()} > {0}


def test_an_encoder_is_trained_on_frames_of_towns(tmp_path: Path) -> None:
    env = through_towns(dataclasses.replace(ENV, camera=CameraConfig(width=36, height=36)))
    config = dataclasses.replace(CONFIG, env=env, frames=200)
    folder = gather(tmp_path / "towns", config)
    assert len(read_frames(folder, "train").columns[COMMAND]) == 160
    result = pretrain(PretrainConfig(epochs=1, batch_size=32, stack=1), folder, lambda frames, epoch: None)
    assert result.pretrained.scores


def test_bends_are_as_wide_as_asked_for() -> None:
    shard = plan(CONFIG.frames)[0]
    tightest = []
    for radius in (9.0, 30.0):
        roads = RoadsConfig(radius_min_m=radius)
        config = dataclasses.replace(CONFIG, env=dataclasses.replace(ENV, roads=roads))
        _, columns = drive_shard(config, shard, NoisyDriver)
        tightest.append(max(np.abs(columns[name]).max() for name in CURVATURES))
    assert tightest[0] > 1 / 18.0
    assert tightest[1] <= 1 / 30.0 + 1e-3


def test_noise_shows_more_of_the_road_than_the_middle_of_the_lane() -> None:
    spread = []
    for make_driver in (NoisyDriver, lambda seed: PurePursuitDriver()):
        env = dataclasses.replace(ENV, task=TaskConfig(start_offset_m=0.0, start_heading_rad=0.0))
        _, columns = drive_shard(dataclasses.replace(CONFIG, env=env), PlannedShard("train", 0, 2048), make_driver)
        spread.append(float(np.std(columns["lateral_offset_m"])))
    assert spread[0] > 2.0 * spread[1]


def test_shards_are_read_by_parquet_and_named_for_hugging_face(data: Path) -> None:
    table = pq.read_table(data / "train/00000.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert set(features) == set(table.column_names)
    assert features["image"] == {"_type": "Image"}
    assert features["bend"] == {"_type": "ClassLabel", "names": list(BENDS)}
    first = table["image"][0].as_py()
    assert first["path"] is None
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(first["bytes"]))), read_frames(data, "train").frames[0])


def test_same_seed_gives_the_same_files_and_another_does_not(data: Path, tmp_path: Path) -> None:
    assert contents(gather(tmp_path / "again")) == contents(data)
    other = contents(gather(tmp_path / "other", dataclasses.replace(CONFIG, seed=1)))
    assert other["train/00000.parquet"] != contents(data)["train/00000.parquet"]


def test_interrupted_collection_is_told_apart_and_goes_on_to_the_same_data(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    begin(CONFIG, folder)

    def interrupt(frames: int) -> None:
        if frames > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(CONFIG, folder, NoisyDriver, interrupt)
    assert 0 < sum(len(split["shards"]) for split in DATA_SET.read_manifest(folder)["splits"].values()) < 3
    with pytest.raises(UserError, match="is incomplete: collection was interrupted"):
        read_frames(folder, "train")
    resume(CONFIG, folder)
    collect(CONFIG, folder, NoisyDriver, lambda frames: None)
    assert contents(folder) == contents(data)


def test_resuming_mends_damaged_shards_and_refuses_other_settings(copied: Path, data: Path) -> None:
    wider = dataclasses.replace(CONFIG, env=dataclasses.replace(ENV, camera=CameraConfig(width=32, height=16)))
    with pytest.raises(UserError, match="begun with other options: camera width is 24 there, but 32 here"):
        resume(wider, copied)
    with pytest.raises(UserError, match="begun with other options: seed is 0 there, but 1 here"):
        resume(dataclasses.replace(CONFIG, seed=1), copied)
    tighter = dataclasses.replace(CONFIG, env=dataclasses.replace(ENV, roads=RoadsConfig(radius_min_m=12.0)))
    with pytest.raises(UserError, match=r"begun with other options: roads radius_min_m is 18\.0 there, but 12\.0 here"):
        resume(tighter, copied)
    (copied / "test/00000.parquet").write_bytes(b"half")
    (copied / "train/00000.parquet").unlink()
    resume(CONFIG, copied)
    collect(CONFIG, copied, NoisyDriver, lambda frames: None)
    assert contents(copied) == contents(data)


def test_truncated_changed_and_missing_shards_are_named(copied: Path) -> None:
    path = copied / "validation/00000.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"validation/00000\.parquet is not the file that manifest\.json describes"):
        read_frames(copied, "validation")
    path.unlink()
    with pytest.raises(UserError, match=r"validation/00000\.parquet cannot be read"):
        read_frames(copied, "validation")
    assert len(read_frames(copied, "train")) == 320


def test_manifests_that_lead_elsewhere_or_nowhere_are_refused(copied: Path, tmp_path: Path) -> None:
    text = (copied / MANIFEST).read_text()
    (copied / MANIFEST).write_text(text.replace("train/00000.parquet", "../train.parquet"))
    with pytest.raises(UserError, match=r"names the file '\.\./train\.parquet'"):
        read_frames(copied, "train")
    (copied / MANIFEST).write_text(re.sub(r'"bytes": \d+', '"bytes": Infinity', text))
    with pytest.raises(UserError, match="has inf bytes, which no shard has"):
        resume(CONFIG, copied)
    (copied / MANIFEST).write_text(text.replace('"schema_version": 1', '"schema_version": 9'))
    with pytest.raises(UserError, match="schema version 9, but this Dashcam reads 1"):
        read_frames(copied, "train")
    with pytest.raises(UserError, match=r"there is no manifest\.json in it"):
        read_frames(tmp_path, "train")


def replace_shard(folder: Path, table: pa.Table, **packing: Any) -> None:
    """Another table in the place of the first training shard, which the manifest describes."""
    path = folder / "train/00000.parquet"
    pq.write_table(table, path, **{"compression": "none", "use_dictionary": False, **packing})
    seal_shard(folder)


def seal_shard(folder: Path) -> None:
    manifest, data = json.loads((folder / MANIFEST).read_text()), (folder / "train/00000.parquet").read_bytes()
    manifest["splits"]["train"]["shards"][0].update(bytes=len(data), sha256=digest(data))
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [("bend", 0, 3), ("bend", 5, -1), ("step", 0, 1), ("step", 9, -1), ("reward", 3, float("nan")), ("step", 2, None)],
)
def test_labels_that_cannot_be_learned_from_are_refused(copied: Path, name: str, row: int, value: Any) -> None:
    table = pq.read_table(copied / "train/00000.parquet")
    values = table[name].to_pylist()
    values[row] = value
    column = pa.array(values, table[name].type)
    replace_shard(copied, table.set_column(table.column_names.index(name), name, column))
    with pytest.raises(UserError, match=r"00000\.parquet (holds invalid labels|is not a shard)"):
        read_frames(copied, "train")


@pytest.mark.parametrize("packing", [{"compression": "zstd"}, {"compression": "snappy"}, {"use_dictionary": ["bend"]}])
def test_shards_that_are_packed_and_could_be_any_size_in_memory_are_refused(
    copied: Path, packing: dict[str, Any]
) -> None:
    replace_shard(copied, pq.read_table(copied / "train/00000.parquet"), **packing)
    with pytest.raises(UserError, match=r"00000\.parquet is not a shard of labelled frames"):
        read_frames(copied, "train")


def test_shards_that_would_end_the_program_are_refused(copied: Path) -> None:
    path = copied / "train/00000.parquet"
    path.write_bytes(with_unknown_codec(path.read_bytes()))
    seal_shard(copied)
    with pytest.raises(UserError, match=r"00000\.parquet is not a shard of labelled frames"):
        read_frames(copied, "train")


def test_columns_whose_names_are_no_text_are_refused(copied: Path) -> None:
    path = copied / "train/00000.parquet"
    path.write_bytes(path.read_bytes().replace(b"bend_is_clear", b"bend_is_cl\xf9ar"))
    seal_shard(copied)
    with pytest.raises(UserError, match=r"00000\.parquet is not a shard of labelled frames"):
        read_frames(copied, "train")


def test_shards_may_be_links_into_a_cache_which_their_digests_vouch_for(copied: Path, tmp_path: Path) -> None:
    path, before = copied / "train/00000.parquet", read_frames(copied, "train").frames
    path.rename(tmp_path / "elsewhere.parquet")
    path.symlink_to(tmp_path / "elsewhere.parquet")
    np.testing.assert_array_equal(read_frames(copied, "train").frames, before)
    (tmp_path / "elsewhere.parquet").write_bytes(b"another")
    with pytest.raises(UserError, match="its SHA-256 differs"):
        read_frames(copied, "train")


def test_bends_are_told_by_their_radius_and_boundary_cases_marked() -> None:
    curvatures = np.repeat(np.array([[1 / 50], [1 / 190], [0.0], [-1 / 210], [-1 / 100]]), 4, axis=1)
    assert [BENDS[bend] for bend in bend_classes(curvatures)] == ["left", "left", "straight", "straight", "right"]
    assert bend_is_clear(curvatures).tolist() == [True, False, True, False, True]


@pytest.mark.parametrize(("fields", "sentence"), [({"frames": 0}, "from 10 to"), ({"seed": -1}, "The seed is -1")])
def test_settings_that_cannot_be_are_refused(fields: dict[str, int], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        dataclasses.replace(CONFIG, **fields)


def test_minari_gets_the_same_frames_and_what_was_done(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    episodes, steps = export_minari(data, "train", "dashcam/test-v0")
    found, read = read_frames(data, "train"), minari.load_dataset("dashcam/test-v0")
    assert (read.total_episodes, read.total_steps) == (episodes, steps)
    first = next(iter(read.iterate_episodes()))
    count = len(first.rewards)
    assert np.array_equal(first.observations, found.frames[: count + 1])
    assert np.array_equal(first.actions[:, 0], found.columns["steering_command_rad"][:count])
    assert np.allclose(first.rewards, found.columns["reward"][1 : count + 1])
    assert first.terminations[-1] or first.truncations[-1]
    assert not (first.terminations[:-1] | first.truncations[:-1]).any()
    with pytest.raises(UserError, match="There is a Minari dataset dashcam/test-v0 already"):
        export_minari(data, "train", "dashcam/test-v0")
    with pytest.raises(UserError, match="it ends in a version"):
        export_minari(data, "train", "noisy")
