"""What a checkpoint takes: time and room on the disk, without the replay and with it.

python -m tools.timing.checkpoints --preset-name quick
"""

import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

import tyro

from agents.config import CheckpointConfig, TrainConfig, preset
from agents.console import figures_table, plain_console
from agents.learning.allocator import keep_freed_memory
from agents.learning.build import build_model, compile_kernels
from agents.learning.dqn import DrivingDQN
from agents.progress import TrainingProgress
from agents.training.checkpoints.format import checkpoint_folder
from agents.training.checkpoints.schedule import Checkpointer
from agents.training.loop import learn
from agents.training.validation import ValidationCallback


def main(preset_name: str = "quick", frames: int = 24_576, repeats: int = 9, out: Path | None = None) -> None:
    """Learns a little, writes the same checkpoint several times, and prints medians.

    Args:
        preset_name: The preset that learns.
        frames: Frames that are in the replay.
        repeats: Checkpoints of each kind.
        out: A folder on the disk to measure; one for temporary files by default.
    """
    keep_freed_memory()
    config = dataclasses.replace(preset(preset_name), frames=frames, evaluation_frames=10**9, evaluation_roads=1)
    model, console = build_model(config), plain_console()
    compile_kernels(config)
    with tempfile.TemporaryDirectory(dir=out) as name, TrainingProgress(frames, console) as progress:
        watcher = ValidationCallback(config, Path(name), progress, console)
        before = time.monotonic()
        learn(model, config, watcher)
        learning_s = time.monotonic() - before
        rows = {replay: _measure(model, config, watcher, replay, repeats) for replay in (False, True)}
        watcher.close()
    title = f"{preset_name} after {model.num_timesteps:,} frames, {learning_s:.1f} s"
    table = figures_table("checkpoint", "ms, median", "ms, worst", "MB", "% of a minute", title=title)
    for replay, (times, size) in rows.items():
        median = statistics.median(times)
        table.add_row(
            "with the replay" if replay else "without",
            f"{1e3 * median:.0f}",
            f"{1e3 * max(times):.0f}",
            f"{size / 1e6:.1f}",
            f"{100.0 * median / CheckpointConfig().checkpoint_seconds:.2f}",
        )
    console.print(table)


def _measure(
    model: DrivingDQN, config: TrainConfig, watcher: ValidationCallback, replay: bool, repeats: int
) -> tuple[list[float], int]:
    """Times [s] of several checkpoints, each in place of the one before, and the size of one [bytes]."""
    out, times = watcher.policy.folder.parent, []
    for _ in range(repeats):
        checkpointer = Checkpointer(out, config, CheckpointConfig(checkpoint_replay=replay), watcher, plain_console())
        before = time.perf_counter()
        checkpointer.write(model)
        times.append(time.perf_counter() - before)
    folder = checkpoint_folder(out, model.num_timesteps)
    return times, sum(path.stat().st_size for path in folder.iterdir())


if __name__ == "__main__":
    tyro.cli(main)
