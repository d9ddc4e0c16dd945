"""Pictures that do not arrive: the last one that did stays in their place. Values are ours.

Whether a picture is lost follows from the car's key and the step alone. The first one of an episode always arrives.
"""

import numpy as np

from sim.chance import state_of, unit
from sim.corruptions.scene import Hold, at
from sim.kernels import allocating_kernel

LOSSES = (0.1, 0.25, 0.4, 0.55, 0.7)  # share of pictures
FREEZES = (3.0, 5.0, 8.0, 12.0, 16.0)  # control steps in a row; 0.3 to 1.6 s
FREEZE_PERIOD = 100  # control steps, 10 s; in each such time the camera freezes once


def make_dropped_frames(severity: int) -> Hold:
    """Loses every picture with the same chance, whatever became of the others."""
    share = at(severity, LOSSES)
    return lambda scene: _lose(scene.keys, scene.moments, share)


def make_frozen_frames(severity: int) -> Hold:
    """Stops the camera for some steps in a row, at a time of its own in each period."""
    steps = int(at(severity, FREEZES))
    return lambda scene: _freeze(scene.keys, scene.moments, steps)


@allocating_kernel
def _lose(keys, moments, share):
    lost = np.empty(len(keys), dtype=np.bool_)
    for car in range(len(keys)):
        lost[car] = moments[car] > 0 and unit(state_of(keys[car], moments[car])) < share
    return lost


@allocating_kernel
def _freeze(keys, moments, steps):
    lost = np.empty(len(keys), dtype=np.bool_)
    for car in range(len(keys)):
        period, step = moments[car] // FREEZE_PERIOD, moments[car] % FREEZE_PERIOD
        first = int(unit(state_of(keys[car], period)) * (FREEZE_PERIOD - steps)) + 1
        lost[car] = first <= step < first + steps
    return lost
