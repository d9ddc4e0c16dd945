"""Labelled frames as a Minari dataset of episodes (extra ``minari``), for learning from what others drove.

Minari turns frames into JPEG unless it is told not to; here they stay what the camera saw, bit for bit.
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from perception.dataset import DATA_SET, MANIFEST, LabelledFrames, Split, read_frames
from sim.config import ActionConfig, VehicleConfig
from sim.errors import UserError
from sim.fields import from_fields

NAME = re.compile(r"([\w-]+/)*[\w-]+-v\d+")
COMMANDS = ("steering_command_rad", "target_speed_mps")


def export_minari(folder: Path, split: Split, name: str) -> tuple[int, int]:
    """Writes a split to Minari's own folder, which the variable MINARI_DATASETS_PATH names.

    Observations are single frames (H, W, C) uint8; actions are steering angle [rad] and target speed [m/s], float32.

    Args:
        folder: What ``dashcam collect`` wrote.
        split: Which of its roads.
        name: Of the dataset, such as "dashcam/noisy-v0".

    Returns:
        How many episodes and steps were written.

    Raises:
        UserError: Minari is not installed, the name is taken or malformed, or the frames are damaged.
    """
    minari = require_minari(name)
    data, manifest = read_frames(folder, split), DATA_SET.read_manifest(folder)
    episodes = list(_episodes(data))
    try:
        environment, version = manifest["environment"], str(manifest["libraries"]["dashcam"])
        vehicle = from_fields(VehicleConfig, environment["vehicle"])
        actions = from_fields(ActionConfig, environment["actions"])
    except (KeyError, TypeError, UserError) as error:
        raise UserError(f"{folder / MANIFEST} does not say who drove and how ({error!s:.80}).") from error
    high = np.array([vehicle.steering_max, actions.speed_limit], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it asks for an author and a link, which nobody knows here
        minari.create_dataset_from_buffers(
            name,
            [minari.data_collector.EpisodeBuffer(id=number, **episode) for number, episode in enumerate(episodes)],
            observation_space=spaces.Box(0, 255, data.frames.shape[1:], np.uint8),
            action_space=spaces.Box(high * np.array([-1.0, 0.0], dtype=np.float32), high),
            algorithm_name=str(manifest.get("driver")),
            description=f"Frames of Dashcam's {split} roads; actions: steering angle [rad], target speed [m/s].",
            data_format="parquet",
            requirements=[f"dashcam=={version}"],
            jpeg_encoding=False,
        )
    return len(episodes), sum(len(episode["rewards"]) for episode in episodes)


def require_minari(name: str) -> Any:
    """Minari, where the dataset ``name`` can be made.

    Raises:
        UserError: it is not installed, or the name is taken or malformed.
    """
    try:
        import minari
    except ImportError as error:
        raise UserError('Minari is not installed; "pip install dashcam[minari]" installs it.') from error
    if NAME.fullmatch(name) is None:
        raise UserError(f"The name is {name!r}, but must be such as dashcam/noisy-v0: it ends in a version.")
    if name in minari.list_local_datasets():
        raise UserError(f'There is a Minari dataset {name} already; choose another --name, or "minari delete {name}".')
    return minari


def _episodes(data: LabelledFrames) -> Iterator[dict[str, Any]]:
    """Every episode of two frames or more. A row tells what led to its frame, and the command that was given then."""
    columns = data.columns
    starts = np.flatnonzero(columns["step"] == 0)
    for first, last in zip(starts, [*starts[1:], len(data)], strict=True):
        if last - first < 2:
            continue
        given, reached = slice(first, last - 1), slice(first + 1, last)
        truncations = columns["truncated"][reached].copy()
        truncations[-1] |= not columns["terminated"][last - 1]  # the end of a shard cuts what was still driving
        yield {
            "observations": data.frames[first:last],
            "actions": np.stack([columns[name][given] for name in COMMANDS], axis=1),
            "rewards": columns["reward"][reached].astype(np.float64),
            "terminations": columns["terminated"][reached],
            "truncations": truncations,
        }
