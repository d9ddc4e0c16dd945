"""Which pieces of many drives are worth watching: the best, the worst, and the moments before each failure."""

from collections.abc import Sequence

import numpy as np

from agents.cockpit.playlists import Clip
from agents.drives.rollouts import Rollout
from agents.words import counted, place_noun
from sim.config import CONTROL_PERIOD

BEFORE, AFTER = round(6.0 / CONTROL_PERIOD), round(2.5 / CONTROL_PERIOD)  # steps around a failure
BEST_FIRST = round(4.0 / CONTROL_PERIOD)  # steps; the start is the same for all
BEST_LENGTH = round(10.0 / CONTROL_PERIOD)  # steps
RULES = {"red_light": "runs a red light", "blocked": "stands for too long"}  # endings that a lane says nothing of


def failures_of(rollouts: Sequence[Rollout]) -> list[Clip]:
    """The moments around each time that a car left its lane, ran a red light or stood too long, drive after drive."""
    return [clip for rollout in rollouts for clip in _failures(rollout)]


def _failures(rollout: Rollout) -> list[Clip]:
    drive = rollout.drive
    clips = [_around(rollout, int(step), "leaves its lane") for step in drive.departures]
    if drive.ended_by in RULES:
        clips.append(_around(rollout, drive.steps - 1, RULES[drive.ended_by]))
    return clips


def best(rollouts: Sequence[Rollout]) -> Clip:
    """A piece of the drive with the highest reward per metre."""
    rollout = max(rollouts, key=lambda item: item.worth)
    steps = rollout.recording.steps
    first = min(BEST_FIRST, max(steps - BEST_LENGTH, 0))
    title = f"best of {_count(rollouts)}: {rollout.recording.road_seed}"
    return Clip(title, rollout.recording, first, min(first + BEST_LENGTH, steps))


def worst(rollouts: Sequence[Rollout]) -> Clip:
    """Where the car was farthest off in the drive with the lowest reward per metre."""
    rollout = min(rollouts, key=lambda item: item.worth)
    off = np.abs(rollout.drive.lateral_offset)
    farthest = int(off.argmax())
    return _around(rollout, farthest, f"worst of {_count(rollouts)}, {off[farthest]:.1f} m off")


def _around(rollout: Rollout, step: int, what: str) -> Clip:
    seconds = CONTROL_PERIOD * (step + 1)
    noun = place_noun(rollout.recording.config.roads)
    title = f"{what} after {seconds:.1f} s {'in' if noun == 'town' else 'on'} {noun} {rollout.recording.road_seed}"
    return Clip(title, rollout.recording, max(step - BEFORE, 0), min(step + 1 + AFTER, rollout.recording.steps))


def _count(rollouts: Sequence[Rollout]) -> str:
    return counted(len(rollouts), place_noun(rollouts[0].recording.config.roads))
