"""From an action to a command: a steering angle [rad] and a target speed [m/s].

A discrete action is ``steering_index * len(target_speeds) + speed_index``. The continuous form is Box
[steering, target speed] with steering from -1 (right) to 1 (left) and speed from 0 to 1, as shares of the steering
limit, or of the greatest change, and of the greatest target speed. With ``steering="change"`` the steering of an action
is added to the present steering angle.
"""

from typing import Any

import numpy as np
from gymnasium import spaces

from sim.config import ActionConfig
from sim.errors import UserError
from sim.types import FloatArray

ROUNDING = 1e-6  # continuous actions may miss their bounds by this much


def action_table(config: ActionConfig) -> FloatArray:
    """What every discrete action stands for; shape (actions, 2): steering [rad], target speed [m/s]."""
    steering, speed = np.meshgrid(config.steering_commands, config.target_speeds, indexing="ij")
    return np.stack([steering.ravel(), speed.ravel()], axis=1).astype(np.float64)


def to_commands(chosen: FloatArray, steering_angles: FloatArray, config: ActionConfig) -> FloatArray:
    """Commands (N, 2), steering angle [rad] and target speed [m/s], of what was chosen.

    Args:
        chosen: (N, 2) steering, an angle or a change of it [rad], and target speed [m/s].
        steering_angles: (N,) present steering angles [rad].
        config: Tells what steering stands for.
    """
    if config.steering == "angle":
        return chosen
    angles = np.clip(steering_angles + chosen[:, 0], -config.steering_limit, config.steering_limit)
    return np.stack([angles, chosen[:, 1]], axis=1)


def action_space(config: ActionConfig, *, continuous: bool) -> spaces.Space[Any]:
    """Action space of one car."""
    if not continuous:
        return spaces.Discrete(len(config.steering_commands) * len(config.target_speeds))
    return spaces.Box(np.array([-1.0, 0.0], dtype=np.float32), np.array([1.0, 1.0], dtype=np.float32))


class ActionDecoder:
    """Checks a batch of actions and turns it into commands."""

    def __init__(self, config: ActionConfig, *, continuous: bool, num_cars: int) -> None:
        """Prepares the table of discrete commands, or the scale of the continuous ones, for ``num_cars`` cars."""
        self._continuous = continuous
        self._shape = (num_cars, 2) if continuous else (num_cars,)
        self._config = config
        self._table = action_table(config)
        self._scale = np.array([config.steering_range, config.speed_limit])

    def __call__(self, actions: Any, steering_angles: FloatArray) -> FloatArray:
        """Commands, shape (N, 2): steering angle [rad], target speed [m/s].

        Args:
            actions: (N,) integers, or (N, 2) numbers in the bounds of the continuous form.
            steering_angles: (N,) present steering angles [rad].

        Raises:
            UserError: wrong shape or type, NaN, or out of range.
        """
        array = np.asarray(actions)
        if array.shape != self._shape:
            raise UserError(f"Actions have shape {array.shape}, but {self._shape} is needed: one action per car.")
        chosen = self._decode_continuous(array) if self._continuous else self._decode_discrete(array)
        return to_commands(chosen, steering_angles, self._config)

    def _decode_discrete(self, actions: Any) -> FloatArray:
        if actions.dtype.kind not in "iu":
            raise UserError(f"Actions are of type {actions.dtype}, but discrete actions must be integers.")
        if actions.min() < 0 or actions.max() >= len(self._table):
            wrong = int(actions[(actions < 0) | (actions >= len(self._table))][0])
            raise UserError(f"Action {wrong} is out of range; discrete actions run from 0 to {len(self._table) - 1}.")
        return np.asarray(self._table[actions])

    def _decode_continuous(self, actions: Any) -> FloatArray:
        if actions.dtype.kind not in "iuf":
            raise UserError(f"Actions are of type {actions.dtype}, but continuous actions must be numbers.")
        low, high = np.array([-1.0, 0.0]), np.array([1.0, 1.0])
        inside = (actions >= low - ROUNDING) & (actions <= high + ROUNDING)  # false for NaN
        if not inside.all():
            wrong = actions[~inside.all(axis=1)][0]
            raise UserError(
                f"Action {wrong.tolist()} is out of range; steering runs from -1 to 1 and target speed from 0 to 1."
            )
        return np.asarray(np.clip(actions, low, high) * self._scale)
