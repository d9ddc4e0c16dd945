"""What numbers from outside must be, so that compiled code may trust them as the state of a world."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.config import RoadsConfig
from sim.errors import UserError
from sim.task import ENDINGS

Arrays = dict[str, NDArray[Any]]
EPISODE = (  # the rest is made anew
    *("rewards", "reward_terms", "terminated", "truncated", "ended_by", "segment"),
    *("next_stop", "stood", "idle", "infractions"),
)
FARTHEST = 1e9  # m and all other units; no car comes near it


def require_sound(arrays: Mapping[str, NDArray[Any]], roads: RoadsConfig) -> None:
    """Checks the arrays of ``World.snapshot``, all but the route's length in segments.

    Raises:
        UserError: a number is out of its range.
    """
    seeds, draws, ended_by = arrays["road_seeds"], arrays["draws"], arrays["episode.ended_by"]
    require_all((seeds >= roads.first_seed) & (seeds <= roads.last_seed), "road_seeds")
    require_all((draws >= 0.0) & (draws <= 1.0), "draws")
    require_all((ended_by >= 0) & (ended_by < len(ENDINGS)), "episode.ended_by")
    for name in ("telemetry.steps", "episode.segment", "episode.next_stop", "episode.idle", "episode.infractions"):
        require_all(arrays[name] >= 0, name)
    for name, values in arrays.items():
        if values.dtype.kind == "f":
            require_all(np.abs(values) <= FARTHEST, name)  # false for NaN, too


def require_all(holds: NDArray[np.bool_], name: str) -> None:
    """Raises a UserError unless all numbers of an array are in their range."""
    if not holds.all():
        raise UserError(f"The state of the cars is invalid: {name} holds numbers out of their range.")
