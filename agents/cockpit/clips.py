"""Which pieces of many drives are worth watching: the best, the worst, and the moments before each departure."""

from collections.abc import Sequence

import numpy as np

from agents.cockpit.playlists import Clip
from agents.drives.rollouts import Rollout
from agents.words import counted
from sim.config import CONTROL_PERIOD

BEFORE, AFTER = round(6.0 / CONTROL_PERIOD), round(2.5 / CONTROL_PERIOD)  # steps around a departure
BEST_FIRST = round(4.0 / CONTROL_PERIOD)  # steps; the start is the same for all
BEST_LENGTH = round(10.0 / CONTROL_PERIOD)  # steps


def departures(rollouts: Sequence[Rollout]) -> list[Clip]:
    """The moments around each time that a car left its lane, drive after drive."""
    return [_around(rollout, int(step), "leaves its lane") for rollout in rollouts for step in rollout.drive.departures]


def best(rollouts: Sequence[Rollout]) -> Clip:
    """A piece of the drive with the highest reward per metre."""
    rollout = max(rollouts, key=lambda item: item.worth)
    steps = rollout.recording.steps
    first = min(BEST_FIRST, max(steps - BEST_LENGTH, 0))
    title = f"best of {counted(len(rollouts), 'road')}: {rollout.recording.road_seed}"
    return Clip(title, rollout.recording, first, min(first + BEST_LENGTH, steps))


def worst(rollouts: Sequence[Rollout]) -> Clip:
    """Where the car was farthest off in the drive with the lowest reward per metre."""
    rollout = min(rollouts, key=lambda item: item.worth)
    off = np.abs(rollout.drive.lateral_offset)
    farthest = int(off.argmax())
    return _around(rollout, farthest, f"worst of {counted(len(rollouts), 'road')}, {off[farthest]:.1f} m off")


def _around(rollout: Rollout, step: int, what: str) -> Clip:
    seconds = CONTROL_PERIOD * (step + 1)
    title = f"{what} after {seconds:.1f} s on road {rollout.recording.road_seed}"
    return Clip(title, rollout.recording, max(step - BEFORE, 0), min(step + 1 + AFTER, rollout.recording.steps))
