"""Messages of a training run: the memory it takes, where it resumes, and how to resume it."""

import shlex
from pathlib import Path

from agents.config import TrainConfig
from agents.learning.dqn import DrivingDQN


def memory_taken(config: TrainConfig, replay_bytes: int, world_bytes: int) -> str:
    """How much memory a run will fill."""
    return (
        f"Memory: {replay_bytes / 1e6:,.0f} MB for a replay of {config.buffer_frames:,} frames, "
        f"up to {world_bytes / 1e6:,.0f} MB for roads and frames."
    )


def where_it_resumes(config: TrainConfig, model: DrivingDQN, *, goal_reached: bool) -> str:
    """From where a restored run continues, or why there is nothing left to learn."""
    seen_frames = model.num_timesteps
    if goal_reached:
        return (
            f"Nothing is left to learn: after {seen_frames:,} frames, the run has reached its goal, a success rate of "
            f"{config.stop_success_rate}; resume with another one, or with --stop-success-rate None."
        )
    if seen_frames >= config.frames:
        return f"Nothing is left to learn: all {config.frames:,} frames were seen; resume with more --frames."
    empty = seen_frames > 0 and model.replay.size() == 0
    waits = f"; the replay starts empty, so updates wait for {config.learning_starts:,} frames"
    return f"Resuming after {seen_frames:,} frames{waits if empty else ''}."


def how_to_resume(out: Path, seen_frames: int, latest: int | None) -> str:
    """How to resume the run in ``out``, which stopped early; ``latest`` is its latest checkpoint, in frames."""
    if latest is None:
        return f"Stopped after {seen_frames:,} frames; no checkpoint could be written."
    where = "" if latest == seen_frames else f" from {latest:,}"
    command = shlex.join(["dashcam", "train", "--resume", "--out", str(out)])
    return f"Stopped after {seen_frames:,} frames. To resume{where}: {command}"
