"""Which pieces of many drives are worth watching: the best, the worst, and the moments before each departure."""

from collections.abc import Iterator, Sequence

import numpy as np

from agents.cockpit.moment import Beat
from agents.cockpit.session import Session
from agents.cockpit.tours import Scene
from agents.drives.rollouts import Rollout
from agents.explaining.explain import Explainer
from agents.words import counted
from sim.config import CONTROL_PERIOD

BEFORE, AFTER = round(6.0 / CONTROL_PERIOD), round(2.5 / CONTROL_PERIOD)  # steps around a departure
BEST_FIRST, BEST_LENGTH = (
    round(4.0 / CONTROL_PERIOD),
    round(10.0 / CONTROL_PERIOD),
)  # steps; the start is the same for all
HELD = round(1.0 / CONTROL_PERIOD)  # steps for which a film holds the end of a scene


def departures(rollouts: Sequence[Rollout]) -> list[Scene]:
    """The moments around each time that a car left its lane, drive after drive."""
    return [_around(rollout, int(step), "leaves its lane") for rollout in rollouts for step in rollout.drive.departures]


def best(rollouts: Sequence[Rollout]) -> Scene:
    """A piece of the drive that was worth most."""
    rollout = max(rollouts, key=lambda item: item.worth)
    steps = rollout.recording.steps
    first = min(BEST_FIRST, max(steps - BEST_LENGTH, 0))
    title = f"best of {counted(len(rollouts), 'road')}: {rollout.recording.road_seed}"
    return Scene(title, rollout.recording, first, min(first + BEST_LENGTH, steps))


def worst(rollouts: Sequence[Rollout]) -> Scene:
    """Where the car was farthest off in the drive that was worth least."""
    rollout = min(rollouts, key=lambda item: item.worth)
    off = np.abs(rollout.drive.lateral_offset)
    farthest = int(off.argmax())
    return _around(rollout, farthest, f"worst of {counted(len(rollouts), 'road')}, {off[farthest]:.1f} m off")


def _around(rollout: Rollout, step: int, what: str) -> Scene:
    seconds = CONTROL_PERIOD * (step + 1)
    title = f"{what} after {seconds:.1f} s on road {rollout.recording.road_seed}"
    return Scene(title, rollout.recording, max(step - BEFORE, 0), min(step + 1 + AFTER, rollout.recording.steps))


def shots(session: Session, scenes: Sequence[Scene], explainer: Explainer | None = None) -> Iterator[tuple[Beat, str]]:
    """What a film shows of scenes, one after another: a beat and its caption for each control step."""
    for scene in scenes:
        session.open(scene.recording, explainer, scene.first)
        moment = session.look()
        while session.log.steps < scene.last:
            moment = session.step()
            yield (moment,), scene.title
        for _ in range(HELD):
            yield (moment,), scene.title


def length_s(scenes: Sequence[Scene]) -> float:
    """How long a film of scenes is [s]."""
    return CONTROL_PERIOD * sum(scene.last - scene.first + HELD for scene in scenes)
