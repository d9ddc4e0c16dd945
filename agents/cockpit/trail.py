"""The rows of a drive that charts and map are drawn from, in one array that grows."""

import numpy as np

from perception.labels import HEADING_ERROR, LATERAL_OFFSET
from sim.task import TOWN_REWARD_TERMS
from sim.types import Float32Array
from sim.world import World

# Columns: position [m], lateral offset [m], heading error [rad], terms of the reward (0 for those that roads lack), the
# greatest Q-value, and what the policy's features say of offset and heading error. Unknown values are NaN.
X, Y, OFFSET, HEADING = range(4)
FIRST_TERM = 4
GREATEST_Q = FIRST_TERM + len(TOWN_REWARD_TERMS)
ESTIMATED_OFFSET, ESTIMATED_HEADING = GREATEST_Q + 1, GREATEST_Q + 2
COLUMNS = ESTIMATED_HEADING + 1
UNKNOWN = float("nan")

_INITIAL_CAPACITY = 1024  # rows; a drive of 100 s


class Trail:
    """Grows by a row after each control step; what it has handed out never changes."""

    def __init__(self, rows: Float32Array | None = None) -> None:
        """Begins with a copy of rows (steps, COLUMNS), or empty."""
        self._count = 0 if rows is None else len(rows)
        self._rows = np.empty((self._count + _INITIAL_CAPACITY, COLUMNS), dtype=np.float32)
        if rows is not None:
            self._rows[: self._count] = rows

    def append(self, world: World, q_values: Float32Array | None, lane: dict[str, float] | None) -> None:
        """Adds the state of a world's car, with the Q-values and the lane as a policy sees them, where one does."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        telemetry, terms, lane = world.telemetry, world.reward_terms, lane or {}
        self._rows[self._count] = (
            telemetry.x[0],
            telemetry.y[0],
            telemetry.lateral_offset[0],
            telemetry.heading_error[0],
            *(terms[name][0] if name in terms else 0.0 for name in TOWN_REWARD_TERMS),
            UNKNOWN if q_values is None else q_values.max(),
            lane.get(LATERAL_OFFSET, UNKNOWN),
            lane.get(HEADING_ERROR, UNKNOWN),
        )
        self._count += 1

    @property
    def rows(self) -> Float32Array:
        """The drive so far, (steps, COLUMNS)."""
        return self._rows[: self._count]
