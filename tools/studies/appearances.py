"""What an encoder finds hard: errors on unseen roads by light and weather, and by whether a bend begins or ends ahead.

python -m tools.studies.appearances runs/encoder-3
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from agents.commands.collect import STARTS
from agents.console import figures_table, plain_console
from agents.words import percentage
from perception.collect import drive_shard
from perception.data_plan import FRAMES_PER_SHARD, CollectConfig, PlannedShard
from perception.dataset import LabelledFrames
from perception.labels import BEND_CURVATURE
from perception.lane_encoder import PretrainedEncoder, load_pretrained
from perception.pretrain import Examples, estimate
from perception.scores import score
from sim.config import AppearanceConfig, EnvConfig
from sim.drivers import NoisyDriver
from sim.types import BoolArray

SHARDS = 3  # of roads that an encoder never saw
DAYS = {
    "clear": AppearanceConfig(),
    "light": AppearanceConfig(light=1.0),
    "shadows": AppearanceConfig(shadows=1.0),
    "weather": AppearanceConfig(weather=1.0),
    "noise": AppearanceConfig(noise=1.0),
    "weather + noise": AppearanceConfig(weather=1.0, noise=1.0),
    "all": AppearanceConfig(light=1.0, shadows=1.0, weather=1.0, noise=1.0),
}


def main(encoder: tyro.conf.Positional[Path]) -> None:
    """Drives and prints a row per day.

    Args:
        encoder: Folder that "dashcam pretrain" wrote.
    """
    pretrained = load_pretrained(encoder)
    title = f"{encoder.name}: {SHARDS * FRAMES_PER_SHARD:,} frames of test roads for each"
    table = figures_table("what varies", "offset m", "heading deg", "clear", "one class", "two classes", title=title)
    for name, appearance in DAYS.items():
        table.add_row(name, *_row(pretrained, appearance))
    plain_console().print(table)


def _row(pretrained: PretrainedEncoder, appearance: AppearanceConfig) -> tuple[str, ...]:
    data = _drive(pretrained, appearance)
    estimates, bends = estimate(Examples(data, pretrained))
    scores = score(estimates, bends, data.columns)
    clear, steady = data.columns["bend_is_clear"], _is_one_class(data.columns)
    right = bends == data.columns["bend"]
    return (
        f"{scores['lateral_offset_m']:.3f}" if estimates else "",
        f"{scores['heading_deg']:.2f}" if estimates else "",
        *(f"{percentage(float(np.mean(right[some])), 1)}%" for some in (clear, clear & steady, clear & ~steady)),
    )


def _drive(pretrained: PretrainedEncoder, appearance: AppearanceConfig) -> LabelledFrames:
    """Labelled frames as "dashcam collect" writes them, on such days."""
    env = EnvConfig(camera=pretrained.camera, task=dataclasses.replace(STARTS, start="random"), appearance=appearance)
    driven = [
        drive_shard(CollectConfig(env), PlannedShard("test", number, FRAMES_PER_SHARD), NoisyDriver)
        for number in range(SHARDS)
    ]
    frames = np.concatenate([shard for shard, _ in driven])
    columns = {name: np.concatenate([values[name] for _, values in driven]) for name in driven[0][1]}
    return LabelledFrames(frames, columns, pretrained.camera)


def _is_one_class(columns: Mapping[str, Any]) -> BoolArray:
    """Whether the road 10 m and 20 m ahead is of the same class, (N,): otherwise a bend begins or ends there."""
    near, far = (
        np.sign(columns[name]) * (np.abs(columns[name]) > BEND_CURVATURE) for name in ("curvature_10m", "curvature_20m")
    )
    return np.asarray(near == far)


if __name__ == "__main__":
    tyro.cli(main)
