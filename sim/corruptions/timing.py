"""Pictures that do not arrive: the last one that did stays in their place. Values are ours.

Whether a picture is lost follows from the car's key and the step alone. The first one of an episode always arrives.
"""

import numpy as np

from sim.chance import state_of, unit
from sim.corruptions.scene import Hold, Scene, at
from sim.kernels import kernel
from sim.types import BoolArray

LOSSES = (0.1, 0.25, 0.4, 0.55, 0.7)  # share of pictures
FREEZES = (3.0, 5.0, 8.0, 12.0, 16.0)  # control steps in a row; 0.3 to 1.6 s
FREEZE_PERIOD = 100  # control steps, 10 s; in each such time the camera freezes once


def make_dropped_frames(severity: int) -> Hold:
    """Loses every picture with the same chance, whatever became of the others."""
    share = at(severity, LOSSES)

    def lose(scene: Scene) -> BoolArray:
        lost = np.zeros(len(scene.keys), dtype=np.bool_)
        _lose(scene.keys, scene.moments, share, lost)
        return lost

    return lose


def make_frozen_frames(severity: int) -> Hold:
    """Stops the camera for some steps in a row, at a time of its own in each period."""
    steps = int(at(severity, FREEZES))

    def freeze(scene: Scene) -> BoolArray:
        lost = np.zeros(len(scene.keys), dtype=np.bool_)
        _freeze(scene.keys, scene.moments, steps, lost)
        return lost

    return freeze


@kernel
def _lose(keys, moments, share, lost):
    for car in range(lost.shape[0]):
        lost[car] = moments[car] > 0 and unit(state_of(keys[car], moments[car])) < share


@kernel
def _freeze(keys, moments, steps, lost):
    for car in range(lost.shape[0]):
        period, step = moments[car] // FREEZE_PERIOD, moments[car] % FREEZE_PERIOD
        first = int(unit(state_of(keys[car], period)) * (FREEZE_PERIOD - steps)) + 1
        lost[car] = first <= step < first + steps
