"""Studies: what was trained is kept, and what is missing is trained."""

import dataclasses
import io
from pathlib import Path

import pytest
from rich.console import Console

from agents.config import TrainConfig
from sim.config import CameraConfig, EnvConfig
from sim.errors import UserError
from tools.studies.study import study


def test_a_study_takes_what_is_finished_and_trains_the_rest(tmp_path: Path) -> None:
    tiny = TrainConfig(
        env=EnvConfig(camera=CameraConfig(width=36, height=36, color="gray")), num_cars=4, frames=64, learning_starts=8,
        batch_size=4, buffer_frames=200, evaluation_frames=32, evaluation_roads=1, stop_success_rate=None,
    )  # fmt: skip
    console = Console(file=io.StringIO())
    first = study({"a": tiny}, range(1), tmp_path, console)
    written = (tmp_path / "a-seed-0" / "log.csv").stat().st_mtime_ns
    (tmp_path / "a-seed-1.part").mkdir()
    second = study({"a": tiny}, range(2), tmp_path, console)
    assert second["a"][0] == first["a"][0]
    assert (tmp_path / "a-seed-0" / "log.csv").stat().st_mtime_ns == written, "it was not trained again"
    assert [point.frames for point in second["a"][1].points] == [32, 64]
    assert not (tmp_path / "a-seed-1.part").exists()
    with pytest.raises(UserError, match="holds a run with other settings"):
        study({"a": dataclasses.replace(tiny, discount=0.9)}, range(1), tmp_path, console)
